// Shows that the requests of a transaction do over the wire what the coordinator promises: offsets of a group count when it
// commits, a hanging one is ended by markers, and administrators see which there are and in which state.
import { beforeEach, describe, expect, it } from 'vitest'
import { produce } from '../../wire/apis/00-produce.ts'
import { offsetFetch } from '../../wire/apis/09-offset-fetch.ts'
import { initProducerId } from '../../wire/apis/22-init-producer-id.ts'
import { addPartitionsToTxn } from '../../wire/apis/24-add-partitions-to-txn.ts'
import { addOffsetsToTxn } from '../../wire/apis/25-add-offsets-to-txn.ts'
import { endTxn } from '../../wire/apis/26-end-txn.ts'
import { writeTxnMarkers } from '../../wire/apis/27-write-txn-markers.ts'
import { txnOffsetCommit } from '../../wire/apis/28-txn-offset-commit.ts'
import { describeTransactions } from '../../wire/apis/65-describe-transactions.ts'
import { listTransactions } from '../../wire/apis/66-list-transactions.ts'
import { kafkaCode } from '../../wire/error-codes.ts'
import type { RequestOf } from '../../wire/schema.ts'
import { type Bench, batchOf, makeBench } from './ask.ts'

const transactionalId = 'payments'
const groupId = 'readers'
/** The last version in which partitions and groups are announced, and in which the end keeps the epoch. */
const announced = { version: 4 }

let bench: Bench
let producer: { producerId: number; producerEpoch: number }
beforeEach(async () => {
  bench = makeBench()
  bench.state.topics.create({ name: 't', partitions: 2 })
  producer = await init(transactionalId)
})

async function init(id: string) {
  const answer = await bench.ask(initProducerId, { transactionalId: id, transactionTimeoutMs: 60_000 })
  const { errorCode, producerId, producerEpoch } = answer!
  expect(errorCode).toBe(kafkaCode.NONE)
  return { producerId, producerEpoch }
}

async function announce(partition = 0) {
  const identity = { v3AndBelowTransactionalId: transactionalId, v3AndBelowProducerId: producer.producerId }
  const topics = [{ name: 't', partitions: [partition] }]
  const body = { ...identity, v3AndBelowProducerEpoch: producer.producerEpoch, v3AndBelowTopics: topics }
  const answer = await bench.ask(addPartitionsToTxn, body as RequestOf<typeof addPartitionsToTxn>, { version: 3 })
  return answer!.resultsByTopicV3AndBelow[0]!.resultsByPartition[0]!.partitionErrorCode
}

const write = () => {
  const records = batchOf(['v'], { ...producer, baseSequence: 0, transactional: true })
  const topicData = [{ name: 't', partitionData: [{ index: 0, records }] }]
  return bench.ask(produce, { transactionalId, acks: -1, timeoutMs: 1_000, topicData }, { version: 11 })
}

const announceGroup = async (changes = {}) =>
  (await bench.ask(addOffsetsToTxn, { transactionalId, ...producer, groupId, ...changes }))!.errorCode

async function commitOffset(committedOffset: number, changes = {}) {
  const topics = [{ name: 't', partitions: [{ partitionIndex: 0, committedOffset, committedMetadata: '' }] }]
  const body = { transactionalId, groupId, ...producer, topics, ...changes }
  return (await bench.ask(txnOffsetCommit, body, announced))!.topics[0]!.partitions[0]!.errorCode
}

const end = async (committed: boolean, changes = {}) =>
  (await bench.ask(endTxn, { transactionalId, ...producer, committed, ...changes }, announced))!.errorCode

async function offsetOfGroup() {
  const body = { groupId, topics: [{ name: 't', partitionIndexes: [0] }] }
  return (await bench.ask(offsetFetch, body, { version: 5 }))!.topics[0]!.partitions[0]!.committedOffset
}

const described = async (id = transactionalId) =>
  (await bench.ask(describeTransactions, { transactionalIds: [id] }))!.transactionStates[0]!

const log = () => bench.state.partition('t', 0)!.log

describe('offsets of a group in a transaction', () => {
  it.each([
    [true, 7],
    [false, -1],
  ])('committed: %s', async (committed, offset) => {
    expect(await announceGroup()).toBe(kafkaCode.NONE)
    expect(await commitOffset(7)).toBe(kafkaCode.NONE)
    expect(await offsetOfGroup()).toBe(-1)
    expect(await end(committed)).toBe(kafkaCode.NONE)
    expect(await offsetOfGroup()).toBe(offset)
  })

  it('are refused from a producer with a wrong epoch, and without an announcement', async () => {
    expect(await commitOffset(7)).not.toBe(kafkaCode.NONE)
    const stale = { producerEpoch: producer.producerEpoch - 1 }
    await init(transactionalId)
    expect(await announceGroup()).toBe(kafkaCode.PRODUCER_FENCED)
    expect(await commitOffset(7, stale)).toBe(kafkaCode.INVALID_PRODUCER_EPOCH)
    expect(await end(true)).toBe(kafkaCode.PRODUCER_FENCED)
    expect(await offsetOfGroup()).toBe(-1)
  })
})

describe('the end of a transaction', () => {
  it.each([true, false])('writes a marker to its partitions (committed: %s)', async committed => {
    expect(await announce()).toBe(kafkaCode.NONE)
    await write()
    expect([log().highWatermark, log().lastStableOffset]).toEqual([1, 0])
    expect(await end(committed)).toBe(kafkaCode.NONE)
    expect([log().highWatermark, log().lastStableOffset]).toEqual([2, 2])
  })

  it('comes by WriteTxnMarkers where it hangs', async () => {
    await announce()
    await write()
    const mark = async (index: number) => {
      const topics = [{ name: 't', partitionIndexes: [index] }]
      const markers = [{ ...producer, transactionResult: false, topics, coordinatorEpoch: 0 }]
      const answer = await bench.ask(writeTxnMarkers, { markers })
      return answer!.markers[0]!.topics[0]!.partitions[0]!.errorCode
    }
    expect(await mark(0)).toBe(kafkaCode.NONE)
    expect([log().highWatermark, log().lastStableOffset]).toEqual([2, 2])
    expect(await mark(9)).toBe(kafkaCode.UNKNOWN_TOPIC_OR_PARTITION)
  })
})

describe('what administrators see', () => {
  it('of one: its state, producer and partitions', async () => {
    expect(await described()).toMatchObject({ errorCode: 0, transactionState: 'Empty', ...producer, topics: [] })
    await announce(1)
    const topics = [{ topic: 't', partitions: [1] }]
    expect(await described()).toMatchObject({ transactionState: 'Ongoing', transactionTimeoutMs: 60_000, topics })
    await end(true)
    expect(await described()).toMatchObject({ transactionState: 'CompleteCommit', topics: [] })
    expect((await described('nobody')).errorCode).toBe(kafkaCode.TRANSACTIONAL_ID_NOT_FOUND)
  })

  it('of all: those that pass the filters', async () => {
    const other = await init('other')
    await announce()
    const list = async (filters: Partial<RequestOf<typeof listTransactions>> = {}) => {
      const answer = await bench.ask(listTransactions, { stateFilters: [], producerIdFilters: [], ...filters })
      const { errorCode, unknownStateFilters, transactionStates } = answer!
      return {
        errorCode,
        unknown: unknownStateFilters,
        ids: transactionStates.map(each => each.transactionalId).sort(),
      }
    }
    const none = { errorCode: kafkaCode.NONE, unknown: [] }
    expect(await list()).toEqual({ ...none, ids: ['other', transactionalId] })
    expect(await list({ stateFilters: ['Ongoing'] })).toEqual({ ...none, ids: [transactionalId] })
    expect(await list({ producerIdFilters: [other.producerId] })).toEqual({ ...none, ids: ['other'] })
    expect(await list({ transactionalIdPattern: 'pay.*' })).toEqual({ ...none, ids: [transactionalId] })
    expect(await list({ stateFilters: ['Odd'] })).toEqual({ ...none, unknown: ['Odd'], ids: [] })
    expect((await list({ transactionalIdPattern: '(' })).errorCode).toBe(kafkaCode.INVALID_REGULAR_EXPRESSION)
    await bench.time.advance(5_000)
    expect(await list({ durationFilter: 4_000 })).toEqual({ ...none, ids: [transactionalId] })
    expect(await list({ durationFilter: 6_000 })).toEqual({ ...none, ids: [] })
  })
})
