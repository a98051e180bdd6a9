// One life of a consumer that handles what it reads, from joining its group to leaving it, or to its sudden end: fetch, work on each
// record, write what comes of it, and commit the offsets, in a transaction together with what was written (KIP-98, KIP-447) or
// behind it. Partitions are given up only when what was handled of them is committed.
import { isMillraceError, type MillraceError } from '../../core/errors.ts'
import type { Random } from '../../core/random.ts'
import { kafkaCode } from '../../wire/error-codes.ts'
import type { GroupMember } from '../../wire/group.ts'
import { isAbortable } from '../../wire/transactions.ts'
import type { TransactionsPlan } from '../plan.ts'
import type { ReadPace } from '../worker/read-pace.ts'
import { type HandledCounts, type HandlerSettings, handle, nothingHandled, sumOf, workMs } from './handle.ts'
import type { LogReader, ReadRecord } from './log-reader.ts'
import type { ProcessOutput } from './output.ts'
import { ProcessPositions } from './positions.ts'
import type { Restamper } from './restamp.ts'
import type { ProcessTally } from './tally.ts'

export interface LifeSettings {
  readonly groupId: string
  readonly topic: string
  readonly handler: HandlerSettings
  readonly recordMs: number
  readonly batchMs: number
  /** Without transactions. */
  readonly commitIntervalMs: number
  readonly fetchMaxWaitMs: number
  readonly transactions?: TransactionsPlan
}

export interface LifeDeps {
  readonly reader: Pick<LogReader, 'read'>
  readonly output: ProcessOutput
  readonly restamper: Restamper
  readonly tally: ProcessTally
  readonly random: Random
  /** Absent: as fast as records come. */
  readonly pace?: Pick<ReadPace, 'due' | 'restMs' | 'took'>
  nowNs(): number
  wallMs(): number
  pause(ms: number): Promise<void>
  /** The first answer for a partition since it was assigned. */
  onFetching(partition: number): void
  onCommit(isDone: boolean): void
  onNotice(text: string): void
}

/** max.poll.records of Kafka's consumer. */
const pollRecordsMax = 500
const idleMs = 20
/** How long a stop may have to wait for a slow schedule. */
const restMsMax = 200
const failuresInARowMax = 10
const lastAbortMs = 5_000

/** The group has moved on without this member: what it has handled is somebody else's to read again. */
const groupMovedOn: ReadonlySet<number> = new Set([
  kafkaCode.ILLEGAL_GENERATION,
  kafkaCode.UNKNOWN_MEMBER_ID,
  kafkaCode.FENCED_INSTANCE_ID,
  kafkaCode.STALE_MEMBER_EPOCH,
  kafkaCode.FENCED_MEMBER_EPOCH,
  kafkaCode.REBALANCE_IN_PROGRESS,
])

/** Thrown by what a life does after it has been killed; nobody hears of it. */
const killed = Symbol('killed')

export class ProcessLife {
  readonly positions = new ProcessPositions()
  member: GroupMember | undefined
  readonly #settings: LifeSettings
  readonly #deps: LifeDeps
  readonly #awaited = new Set<number>()
  #turn: Promise<unknown> = Promise.resolve()
  #isOver = false
  #isKilled = false
  /** Of the transaction that is open, or of what is handled since the last commit. */
  #openedNs: number | undefined
  #records = 0
  #pending: HandledCounts = nothingHandled
  #willAbort = false
  #hasWritten = false
  #failuresInARow = 0

  constructor(settings: LifeSettings, deps: LifeDeps) {
    this.#settings = settings
    this.#deps = deps
  }

  /** Until it is stopped or killed. */
  async run(): Promise<void> {
    try {
      while (!this.#isOver) {
        if (!this.positions.hasWaiting) await this.#fetchSome()
        await this.#restUntilDue()
        await this.#locked(() => this.#step())
      }
      await this.#locked(() => this.#finish())
    } catch (error) {
      if (error === killed) return
      // Whoever reads what was written should not have to wait until the coordinator has noticed.
      await this.#deps.output.transactional?.end('abort', this.#hasWritten, lastAbortMs).catch(() => {})
      throw error
    }
  }

  stop(): void {
    this.#isOver = true
  }

  /** What is under way is left as it is. */
  kill(): void {
    this.#isOver = true
    this.#isKilled = true
  }

  assigned(offsets: ReadonlyMap<number, number>): void {
    for (const [partition, offset] of offsets) {
      this.positions.add(partition, offset)
      this.#awaited.add(partition)
    }
    this.#tellPositions()
  }

  /** Resolves when what was handled of them is committed. */
  revoked(partitions: ReadonlySet<number>): Promise<void> {
    return this.#locked(async () => {
      try {
        await this.#finish()
      } finally {
        this.positions.remove(partitions)
      }
    })
  }

  /** Others may own them by now, and no commit is accepted. */
  lost(partitions: ReadonlySet<number>): Promise<void> {
    return this.#locked(async () => {
      if (this.#openedNs !== undefined) await this.#abort(undefined)
      this.positions.remove(partitions)
    })
  }

  // ---- one turn ----

  /** Handling and giving up come one after the other. */
  #locked<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work)
    this.#turn = result.catch(() => {})
    return result
  }

  async #fetchSome(): Promise<void> {
    const { reader, pause, tally } = this.#deps
    const wanted = this.positions.toFetch
    const waitMs = Math.max(1, Math.min(this.#settings.fetchMaxWaitMs, this.#leftMs))
    if (wanted.size === 0) return await pause(Math.min(idleMs, waitMs))
    const parts = await reader.read(wanted, waitMs)
    tally.fetched(parts.length)
    for (const part of parts) {
      if (!this.positions.take(part, wanted.get(part.partition)!)) continue
      if (this.#awaited.delete(part.partition)) this.#deps.onFetching(part.partition)
      tally.passedOver(part.records)
    }
    if (parts.every(({ records }) => records.length === 0)) this.#tellPositions()
    else if (this.#settings.batchMs > 0) await pause(this.#settings.batchMs)
  }

  async #restUntilDue(): Promise<void> {
    const { pace, pause } = this.#deps
    if (pace === undefined || pace.due > 0 || this.#isOver) return
    await pause(Math.max(1, Math.min(pace.restMs, this.#leftMs, restMsMax)))
  }

  /** Until the transaction that is open is to end. */
  get #leftMs(): number {
    if (this.#openedNs === undefined) return Number.POSITIVE_INFINITY
    const { transactions, commitIntervalMs } = this.#settings
    const dueNs = this.#openedNs + (transactions?.durationMs ?? commitIntervalMs) * 1e6
    return Math.max(0, (dueNs - this.#deps.nowNs()) / 1e6)
  }

  async #step(): Promise<void> {
    this.#alive()
    const limit = this.#settings.transactions?.records ?? Number.POSITIVE_INFINITY
    const due = this.#deps.pace?.due ?? Number.POSITIVE_INFINITY
    const records = this.positions.poll(Math.min(pollRecordsMax, limit - this.#records, due))
    this.#deps.pace?.took(records.length)
    if (records.length > 0) await this.#work(records)
    if (this.#openedNs !== undefined && (this.#leftMs <= 0 || this.#records >= limit)) await this.#finish()
  }

  async #work(records: readonly ReadRecord[]): Promise<void> {
    const { handler, recordMs, transactions } = this.#settings
    const { nowNs, wallMs, pause, output, restamper, tally, random } = this.#deps
    const beganNs = nowNs()
    if (this.#openedNs === undefined) {
      this.#openedNs = beganNs
      restamper.begin()
      this.#willAbort = transactions !== undefined && random.fraction() < transactions.abortRatio
    }
    tally.read(records)
    const handled = handle(records, handler, wallMs())
    const pauseMs = workMs(records.length, handled, handler.plan, recordMs)
    if (pauseMs > 0) await pause(pauseMs)
    this.#alive()
    this.#records += records.length
    this.#pending = sumOf(this.#pending, handled)
    try {
      if (handled.outputs.length > 0) this.#hasWritten = true
      await output.send(handled.outputs.map(each => restamper.apply(each)))
    } catch (error) {
      return await this.#troubled(error)
    }
    this.positions.handled(records)
    tally.processed(nowNs() - beganNs)
  }

  // ---- the end of a transaction ----

  /** Of what is open, if anything is. */
  async #finish(): Promise<void> {
    this.#alive()
    if (this.#openedNs === undefined) return
    if (this.#willAbort) return await this.#abort(undefined)
    try {
      await this.#commit()
    } catch (error) {
      await this.#troubled(error)
    }
  }

  async #commit(): Promise<void> {
    const { output, tally, nowNs, onCommit } = this.#deps
    const { groupId, topic } = this.#settings
    const offsets = this.positions.toCommit
    const { transactional } = output
    const beganNs = nowNs()
    if (transactional === undefined) await this.member!.commit(new Map([[topic, offsets]]))
    else {
      const { memberId, generation } = this.member!
      await transactional.commitOffsets({ groupId, topic, offsets, committer: { memberId, generation } })
      this.#alive()
      await transactional.end('commit', this.#hasWritten)
    }
    this.positions.committed(offsets)
    onCommit(true)
    tally.committed({ ...this.#pending, records: this.#records }, nowNs() - beganNs, transactional !== undefined)
    this.#failuresInARow = 0
    this.#next()
  }

  /** Everything since the last commit is read again. */
  async #abort(because: MillraceError | undefined): Promise<void> {
    const { output, tally, onNotice } = this.#deps
    const { transactional } = output
    this.#alive()
    await transactional?.end('abort', this.#hasWritten)
    if (because !== undefined) {
      this.#deps.restamper.takeBack()
      await transactional?.renew()
    }
    if (transactional !== undefined) tally.aborted(this.#records, because !== undefined)
    this.positions.rewind()
    this.#next()
    if (because === undefined) return
    onNotice(`a transaction was aborted: ${because.message}`)
    if (++this.#failuresInARow >= failuresInARowMax) throw because
  }

  async #troubled(error: unknown): Promise<void> {
    this.#alive()
    if (!isMillraceError(error)) throw error
    const hasMovedOn = groupMovedOn.has(error.kafkaCode ?? kafkaCode.NONE)
    if (hasMovedOn) this.#deps.onCommit(false)
    const isOver = this.#deps.output.transactional === undefined ? !hasMovedOn : !hasMovedOn && !isAbortable(error)
    if (isOver) throw error
    await this.#abort(error)
  }

  #next(): void {
    this.#deps.output.ended()
    this.#openedNs = undefined
    this.#records = 0
    this.#pending = nothingHandled
    this.#hasWritten = false
    this.#tellPositions()
  }

  /** Where nothing is open, what lies behind the last commit is markers. */
  #tellPositions(): void {
    this.#deps.tally.at(this.#openedNs === undefined ? this.positions.handledOffsets : this.positions.committedOffsets)
  }

  #alive(): void {
    if (this.#isKilled) throw killed
  }
}
