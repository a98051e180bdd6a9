// Shows which partition each record goes to.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { PartitionerPlan, ProducePlan } from '../../../loadgen/plan.ts'
import { Batch } from '../../../loadgen/worker/batch.ts'
import { PartitionSender } from '../../../loadgen/worker/partition-sender.ts'
import { makePartitioner } from '../../../loadgen/worker/partitioner.ts'
import { RecordMaker } from '../../../loadgen/worker/record-maker.ts'
import { produceOf } from '../plans.ts'
import { identity } from '../stamps.ts'

function setUp(plan: PartitionerPlan, partitions = 4, first = 0, produce: Partial<ProducePlan> = {}) {
  const senders = Array.from({ length: partitions }, (_, partition) => new PartitionSender(partition, 1))
  const maker = new RecordMaker(produceOf(produce), 1, identity())
  return {
    senders,
    maker,
    partitioner: makePartitioner(produceOf({ ...produce, partitioner: plan }), senders, maker, first),
  }
}

const backUp = (sender: PartitionSender, batches: number) => {
  for (let index = 0; index < batches; index++) sender.enqueue(new Batch(0))
}

describe('sticky', () => {
  it('stays until its batch is closed, and then goes round', () => {
    const { partitioner } = setUp({ kind: 'sticky' }, 3)
    expect([0, 1, 2].map(sequence => partitioner.choose(sequence))).toEqual([0, 0, 0])
    const visited = [0, 1, 2, 3].map(sequence => {
      partitioner.batchClosed(partitioner.choose(sequence))
      return partitioner.choose(sequence)
    })
    expect(visited).toEqual([1, 2, 0, 1])
  })

  it('does not move when the batch of another partition is closed', () => {
    const { partitioner } = setUp({ kind: 'sticky' }, 3)
    partitioner.batchClosed(2)
    expect(partitioner.choose(0)).toBe(0)
  })

  it('passes over partitions that are backed up, as long as others are not', () => {
    const { partitioner, senders } = setUp({ kind: 'sticky' }, 4)
    backUp(senders[1]!, 4)
    backUp(senders[2]!, 4)
    partitioner.batchClosed(0)
    expect(partitioner.choose(0)).toBe(3)
  })

  it('goes on to the next when all are backed up', () => {
    const { partitioner, senders } = setUp({ kind: 'sticky' }, 3)
    for (const sender of senders) backUp(sender, 9)
    partitioner.batchClosed(0)
    expect(partitioner.choose(0)).toBe(1)
  })

  it('has nowhere else to go with one partition', () => {
    const { partitioner } = setUp({ kind: 'sticky' }, 1)
    partitioner.batchClosed(0)
    expect(partitioner.choose(0)).toBe(0)
  })

  it('begins at another partition in every worker', () => {
    expect([0, 1, 5].map(worker => setUp({ kind: 'sticky' }, 4, worker).partitioner.choose(0))).toEqual([0, 1, 1])
  })
})

describe('in turn', () => {
  it('roundrobin: every partition once before any twice', () => {
    const { partitioner } = setUp({ kind: 'roundrobin' }, 4, 7)
    const choices = Array.from({ length: 8 }, (_, sequence) => partitioner.choose(sequence))
    expect(new Set(choices.slice(0, 4)).size).toBe(4)
    expect(choices.slice(4)).toEqual(choices.slice(0, 4))
  })

  it('a record that is asked for again, because there was no memory, keeps its partition', () => {
    const { partitioner } = setUp({ kind: 'roundrobin' }, 3)
    const first = partitioner.choose(10)
    partitioner.batchClosed(first)
    expect([partitioner.choose(10), partitioner.choose(10)]).toEqual([first, first])
    expect(partitioner.choose(12)).toBe((first + 1) % 3)
  })

  it('manual: those that are named, as often as they are named', () => {
    const { partitioner } = setUp({ kind: 'manual', partitions: [3, 1, 3] }, 4)
    const choices = Array.from({ length: 6 }, (_, sequence) => partitioner.choose(sequence))
    expect(choices.filter(partition => partition === 3)).toHaveLength(4)
    expect(choices.filter(partition => partition === 1)).toHaveLength(2)
  })
})

describe('by key', () => {
  it('equal keys go to one partition', () => {
    const { partitioner } = setUp({ kind: 'murmur2' }, 6, 0, { keys: { kind: 'uniform', count: 1 } })
    const choices = new Set(Array.from({ length: 5 }, (_, sequence) => partitioner.choose(sequence)))
    expect(choices.size).toBe(1)
  })

  it('spreads sequential keys over all partitions', () => {
    const plan = produceOf({ keys: { kind: 'sequential' }, partitioner: { kind: 'murmur2' } })
    const maker = new RecordMaker(plan, 1, identity())
    const senders = Array.from({ length: 6 }, (_, partition) => new PartitionSender(partition, 1))
    const partitioner = makePartitioner(plan, senders, maker, 0)
    const batch = maker.pool.take()!
    batch.open(0, 0)
    const seen = new Array<number>(6).fill(0)
    for (let sequence = 0; sequence < 100; sequence++) {
      seen[partitioner.choose(sequence)]!++
      maker.append(batch, sequence, 0, 0)
    }
    for (const count of seen) expect(count).toBeGreaterThan(5)
  })
})

describe('as the records of a profile', () => {
  const dir = mkdtempSync(join(tmpdir(), 'millrace-partitioner-'))
  afterAll(() => rmSync(dir, { recursive: true, force: true }))
  const path = join(dir, 'p.ndjson')
  writeFileSync(path, [2, 0, 2].map(partition => JSON.stringify({ valueBytes: 1, partition })).join('\n'))
  const payload = { kind: 'replay', path } as const

  it('each goes where that one was, again from the beginning, also for a worker that has every second one', () => {
    const { partitioner } = setUp({ kind: 'replay' }, 3, 0, { payload })
    expect([0, 1, 2, 3, 4, 7].map(sequence => partitioner.choose(sequence))).toEqual([2, 0, 2, 2, 0, 0])
  })

  it('a topic that has fewer partitions is told', () => {
    expect(() => setUp({ kind: 'replay' }, 2, 0, { payload })).toThrow(/partition 2 does not exist: the topic has 2/)
  })
})
