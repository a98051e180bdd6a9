// Shows that a producer makes exactly the records that it owes, delivers each of them once and in order whatever the brokers
// do, tells exactly what became of them, and always comes to its end.
// Method: the loop and its links as they are, brokers in memory (fake-kafka.ts), fake timers, and a clock that follows them.
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { MillraceError } from '../../../core/errors.ts'
import { makeHistogram } from '../../../core/histogram.ts'
import type { ProducePlan } from '../../../loadgen/plan.ts'
import { constantRate } from '../../../loadgen/schedule/constant.ts'
import { BrokerLink } from '../../../loadgen/worker/broker-link.ts'
import { ProduceLoop } from '../../../loadgen/worker/produce-loop.ts'
import { allocateSlots, SlotReader, WorkerSlots, zeroCounts } from '../../../loadgen/worker/slots.ts'
import { kafkaCode } from '../../../wire/error-codes.ts'
import { produceOf } from '../plans.ts'
import { noRun, streamsOf, upTo } from '../stamps.ts'
import { FakeKafka, type Fate } from './fake-kafka.ts'

const epochMs = 1_767_323_045_678
const forever = Number.POSITIVE_INFINITY
const hour = 3_600_000

beforeEach(() => {
  vi.useFakeTimers({
    now: epochMs,
    toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate', 'setInterval', 'clearInterval', 'Date'],
  })
})
afterEach(() => {
  vi.useRealTimers()
})

const clock = {
  nowNs: () => (Date.now() - epochMs) * 1e6,
  wallUsAt: (ns: number) => epochMs * 1000 + Math.floor(ns / 1000),
}

interface Setup {
  readonly leaders?: readonly number[]
  readonly plan?: Partial<ProducePlan>
  readonly worker?: number
  readonly workers?: number
  readonly perSec?: number
  readonly recordsMax?: number
  readonly warmupMs?: number
  readonly warmupRecords?: number
  readonly kafka?: FakeKafka
}

function setUp({ leaders = [1, 1], plan: changes, worker = 0, workers = 1, ...more }: Setup = {}) {
  const { perSec, recordsMax = forever, warmupMs = 0, warmupRecords, kafka = new FakeKafka(leaders) } = more
  const plan = produceOf({ ...(perSec === undefined ? {} : { rate: { kind: 'records', perSec } }), ...changes })
  const memory = allocateSlots()
  const reader = new SlotReader(memory)
  const retries: string[] = []
  const measuredFromMs: number[] = []
  const producer = plan.idempotent
    ? { producerId: 7 + worker, producerEpoch: 0 }
    : { producerId: -1, producerEpoch: -1 }
  let refusal: MillraceError | undefined
  const loop = new ProduceLoop(
    {
      plan,
      topic: 'orders',
      leaders,
      stripe: { worker, workers },
      seed: 1,
      warmupMs,
      ...(warmupRecords === undefined ? {} : { warmupRecords }),
      run: noRun,
      ...(perSec === undefined ? {} : { schedule: constantRate(perSec) }),
      recordsMax,
      producer,
      retryBackoffMs: 100,
    },
    {
      clock,
      slots: new WorkerSlots(memory),
      makeLink: (brokerId, events) =>
        new BrokerLink(
          brokerId,
          {
            plan,
            topic: { name: 'orders', id: '' },
            ackTimeoutMs: 1_000,
            open: () => kafka.connect(brokerId),
            reconnectPauseMs: () => 50,
          },
          events,
        ),
      refreshLeaders: async () => {
        if (refusal !== undefined) throw refusal
        return kafka.leaders
      },
      onRetry: code => void retries.push(code),
      onMeasuring: ns => void measuredFromMs.push(ns / 1e6),
    },
  )
  const counts = zeroCounts()
  const latency = makeHistogram()
  const lateness = makeHistogram()
  return {
    kafka,
    loop,
    retries,
    measuredFromMs,
    refuseLeaders: (error: MillraceError) => {
      refusal = error
    },
    /** Everything counted until now. */
    told: () => {
      reader.addGrowthTo(counts)
      reader.latency.drainInto(latency)
      reader.measured.lateness.drainInto(lateness)
      return { ...counts, latencies: latency.totalCount, inFlight: reader.gauge('inFlight') }
    },
    latency,
    lateness,
  }
}

type Ran = { readonly outcome: 'running' | 'delivered' | MillraceError; readonly atMs: number }

/** Runs the loop and the time; a loop that is still running at the limit says so instead of hanging. */
async function runOf(loop: ProduceLoop, { stopMs = forever, limitMs = hour, startMs = 0 } = {}): Promise<Ran> {
  let ran: Ran | undefined
  const ended = (outcome: Ran['outcome']) => {
    ran ??= { outcome, atMs: Date.now() - epochMs }
  }
  loop.run(startMs * 1e6, stopMs * 1e6).then(
    () => ended('delivered'),
    (error: MillraceError) => ended(error),
  )
  const stepMs = Math.max(1, Math.min(10, limitMs / 10))
  while (ran === undefined && Date.now() - epochMs < limitMs) await vi.advanceTimersByTimeAsync(stepMs)
  return ran ?? { outcome: 'running', atMs: Date.now() - epochMs }
}

const failureOf = ({ outcome }: Ran): MillraceError => {
  if (outcome instanceof MillraceError) return outcome
  throw new Error(`expected a failure, found ${outcome}`)
}

/** Every record of the run once, and of each producer and partition in the order in which they were made. */
function expectExactly(kafka: FakeKafka, count: number): void {
  const streams = [...streamsOf(kafka.logs).values()]
  for (const sequences of streams) expect(sequences).toEqual(upTo(sequences.length))
  expect(streams.reduce((sum, { length }) => sum + length, 0)).toBe(count)
}

describe('how many records', () => {
  const limits = [
    { why: 'flat out, a limit that fills no batch', recordsMax: 7 },
    { why: 'flat out, one record', recordsMax: 1 },
    { why: 'flat out, many batches', recordsMax: 5_001 },
    { why: 'none at all', recordsMax: 0 },
    { why: 'paced, the limit comes before the end', recordsMax: 50, perSec: 100 },
  ]
  it.each(limits)('$why: exactly as many as the limit', async ({ recordsMax, ...rate }) => {
    const { loop, kafka, told } = setUp({ recordsMax, ...rate })
    expect((await runOf(loop)).outcome).toBe('delivered')
    expectExactly(kafka, recordsMax)
    expect(told()).toMatchObject({
      made: recordsMax,
      records: recordsMax,
      bytes: 100 * recordsMax,
      latencies: recordsMax,
      errors: 0,
      retries: 0,
      inFlight: 0,
    })
    expect(loop.senders.map(sender => sender.acked)).toEqual(kafka.logs.map(log => log.length))
  })

  it.each([1, 2, 3, 7])('over %d workers the limit is met exactly, each record made by one of them', async workers => {
    const kafka = new FakeKafka([1, 1, 2])
    const runs = Array.from({ length: workers }, (_, worker) =>
      setUp({ kafka, leaders: [1, 1, 2], worker, workers, recordsMax: 1_000, plan: { idempotent: true } }),
    )
    const ran = await Promise.all(runs.map(({ loop }) => runOf(loop)))
    expect(ran.map(({ outcome }) => outcome)).toEqual(runs.map(() => 'delivered'))
    expectExactly(kafka, 1_000)
  })

  const paced = [
    { why: 'ten seconds of 100/s', perSec: 100, stopMs: 10_000, owed: 1_000 },
    { why: 'faster than the timer', perSec: 50_000, stopMs: 500, owed: 25_000 },
    { why: 'slower than one a second', perSec: 0.5, stopMs: 5_000, owed: 3 },
    { why: 'a stop between two records', perSec: 10, stopMs: 1_050, owed: 11 },
    {
      why: 'what falls due between two looks at the clock, just before the stop',
      perSec: 4_000,
      stopMs: 100.75,
      owed: 403,
    },
  ]
  it.each(paced)('paced, $why: what the schedule owes, no more and no less', async ({ perSec, stopMs, owed }) => {
    const { loop, kafka, told } = setUp({ perSec })
    expect((await runOf(loop, { stopMs })).outcome).toBe('delivered')
    expectExactly(kafka, owed)
    expect(told()).toMatchObject({ made: owed, records: owed, latencies: owed })
  })

  it('paced over three workers: together what the schedule owes', async () => {
    const kafka = new FakeKafka([1])
    const runs = [0, 1, 2].map(worker => setUp({ kafka, leaders: [1], worker, workers: 3, perSec: 1_000 }))
    await Promise.all(runs.map(({ loop }) => runOf(loop, { stopMs: 1_000 })))
    expectExactly(kafka, 1_000)
  })

  it('nothing is made before the start', async () => {
    const { loop, kafka, told } = setUp({ perSec: 1_000 })
    void loop.run(500e6, 1_000e6)
    await vi.advanceTimersByTimeAsync(499)
    expect([kafka.recordCount, told().made]).toEqual([0, 0])
    await vi.advanceTimersByTimeAsync(1_000)
    expect(kafka.recordCount).toBe(500)
  })

  it('flat out until the stop; what was made is delivered after it', async () => {
    const { loop, kafka, told } = setUp()
    const { outcome, atMs } = await runOf(loop, { stopMs: 100 })
    expect(outcome).toBe('delivered')
    expect(atMs).toBeLessThanOrEqual(120)
    const { made, records } = told()
    expect(records).toBe(made)
    expectExactly(kafka, made)
    expect(made).toBeGreaterThan(1_000)
  })
})

describe('stop', () => {
  it('mid-way makes no more, and delivers what is made', async () => {
    const { loop, kafka, told } = setUp({ perSec: 1_000 })
    setTimeout(() => loop.stop(), 200)
    const { outcome, atMs } = await runOf(loop, { stopMs: 10_000 })
    expect(outcome).toBe('delivered')
    expect(atMs).toBeLessThan(230)
    expect(kafka.recordCount).toBe(200)
    expect(told().records).toBe(200)
  })

  it('before the run leaves nothing to do', async () => {
    const { loop, kafka } = setUp({ perSec: 1_000 })
    loop.stop()
    await vi.advanceTimersByTimeAsync(10)
    expect((await runOf(loop, { startMs: 20, stopMs: 1_000 })).outcome).toBe('delivered')
    expect(kafka.recordCount).toBe(0)
  })

  it('twice is the same as once', async () => {
    const { loop, kafka } = setUp({ perSec: 1_000 })
    setTimeout(() => loop.stop(), 100)
    setTimeout(() => loop.stop(), 101)
    await runOf(loop, { stopMs: 1_000 })
    expect(kafka.recordCount).toBe(100)
  })
})

describe('when batches leave', () => {
  it('at a low rate: after the linger, not when the batch is full or the run is over', async () => {
    const { loop, kafka } = setUp({ leaders: [1], perSec: 10, plan: { lingerMs: 20 } })
    void loop.run(0, 10_000e6)
    await vi.advanceTimersByTimeAsync(1_050)
    expect(kafka.recordCount).toBe(11)
    const [first, second] = kafka.requests
    // The first waits for the connection and its linger, whichever takes longer.
    expect(first!.atMs - epochMs).toBeGreaterThanOrEqual(20)
    expect(first!.atMs - epochMs).toBeLessThanOrEqual(25)
    expect(second!.atMs - epochMs).toBeGreaterThanOrEqual(120)
    expect(second!.atMs - epochMs).toBeLessThanOrEqual(125)
    loop.stop()
    await vi.advanceTimersByTimeAsync(100)
  })

  it('many records of one linger go in one batch', async () => {
    const { loop, kafka } = setUp({ leaders: [1], perSec: 1_000, plan: { lingerMs: 50 } })
    await runOf(loop, { stopMs: 1_000 })
    expect(kafka.recordCount).toBe(1_000)
    expect(kafka.requests.length).toBeLessThanOrEqual(21)
  })

  it('sticky goes on to the next partition with every batch, also when batches never fill', async () => {
    const { loop, kafka } = setUp({ leaders: [1, 1, 1, 1], perSec: 1_000 })
    await runOf(loop, { stopMs: 1_000 })
    for (const log of kafka.logs) expect(log.length).toBeGreaterThan(150)
  })

  it('while a request is in flight and none more may be, batches go on filling', async () => {
    const { loop, kafka } = setUp({ leaders: [1], perSec: 1_000, plan: { inFlightMax: 1, lingerMs: 1 } })
    kafka.latencyMs = 40
    await runOf(loop, { stopMs: 1_000 })
    expect(kafka.recordCount).toBe(1_000)
    expect(kafka.requests.length).toBeLessThanOrEqual(30)
  })

  it.each([
    { brokers: 'one broker no more is made ahead than its next request takes', leaders: [1, 1, 1, 1, 1, 1], ahead: 4 },
    {
      brokers: 'several brokers more, so that a slow one does not hold up the others',
      leaders: [1, 1, 2, 2, 3, 3],
      ahead: 12,
    },
  ])('flat out, for $brokers', async ({ leaders, ahead }) => {
    const { loop, kafka } = setUp({ leaders, plan: { requestBytesMax: 4 * 16_384, inFlightMax: 2 } })
    kafka.latencyMs = 1_000
    expect((await runOf(loop, { stopMs: 500, limitMs: 400 })).outcome).toBe('running')
    expect(loop.senders.reduce((sum, { waiting }) => sum + waiting, 0)).toBe(ahead)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(loop.senders.every(sender => sender.isIdle)).toBe(true)
  })

  it('never more in flight than allowed, and one batch a partition in a request', async () => {
    const { loop, kafka } = setUp({ leaders: [1, 1, 1], plan: { inFlightMax: 3 }, recordsMax: 20_000 })
    const spans: { from: number; to: number }[] = []
    kafka.latencyMs = 5
    await runOf(loop)
    for (const { atMs, arrivals } of kafka.requests) {
      spans.push({ from: atMs, to: atMs + 5 })
      expect(new Set(arrivals.map(({ partition }) => partition)).size).toBe(arrivals.length)
    }
    for (const { from } of spans) {
      expect(spans.filter(other => other.from <= from && other.to > from).length).toBeLessThanOrEqual(3)
    }
  })
})

const slow = { leaders: [1], perSec: 10_000, plan: { batchBytes: 2_048, bufferBytes: 8_192, inFlightMax: 1 } }

describe('a broker that takes less than is due', () => {
  it('gets every record late but none is lost; lateness counts from the intended moment', async () => {
    const { loop, kafka, told, latency } = setUp({ ...slow, recordsMax: 2_000 })
    kafka.latencyMs = 10
    const { outcome, atMs } = await runOf(loop)
    expect(outcome).toBe('delivered')
    expectExactly(kafka, 2_000)
    expect(told()).toMatchObject({ records: 2_000, latencies: 2_000 })
    // 0.2 s of schedule took this long; the last record was due 0.2 s after the start.
    expect(atMs).toBeGreaterThan(1_000)
    expect(latency.maxValue / 1e6 / (atMs - 200)).toBeGreaterThan(0.95)
  })

  it('after its planned end works off what it owes', async () => {
    const { loop, kafka, told } = setUp(slow)
    kafka.latencyMs = 10
    const { outcome, atMs } = await runOf(loop, { stopMs: 500 })
    expect(outcome).toBe('delivered')
    expect(atMs).toBeGreaterThan(1_000)
    expect(told()).toMatchObject({ made: 5_000, records: 5_000, dueMade: 5_000, dropped: 0 })
    expectExactly(kafka, 5_000)
  })

  it('ended by the user, makes no more, and delivers what was made', async () => {
    const { loop, kafka, told } = setUp(slow)
    kafka.latencyMs = 10
    setTimeout(() => loop.stop(), 500)
    const { outcome, atMs } = await runOf(loop)
    expect(outcome).toBe('delivered')
    expect(atMs).toBeLessThan(600)
    const { made, records } = told()
    expect(made).toBeLessThan(5_000)
    expect(records).toBe(made)
    expectExactly(kafka, made)
  })

  it('with more partitions than batches in memory, all records still get through', async () => {
    const { loop, kafka } = setUp({
      leaders: new Array(20).fill(1),
      plan: { partitioner: { kind: 'roundrobin' }, batchBytes: 4_096, bufferBytes: 16_384, lingerMs: 10_000 },
      recordsMax: 3_000,
    })
    expect((await runOf(loop)).outcome).toBe('delivered')
    expectExactly(kafka, 3_000)
  })
})

/** Nothing is answered between these moments; what came meanwhile is answered at the end, in order. */
function stall(kafka: FakeKafka, fromMs: number, untilMs: number): void {
  const least = kafka.latencyMs
  Object.defineProperty(kafka, 'latencyMs', {
    get() {
      const atMs = Date.now() - epochMs
      return atMs >= fromMs && atMs < untilMs ? untilMs - atMs + least : least
    },
  })
}

describe('a broker that stalls', () => {
  const perSec = 10_000
  const stalled = (plan: Partial<ProducePlan>) => {
    const made = setUp({ leaders: [1], perSec, plan: { batchBytes: 2_048, bufferBytes: 8_192, ...plan } })
    stall(made.kafka, 1_000, 3_000)
    return made
  }

  it('with queue gets what was due late, up to the limit, and no later', async () => {
    const { loop, kafka, told, lateness } = stalled({ late: { policy: 'queue', maxMs: 500 } })
    await runOf(loop, { stopMs: 5_000 })
    const { made, dropped, dueMade, dueDropped, dueDiscarded, records } = told()
    expect([dueMade + dueDropped, dueDiscarded, made + dropped, records]).toEqual([50_000, 0, 50_000, made])
    // The stall less the limit, and less what found memory before it: 8 KiB.
    expect(dropped / perSec).toBeGreaterThan(1.45)
    expect(dropped / perSec).toBeLessThan(1.55)
    expect(kafka.recordCount).toBe(made)
    // Made up to 500 ms late, and what was in the buffer when the stall began.
    expect(lateness.maxValue / 1e6).toBeLessThan(2_100)
  })

  it.each([
    { why: 'sticky', plan: {} },
    { why: 'idempotent', plan: { idempotent: true } },
    { why: 'round robin', plan: { partitioner: { kind: 'roundrobin' } } },
    { why: 'batches that are full at once', plan: { batchBytes: 512 } },
  ] as const)('with drop gets nothing later than twice the limit and the linger: $why', async ({ plan }) => {
    const { loop, kafka, told, lateness } = stalled({ late: { policy: 'drop', maxMs: 100 }, lingerMs: 5, ...plan })
    const { outcome } = await runOf(loop, { stopMs: 5_000 })
    expect(outcome).toBe('delivered')
    const { made, dropped, dueMade, dueDropped, dueDiscarded, records, errors } = told()
    // Sent, dropped and nothing owed: the books balance to the record.
    expect(dueMade - dueDiscarded + dueDropped + dueDiscarded).toBe(50_000)
    expect([records, errors, kafka.recordCount]).toEqual([dueMade - dueDiscarded, 0, records])
    expect(made - dueDiscarded).toBe(records)
    expect(dropped).toBe(dueDropped + dueDiscarded)
    expect(dropped / perSec).toBeGreaterThan(1.7)
    expect(dropped / perSec).toBeLessThan(2.1)
    // Twice the limit, linger, and the step of a timer.
    expect(lateness.maxValue / 1e6).toBeLessThanOrEqual(207)
    // What was dropped leaves no hole in the sequences, so no consumer misses it.
    expectExactly(kafka, records)
  })

  it('counts as of the measured time what was due in it', async () => {
    const { loop, told } = setUp({
      ...{ leaders: [1], perSec, warmupMs: 2_000 },
      plan: { late: { policy: 'drop', maxMs: 100 }, batchBytes: 2_048 },
    })
    await runOf(loop, { stopMs: 4_000 })
    const { dueMade, dueDropped, made } = told()
    expect([dueMade + dueDropped, made]).toEqual([20_000, 40_000])
  })

  it('whatever comes, what was made, dropped and is owed adds up', async () => {
    const anyLate = fc.record({
      policy: fc.constantFrom('queue' as const, 'drop' as const),
      maxMs: fc.integer({ min: 1, max: 400 }),
    })
    await fc.assert(
      fc.asyncProperty(
        anyLate,
        fc.nat(900),
        fc.nat(900),
        fc.integer({ min: 1, max: 3 }),
        async (late, at, length, workers) => {
          let sent = 0
          let dropped = 0
          for (let worker = 0; worker < workers; worker++) {
            const startMs = Date.now() - epochMs
            const { loop, kafka, told } = setUp({
              ...{ leaders: [1, 2], perSec: 5_000, worker, workers },
              plan: { late, batchBytes: 1_024, bufferBytes: 4_096 },
            })
            stall(kafka, startMs + at, startMs + at + length)
            const { outcome } = await runOf(loop, { startMs, stopMs: startMs + 1_000, limitMs: startMs + 60_000 })
            expect(outcome).toBe('delivered')
            const counts = told()
            expect(kafka.recordCount).toBe(counts.dueMade - counts.dueDiscarded)
            sent += counts.dueMade - counts.dueDiscarded
            dropped += counts.dueDropped + counts.dueDiscarded
          }
          expect(sent + dropped).toBe(5_000)
        },
      ),
      { numRuns: 25 },
    )
  })
})

describe('latency', () => {
  it('flat out counts from the moment of appending, paced from the intended moment', async () => {
    for (const perSec of [undefined, 100]) {
      const { loop, kafka, told, latency } = setUp({
        leaders: [1],
        recordsMax: 50,
        ...(perSec === undefined ? {} : { perSec }),
      })
      kafka.latencyMs = 30
      await runOf(loop, { limitMs: Date.now() - epochMs + 10_000, startMs: Date.now() - epochMs })
      expect(told().latencies).toBe(50)
      // Connection, linger and the way there and back; a record due at 10 ms that left late would show.
      expect(latency.getValueAtPercentile(0) / 1e6).toBeGreaterThanOrEqual(29.9)
      expect(latency.maxValue / 1e6).toBeLessThanOrEqual(40)
    }
  })

  it('from appending, as clients count it themselves: what came late by then is lateness', async () => {
    const plan = { ...slow.plan, latencyFrom: 'appended' } as const
    const { loop, kafka, told, latency, lateness } = setUp({ ...slow, plan, recordsMax: 2_000 })
    kafka.latencyMs = 10
    const { atMs } = await runOf(loop)
    expect(told()).toMatchObject({ records: 2_000, latencies: 2_000 })
    expect(lateness.totalCount).toBe(2_000)
    // The memory holds four batches, one of them in flight: nothing waits longer than they take.
    expect(latency.maxValue / 1e6).toBeLessThan(100)
    expect(lateness.maxValue / 1e6 / (atMs - 200)).toBeGreaterThan(0.9)
  })

  it('of a warm-up by count is not among the measured', async () => {
    const startMs = Date.now() - epochMs
    const { loop, told, measuredFromMs } = setUp({ perSec: 1_000, recordsMax: 1_000, warmupRecords: 300 })
    await runOf(loop, { startMs, limitMs: startMs + 10_000 })
    expect(told()).toMatchObject({ records: 1_000, latencies: 700 })
    expect(measuredFromMs.map(ms => ms - startMs)).toEqual([expect.closeTo(300, -1)])
  })
})

describe('refusals that may pass', () => {
  const retriable = [
    { code: kafkaCode.NOT_LEADER_OR_FOLLOWER, name: 'NOT_LEADER_OR_FOLLOWER' },
    { code: kafkaCode.NOT_ENOUGH_REPLICAS, name: 'NOT_ENOUGH_REPLICAS' },
    { code: kafkaCode.REQUEST_TIMED_OUT, name: 'REQUEST_TIMED_OUT' },
    { code: kafkaCode.KAFKA_STORAGE_ERROR, name: 'KAFKA_STORAGE_ERROR' },
  ]
  it.each(retriable)('$name: sent again after the pause, counted by its name', async ({ code, name }) => {
    const { loop, kafka, told, retries } = setUp({ leaders: [1], recordsMax: 10, plan: { idempotent: true } })
    let refusals = 0
    kafka.fateOf = () => (refusals++ === 0 ? code : 'stored')
    const { outcome } = await runOf(loop)
    expect(outcome).toBe('delivered')
    expectExactly(kafka, 10)
    expect(retries).toEqual([name])
    expect(told()).toMatchObject({ records: 10, retries: 1, errors: 0, latencies: 10, batches: 1, requests: 2 })
    expect(kafka.requests[1]!.atMs - kafka.requests[0]!.atMs).toBeGreaterThanOrEqual(100)
  })

  it('DUPLICATE_SEQUENCE_NUMBER counts as stored', async () => {
    const { loop, told, kafka } = setUp({ leaders: [1], recordsMax: 10, plan: { idempotent: true } })
    kafka.fateOf = () => kafkaCode.DUPLICATE_SEQUENCE_NUMBER
    expect((await runOf(loop)).outcome).toBe('delivered')
    expect(told()).toMatchObject({ records: 10, retries: 0, errors: 0 })
  })

  it('a lost answer is no duplicate when the producer is idempotent', async () => {
    const { loop, kafka, told } = setUp({ leaders: [1], recordsMax: 1_000, plan: { idempotent: true } })
    let lost = 0
    kafka.fateOf = () => (lost++ === 2 ? 'answer lost' : 'stored')
    expect((await runOf(loop)).outcome).toBe('delivered')
    expectExactly(kafka, 1_000)
    expect(told()).toMatchObject({ records: 1_000, errors: 0 })
    expect(told().retries).toBeGreaterThan(0)
  })

  it('without idempotence a lost answer makes duplicates: acknowledged counts stay true', async () => {
    const { loop, kafka, told } = setUp({ leaders: [1], recordsMax: 10 })
    let lost = 0
    kafka.fateOf = () => (lost++ === 0 ? 'answer lost' : 'stored')
    expect((await runOf(loop)).outcome).toBe('delivered')
    expect(told().records).toBe(10)
    expect(kafka.recordCount).toBe(20)
  })
})

describe('refusals that are final', () => {
  const final = [
    { code: kafkaCode.MESSAGE_TOO_LARGE, ours: 'RECORD_TOO_LARGE' },
    { code: kafkaCode.TOPIC_AUTHORIZATION_FAILED, ours: 'AUTHORIZATION_FAILED' },
    { code: kafkaCode.OUT_OF_ORDER_SEQUENCE_NUMBER, ours: 'REQUEST_REFUSED' },
    { code: kafkaCode.INVALID_PRODUCER_EPOCH, ours: 'REQUEST_REFUSED' },
    { code: 12_345, ours: 'REQUEST_REFUSED' },
  ]
  it.each(final)('$ours ($code) ends the run; made = acknowledged + given up', async ({ code, ours }) => {
    const { loop, kafka, told } = setUp({ leaders: [1], plan: { idempotent: true } })
    let seen = 0
    kafka.fateOf = () => (seen++ === 3 ? code : 'stored')
    const error = failureOf(await runOf(loop, { limitMs: 5_000 }))
    expect(error.code).toBe(ours)
    expect(error.message).toContain("topic 'orders' partition 0")
    // Answers that come in after the end change nothing any more.
    await vi.advanceTimersByTimeAsync(100)
    const { made, records, errors, inFlight } = told()
    expect(records + errors).toBe(made)
    expect(errors).toBeGreaterThan(0)
    expect(inFlight).toBe(0)
    expect(loop.senders[0]!.acked).toBe(records)
  })

  it('a record that fits no batch is named', async () => {
    const { loop } = setUp({ plan: { size: { kind: 'fixed', bytes: 20_000 } } })
    const error = failureOf(await runOf(loop, { limitMs: 5_000 }))
    expect([error.code, error.message]).toEqual([
      'RECORD_TOO_LARGE',
      'record 0 does not fit into a batch of 16384 bytes',
    ])
  })

  it('a connection that is refused for good ends the run', async () => {
    const { loop, kafka } = setUp()
    kafka.refuse = () => new MillraceError('AUTHENTICATION_FAILED', 'wrong password')
    expect(failureOf(await runOf(loop, { limitMs: 5_000 })).code).toBe('AUTHENTICATION_FAILED')
    expect(kafka.connectAttempts).toBe(1)
  })

  it('so does a final error of the search for leaders', async () => {
    const { loop, kafka, refuseLeaders } = setUp()
    kafka.fateOf = () => kafkaCode.NOT_LEADER_OR_FOLLOWER
    refuseLeaders(new MillraceError('TOPIC_UNKNOWN', 'deleted'))
    expect(failureOf(await runOf(loop, { limitMs: 5_000 })).code).toBe('TOPIC_UNKNOWN')
  })

  it('partitions that the topic does not have are refused before the run', () => {
    const plan = { partitioner: { kind: 'manual', partitions: [0, 5, 2] } } as const
    expect(() => setUp({ leaders: [1, 1], plan })).toThrow(
      /--partitioner: partition 5, 2 does not exist: the topic has 2/,
    )
  })
})

describe('delivery timeout', () => {
  const plan = { deliveryTimeoutMs: 2_000 }

  it('gives up on a partition that takes nothing, and says what it heard last', async () => {
    const { loop, kafka, told } = setUp({ plan: { ...plan, partitioner: { kind: 'roundrobin' } }, recordsMax: 100 })
    kafka.fateOf = ({ partition }) => (partition === 1 ? kafkaCode.NOT_ENOUGH_REPLICAS : 'stored')
    const error = failureOf(await runOf(loop, { limitMs: 60_000 }))
    expect(error.code).toBe('SENDS_FAILED')
    expect(error.message).toMatch(
      /partition \d took no records for 2 s \(delivery timeout\); last: .*NOT_ENOUGH_REPLICAS/,
    )
    const { made, records, errors } = told()
    expect([made, records + errors]).toEqual([100, 100])
  }, 20_000)

  it('counts for a batch that is still being filled: a broker that is not there at a low rate', async () => {
    const { loop, kafka, told } = setUp({ leaders: [1], plan, perSec: 5 })
    kafka.refuse = () => new MillraceError('BROKER_UNREACHABLE', 'nobody there', { retriable: true })
    const { outcome, atMs } = await runOf(loop, { limitMs: 60_000 })
    expect(failureOf({ outcome, atMs }).message).toContain('last: nobody there')
    expect(atMs).toBeLessThan(2_100)
    // Attempts to connect are paused, and each that failed is told.
    expect(kafka.connectAttempts).toBeLessThan(45)
    expect(told().retries).toBeGreaterThan(10)
  })

  it('counts for a partition without a leader', async () => {
    const { loop } = setUp({ leaders: [-1], plan, recordsMax: 10 })
    const { outcome, atMs } = await runOf(loop, { limitMs: 60_000 })
    expect(failureOf({ outcome, atMs }).code).toBe('SENDS_FAILED')
    expect(atMs).toBeLessThan(2_100)
  })

  it('is not for batches that are acknowledged in time', async () => {
    const { loop, kafka } = setUp({ plan, perSec: 100 })
    kafka.latencyMs = 1_900
    expect((await runOf(loop, { stopMs: 10_000 })).outcome).toBe('delivered')
    expectExactly(kafka, 1_000)
  })
})

describe('leaders that move', () => {
  it('are followed, and what was refused goes to the new one, in order', async () => {
    const { loop, kafka, retries } = setUp({ leaders: [1, 2], perSec: 2_000, plan: { idempotent: true } })
    setTimeout(() => {
      kafka.partitions[0]!.leader = 2
    }, 300)
    setTimeout(() => {
      kafka.partitions[0]!.leader = 3
      kafka.partitions[1]!.leader = 1
    }, 600)
    expect((await runOf(loop, { stopMs: 1_000 })).outcome).toBe('delivered')
    expectExactly(kafka, 2_000)
    expect(new Set(retries)).toEqual(new Set(['NOT_LEADER_OR_FOLLOWER']))
  })

  it('are waited for while there is none', async () => {
    const { loop, kafka } = setUp({ leaders: [-1, 1], recordsMax: 500, plan: { partitioner: { kind: 'roundrobin' } } })
    setTimeout(() => {
      kafka.partitions[0]!.leader = 1
    }, 1_000)
    expect((await runOf(loop, { limitMs: 20_000 })).outcome).toBe('delivered')
    expectExactly(kafka, 500)
  })
})

describe('a broker that goes away', () => {
  it('and comes back costs retries, nothing else', async () => {
    const { loop, kafka, told, retries } = setUp({ leaders: [1, 2], perSec: 1_000, plan: { idempotent: true } })
    const away = new MillraceError('BROKER_UNREACHABLE', 'away', { retriable: true })
    setTimeout(() => {
      kafka.refuse = brokerId => (brokerId === 1 ? away : undefined)
      kafka.breakConnections(1)
    }, 200)
    setTimeout(() => {
      kafka.refuse = () => undefined
    }, 1_200)
    expect((await runOf(loop, { stopMs: 2_000 })).outcome).toBe('delivered')
    expectExactly(kafka, 2_000)
    expect(new Set(retries)).toContain('BROKER_UNREACHABLE')
    expect(told()).toMatchObject({ records: 2_000, errors: 0 })
  })
})

describe('the end', () => {
  it('closes every connection, also one that was still being opened', async () => {
    const { loop, kafka } = setUp({
      leaders: [1, 2],
      recordsMax: 10,
      plan: { partitioner: { kind: 'manual', partitions: [0] } },
    })
    const connect = kafka.connect.bind(kafka)
    kafka.connect = brokerId => connect(brokerId, brokerId === 2 ? 500 : 1)
    expect((await runOf(loop)).outcome).toBe('delivered')
    await loop.close()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(kafka.connections.length).toBe(2)
    expect(kafka.openConnections).toEqual([])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('leaves no timer behind after a failure', async () => {
    const { loop, kafka } = setUp({ leaders: [1] })
    kafka.fateOf = () => kafkaCode.INVALID_RECORD
    failureOf(await runOf(loop, { limitMs: 5_000 }))
    await loop.close()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('acks=0', () => {
  it('counts what the kernel has taken, and the end confirms that the brokers have handled it', async () => {
    const { loop, kafka, told } = setUp({ leaders: [1, 2], recordsMax: 1_000, plan: { acks: 0 } })
    kafka.latencyMs = 50
    expect((await runOf(loop)).outcome).toBe('delivered')
    expect(told().records).toBe(1_000)
    const closed = loop.close()
    await vi.advanceTimersByTimeAsync(200)
    await closed
    expectExactly(kafka, 1_000)
    expect(kafka.openConnections).toEqual([])
  })

  it('tells of every connection that the broker ends, which is all that it says of what it does not store', async () => {
    const { loop, kafka, told, retries } = setUp({ leaders: [1], recordsMax: 1_000, plan: { acks: 0 } })
    kafka.latencyMs = 1
    kafka.fateOf = () => 'request lost'
    expect((await runOf(loop)).outcome).toBe('delivered')
    const closed = loop.close()
    await vi.advanceTimersByTimeAsync(200)
    await closed
    expect(kafka.recordCount).toBe(0)
    expect(kafka.connections.length).toBeGreaterThan(0)
    expect(told().retries).toBe(kafka.connections.length)
    expect(new Set(retries)).toEqual(new Set(['CONNECTION_CLOSED']))
  })
})

describe('compression', () => {
  it('is told as the batches before and after, of what was acknowledged', async () => {
    const { loop, kafka, told } = setUp({
      leaders: [1],
      recordsMax: 1_000,
      plan: { compression: 'gzip', compressionRatioTarget: 4 },
    })
    await runOf(loop)
    const wireBytes = kafka.partitions[0]!.stored.reduce((sum, batch) => sum + batch.byteLength, 0)
    const { batchBytes, wireBytes: toldBytes } = told()
    expect(toldBytes).toBe(wireBytes)
    expect(batchBytes / toldBytes).toBeGreaterThan(3)
  })
})

describe('whatever goes wrong on the way', () => {
  const fates: fc.Arbitrary<Fate> = fc.oneof(
    { weight: 12, arbitrary: fc.constant<Fate>('stored') },
    { weight: 1, arbitrary: fc.constant<Fate>('answer lost') },
    { weight: 1, arbitrary: fc.constant<Fate>('request lost') },
    { weight: 1, arbitrary: fc.constantFrom<Fate>(kafkaCode.NOT_ENOUGH_REPLICAS, kafkaCode.REQUEST_TIMED_OUT) },
  )
  const moves = fc.array(fc.tuple(fc.nat(800), fc.nat(3), fc.integer({ min: 1, max: 3 })), {
    maxLength: 6,
    size: 'max',
  })

  it('an idempotent producer loses nothing, doubles nothing and keeps the order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fates, { minLength: 5, maxLength: 60, size: 'max' }),
        moves,
        fc.boolean(),
        async (script, moved, paced) => {
          const { loop, kafka, told } = setUp({
            leaders: [1, 2, 3, 1],
            recordsMax: 1_500,
            ...(paced ? { perSec: 2_000 } : {}),
            plan: { idempotent: true, batchBytes: 2_048, bufferBytes: 32_768, partitioner: { kind: 'roundrobin' } },
          })
          const left = [...script]
          kafka.fateOf = () => left.pop() ?? 'stored'
          for (const [atMs, partition, leader] of moved) {
            setTimeout(() => {
              kafka.partitions[partition]!.leader = leader
            }, atMs)
          }
          const startMs = Date.now() - epochMs
          const { outcome } = await runOf(loop, { startMs, limitMs: startMs + 60_000 })
          expect(outcome).toBe('delivered')
          expectExactly(kafka, 1_500)
          expect(told()).toMatchObject({ made: 1_500, records: 1_500, latencies: 1_500, errors: 0, inFlight: 0 })
          expect(loop.senders.map(sender => sender.acked)).toEqual(kafka.logs.map(log => log.length))
        },
      ),
      { numRuns: 40 },
    )
  }, 30_000)
})
