// Shows where a consuming run starts and ends in each partition, and that its partitions are shared out fairly.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { planAssignments, shareOut } from '../../loadgen/assignments.ts'
import type { ConsumePlan } from '../../loadgen/plan.ts'
import { FakeCluster } from './fake-cluster.ts'
import { consumeOf } from './plans.ts'
import { produceResult } from './report/result-fixture.ts'

const [latest, earliest, when] = [-1, -2, 1_000]

async function assignmentsOf(plan: Partial<ConsumePlan>, committed: Readonly<Record<number, number>> = {}) {
  const cluster = new FakeCluster()
  cluster.add('orders', [1, 1, 1])
  // Partition 2 has no record as young as the timestamp.
  cluster.listOffsets({ [latest]: [100, 200, 300], [earliest]: [10, 20, 30], [when]: [50, 150, -1] })
  cluster.answers.OffsetFetch = () => {
    const partitions = [0, 1, 2].map(partitionIndex => {
      const committedOffset = committed[partitionIndex] ?? -1
      return { partitionIndex, committedOffset, committedLeaderEpoch: -1, metadata: null, errorCode: 0 }
    })
    return {
      errorCode: 0,
      groups: [{ groupId: 'g', errorCode: 0, topics: [{ name: 'orders', partitions }] }],
      topics: [],
    }
  }
  const topic = { ...produceResult.environment.topic, name: 'orders', id: '', partitions: 3, leaders: [1, 1, 1] }
  const assignments = await planAssignments(cluster.asCluster, topic, consumeOf(plan))
  return assignments.map(({ partition, startOffset, endOffset }) => [partition, startOffset, endOffset])
}

const cases: { why: string; plan: Partial<ConsumePlan>; committed?: Record<number, number>; expected: unknown[][] }[] =
  [
    {
      why: 'from the beginning to the end of the log',
      plan: { from: { kind: 'earliest' } },
      expected: [
        [0, 10, 100],
        [1, 20, 200],
        [2, 30, 300],
      ],
    },
    {
      why: 'from the end, on and on',
      plan: { from: { kind: 'latest' }, stopAtEnd: false },
      expected: [
        [0, 100, undefined],
        [1, 200, undefined],
        [2, 300, undefined],
      ],
    },
    {
      why: 'from a time; where no record is that young, from what comes next',
      plan: { from: { kind: 'timestamp', timestampMs: when } },
      expected: [
        [0, 50, 100],
        [1, 150, 200],
        [2, 300, 300],
      ],
    },
    {
      why: 'from offsets: only the partitions that are named',
      plan: { from: { kind: 'offsets', offsets: { 2: 250, 0: 0 } } },
      expected: [
        [0, 0, 100],
        [2, 250, 300],
      ],
    },
    {
      why: 'from where the group has got to, otherwise from the beginning',
      plan: { from: { kind: 'earliest' }, group: 'g' },
      committed: { 1: 0, 2: 299 },
      expected: [
        [0, 10, 100],
        [1, 0, 200],
        [2, 299, 300],
      ],
    },
  ]

describe('assignments', () => {
  it.each(cases)('$why', async ({ plan, committed, expected }) => {
    expect(await assignmentsOf(plan, committed)).toEqual(expected)
  })

  it('of partitions that the topic does not have are refused', async () => {
    const named = assignmentsOf({ from: { kind: 'offsets', offsets: { 1: 5, 7: 0, 3: 0 } } })
    await expect(named).rejects.toThrow('--from: partition 3, 7 does not exist: the topic has 3, numbered from 0')
  })
})

describe('shares', () => {
  it('hold every partition once and differ by one at most; nobody comes away empty', () => {
    fc.assert(
      fc.property(fc.nat(40), fc.integer({ min: 1, max: 12 }), (partitions, workers) => {
        const assignments = Array.from({ length: partitions }, (_, partition) => ({ partition, startOffset: 0 }))
        const shares = shareOut(assignments, workers)
        expect(shares.flat().sort((a, b) => a.partition - b.partition)).toEqual(assignments)
        const sizes = shares.map(share => share.length)
        expect(shares.length).toBe(Math.min(partitions, workers))
        if (partitions > 0) expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
        if (partitions > 0) expect(Math.min(...sizes)).toBeGreaterThan(0)
      }),
    )
  })
})
