// A producer's transactions, one after the other: begun by its first record, ended after so many records or so much time, when all
// of it is acknowledged; what falls due meanwhile waits. After an error that KIP-890 calls abortable a transaction is aborted and
// the producer goes on; any other ends the run.
//
//   none ──record──> open ──count, time or end of the run──> closing ──all acknowledged──> ending ──answered──> none
//                      └───────── abortable error ─────────> broken ──nothing in flight──────^
import { isMillraceError, type MillraceError } from '../../core/errors.ts'
import { makeRandom, type Random } from '../../core/random.ts'
import type { TransactionEnd } from '../../wire/transactions.ts'
import type { TransactionsPlan } from '../plan.ts'
import type { Batch } from './batch.ts'
import type { BatchBuilder, ProducerIdentity } from './batch-builder.ts'
import type { PartitionBook } from './contract.ts'
import type { PartitionSender } from './partition-sender.ts'
import type { WorkerSlots } from './slots.ts'
import { TransactionBooks } from './transaction-books.ts'

/** The coordinator's side: of the wire client, or of a client under test. */
export interface TransactionClient {
  readonly identity: ProducerIdentity
  /** Partitions are announced before they are written to. */
  readonly announces: boolean
  addPartitions(partitions: readonly number[]): Promise<void>
  /** How often it was asked for. */
  end(how: TransactionEnd, wasWritten: boolean, timeoutMs?: number): Promise<number>
  /** A new identity, after an abort that was forced. */
  renew(): Promise<void>
  /** After this error the transaction can be aborted, and the next one begun. */
  isAbortable(error: unknown): boolean
}

export interface TransactionCycleDeps {
  readonly plan: TransactionsPlan
  readonly client: TransactionClient
  readonly seed: number
  readonly worker: number
  readonly slots: WorkerSlots
  nowNs(): number
  onNotice(text: string): void
}

/** What the loop has. */
export interface CycleOf {
  readonly senders: readonly PartitionSender[]
  readonly builder: BatchBuilder
  /** Something has changed: the loop can go on. */
  moved(): void
  /** The producer cannot go on. */
  failed(error: MillraceError): void
}

type State = 'none' | 'open' | 'closing' | 'broken' | 'ending'

/** A producer whose every transaction fails does no work: so many in a row end the run. */
const failuresInARowMax = 10
/** Whoever reads should not have to wait until the coordinator has noticed. */
const lastAbortMs = 5_000

export class TransactionCycle {
  readonly #deps: TransactionCycleDeps
  readonly #of: CycleOf
  readonly #books: TransactionBooks
  readonly #random: Random
  readonly #announced = new Set<number>()
  readonly #noticed = new Set<number | undefined>()
  #identity: ProducerIdentity
  #state: State = 'none'
  #openedNs = 0
  #made = 0
  #willAbort = false
  #isCommitUnderWay = false
  #measuredFromNs = 0
  #failuresInARow = 0
  #broken: MillraceError | undefined
  #isLost = false
  /** Made, and given up on: never to be acknowledged. */
  abandonedRecords = 0

  constructor(deps: TransactionCycleDeps, of: CycleOf) {
    this.#deps = deps
    this.#of = of
    this.#random = makeRandom(deps.seed, deps.worker)
    this.#books = new TransactionBooks(of.senders, partition => of.builder.madeFor(partition))
    this.#identity = deps.client.identity
    this.#hold()
  }

  /** Ends that are asked for from this moment on are of the measured time. */
  measureFrom(ns: number): void {
    this.#measuredFromNs = ns
  }

  get isNone(): boolean {
    return this.#state === 'none'
  }

  /** What is open is to be sent without lingering. */
  get isClosing(): boolean {
    return this.#state === 'closing'
  }

  get isBroken(): boolean {
    return this.#state === 'broken'
  }

  /** The coordinator is waited for. */
  get isEnding(): boolean {
    return this.#state === 'ending'
  }

  /** How many of so many records may be made now. */
  allow(count: number, nowNs: number): number {
    const { records = Number.POSITIVE_INFINITY, durationMs } = this.#deps.plan
    if (this.#state === 'open' && nowNs - this.#openedNs >= durationMs * 1e6) this.#state = 'closing'
    if (this.#state !== 'none' && this.#state !== 'open') return 0
    return Math.min(count, records - this.#made)
  }

  took(made: number, nowNs: number): void {
    if (made === 0) return
    const { records = Number.POSITIVE_INFINITY, abortRatio } = this.#deps.plan
    if (this.#state === 'none') {
      this.#state = 'open'
      this.#openedNs = nowNs
      this.#willAbort = abortRatio > 0 && this.#random.fraction() < abortRatio
    }
    this.#made += made
    if (this.#made >= records) this.#state = 'closing'
  }

  /** Partitions with something to send, that the transaction has not been told of yet. */
  announce(): void {
    if (!this.#deps.client.announces) return
    const added = this.#of.senders.filter(({ isHeld, waiting, partition }) => {
      return isHeld && waiting > 0 && !this.#announced.has(partition)
    })
    if (added.length === 0 || this.#state === 'broken') return
    const partitions = added.map(({ partition }) => partition)
    for (const partition of partitions) this.#announced.add(partition)
    this.#deps.client.addPartitions(partitions).then(
      () => {
        for (const sender of added) sender.isHeld = false
        this.#of.moved()
      },
      error => this.#troubled(error),
    )
  }

  /** True: the transaction is to be aborted by it, and the run goes on. */
  breaksBy(error: MillraceError): boolean {
    if (this.#state === 'ending' || !this.#deps.client.isAbortable(error)) return false
    this.#broken ??= error
    this.#state = 'broken'
    return true
  }

  /** Of a broken transaction: it came back without an acknowledgement. */
  abandon(batch: Batch): void {
    this.abandonedRecords += batch.count
    this.#books.abandoned(batch)
    this.#of.builder.giveBack(batch)
  }

  /** Nothing more can be made at the moment: ends the transaction when it is time for that. */
  rest(isOver: boolean, isDelivered: boolean): void {
    if (isOver && this.#state === 'open') {
      this.#state = 'closing'
      this.#of.moved()
      return
    }
    if (this.#state === 'closing' && isDelivered) return this.#end(this.#willAbort ? 'abort' : 'commit')
    if (this.#state !== 'broken' || this.#of.senders.some(sender => sender.hasInFlight)) return
    for (const sender of this.#of.senders) {
      for (const batch of sender.dropWaiting()) this.abandon(batch)
    }
    this.abandonedRecords += this.#of.builder.dropOpen()
    this.#end('abort', this.#broken)
  }

  books(): PartitionBook[] {
    return this.#books.books(this.#isCommitUnderWay ? 'doubtful' : 'aborted')
  }

  /** The run ends with an error: what is open is aborted, if that can be done quickly. */
  async giveUp(): Promise<void> {
    if (this.#state === 'none' || this.#isLost || this.#isCommitUnderWay) return
    this.#isLost = true
    await this.#deps.client.end('abort', true, lastAbortMs).catch(() => {})
  }

  // ---- the end of a transaction ----

  #end(how: TransactionEnd, because?: MillraceError): void {
    // All of it was dropped as too late.
    if (this.#books.made === 0 && because === undefined) return this.#next()
    this.#state = 'ending'
    this.#isCommitUnderWay = how === 'commit'
    const beganNs = this.#deps.nowNs()
    this.#ask(how, because).then(
      tries => this.#ended(how, tries, beganNs, because),
      error => {
        // The commit has been refused, and nothing of it is done: what can be aborted still is.
        if (how === 'commit' && this.#deps.client.isAbortable(error)) return this.#end('abort', error)
        this.#isLost = true
        this.#of.failed(error)
      },
    )
  }

  async #ask(how: TransactionEnd, because: MillraceError | undefined): Promise<number> {
    const { client } = this.#deps
    const tries = await client.end(how, true)
    if (because !== undefined) await client.renew()
    return tries
  }

  #ended(how: TransactionEnd, tries: number, beganNs: number, because: MillraceError | undefined): void {
    const { slots, nowNs, client } = this.#deps
    const { builder, senders } = this.#of
    const { made } = this.#books
    this.#isCommitUnderWay = false
    if (how === 'commit') {
      const { commit } = beganNs >= this.#measuredFromNs ? slots.measured : slots.warmup
      commit.record(nowNs() - beganNs, 1)
    }
    slots.add(because !== undefined ? 'abortsForced' : how === 'commit' ? 'commits' : 'aborts', 1)
    slots.add(how === 'commit' ? 'recordsCommitted' : 'recordsAborted', made)
    this.#books.ended({ fate: how === 'commit' ? 'committed' : 'aborted', tries })
    // A new identity begins to count at 0, and so does what is left after batches that were never sent.
    const { identity } = client
    if (because !== undefined || identity !== this.#identity) for (const sender of senders) sender.restartSequences()
    this.#identity = identity
    builder.identify(identity)
    if (because === undefined) this.#failuresInARow = 0
    else if (this.#isTooMuch(because)) return
    this.#next()
  }

  #next(): void {
    this.#made = 0
    this.#broken = undefined
    this.#announced.clear()
    this.#hold()
    this.#state = 'none'
    this.#of.moved()
  }

  #hold(): void {
    if (this.#deps.client.announces) for (const sender of this.#of.senders) sender.isHeld = true
  }

  #isTooMuch(error: MillraceError): boolean {
    if (!this.#noticed.has(error.kafkaCode)) this.#deps.onNotice(`a transaction was aborted: ${error.message}`)
    this.#noticed.add(error.kafkaCode)
    this.#failuresInARow++
    if (this.#failuresInARow < failuresInARowMax) return false
    this.#of.failed(error)
    return true
  }

  #troubled(error: unknown): void {
    if (isMillraceError(error) && this.breaksBy(error)) return this.#of.moved()
    this.#isLost = true
    this.#of.failed(error as MillraceError)
  }
}
