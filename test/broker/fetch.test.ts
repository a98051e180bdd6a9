// Shows fetching: how long it waits and for what, byte limits, isolation, sessions that tell only what is new, and the codes.
import { describe, expect, it } from 'vitest'
import { isProblem } from '../../broker/topics.ts'
import { fetch } from '../../wire/apis/01-fetch.ts'
import { listOffsets, offsetAt } from '../../wire/apis/02-list-offsets.ts'
import { kafkaCode } from '../../wire/error-codes.ts'
import { BatchHeader } from '../../wire/record-batch/scan.ts'
import type { RequestOf } from '../../wire/schema.ts'
import { type Bench, batchOf, makeBench } from './ask.ts'
import { settled } from './groups/fake-time.ts'

type Request = RequestOf<typeof fetch>

function withTopics(...names: string[]): Bench {
  const bench = makeBench()
  for (const name of names) {
    const made = bench.state.topics.create({ name, partitions: 2 })
    if (isProblem(made)) throw new Error(made.message)
  }
  return bench
}

function append({ state }: Bench, topic: string, partition: number, bytes = batchOf(['v'])): void {
  const header = new BatchHeader()
  header.read(bytes, 0)
  expect(state.partition(topic, partition)!.append(header)).toBeDefined()
}

const all = { maxWaitMs: 0, minBytes: 1, maxBytes: 50_000_000 }

const from = (partition: number, fetchOffset = 0, partitionMaxBytes = 1_000_000) => ({
  partition,
  fetchOffset,
  partitionMaxBytes,
})

const ask = async (bench: Bench, request: Partial<Request> & Pick<Request, 'topics'>, version = 12) =>
  (await bench.ask(fetch, { ...all, ...request }, { version }))!

/** A fetch that may still be waiting. */
function start(bench: Bench, request: Partial<Request> & Pick<Request, 'topics'>) {
  const state = { isDone: false }
  const answer = ask(bench, request).then(found => {
    state.isDone = true
    return found
  })
  return { state, answer }
}

const bytesIn = (answer: Awaited<ReturnType<typeof ask>>) =>
  answer.responses.flatMap(topic => topic.partitions.map(each => each.records.length))

describe('waiting', () => {
  it('ends when there are enough bytes, counted over all partitions', async () => {
    const bench = withTopics('a')
    const { length } = batchOf(['v'])
    const topics = [{ topic: 'a', partitions: [from(0), from(1)] }]
    const { state, answer } = start(bench, { topics, maxWaitMs: 60_000, minBytes: 2 * length })
    append(bench, 'a', 0)
    await settled()
    expect(state.isDone).toBe(false)
    append(bench, 'a', 1)
    expect(bytesIn(await answer)).toEqual([length, length])
    expect(bench.time.timers).toBe(0)
  })

  it('ends when the time is up, with what there is', async () => {
    const bench = withTopics('a')
    const { state, answer } = start(bench, { topics: [{ topic: 'a', partitions: [from(0)] }], maxWaitMs: 500 })
    await bench.time.advance(499)
    expect(state.isDone).toBe(false)
    await bench.time.advance(1)
    expect(bytesIn(await answer)).toEqual([0])
  })

  it('takes all that one produce request brings as one answer', async () => {
    const bench = withTopics('a')
    const { length } = batchOf(['v'])
    const topics = [{ topic: 'a', partitions: [from(0), from(1)] }]
    const { answer } = start(bench, { topics, maxWaitMs: 60_000 })
    await settled()
    append(bench, 'a', 0)
    append(bench, 'a', 1)
    expect(bytesIn(await answer)).toEqual([length, length])
  })

  it('does not begin where there is an error to tell, and ends with one', async () => {
    const bench = withTopics('a')
    const missing = await ask(bench, { topics: [{ topic: 'b', partitions: [from(0)] }], maxWaitMs: 60_000 })
    expect(missing.responses[0]!.partitions[0]!.errorCode).toBe(kafkaCode.UNKNOWN_TOPIC_OR_PARTITION)
    const { answer } = start(bench, { topics: [{ topic: 'a', partitions: [from(0)] }], maxWaitMs: 60_000 })
    bench.state.topics.delete(bench.state.topics.byName('a')!)
    expect((await answer).responses[0]!.partitions[0]!.errorCode).toBe(kafkaCode.UNKNOWN_TOPIC_OR_PARTITION)
  })

  it('counts what lies in several chunks of the log', async () => {
    const bench = withTopics('a')
    for (let index = 0; index < 10; index++) append(bench, 'a', 0, batchOf(['x'.repeat(15_000)]))
    const topics = [{ topic: 'a', partitions: [from(0)] }]
    const answer = await ask(bench, { topics, maxWaitMs: 60_000, minBytes: 150_000 })
    expect(bytesIn(answer)[0]).toBeGreaterThan(0)
  })
})

describe('limits', () => {
  it('hold for a partition and for the whole answer, but the first batch always comes (KIP-74)', async () => {
    const bench = withTopics('a')
    const { length } = batchOf(['v'])
    for (const partition of [0, 1]) for (let index = 0; index < 5; index++) append(bench, 'a', partition)
    const one = [{ topic: 'a', partitions: [from(0, 0, 2 * length), from(1, 0, 3 * length)] }]
    expect(bytesIn(await ask(bench, { topics: one }))).toEqual([2 * length, 3 * length])
    expect(bytesIn(await ask(bench, { topics: one, maxBytes: 3 * length }))).toEqual([2 * length, length])
    const tiny = [{ topic: 'a', partitions: [from(0, 0, 1), from(1, 0, 1)] }]
    expect(bytesIn(await ask(bench, { topics: tiny, maxBytes: 1 }))).toEqual([length, 0])
  })

  it('outside the log is OFFSET_OUT_OF_RANGE; its end is not outside', async () => {
    const bench = withTopics('a')
    for (let index = 0; index < 3; index++) append(bench, 'a', 0)
    bench.state.partition('a', 0)!.log.deleteBefore(2)
    const codeAt = async (offset: number) => {
      const answer = await ask(bench, { topics: [{ topic: 'a', partitions: [from(0, offset)] }] })
      return answer.responses[0]!.partitions[0]!.errorCode
    }
    const outside = kafkaCode.OFFSET_OUT_OF_RANGE
    expect([await codeAt(1), await codeAt(2), await codeAt(3), await codeAt(4)]).toEqual([outside, 0, 0, outside])
  })
})

describe('isolation', () => {
  const data = (producerId: number) =>
    batchOf(['v'], { producerId, producerEpoch: 0, baseSequence: 0, transactional: true })

  it('read_committed ends at the last stable offset, and names what was aborted', async () => {
    const bench = withTopics('a')
    const partition = bench.state.partition('a', 0)!
    append(bench, 'a', 0)
    append(bench, 'a', 0, data(7))
    const topics = [{ topic: 'a', partitions: [from(0)] }]
    const open = (await ask(bench, { topics, isolationLevel: 1 })).responses[0]!.partitions[0]!
    expect([open.records.length, open.lastStableOffset, open.highWatermark]).toEqual([batchOf(['v']).length, 1, 2])
    const { answer } = start(bench, {
      topics: [{ topic: 'a', partitions: [from(0, 1)] }],
      isolationLevel: 1,
      maxWaitMs: 60_000,
    })
    partition.appendMarker({ kind: 'abort', producerId: 7, producerEpoch: 0, coordinatorEpoch: 0 })
    const aborted = (await answer).responses[0]!.partitions[0]!
    expect(aborted.abortedTransactions).toEqual([{ producerId: 7, firstOffset: 1 }])
    const uncommitted = (await ask(bench, { topics })).responses[0]!.partitions[0]!
    expect([uncommitted.abortedTransactions, uncommitted.lastStableOffset]).toEqual([null, 3])
  })

  it('is what the latest offset depends on', async () => {
    const bench = withTopics('a')
    append(bench, 'a', 0)
    append(bench, 'a', 0, data(7))
    const latest = async (isolationLevel: number) => {
      const partitions = [{ partitionIndex: 0, timestamp: offsetAt.latest }]
      const answer = await bench.ask(listOffsets, { isolationLevel, topics: [{ name: 'a', partitions }] })
      return answer!.topics[0]!.partitions[0]!.offset
    }
    expect([await latest(0), await latest(1)]).toEqual([2, 1])
  })
})

describe('offsets by time', () => {
  it('and the questions below zero', async () => {
    const bench = withTopics('a')
    for (const timestampMs of [100, 300, 200]) append(bench, 'a', 0, batchOf(['v'], { timestampMs }))
    bench.state.partition('a', 0)!.log.deleteBefore(1)
    const find = async (timestamp: number) => {
      const topics = [{ name: 'a', partitions: [{ partitionIndex: 0, timestamp }] }]
      const { offset, timestamp: foundMs } = (await bench.ask(listOffsets, { topics }))!.topics[0]!.partitions[0]!
      return [offset, foundMs]
    }
    expect(await find(offsetAt.earliest)).toEqual([1, -1])
    expect(await find(offsetAt.earliestLocal)).toEqual([1, -1])
    expect(await find(offsetAt.latest)).toEqual([3, -1])
    expect(await find(offsetAt.maxTimestamp)).toEqual([1, 300])
    expect(await find(offsetAt.latestTiered)).toEqual([-1, -1])
    expect(await find(offsetAt.earliestPendingUpload)).toEqual([-1, -1])
    expect(await find(150)).toEqual([1, 300])
    expect(await find(301)).toEqual([-1, -1])
  })
})

describe('sessions (KIP-227)', () => {
  const both = [{ topic: 'a', partitions: [from(0), from(1)] }]
  const partitionsIn = (answer: Awaited<ReturnType<typeof ask>>) =>
    answer.responses.flatMap(topic => topic.partitions.map(each => each.partitionIndex))

  it('tell everything first, then only what is new', async () => {
    const bench = withTopics('a')
    const first = await ask(bench, { topics: both, sessionEpoch: 0 })
    expect(partitionsIn(first)).toEqual([0, 1])
    const { sessionId } = first
    expect(sessionId).toBeGreaterThan(0)
    expect(partitionsIn(await ask(bench, { topics: [], sessionId, sessionEpoch: 1 }))).toEqual([])
    append(bench, 'a', 1)
    expect(partitionsIn(await ask(bench, { topics: [], sessionId, sessionEpoch: 2 }))).toEqual([1])
    const moved = [{ topic: 'a', partitions: [from(1, 1)] }]
    expect(partitionsIn(await ask(bench, { topics: moved, sessionId, sessionEpoch: 3 }))).toEqual([])
  })

  it('forget partitions on request', async () => {
    const bench = withTopics('a')
    const { sessionId } = await ask(bench, { topics: both, sessionEpoch: 0 })
    append(bench, 'a', 0)
    append(bench, 'a', 1)
    const forgottenTopicsData = [{ topic: 'a', partitions: [0] }]
    const answer = await ask(bench, { topics: [], forgottenTopicsData, sessionId, sessionEpoch: 1 })
    expect(partitionsIn(answer)).toEqual([1])
  })

  it('serve the partitions that came last first when the limit is small', async () => {
    const bench = withTopics('a')
    for (const partition of [0, 1]) append(bench, 'a', partition)
    const first = await ask(bench, { topics: both, sessionEpoch: 0, maxBytes: 1 })
    expect(bytesIn(first)).toEqual([batchOf(['v']).length, 0])
    const { sessionId } = first
    const next = await ask(bench, {
      topics: [{ topic: 'a', partitions: [from(0, 0)] }],
      sessionId,
      sessionEpoch: 1,
      maxBytes: 1,
    })
    expect(next.responses.flatMap(topic => topic.partitions.filter(each => each.records.length > 0))).toMatchObject([
      { partitionIndex: 1 },
    ])
  })

  it('end, and are refused when unknown, out of step, or with the other naming of topics', async () => {
    const bench = withTopics('a')
    const { sessionId } = await ask(bench, { topics: both, sessionEpoch: 0 })
    const codeOf = async (id: number, sessionEpoch: number, version = 12) =>
      (await ask(bench, { topics: [], sessionId: id, sessionEpoch }, version)).errorCode
    expect(await codeOf(sessionId, 7)).toBe(kafkaCode.INVALID_FETCH_SESSION_EPOCH)
    expect(await codeOf(sessionId, 1, 13)).toBe(kafkaCode.FETCH_SESSION_TOPIC_ID_ERROR)
    expect(await codeOf(sessionId, 1)).toBe(kafkaCode.NONE)
    expect((await ask(bench, { topics: both, sessionId, sessionEpoch: -1 })).sessionId).toBe(0)
    expect(await codeOf(sessionId, 2)).toBe(kafkaCode.FETCH_SESSION_ID_NOT_FOUND)
  })

  it('are limited in number; without a free one the client goes on without', async () => {
    const bench = makeBench({ configs: { 'max.incremental.fetch.session.cache.slots': '2' } })
    bench.state.topics.create({ name: 'a', partitions: 2 })
    const open = async () => (await ask(bench, { topics: both, sessionEpoch: 0 })).sessionId
    const ids = [await open(), await open(), await open()]
    expect(ids.map(id => id > 0)).toEqual([true, true, false])
    await bench.time.advance(120_000)
    expect(await open()).toBeGreaterThan(0)
  })
})
