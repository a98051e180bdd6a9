// Shows how partitions in trouble are counted, for a topic and for the cluster, and how leaders are spread over brokers.
// Method: metadata made by hand, the counts worked out from Kafka's definitions.
import { describe, expect, it } from 'vitest'
import { brokerShares, sumOfTroubles, topicHealth } from '../../../agents/evaluate/topic-health.ts'
import type { PartitionMetadata, TopicMetadata } from '../../../wire/cluster-metadata.ts'

type Part = Pick<PartitionMetadata, 'leader' | 'replicas' | 'isr'> & { offline?: readonly number[] }

const topicOf = (name: string, parts: readonly Part[]): TopicMetadata => ({
  name,
  id: name,
  internal: false,
  errorCode: 0,
  partitions: parts.map((part, index) => ({ index, leaderEpoch: 0, errorCode: 0, offline: [], ...part })),
})

const orders = topicOf('orders', [
  { leader: 1, replicas: [1, 2, 3], isr: [1, 2, 3] },
  { leader: 3, replicas: [2, 3, 1], isr: [3, 1], offline: [2] },
  { leader: 3, replicas: [3, 1, 2], isr: [3], offline: [2] },
  { leader: -1, replicas: [2, 1, 3], isr: [2], offline: [2] },
])

describe('topic health', () => {
  it('counts each trouble by its own definition', () => {
    const { troubles, replicationFactor } = topicHealth(orders, { 'min.insync.replicas': '2' }, new Map())
    expect(replicationFactor).toBe(3)
    expect(troubles).toEqual({
      underReplicated: 3,
      leaderless: 1,
      notPreferred: 2,
      underMinIsr: 2,
      atMinIsr: 1,
      reassigning: 0,
    })
  })

  it('what is not known is not counted as none', () => {
    const { troubles } = topicHealth(orders, {}, undefined)
    expect([troubles.underMinIsr, troubles.atMinIsr, troubles.reassigning]).toEqual([undefined, undefined, undefined])
  })

  it('a partition that is moved is counted in its topic', () => {
    const moved = new Map([['orders', new Set([0, 2])]])
    expect(topicHealth(orders, {}, moved).troubles.reassigning).toBe(2)
    expect(topicHealth({ ...orders, name: 'other' }, {}, moved).troubles.reassigning).toBe(0)
  })

  it('the cluster is the sum, and knows what any topic knows; without topics there is no trouble', () => {
    const known = topicHealth(orders, { 'min.insync.replicas': '2' }, new Map())
    const unknown = topicHealth({ ...orders, name: 'hidden' }, {}, new Map())
    expect(sumOfTroubles([known, unknown])).toMatchObject({ underReplicated: 6, underMinIsr: 2, reassigning: 0 })
    expect(sumOfTroubles([unknown]).underMinIsr).toBeUndefined()
    expect(sumOfTroubles([])).toMatchObject({ leaderless: 0, underMinIsr: 0, reassigning: 0 })
  })

  it('brokers: what each leads, should lead and holds; one that holds nothing is there, and one that is gone too', () => {
    const shares = brokerShares([1, 3, 4], [orders])
    expect(Object.fromEntries(shares)).toEqual({
      1: { leaders: 1, preferredLeaders: 1, replicas: 4, offlineReplicas: 0 },
      2: { leaders: 0, preferredLeaders: 2, replicas: 4, offlineReplicas: 3 },
      3: { leaders: 2, preferredLeaders: 1, replicas: 4, offlineReplicas: 0 },
      4: { leaders: 0, preferredLeaders: 0, replicas: 0, offlineReplicas: 0 },
    })
  })
})
