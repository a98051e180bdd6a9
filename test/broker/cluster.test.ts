// Shows what several brokers are: leaders spread over them, replicas and ISR accounted for, leadership that moves when a
// broker stops and comes back when it may, and requests that are sent on to where the leader is.
import { describe, expect, it } from 'vitest'
import type { Partition } from '../../broker/partition.ts'
import { isProblem, type NewTopic } from '../../broker/topics.ts'
import { produce } from '../../wire/apis/00-produce.ts'
import { fetch } from '../../wire/apis/01-fetch.ts'
import { metadata } from '../../wire/apis/03-metadata.ts'
import { findCoordinator } from '../../wire/apis/10-find-coordinator.ts'
import { kafkaCode } from '../../wire/error-codes.ts'
import { type Bench, batchOf, makeBench } from './ask.ts'

function make({ state }: Bench, topic: NewTopic): readonly Partition[] {
  const made = state.topics.create(topic)
  if (isProblem(made)) throw new Error(made.message)
  return made.partitions
}

const layoutOf = (partitions: readonly Partition[]) =>
  partitions.map(({ leaderId, replicas, isr }) => [leaderId, replicas, isr])

describe('a cluster of three', () => {
  it('spreads leaders and replicas, and begins the next topic elsewhere', () => {
    const bench = makeBench({ brokers: 3 })
    expect(layoutOf(make(bench, { name: 'a', partitions: 3, replicationFactor: 2 }))).toEqual([
      [1, [1, 2], [1, 2]],
      [2, [2, 3], [2, 3]],
      [3, [3, 1], [3, 1]],
    ])
    expect(layoutOf(make(bench, { name: 'b', partitions: 1, replicationFactor: 1 }))).toEqual([[2, [2], [2]]])
  })

  it('moves leaders away from a stopped broker, and takes it back into the ISR when it returns', () => {
    const bench = makeBench({ brokers: 3 })
    const [partition] = make(bench, { name: 'a', partitions: 1, replicationFactor: 3 })
    bench.state.stopBroker(1)
    expect([partition!.leaderId, partition!.leaderEpoch, partition!.isr]).toEqual([2, 1, [2, 3]])
    expect(partition!.isUnderReplicated).toBe(true)
    bench.state.startBroker(1)
    expect([partition!.leaderId, partition!.leaderEpoch, partition!.isr]).toEqual([2, 1, [1, 2, 3]])
  })

  it('takes a partition offline with its last in-sync replica, which alone may lead it again', () => {
    const bench = makeBench({ brokers: 3 })
    const [partition] = make(bench, { name: 'a', assignments: new Map([[0, [1, 2]]]) })
    bench.state.stopBroker(1)
    bench.state.stopBroker(2)
    expect([partition!.leaderId, partition!.isr]).toEqual([-1, [2]])
    bench.state.startBroker(1)
    expect([partition!.leaderId, partition!.isr]).toEqual([-1, [2]])
    bench.state.startBroker(2)
    expect([partition!.leaderId, partition!.isr]).toEqual([2, [1, 2]])
  })

  it('moves a leader on request, only to a live member of the ISR', () => {
    const bench = makeBench({ brokers: 3 })
    const [partition] = make(bench, { name: 'a', assignments: new Map([[0, [1, 2]]]) })
    expect([bench.state.moveLeader(partition!, 3), partition!.leaderId]).toEqual([false, 1])
    expect([bench.state.moveLeader(partition!), partition!.leaderId, partition!.leaderEpoch]).toEqual([true, 2, 1])
  })

  it('shrinks an ISR until it is restored, but not to nothing', () => {
    const bench = makeBench({ brokers: 3 })
    const [partition] = make(bench, { name: 'a', assignments: new Map([[0, [1, 2]]]) })
    expect(bench.state.shrinkIsr(partition!, 1)).toBe(true)
    expect([partition!.leaderId, partition!.isr]).toEqual([2, [2]])
    expect(bench.state.shrinkIsr(partition!, 2)).toBe(false)
    bench.state.stopBroker(3)
    bench.state.startBroker(3)
    expect(partition!.isr).toEqual([2])
    bench.state.restoreIsr(partition!)
    expect(partition!.isr).toEqual([1, 2])
  })

  it('shows all of it in metadata', async () => {
    const { state, ...bench } = makeBench({ brokers: 3 })
    make({ state, ...bench }, { name: 'a', assignments: new Map([[0, [1, 2]]]) })
    state.stopBroker(1)
    const seen = await bench.ask(metadata, { topics: [{ name: 'a' }] }, { brokerId: 2 })
    expect(seen!.brokers.map(broker => broker.nodeId)).toEqual([2, 3])
    expect(seen!.topics[0]!.partitions[0]).toMatchObject({ leaderId: 2, isrNodes: [2], offlineReplicas: [1] })
    state.stopBroker(2)
    const later = await bench.ask(metadata, { topics: [{ name: 'a' }] }, { brokerId: 3 })
    expect(later!.topics[0]!.partitions[0]).toMatchObject({ leaderId: -1, errorCode: kafkaCode.LEADER_NOT_AVAILABLE })
  })
})

describe('requests at the wrong broker', () => {
  const produceTo = (topic: string) => ({
    acks: -1,
    timeoutMs: 1_000,
    topicData: [{ name: topic, partitionData: [{ index: 0, records: batchOf(['v']) }] }],
  })

  it('say who leads now, with the address (KIP-951)', async () => {
    const bench = makeBench({ brokers: 2 })
    make(bench, { name: 'a', assignments: new Map([[0, [2]]]) })
    const answer = await bench.ask(produce, produceTo('a'), { version: 12 })
    expect(answer!.responses[0]!.partitionResponses[0]).toMatchObject({
      errorCode: kafkaCode.NOT_LEADER_OR_FOLLOWER,
      currentLeader: { leaderId: 2, leaderEpoch: 0 },
    })
    expect(answer!.nodeEndpoints).toMatchObject([{ nodeId: 2, host: '127.0.0.1' }])
    const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1 }]
    const fetched = await bench.ask(
      fetch,
      { maxWaitMs: 0, minBytes: 0, topics: [{ topic: 'a', partitions }] },
      { version: 12 },
    )
    expect(fetched!.responses[0]!.partitions[0]).toMatchObject({
      errorCode: kafkaCode.NOT_LEADER_OR_FOLLOWER,
      currentLeader: { leaderId: 2 },
    })
  })

  it('fence readers with an old leader epoch', async () => {
    const bench = makeBench({ brokers: 2 })
    const [partition] = make(bench, { name: 'a', assignments: new Map([[0, [1, 2]]]) })
    bench.state.moveLeader(partition!, 2)
    const codeWith = async (currentLeaderEpoch: number) => {
      const partitions = [{ partition: 0, currentLeaderEpoch, fetchOffset: 0, partitionMaxBytes: 1 }]
      const request = { maxWaitMs: 0, minBytes: 0, topics: [{ topic: 'a', partitions }] }
      const answer = await bench.ask(fetch, request, { version: 12, brokerId: 2 })
      return answer!.responses[0]!.partitions[0]!.errorCode
    }
    expect([await codeWith(0), await codeWith(1), await codeWith(2), await codeWith(-1)]).toEqual([
      kafkaCode.FENCED_LEADER_EPOCH,
      kafkaCode.NONE,
      kafkaCode.UNKNOWN_LEADER_EPOCH,
      kafkaCode.NONE,
    ])
  })
})

describe('coordinators', () => {
  it('are spread over the brokers, and move when theirs stops', async () => {
    const bench = makeBench({ brokers: 3 })
    const keys = Array.from({ length: 30 }, (_, index) => `group-${index}`)
    const find = async () => {
      const answer = await bench.ask(findCoordinator, { coordinatorKeys: keys }, { brokerId: 2 })
      return answer!.coordinators.map(each => each.nodeId)
    }
    expect(new Set(await find())).toEqual(new Set([1, 2, 3]))
    bench.state.stopBroker(1)
    expect(new Set(await find())).toEqual(new Set([2, 3]))
  })
})
