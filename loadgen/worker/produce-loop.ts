// DATA PLANE: the whole of it costs about 0.1 microseconds of CPU a record of 100 bytes, kernel and checksum included.
//
// One producer: what is due is built into batches, batches are sent, answers are settled; then the same again. All state
// lives here; the steps are below in the order in which a record meets them.
import type { MillraceError } from '../../core/errors.ts'
import { meanSizeBytes } from '../payload/sizes.ts'
import { BatchBuilder } from './batch-builder.ts'
import type { LinkEvents } from './broker-link.ts'
import { DeliveryDeadline } from './delivery-deadline.ts'
import { makeDue } from './due-records.ts'
import { InFlightLimit } from './in-flight-limit.ts'
import { Pacer } from './pacer.ts'
import { PartitionSender } from './partition-sender.ts'
import type { ProduceLoopDeps, ProduceLoopSettings } from './produce-settings.ts'
import { ProducerLinks } from './producer-links.ts'
import { ProducerWaits } from './producer-waits.ts'
import { Settlement } from './settlement.ts'
import { Stopwatch } from './stopwatch.ts'
import type { TransactionCycle } from './transaction-cycle.ts'
import { Wakeups } from './wakeups.ts'
import { WarmupRecords } from './warmup-records.ts'

/** How long building may keep the event loop from reading answers. */
const sliceNs = 2e6
/** Shortest pause of the pacing timer; timers cannot do less. */
const timerMsMin = 1
/** A batch that lingers may fall due while a loop waits for answers. */
const lingerTimerMs = 4
/** Without one, nothing falls due but deadlines. */
const deadlineTimerMs = 16

export class ProduceLoop {
  readonly senders: readonly PartitionSender[]
  readonly waits = new ProducerWaits()
  readonly #settings: ProduceLoopSettings
  readonly #deps: ProduceLoopDeps
  readonly #builder: BatchBuilder
  readonly #stopwatch: Stopwatch
  readonly #links: ProducerLinks
  readonly #pacer: Pacer
  readonly #warmup: WarmupRecords
  readonly #limit: InFlightLimit
  readonly #deadline: DeliveryDeadline
  /** Absent: records count when they are acknowledged. */
  readonly #transactions: TransactionCycle | undefined
  readonly #settlement: Settlement
  readonly #wakeups = new Wakeups(() => this.#turn())
  #startNs = 0
  #discarded = 0
  #isBufferFull = false
  #running = false
  #ended = false
  #resolve!: () => void
  #reject!: (error: MillraceError) => void

  constructor(settings: ProduceLoopSettings, deps: ProduceLoopDeps) {
    const { plan, leaders, stripe, producer, run, seed } = settings
    this.#settings = settings
    this.#deps = deps
    this.senders = leaders.map((leader, partition) => new PartitionSender(partition, leader))
    const canLeave = (partition: number) => this.#limit.left > 0 && this.#links.of(partition)?.hasRoom === true
    const building = { plan, seed, stamp: { ...run, producer: stripe.worker }, producer, canLeave }
    this.#builder = new BatchBuilder(building, this.senders)
    const hasIntended = settings.schedule !== undefined && plan.latencyFrom === undefined
    this.#stopwatch = new Stopwatch(deps.slots, hasIntended, plan.recording === 'none')
    this.#warmup = new WarmupRecords(settings.warmupRecords ?? 0, stripe)
    const batchRecords = plan.batchBytes / meanSizeBytes(plan.size)
    this.#pacer = new Pacer({ ...settings, batchRecords, ...(plan.late && { late: plan.late }) }, deps.slots)
    this.#limit = new InFlightLimit(plan.vus, stripe)
    this.#deadline = new DeliveryDeadline(settings.topic, plan)
    this.#links = new ProducerLinks(this.senders, {
      retryBackoffMs: settings.retryBackoffMs,
      requestBatches: Math.floor(plan.requestBytesMax / plan.batchBytes),
      makeLink: brokerId => deps.makeLink(brokerId, this.#events()),
      refreshLeaders: () => deps.refreshLeaders(),
      moved: () => this.#turnSoon(),
      failed: error => this.#end(error),
    })
    this.#transactions = deps.transactions?.({
      ...{ senders: this.senders, builder: this.#builder },
      moved: () => this.#turnSoon(),
      failed: error => this.#end(error),
    })
    this.#settlement = new Settlement({
      ...{ topic: settings.topic, retryBackoffMs: settings.retryBackoffMs, slots: deps.slots, clock: deps.clock },
      ...{ senders: this.senders, builder: this.#builder, stopwatch: this.#stopwatch, deadline: this.#deadline },
      transactions: this.#transactions,
      onRetry: code => deps.onRetry(code),
      refreshLeaders: () => this.#links.refreshSoon(),
      moved: () => this.#turnSoon(),
      failed: error => this.#end(error),
    })
  }

  /** Runs until the stop moment or the record limit, then until everything made is acknowledged. */
  run(startNs: number, stopNs: number): Promise<void> {
    this.#startNs = startNs
    // A nanosecond early, as the schedule's own edge: rounding must not put a record on one side here and the other there.
    const measuredFromNs = startNs + this.#settings.warmupMs * 1e6 - 1
    const fromNs = this.#warmup.isWarmingUp ? Number.POSITIVE_INFINITY : measuredFromNs
    this.#stopwatch.measureFrom(fromNs)
    this.#transactions?.measureFrom(fromNs)
    this.#pacer.begin(startNs, stopNs)
    this.#limit.begin(startNs)
    this.#running = true
    if (this.senders.some(sender => sender.leader < 0)) this.#links.refreshSoon()
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
      this.#turn()
    })
  }

  /** Makes no more records; what is made is still delivered. */
  stop(): void {
    this.#pacer.abandon(this.#deps.clock.nowNs())
    if (this.#running) this.#turnSoon()
  }

  books = () => this.#transactions?.books() ?? this.#builder.books

  /** After a failure: what is open is aborted, so that nobody who reads has to wait for it. */
  giveUp = async () => this.#transactions?.giveUp()

  /** Confirms that the brokers have handled everything (needed for acks=0), and closes the connections. */
  close(): Promise<void> {
    return this.#links.close(this.#settings.plan.acks === 0)
  }

  // ---- the turn ----

  #turn(): void {
    if (this.#ended) return
    this.#wakeups.awake()
    const beginNs = this.#deps.clock.nowNs()
    const sliceEndNs = beginNs + sliceNs
    this.waits.resume(beginNs)
    try {
      for (;;) {
        const nowNs = this.#deps.clock.nowNs()
        const wasHeldUp = this.#builder.isHeldUp
        const built = this.#build(nowNs)
        if (!built) this.#pacer.rested(nowNs)
        this.#builder.sealDue(nowNs, this.#pacer.isOver || this.#transactions?.isClosing === true)
        const sent = this.#send()
        if (!built && sent === 0 && wasHeldUp === this.#builder.isHeldUp) return this.#rest(nowNs)
        if (nowNs > sliceEndNs) return this.#pauseForAnswers(nowNs)
      }
    } catch (error) {
      this.#end(error as MillraceError)
    }
  }

  #turnSoon(): void {
    if (!this.#ended) this.#wakeups.soon()
  }

  #pauseForAnswers(nowNs: number): void {
    this.#expire(nowNs)
    this.#turnSoon()
  }

  /** Nothing can be built now: wait for the clock (schedule, linger, retry, timeout), for an answer, or for the end. */
  #rest(nowNs: number): void {
    if (this.#pacer.isOver && this.#transactions?.isNone !== false && this.#isDelivered()) return this.#end()
    this.#transactions?.rest(this.#pacer.isOver, this.#transactions.isClosing && this.#isDelivered())
    this.#expire(nowNs)
    const isWaiting = this.#builder.isHeldUp || this.#links.isHeldUp || this.#transactions?.isEnding === true
    this.waits.pause(nowNs, this.#isBufferFull, isWaiting)
    if (this.#ended || this.#wakeups.isTimed) return
    // A shorter linger than a timer can keep asks for a loop that does not sleep.
    const { schedule, plan } = this.#settings
    if (schedule !== undefined && plan.lingerMs < timerMsMin && !this.#pacer.isOver) return this.#turnSoon()
    this.#wakeups.after(this.#restMs())
  }

  /** Flat out, with requests in flight, their answers are what the loop waits for: the timer is for what else may fall due. */
  #restMs(): number {
    if (this.#settings.schedule !== undefined || this.#links.inFlight === 0) return timerMsMin
    return this.#builder.openCount > 0 ? lingerTimerMs : deadlineTimerMs
  }

  // ---- due, build ----

  /** Makes the next chunk of what is due; false when there is nothing to make or nowhere to put it. */
  #build(nowNs: number): boolean {
    this.#discardLate(nowNs)
    const due = this.#warmup.cut(this.#pacer.due(nowNs))
    const count = this.#transactions === undefined ? due : this.#transactions.allow(due, nowNs)
    this.#isBufferFull = false
    if (count === 0 || this.#isBackedUp()) return false
    if (this.#warmup.ends()) {
      this.#stopwatch.measureFrom(nowNs)
      this.#transactions?.measureFrom(nowNs)
      this.#deps.onMeasuring?.(nowNs)
    }
    const made = this.#make(count, nowNs)
    this.#isBufferFull = made === 0
    this.#pacer.took(made)
    this.#warmup.took(made)
    this.#transactions?.took(made, nowNs)
    return made > 0
  }

  #make(count: number, nowNs: number): number {
    const { schedule, stripe, plan } = this.#settings
    const { clock, slots } = this.#deps
    const { taken } = this.#pacer
    const times = { startNs: this.#startNs, nowNs, wallUs: clock.wallUsAt(nowNs), lateness: slots.measured.lateness }
    return makeDue(this.#builder, { plan, stripe, schedule, taken, count, ...times })
  }

  /** With `--late drop`: what has waited too long in front of a broker is not sent any more. */
  #discardLate(nowNs: number): void {
    const { late, lingerMs } = this.#settings.plan
    if (late?.policy !== 'drop') return
    // Made up to the limit late, it may wait as long again: given up at once, a broker with too much to do would get nothing.
    const discarded = this.#builder.discardBefore(nowNs - (2 * late.maxMs + lingerMs) * 1e6, batch =>
      this.#deps.slots.add('dueDiscarded', this.#stopwatch.measuredOf(batch)),
    )
    this.#discarded += discarded
    this.#deps.slots.add('dropped', discarded)
  }

  /** Flat out, making more than the brokers can take next would only put records into a queue to age there. */
  #isBackedUp(): boolean {
    if (this.#limit.isClosed) return true
    if (this.#settings.plan.late?.policy === 'drop') return this.#builder.isHeldUp
    if (this.#settings.schedule !== undefined) return false
    return this.#builder.waiting >= this.#links.waitingMax
  }

  // ---- send ----

  #send(): number {
    this.#transactions?.announce()
    // What is to be aborted need not be sent.
    if (this.#transactions?.isBroken) return 0
    // A look at the clock of its own: building and compressing took time, and this is the moment that counts as sent.
    const requests = this.#links.send(this.#deps.clock.nowNs(), this.#limit)
    if (requests > 0) this.#deps.slots.add('requests', requests)
    this.#deps.slots.set('inFlight', this.#links.inFlight)
    return requests
  }

  // ---- settle ----

  #events(): LinkEvents {
    return {
      answered: (batch, errorCode, brokerMessage) => this.#settlement.answered(batch, errorCode, brokerMessage),
      failed: (batch, error) => this.#settlement.failed(batch, error.code, error),
      connected: () => this.#turnSoon(),
      connectFailed: error => (error.retriable ? this.#settlement.lost(error) : this.#end(error)),
      lost: error => this.#settlement.lost(error),
      // At once, not in a later turn of the event loop: the broker must not wait for its next request.
      requestDone: () => this.#turn(),
    }
  }

  #expire(nowNs: number): void {
    const error = this.#deadline.expired(nowNs, this.#pacer.isOver, ns => this.#builder.stuckSince(ns))
    if (error !== undefined) this.#end(error)
  }

  // ---- end ----

  #isDelivered(): boolean {
    return this.#builder.openCount === 0 && this.senders.every(sender => sender.isIdle)
  }

  #end(error?: MillraceError): void {
    if (this.#ended) return
    this.#ended = true
    this.#settlement.isOver = true
    this.#links.stop()
    this.#wakeups.stop()
    this.#deps.slots.set('inFlight', 0)
    if (error === undefined) return this.#resolve()
    const expected = this.#pacer.made - this.#discarded - (this.#transactions?.abandonedRecords ?? 0)
    const unacknowledged = this.senders.reduce((left, { acked }) => left - acked, expected)
    this.#deps.slots.add('errors', unacknowledged)
    this.#reject(error)
  }
}
