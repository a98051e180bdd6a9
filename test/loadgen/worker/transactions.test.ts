// Shows that a producer's transactions hold what they are to hold, that every record is committed, aborted or told to be in doubt,
// and that a transaction which goes wrong is aborted and takes nothing with it.
// Method: the loop, its links and its transactions as they are, brokers and a coordinator in memory, fake timers.
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { MillraceError } from '../../../core/errors.ts'
import type { ProducePlan, TransactionsPlan } from '../../../loadgen/plan.ts'
import { constantRate } from '../../../loadgen/schedule/constant.ts'
import { BrokerLink } from '../../../loadgen/worker/broker-link.ts'
import { ProduceLoop } from '../../../loadgen/worker/produce-loop.ts'
import { allocateSlots, SlotReader, WorkerSlots, zeroCounts } from '../../../loadgen/worker/slots.ts'
import { type TransactionClient, TransactionCycle } from '../../../loadgen/worker/transaction-cycle.ts'
import { kafkaCode, kafkaError } from '../../../wire/error-codes.ts'
import { produceOf } from '../plans.ts'
import { noRun, stampOf } from '../stamps.ts'
import { type Arrival, FakeKafka, type Fate } from './fake-kafka.ts'

const epochMs = 1_767_323_045_678
const clock = {
  nowNs: () => (Date.now() - epochMs) * 1e6,
  wallUsAt: (ns: number) => epochMs * 1000 + Math.floor(ns / 1000),
}

beforeEach(() => {
  vi.useFakeTimers({
    now: epochMs,
    toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate', 'setInterval', 'clearInterval', 'Date'],
  })
})
afterEach(() => {
  vi.useRealTimers()
})

type End = { readonly how: 'commit' | 'abort'; readonly atMs: number; readonly partitions: ReadonlySet<number> }

/** A coordinator: each transaction is told apart by the number of its batches' arrival. */
class FakeCoordinator implements TransactionClient {
  readonly announces: boolean
  identity = { producerId: 7, producerEpoch: 0 }
  readonly ends: End[] = []
  /** Number of the transaction that a stored batch came in. */
  readonly transactionOf = new Map<unknown, number>()
  readonly announced = new Set<number>()
  latencyMs = 3
  failEnd: (how: End['how'], number: number) => MillraceError | undefined = () => undefined

  constructor(announces: boolean) {
    this.announces = announces
  }

  async addPartitions(partitions: readonly number[]): Promise<void> {
    await this.#pause()
    for (const partition of partitions) this.announced.add(partition)
  }

  async end(how: End['how']): Promise<number> {
    await this.#pause()
    const failure = this.failEnd(how, this.ends.length)
    if (failure !== undefined) throw failure
    this.ends.push({ how, atMs: Date.now() - epochMs, partitions: new Set(this.announced) })
    this.announced.clear()
    if (!this.announces) this.#bump()
    return 1
  }

  async renew(): Promise<void> {
    if (this.announces) this.#bump()
  }

  isAbortable(error: unknown): boolean {
    return error instanceof MillraceError && error.kafkaCode === kafkaCode.TRANSACTION_ABORTABLE
  }

  #bump(): void {
    this.identity = { ...this.identity, producerEpoch: this.identity.producerEpoch + 1 }
  }

  #pause(): Promise<void> {
    return new Promise(resolve => setTimeout(resolve, this.latencyMs))
  }
}

interface Setup {
  readonly transactions?: Partial<TransactionsPlan>
  readonly plan?: Partial<ProducePlan>
  readonly perSec?: number
  readonly recordsMax?: number
  readonly announces?: boolean
  readonly seed?: number
}

function setUp({ transactions, plan: changes, perSec, recordsMax = Infinity, announces = false, seed = 1 }: Setup) {
  const leaders = [1, 2, 1]
  const kafka = new FakeKafka(leaders)
  const coordinator = new FakeCoordinator(announces)
  const arrived = (arrival: Arrival): Fate => {
    coordinator.transactionOf.set(arrival.batch, coordinator.ends.length)
    if (announces && !coordinator.announced.has(arrival.partition)) return kafkaCode.INVALID_TXN_STATE
    return fateOf(arrival)
  }
  let fateOf: (arrival: Arrival) => Fate = () => 'stored'
  kafka.fateOf = arrived
  const wanted = { id: 'tx', durationMs: 1_000_000, abortRatio: 0, timeoutMs: 60_000, ...transactions }
  const plan = produceOf({ idempotent: true, partitioner: { kind: 'roundrobin' }, transactions: wanted, ...changes })
  const memory = allocateSlots()
  const reader = new SlotReader(memory)
  const slots = new WorkerSlots(memory)
  const notices: string[] = []
  const link = { plan, topic: { name: 'orders', id: '' }, ackTimeoutMs: 1_000, reconnectPauseMs: () => 50 }
  const loop = new ProduceLoop(
    {
      ...{ plan, topic: 'orders', leaders, stripe: { worker: 0, workers: 1 }, seed, warmupMs: 0, run: noRun },
      ...(perSec === undefined ? {} : { schedule: constantRate(perSec) }),
      ...{ recordsMax, producer: coordinator.identity, retryBackoffMs: 100 },
    },
    {
      ...{ clock, slots },
      makeLink: (brokerId, events) =>
        new BrokerLink(brokerId, { ...link, open: () => kafka.connect(brokerId) }, events),
      refreshLeaders: async () => kafka.leaders,
      transactions: of => {
        const deps = { plan: wanted, client: coordinator, seed, worker: 0, slots, nowNs: clock.nowNs }
        return new TransactionCycle({ ...deps, onNotice: text => void notices.push(text) }, of)
      },
      onRetry: () => {},
    },
  )
  const counts = zeroCounts()
  return {
    ...{ kafka, coordinator, loop, notices },
    fates: (of: (arrival: Arrival) => Fate) => {
      fateOf = of
    },
    told: () => {
      reader.addGrowthTo(counts)
      return counts
    },
    commitsTimed: () => reader.measured.commit,
    /** Sequences in the log by partition, with the end of their transaction. */
    stored: () =>
      kafka.partitions.map(({ stored }) =>
        stored.flatMap(batch => {
          const number = coordinator.transactionOf.get(batch)!
          const how = coordinator.ends[number]?.how ?? 'open'
          return batch.records.map(({ value }) => ({ sequence: stampOf(value!)!.sequence, number, how }))
        }),
      ),
  }
}

async function runOf(loop: ProduceLoop, { stopMs = Infinity, limitMs = 600_000 } = {}) {
  let outcome: 'running' | 'delivered' | MillraceError = 'running'
  loop.run(0, stopMs * 1e6).then(
    () => (outcome = 'delivered'),
    (error: MillraceError) => (outcome = error),
  )
  while (outcome === 'running' && Date.now() - epochMs < limitMs) await vi.advanceTimersByTimeAsync(5)
  return outcome as 'running' | 'delivered' | MillraceError
}

const sequencesIn = (ranges: readonly (readonly [number, number])[]): number[] =>
  ranges.flatMap(([from, to]) => Array.from({ length: to - from }, (_, index) => from + index))

/** The books of each partition against what lies in its log. */
function expectBooks({ loop, stored }: Pick<ReturnType<typeof setUp>, 'loop' | 'stored'>): void {
  for (const [partition, log] of stored().entries()) {
    const { made, acked, unacknowledged, transactions } = loop.books()[partition]!
    const committed = log.filter(({ how }) => how === 'commit').map(({ sequence }) => sequence)
    const aborted = new Set(sequencesIn(transactions!.aborted))
    const inDoubt = new Set(sequencesIn(unacknowledged))
    expect(acked).toBe(committed.length)
    expect(new Set(committed).size).toBe(committed.length)
    expect(committed.filter(sequence => aborted.has(sequence) || inDoubt.has(sequence))).toEqual([])
    expect(committed.length + aborted.size + inDoubt.size).toBe(made)
    expect(log.length).toBeGreaterThanOrEqual(transactions!.stored)
    expect(log.length - transactions!.stored).toBeLessThanOrEqual(transactions!.uncertain)
  }
}

describe('how a transaction ends', () => {
  it.each([false, true])('after so many records, the last one with what is left (announcing: %s)', async announces => {
    const run = setUp({ recordsMax: 1_050, transactions: { records: 100 }, announces })
    expect(await runOf(run.loop)).toBe('delivered')
    const sizes = new Map<number, number>()
    for (const { number } of run.stored().flat()) sizes.set(number, (sizes.get(number) ?? 0) + 1)
    expect([...sizes.values()]).toEqual([100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 50])
    expect(run.coordinator.ends.map(({ how }) => how)).toEqual(Array(11).fill('commit'))
    expect(run.told()).toMatchObject({ commits: 11, aborts: 0, records: 1_050, recordsCommitted: 1_050, errors: 0 })
    expectBooks(run)
    // A marker in each of the three partitions for each of them.
    expect(run.loop.books().map(({ transactions }) => transactions!.markers)).toEqual([11, 11, 11])
    expect(run.loop.books().map(({ transactions }) => transactions!.uncertain)).toEqual([0, 0, 0])
  })

  it('after so much time from its first record, also when nothing more falls due', async () => {
    const run = setUp({ perSec: 4, transactions: { durationMs: 100 } })
    expect(await runOf(run.loop, { stopMs: 1_100 })).toBe('delivered')
    // Records at 0, 250, 500, 750 and 1000 ms, each alone in its transaction.
    expect(run.told()).toMatchObject({ commits: 5, recordsCommitted: 5 })
    const since = run.coordinator.ends.map(({ atMs }, index) => atMs - 250 * index)
    for (const afterMs of since) expect(afterMs).toBeGreaterThanOrEqual(100)
    for (const afterMs of since) expect(afterMs).toBeLessThan(130)
    expectBooks(run)
  })

  it('by abort as often as asked for, the same ones with the same seed', async () => {
    const endsOf = async (seed: number) => {
      const run = setUp({ recordsMax: 4_000, transactions: { records: 20, abortRatio: 0.3 }, seed })
      expect(await runOf(run.loop)).toBe('delivered')
      expectBooks(run)
      const { commits, aborts, recordsCommitted, recordsAborted } = run.told()
      expect(commits + aborts).toBe(200)
      expect({ recordsCommitted, recordsAborted }).toEqual({
        recordsCommitted: commits * 20,
        recordsAborted: aborts * 20,
      })
      return run.coordinator.ends.map(({ how }) => how)
    }
    const [one, again, other] = [await endsOf(1), await endsOf(1), await endsOf(2)]
    expect(one).toEqual(again)
    expect(one).not.toEqual(other)
    const aborted = one.filter(how => how === 'abort').length
    expect(aborted).toBeGreaterThan(35)
    expect(aborted).toBeLessThan(85)
  })

  it('what falls due while it ends is made late, and counts from its time', async () => {
    const run = setUp({ perSec: 1_000, transactions: { durationMs: 50 } })
    run.coordinator.latencyMs = 100
    expect(await runOf(run.loop, { stopMs: 1_000 })).toBe('delivered')
    expect(run.told()).toMatchObject({ made: 1_000, recordsCommitted: 1_000 })
    expect(run.told().commits).toBeLessThan(10)
  })
})

describe('a transaction that goes wrong', () => {
  it.each([false, true])(
    'is aborted, and the next one begins with an epoch of its own (announcing: %s)',
    async announces => {
      const run = setUp({ recordsMax: 900, transactions: { records: 100 }, announces, plan: { batchBytes: 1_024 } })
      let refused = 0
      run.fates(({ partition }) => {
        if (run.coordinator.ends.length !== 3 || partition !== 1 || refused > 0) return 'stored'
        refused++
        return kafkaCode.TRANSACTION_ABORTABLE
      })
      expect(await runOf(run.loop)).toBe('delivered')
      expect(refused).toBe(1)
      expect(run.coordinator.ends.map(({ how }) => how).indexOf('abort')).toBe(3)
      expect(run.told()).toMatchObject({ aborts: 0, abortsForced: 1, errors: 0 })
      expect(run.told().recordsCommitted + run.told().recordsAborted).toBe(900)
      expect(run.notices).toEqual([expect.stringContaining('TRANSACTION_ABORTABLE')])
      expectBooks(run)
    },
  )

  it('does not go wrong for ever', async () => {
    const run = setUp({ transactions: { records: 10 } })
    run.fates(() => kafkaCode.TRANSACTION_ABORTABLE)
    expect(await runOf(run.loop)).toMatchObject({ kafkaCode: kafkaCode.TRANSACTION_ABORTABLE })
    expect(run.coordinator.ends).toHaveLength(10)
    expectBooks(run)
  })

  it('ends the run when its producer is fenced; nothing that was not committed counts', async () => {
    const run = setUp({ recordsMax: 1_000, transactions: { records: 100 } })
    const fenced = new MillraceError('PRODUCER_FENCED', 'fenced', { kafkaCode: kafkaCode.PRODUCER_FENCED })
    run.coordinator.failEnd = (_how, number) => (number === 4 ? fenced : undefined)
    expect(await runOf(run.loop)).toBe(fenced)
    await run.loop.giveUp()
    const books = run.loop.books()
    expect(books.reduce((sum, { acked }) => sum + acked, 0)).toBe(400)
    // Whether the commit was carried out nobody knows.
    expect(books.flatMap(({ unacknowledged }) => sequencesIn(unacknowledged))).toHaveLength(100)
  })

  it('is aborted when the commit is refused, which is no commit', async () => {
    const run = setUp({ recordsMax: 300, transactions: { records: 100 } })
    const refusal = kafkaError(kafkaCode.TRANSACTION_ABORTABLE, 'commit')
    run.coordinator.failEnd = (how, number) => (number === 1 && how === 'commit' ? refusal : undefined)
    expect(await runOf(run.loop)).toBe('delivered')
    expect(run.coordinator.ends.map(({ how }) => how)).toEqual(['commit', 'abort', 'commit'])
    expect(run.told()).toMatchObject({ commits: 2, abortsForced: 1, recordsCommitted: 200, recordsAborted: 100 })
    expectBooks(run)
  })

  it('whatever brokers do: each record is committed once, aborted, or told to be in doubt', async () => {
    const fate = fc.constantFrom<Fate>(
      ...(['stored', 'stored', 'stored', 'answer lost', 'request lost'] as const),
      kafkaCode.NOT_LEADER_OR_FOLLOWER,
      kafkaCode.TRANSACTION_ABORTABLE,
    )
    const settings = fc.record({
      fates: fc.array(fate, { maxLength: 40 }),
      records: fc.integer({ min: 1, max: 200 }),
      abortRatio: fc.constantFrom(0, 0.2, 1),
      announces: fc.boolean(),
      batchBytes: fc.constantFrom(512, 4_096),
    })
    await fc.assert(
      fc.asyncProperty(settings, async ({ fates, records, abortRatio, announces, batchBytes }) => {
        vi.setSystemTime(epochMs)
        const transactions = { records, abortRatio }
        const run = setUp({ recordsMax: 600, transactions, announces, plan: { batchBytes } })
        const left = [...fates]
        run.fates(() => left.shift() ?? 'stored')
        const outcome = await runOf(run.loop)
        expect(outcome === 'running').toBe(false)
        expectBooks(run)
        if (outcome === 'delivered') {
          expect(run.told().recordsCommitted + run.told().recordsAborted).toBe(600)
          expect(run.told().errors).toBe(0)
        }
      }),
      { numRuns: 25 },
    )
  })
})
