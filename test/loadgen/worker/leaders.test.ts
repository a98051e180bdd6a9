// Shows how a run tells a topic that is gone or was made anew from one that only has no leaders at the moment.
import { describe, expect, it } from 'vitest'
import { LeaderLookup } from '../../../loadgen/worker/leaders.ts'
import type { ClusterSnapshot, TopicMetadata } from '../../../wire/cluster-metadata.ts'
import { kafkaCode } from '../../../wire/error-codes.ts'

const topic = { name: 'orders', id: 'a' }

function lookupOf(answers: readonly (Partial<TopicMetadata> & { readonly leaders?: readonly number[] })[]) {
  const time = { ms: 0 }
  let asked = 0
  const metadata = async (): Promise<ClusterSnapshot> => {
    const { leaders = [], ...more } = answers[Math.min(asked++, answers.length - 1)]!
    const partitions = leaders.map((leader, index) => ({
      index,
      leader,
      leaderEpoch: 0,
      replicas: [],
      isr: [],
      offline: [],
      errorCode: 0,
    }))
    const found = { name: 'orders', id: 'a', errorCode: kafkaCode.NONE, internal: false, partitions, ...more }
    return { clusterId: null, controllerId: 1, brokers: new Map(), topics: new Map([['orders', found]]) }
  }
  return { time, lookup: new LeaderLookup({ metadata }, topic, 3, () => time.ms) }
}

const unknown = { errorCode: kafkaCode.UNKNOWN_TOPIC_OR_PARTITION, id: '' }

describe('the leaders of a topic', () => {
  it('are -1 where there is none, and partitions added during the run are left out', async () => {
    const { lookup } = lookupOf([{ leaders: [1, -1, 2, 3] }])
    expect(await lookup.ask()).toEqual([1, -1, 2])
  })

  it('are waited for while a broker does not know the topic, but not for ever', async () => {
    const { lookup, time } = lookupOf([unknown])
    expect(await lookup.ask()).toEqual([-1, -1, -1])
    time.ms = 14_999
    expect(await lookup.ask()).toEqual([-1, -1, -1])
    time.ms = 15_000
    await expect(lookup.ask()).rejects.toMatchObject({
      code: 'TOPIC_UNKNOWN',
      retriable: false,
      message: "topic 'orders' was deleted during the run",
    })
  })

  it('start the wait anew once the topic was seen', async () => {
    const { lookup, time } = lookupOf([unknown, { leaders: [1, 1, 1] }, unknown])
    await lookup.ask()
    time.ms = 14_000
    expect(await lookup.ask()).toEqual([1, 1, 1])
    time.ms = 20_000
    expect(await lookup.ask()).toEqual([-1, -1, -1])
  })

  it('of another topic with the same name are refused', async () => {
    const { lookup } = lookupOf([{ id: 'b', leaders: [1, 1, 1] }])
    await expect(lookup.ask()).rejects.toMatchObject({
      code: 'TOPIC_UNKNOWN',
      retriable: false,
      message: "topic 'orders' was deleted and created again during the run",
    })
  })
})
