// Shows what each fault does to requests and to the cluster, to the millisecond. Method: a cluster on fake time; requests go
// through the interceptor as the server sends them, with the real handlers behind it.
import { describe, expect, it } from 'vitest'
import { parseFault } from '../../broker/faults/read-fault.ts'
import { type Fault, makeFaults } from '../../broker/faults.ts'
import type { ConnectionState, Outcome } from '../../broker/handler.ts'
import { handlerByKey } from '../../broker/handlers/index.ts'
import { produce } from '../../wire/apis/00-produce.ts'
import { fetch } from '../../wire/apis/01-fetch.ts'
import { metadata } from '../../wire/apis/03-metadata.ts'
import { createTopics } from '../../wire/apis/19-create-topics.ts'
import { kafkaCode } from '../../wire/error-codes.ts'
import { decodeRequest, encodeRequest, encodeResponse } from '../../wire/frame.ts'
import type { Api, RequestOf, ResponseOf } from '../../wire/schema.ts'
import { batchOf, makeBench } from './ask.ts'
import { settled } from './groups/fake-time.ts'

interface Sent<A extends Api> {
  /** undefined: still waiting. */
  outcome: Outcome | undefined
  /** Since it was sent. */
  tookMs: number | undefined
  body(): ResponseOf<A>
}

async function setUp(options: { brokers?: number } = {}) {
  const bench = makeBench({ faultSeed: 7, ...options })
  const { state, time, ask } = bench
  const replicationFactor = options.brokers ?? 1
  await ask(createTopics, {
    topics: ['t', 'u'].map(name => ({ name, numPartitions: 2, replicationFactor, assignments: [], configs: [] })),
    timeoutMs: 1000,
  })
  const faults = state.part(makeFaults)
  const add = (text: string) => faults.add(parseFault(text)).id

  /** As a connection of the server does it. */
  function send<A extends Api>(
    api: A,
    given: RequestOf<A>,
    { clientId = 'me', connection = anyConnection(), version = api.versions[1], brokerId = 1 } = {},
  ): Sent<A> {
    const sentMs = time.nowMs()
    const { body } = decodeRequest(Buffer.concat(encodeRequest(api, version, 1, clientId, given)).subarray(4))
    const { id: connectionId, clientHost } = connection
    const principal = 'User:ANONYMOUS'
    const context = { cluster: state, brokerId, clientId, principal, version, connectionId, clientHost, connection }
    const handle = async () => handlerByKey.get(api.key)!.handle(context, body as never)
    const sent: Sent<A> = {
      outcome: undefined,
      tookMs: undefined,
      body: () => (sent.outcome?.kind === 'answer' ? sent.outcome.body : undefined) as ResponseOf<A>,
    }
    const done = (outcome: Outcome) => {
      sent.outcome = outcome
      sent.tookMs = time.nowMs() - sentMs
    }
    const intercepted = state.interceptor?.intercept(context, api, body, handle)
    if (intercepted === undefined) handle().then(answer => done({ kind: 'answer', body: answer }))
    else intercepted.then(done)
    return sent
  }
  const write = (topic: string, partitions: readonly number[] = [0], options = {}) => {
    const partitionData = partitions.map(index => ({ index, records: batchOf(['value']) }))
    const request = { acks: 1, timeoutMs: 1000, topicData: [{ name: topic, partitionData }] }
    return send(produce, request, { version: 9, ...options })
  }
  const read = (topic: string, options: object = {}, maxWaitMs = 0) => {
    const partition = { partition: 0, fetchOffset: 0, partitionMaxBytes: 1_000_000 }
    const topics = [{ topic, partitions: [partition] }]
    const limits = { maxWaitMs, minBytes: 1, maxBytes: 1_000_000, isolationLevel: 0, sessionId: 0, sessionEpoch: -1 }
    return send(fetch, { ...limits, topics, forgottenTopicsData: [] }, { version: 12, ...options })
  }
  const endOf = (topic: string, partition = 0) => state.partition(topic, partition)!.log.endOffset
  return { ...bench, faults, add, send, write, read, endOf }
}

let connections = 0
const anyConnection = (): ConnectionState => ({
  id: connections++,
  clientHost: '127.0.0.1',
  isTls: false,
  listener: 'client',
  principal: 'User:ANONYMOUS',
  sasl: undefined,
  bareToken: undefined,
})

const codesOf = ({ responses }: ResponseOf<typeof produce>) =>
  responses.flatMap(({ name, partitionResponses }) =>
    partitionResponses.map(({ index, errorCode }) => `${name}-${index} ${errorCode}`),
  )

describe('whom a fault is for', () => {
  it('without faults nothing stands before the handlers; a fault of the cluster alone does not either', async () => {
    const { state, add, faults } = await setUp()
    expect(state.interceptor).toBeUndefined()
    add('expand-isr')
    expect(state.interceptor).toBeUndefined()
    const id = add('stall')
    expect(state.interceptor).toBeDefined()
    faults.remove(id)
    expect(state.interceptor).toBeUndefined()
  })

  const matches = [
    { rule: 'api=Produce', hit: true },
    { rule: 'api=Fetch', hit: false },
    { rule: 'client=me', hit: true },
    { rule: 'client=m*', hit: true },
    { rule: 'client=you', hit: false },
    { rule: 'topic=t', hit: true },
    { rule: 'topic=u', hit: false },
    { rule: 'topic=t,partition=0', hit: true },
    { rule: 'topic=t,partition=1', hit: false },
    { rule: 'partition=0', hit: true },
    { rule: 'broker=1', hit: true },
    { rule: 'broker=2', hit: false },
    { rule: 'api=Produce,client=you,topic=t', hit: false },
  ]
  it.each(matches)('a produce to t-0 by me meets $rule: $hit', async ({ rule, hit }) => {
    const { add, write, time, faults } = await setUp()
    add(`delay:by=10ms,${rule}`)
    const sent = write('t')
    await time.advance(20)
    expect([sent.tookMs, faults.list()[0]!.hits]).toEqual(hit ? [10, 1] : [0, 0])
  })

  it('a fetch session is met by the topics that it stands for', async () => {
    const { add, send, time } = await setUp()
    const limits = { maxWaitMs: 0, minBytes: 0, maxBytes: 1_000_000, isolationLevel: 0, forgottenTopicsData: [] }
    const topics = [{ topic: 't', partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }] }]
    const first = send(fetch, { ...limits, sessionId: 0, sessionEpoch: 0, topics }, { version: 12 })
    await settled()
    add('delay:by=10ms,topic=t')
    add('delay:by=100ms,topic=u')
    const { sessionId } = first.body()
    const next = send(fetch, { ...limits, sessionId, sessionEpoch: 1, topics: [] }, { version: 12 })
    await time.advance(200)
    expect(next.tookMs).toBe(10)
  })
})

describe('how often', () => {
  it('times: so many requests and no more', async () => {
    const { add, write, faults } = await setUp()
    add('error:code=REQUEST_TIMED_OUT,times=2')
    const sent = [write('t'), write('t'), write('t')]
    await settled()
    expect(sent.map(each => codesOf(each.body())[0])).toEqual(['t-0 7', 't-0 7', 't-0 0'])
    expect(faults.list()).toMatchObject([{ hits: 2, state: 'over' }])
  })

  it('times with every: so many in each period', async () => {
    const { add, write, time } = await setUp()
    add('drop:times=1,every=1s')
    const kinds: (string | undefined)[] = []
    for (let round = 0; round < 4; round++) {
      const sent = [write('t'), write('t')]
      await time.advance(500)
      kinds.push(...sent.map(each => each.outcome?.kind))
    }
    expect(kinds).toEqual(['close', 'answer', 'answer', 'answer', 'close', 'answer', 'answer', 'answer'])
  })

  it('percent: that share, and the same ones with the same seed', async () => {
    const runs = await Promise.all(
      [1, 2].map(async () => {
        const { add, write } = await setUp()
        add('drop:percent=25')
        const sent = Array.from({ length: 400 }, () => write('t'))
        await settled()
        return sent.map(each => each.outcome?.kind === 'close')
      }),
    )
    const dropped = runs[0]!.filter(Boolean).length
    expect(dropped).toBeGreaterThan(70)
    expect(dropped).toBeLessThan(130)
    expect(runs[0]).toEqual(runs[1])
  })
})

describe('stall', () => {
  it('holds what comes in its time, to its end, in order; before and after it is not there', async () => {
    const { add, write, time, endOf, faults } = await setUp()
    add('stall:api=Produce,after=100ms,for=50ms')
    const sent: Sent<typeof produce>[] = []
    for (let atMs = 0; atMs < 200; atMs += 10) {
      sent.push(write('t'))
      await time.advance(10)
      // Nothing is stored in the meantime either.
      if (atMs >= 100 && atMs < 140) expect([atMs, endOf('t')]).toEqual([atMs, 10])
    }
    const expected = [...Array(10).fill(0), 50, 40, 30, 20, 10, ...Array(5).fill(0)]
    expect(sent.map(each => each.tookMs)).toEqual(expected)
    const offsets = sent.map(each => each.body().responses[0]!.partitionResponses[0]!.baseOffset)
    expect(offsets).toEqual(sent.map((_, index) => index))
    expect(faults.list()).toMatchObject([{ hits: 5, state: 'over' }])
  })

  it('comes back with every', async () => {
    const { add, write, time } = await setUp()
    add('stall:for=20ms,every=100ms')
    const took: (number | undefined)[] = []
    for (let atMs = 0; atMs < 300; atMs += 50) {
      const sent = write('t')
      await time.advance(50)
      took.push(sent.tookMs)
    }
    expect(took).toEqual([20, 0, 20, 0, 20, 0])
  })

  it('without an end lasts until it is removed', async () => {
    const { add, write, time, faults } = await setUp()
    const id = add('stall')
    const sent = write('t')
    await time.advance(100_000)
    expect(sent.outcome).toBeUndefined()
    expect(faults.remove(id)).toBe(true)
    await settled()
    expect(sent.tookMs).toBe(100_000)
    expect(faults.remove(id)).toBe(false)
  })

  it('two that overlap hold until the last is over', async () => {
    const { add, write, time } = await setUp()
    add('stall:for=20ms')
    add('stall:for=50ms,after=10ms')
    const sent = write('t')
    await time.advance(100)
    expect(sent.tookMs).toBe(60)
  })

  it('holds the answer of a long poll that had begun before it', async () => {
    const { add, write, read, time } = await setUp()
    add('stall:api=Fetch,after=10ms,for=100ms')
    const poll = read('t', {}, 5000)
    await time.advance(50)
    write('t')
    await time.advance(59)
    expect(poll.outcome).toBeUndefined()
    await time.advance(1)
    expect(poll.tookMs).toBe(110)
  })
})

describe('delay', () => {
  it('takes so long and up to the jitter more, each time another', async () => {
    const { add, write, time } = await setUp()
    add('delay:by=50ms,jitter=20ms')
    const sent = Array.from({ length: 50 }, () => write('t'))
    await time.advance(100)
    const took = sent.map(each => each.tookMs ?? 0)
    expect(Math.min(...took)).toBeGreaterThanOrEqual(50)
    expect(Math.max(...took)).toBeLessThanOrEqual(71)
    expect(new Set(took).size).toBeGreaterThan(10)
  })
})

describe('error', () => {
  const refuse = 'error:code=NOT_LEADER_OR_FOLLOWER'

  it('a write is refused and not done', async () => {
    const { add, write, endOf } = await setUp()
    add(`${refuse},api=Produce`)
    const sent = write('t', [0, 1])
    await settled()
    expect(codesOf(sent.body())).toEqual(['t-0 6', 't-1 6'])
    expect(endOf('t')).toBe(0)
  })

  it('of one partition: the others are written', async () => {
    const { add, write, endOf } = await setUp()
    add(`${refuse},topic=t,partition=1`)
    const sent = write('t', [0, 1])
    await settled()
    expect(codesOf(sent.body()).sort()).toEqual(['t-0 0', 't-1 6'])
    expect([endOf('t', 0), endOf('t', 1)]).toEqual([1, 0])
    // It encodes as one answer.
    expect(() => encodeResponse(produce, 9, 1, sent.body())).not.toThrow()
  })

  it('of a fetch: the code and no records', async () => {
    const { add, write, read } = await setUp()
    write('t')
    add(`${refuse},api=Fetch,topic=t`)
    const [sent, other] = [read('t'), read('u')]
    await settled()
    const [partition] = sent.body().responses[0]!.partitions
    expect([partition!.errorCode, partition!.records.length]).toEqual([6, 0])
    expect(
      other
        .body()
        .responses.flatMap(each => each.partitions)
        .every(each => each.errorCode === 0),
    ).toBe(true)
  })

  it('of metadata for one topic', async () => {
    const { add, send } = await setUp()
    add('error:code=LEADER_NOT_AVAILABLE,api=Metadata,topic=t')
    const sent = send(metadata, { topics: [{ name: 't' }, { name: 'u' }] }, { version: 12 })
    await settled()
    const codes = sent.body().topics.map(({ name, partitions }) => [name, partitions.map(each => each.errorCode)])
    expect(codes).toEqual([
      ['t', [5, 5]],
      ['u', [0, 0]],
    ])
  })

  it('to acks=0, which has no answer, closes the connection', async () => {
    const { add, send } = await setUp()
    add(refuse)
    const partitionData = [{ index: 0, records: batchOf(['value']) }]
    const sent = send(produce, { acks: 0, timeoutMs: 1, topicData: [{ name: 't', partitionData }] }, { version: 9 })
    await settled()
    expect(sent.outcome).toEqual({ kind: 'close' })
  })
})

describe('connections', () => {
  it('drop: before it is done, or after', async () => {
    const { add, write, endOf, faults } = await setUp()
    add('drop')
    const lost = write('t')
    await settled()
    expect([lost.outcome?.kind, endOf('t')]).toEqual(['close', 0])
    faults.clear()
    add('drop:when=answer')
    const unanswered = write('t')
    await settled()
    expect([unanswered.outcome?.kind, endOf('t')]).toEqual(['close', 1])
  })

  it('truncate: half the answer, then the end', async () => {
    const { add, write } = await setUp()
    add('truncate')
    const sent = write('t')
    await settled()
    const { outcome } = sent
    if (outcome?.kind !== 'answer') throw new Error('no answer')
    expect([outcome.closeAfter, outcome.rewrite?.(Buffer.alloc(101)).length]).toEqual([true, 51])
  })

  it('throttle: the answer says so, and the connection is not served meanwhile; others are', async () => {
    const { add, write, time } = await setUp()
    add('throttle:by=200ms,times=1')
    const connection = anyConnection()
    const first = write('t', [0], { connection })
    await settled()
    expect([first.tookMs, first.body().throttleTimeMs]).toEqual([0, 200])
    const [next, other] = [write('t', [0], { connection }), write('t')]
    await time.advance(500)
    expect([next.tookMs, next.body().throttleTimeMs, other.tookMs]).toEqual([200, 0, 0])
    const later = write('t', [0], { connection })
    await settled()
    expect(later.tookMs).toBe(0)
  })
})

describe('bytes', () => {
  it('corrupt-crc on the way in: the broker refuses the batch', async () => {
    const { add, write, endOf } = await setUp()
    add('corrupt-crc:api=Produce')
    const sent = write('t')
    await settled()
    expect(codesOf(sent.body())).toEqual([`t-0 ${kafkaCode.CORRUPT_MESSAGE}`])
    expect(endOf('t')).toBe(0)
  })

  it('corrupt-crc on the way out: the reader gets a damaged batch, the log stays sound', async () => {
    const { add, write, read, faults } = await setUp()
    write('t')
    await settled()
    const recordsOf = (sent: Sent<typeof fetch>) => sent.body().responses[0]!.partitions[0]!.records
    const id = add('corrupt-crc:api=Fetch')
    const damaged = read('t')
    await settled()
    faults.remove(id)
    const sound = read('t')
    await settled()
    expect(recordsOf(damaged).length).toBe(recordsOf(sound).length)
    expect(recordsOf(damaged).equals(recordsOf(sound))).toBe(false)
    expect(recordsOf(sound).subarray(-6)).toEqual(batchOf(['value']).subarray(-6))
  })

  it('slow-disk: the bytes of all connections go through one after the other', async () => {
    const { add, write, read, time } = await setUp()
    const batchBytes = batchOf(['value']).length
    // A batch takes 10 ms.
    add(`slow-disk:rate=${batchBytes * 100}/s`)
    const sent = [write('t'), write('t'), write('u')]
    await time.advance(100)
    expect(sent.map(each => each.tookMs)).toEqual([10, 20, 30])
    const fetched = read('t')
    await time.advance(100)
    // Two batches.
    expect(fetched.tookMs).toBe(20)
  })

  it('slow-disk with a burst is a token bucket: a pause is made up for, and no more than that', async () => {
    const { add, write, time } = await setUp()
    add(`slow-disk:rate=${batchOf(['value']).length * 100}/s,burst=25ms`)
    const first = [write('t'), write('t'), write('t'), write('t')]
    await time.advance(100)
    // 25 ms are saved at the beginning: two batches and a half at once, then one every 10 ms.
    expect(first.map(each => each.tookMs)).toEqual([0, 0, 5, 15])
    await time.advance(1000)
    const later = [write('t'), write('t'), write('t')]
    await time.advance(100)
    expect(later.map(each => each.tookMs)).toEqual([0, 0, 5])
  })
})

describe('the cluster', () => {
  const leadersOf = (state: Awaited<ReturnType<typeof setUp>>['state'], topic: string) =>
    state.topics.byName(topic)!.partitions.map(({ leaderId }) => leaderId)

  it('move-leader: at its time, and back at its end', async () => {
    const { add, state, time } = await setUp({ brokers: 3 })
    const before = leadersOf(state, 't')
    const to = before[0] === 3 ? 2 : 3
    add(`move-leader:topic=t,partition=0,to=${to},after=100ms,for=50ms`)
    await time.advance(99)
    expect(leadersOf(state, 't')).toEqual(before)
    await time.advance(1)
    expect(leadersOf(state, 't')).toEqual([to, before[1]])
    await time.advance(50)
    expect(leadersOf(state, 't')).toEqual(before)
    expect(state.partition('t', 0)!.leaderEpoch).toBe(2)
  })

  it('move-leader again and again, to the next in sync, so many times', async () => {
    const { add, state, time } = await setUp({ brokers: 3 })
    add('move-leader:topic=t,partition=0,every=1s,times=3')
    const epochs: number[] = []
    for (let second = 0; second < 5; second++) {
      await time.advance(second === 0 ? 500 : 1000)
      epochs.push(state.partition('t', 0)!.leaderEpoch)
    }
    expect(epochs).toEqual([1, 2, 3, 3, 3])
  })

  it('shrink-isr takes out a follower or the one that is named, for its time; expand-isr ends it early', async () => {
    const { add, state, time, faults } = await setUp({ brokers: 3 })
    const partition = state.partition('t', 0)!
    add('shrink-isr:topic=t,partition=0,for=1s')
    expect([partition.isr.length, partition.isr.includes(partition.leaderId)]).toEqual([2, true])
    expect(state.partition('u', 0)!.isr.length).toBe(3)
    await time.advance(1000)
    expect(partition.isr.length).toBe(3)
    const out = partition.leaderId
    add(`shrink-isr:topic=t,out=${out}`)
    expect(partition.isr.includes(out)).toBe(false)
    expect(faults.act({ kind: 'expand-isr' }, { topic: 't' })).toBe(2)
    expect(partition.isr.length).toBe(3)
  })

  it('stop-broker: its leaders move, and it is back after its time, also when the fault is removed', async () => {
    const { add, state, time, faults } = await setUp({ brokers: 3 })
    add('stop-broker:broker=2,for=1s')
    expect([state.isAlive(2), leadersOf(state, 't').includes(2)]).toEqual([false, false])
    await time.advance(1000)
    expect(state.isAlive(2)).toBe(true)
    const id = add('stop-broker:broker=2,for=1s')
    expect(state.isAlive(2)).toBe(false)
    faults.remove(id)
    expect(state.isAlive(2)).toBe(true)
    add('stop-broker:broker=3')
    await time.advance(10_000)
    expect(faults.act({ kind: 'start-broker' }, { broker: 3 })).toBe(1)
    expect(state.isAlive(3)).toBe(true)
  })
})

describe('the list of faults', () => {
  it('says what is, and what a caller without types gives is checked', async () => {
    const { add, faults, time } = await setUp()
    add('stall:after=1s,for=1s')
    expect(faults.list()).toMatchObject([{ id: 'f1', state: 'waiting', hits: 0, fault: { forMs: 1000 } }])
    await time.advance(1000)
    expect(faults.list()[0]!.state).toBe('active')
    await time.advance(1000)
    expect(faults.list()[0]!.state).toBe('over')
    expect(() => faults.add({ effect: { kind: 'delay' } } as unknown as Fault)).toThrow(/needs by/)
  })

  it('has a limit; what is over makes room', async () => {
    const { add, faults, time } = await setUp()
    for (let index = 0; index < 100; index++) add('stall:for=1s')
    expect(() => add('stall')).toThrow(/100/)
    await time.advance(1000)
    add('stall')
    expect(faults.list()).toHaveLength(1)
  })

  it('leaves no timers behind when it is cleared', async () => {
    const { add, faults, time } = await setUp({ brokers: 3 })
    const before = time.timers
    add('stall:for=10s,every=20s')
    add('move-leader:every=1s')
    expect(time.timers).toBe(before + 2)
    faults.clear()
    expect(time.timers).toBe(before)
  })
})
