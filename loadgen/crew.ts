// The worker threads of a run: started together, told when to begin and end, listened to until each has finished. A worker
// that fails stops the others, and the first failure is the run's.
import { Worker } from 'node:worker_threads'
import type { Clock, ClockOrigin } from '../core/clock.ts'
import { MillraceError } from '../core/errors.ts'
import { runsInThread } from './drivers/honours.ts'
import { optimizeFor } from './early-optimizing.ts'
import { InThreadWorker } from './in-thread.ts'
import type {
  FromWorker,
  MemberChange,
  Outcome,
  Ownership,
  PlainError,
  Positions,
  ToWorker,
  WorkerRole,
  WorkerStart,
} from './worker/contract.ts'
import { allocateHealth, HealthReader } from './worker/health-slots.ts'
import { allocateSlots, SlotReader } from './worker/slots.ts'

export type WorkerTask = Omit<WorkerStart, 'slots' | 'health' | 'clock'>

export interface CrewHooks {
  onRetries(role: WorkerRole, byCode: Readonly<Record<string, number>>): void
  onNotice(text: string): void
  onOwnership?(event: Ownership): void
  onCommit?(isDone: boolean): void
  /** A warm-up by count was over at this moment, of one worker. */
  onMeasuring?(fromNs: number): void
}

interface Member {
  readonly role: WorkerRole
  readonly index: number
  readonly health: HealthReader
  readonly worker: Worker | InThreadWorker
  readonly slots: SlotReader
  readonly memory: SharedArrayBuffer
  readonly ready: Promise<void>
  readonly finished: Promise<void>
  /** The thread has ended. */
  readonly gone: Promise<void>
  /** Its counts are final. The end of the thread itself takes longer, and must not count as time in which it worked. */
  readonly finish: () => void
  outcome: Outcome
  sought?: PromiseWithResolvers<void>
}

export interface WorkerHealth {
  readonly role: WorkerRole | 'script'
  readonly worker: number
  readonly health: HealthReader
}

/** How long workers may take to connect before the run is given up, beyond the time that connecting itself may take. */
const readySlackMs = 30_000
/** Lead time between "start" and the first record, so that no worker hears of it too late. */
const startLeadNs = 20e6

// In the source tree this file is TypeScript, in the published package it is not.
const workerEntry = new URL(`./worker/main${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)

export class Crew {
  readonly #members: Member[] = []
  readonly #clock: Clock
  readonly #hooks: CrewHooks
  readonly #entry: URL
  #failure: MillraceError | undefined
  /** Somebody has failed: there is nobody to wait for any more. */
  readonly #failed = Promise.withResolvers<void>()

  constructor(tasks: readonly WorkerTask[], clock: Clock, origin: ClockOrigin, hooks: CrewHooks, entry = workerEntry) {
    this.#clock = clock
    this.#hooks = hooks
    this.#entry = entry
    optimizeFor(tasks.map(({ role }) => role))
    for (const task of tasks) this.#members.push(this.#enlist(task, origin))
  }

  get failure(): MillraceError | undefined {
    return this.#failure
  }

  slotsOf(role: WorkerRole): readonly SlotReader[] {
    return this.#of(role).map(member => member.slots)
  }

  /** Beside those of `slotsOf`: what one takes, the other still sees. */
  moreReadersOf(role: WorkerRole): readonly SlotReader[] {
    return this.#of(role).map(member => new SlotReader(member.memory))
  }

  outcomesOf(role: WorkerRole): readonly Outcome[] {
    return this.#of(role).map(member => member.outcome)
  }

  /** How each worker fares, for the audit. */
  get healths(): readonly WorkerHealth[] {
    return this.#members.map(({ role, index, health }) => ({ role, worker: index, health }))
  }

  /** All connected and waiting for the start; throws the first failure. */
  async ready(connectTimeoutMs: number): Promise<void> {
    const limitMs = connectTimeoutMs + readySlackMs
    let timer: NodeJS.Timeout | undefined
    const tooLong = new Promise<never>((_resolve, reject) => {
      const error = new MillraceError('BROKER_UNREACHABLE', `the workers were not connected within ${limitMs / 1000} s`)
      timer = setTimeout(() => reject(error), limitMs)
    })
    const allReady = Promise.all(this.#members.map(member => member.ready))
    await Promise.race([allReady, this.#failed.promise, tooLong]).finally(() => clearTimeout(timer))
    if (this.#failure !== undefined) throw this.#failure
  }

  /** The moment from which everything is counted. */
  start(durationNs: number): number {
    const startNs = this.#clock.nowNs() + startLeadNs
    this.#tell(this.#members, { type: 'start', startNs, stopNs: startNs + durationNs })
    return startNs
  }

  stop(role?: WorkerRole): void {
    this.#tell(role === undefined ? this.#members : this.#of(role), { type: 'stop' })
  }

  readUntil(endOffsets: readonly number[]): void {
    this.#tell(this.#of('consume'), { type: 'until', endOffsets })
  }

  tellMember(consumer: number, does: MemberChange): void {
    this.#tell(this.#of('consume'), { type: 'member', consumer, does })
  }

  pauseConsumers(): void {
    this.#tell(this.#of('consume'), { type: 'pause' })
  }

  resumeConsumers(): void {
    this.#tell(this.#of('consume'), { type: 'resume' })
  }

  /** Resolves when each goes on from these offsets, or has finished. */
  async seekConsumers(offsets: Positions): Promise<void> {
    const consumers = this.#of('consume')
    const gone = consumers.map(member => {
      member.sought = Promise.withResolvers()
      return Promise.race([member.sought.promise, member.finished])
    })
    this.#tell(consumers, { type: 'seek', offsets })
    await Promise.all(gone)
  }

  /** Every worker of the role has ended, one way or the other. */
  async finished(role: WorkerRole): Promise<void> {
    await Promise.all(this.#of(role).map(member => member.finished))
  }

  /** Ends the threads; clients under test may take a little time to leave their groups. */
  async terminate(graceMs = 0): Promise<void> {
    this.#tell(this.#members, { type: 'leave' })
    if (graceMs > 0) await this.#gone(graceMs)
    await Promise.all(this.#members.map(member => member.worker.terminate()))
  }

  async #gone(limitMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const tooLong = new Promise<void>(resolve => {
      timer = setTimeout(resolve, limitMs)
    })
    await Promise.race([Promise.all(this.#members.map(({ gone }) => gone)), tooLong]).finally(() => clearTimeout(timer))
  }

  #of(role: WorkerRole): Member[] {
    return this.#members.filter(member => member.role === role)
  }

  #tell(members: readonly Member[], message: ToWorker): void {
    for (const { worker } of members) worker.postMessage(message)
  }

  #enlist(task: WorkerTask, origin: ClockOrigin): Member {
    const memory = allocateSlots()
    const health = allocateHealth()
    const workerData: WorkerStart = { ...task, slots: memory, health, clock: origin }
    const worker = runsInThread(task.plan.driver)
      ? new InThreadWorker(workerData)
      : new Worker(this.#entry, { workerData, name: `millrace ${task.role} ${task.worker}` })
    const ready = Promise.withResolvers<void>()
    const finished = Promise.withResolvers<void>()
    const gone = Promise.withResolvers<void>()
    const member: Member = {
      role: task.role,
      index: task.worker,
      health: new HealthReader(health),
      worker,
      slots: new SlotReader(memory),
      memory,
      ready: ready.promise,
      finished: finished.promise,
      gone: gone.promise,
      finish: finished.resolve,
      outcome: { books: [], ledgers: [], positions: {}, reachedEnd: false },
    }
    worker.on('message', (message: FromWorker) => {
      if (message.type === 'ready') ready.resolve()
      this.#hear(member, message)
    })
    worker.on('error', error =>
      this.#fail({ code: 'INTERNAL', message: error.stack ?? error.message, hint: '', kafkaCode: undefined }),
    )
    worker.on('exit', () => {
      ready.resolve()
      finished.resolve()
      gone.resolve()
    })
    return member
  }

  #hear(member: Member, message: FromWorker): void {
    switch (message.type) {
      case 'retries':
        return this.#hooks.onRetries(member.role, message.byCode)
      case 'notice':
        return this.#hooks.onNotice(message.text)
      case 'measuring':
        return this.#hooks.onMeasuring?.(message.fromNs)
      case 'ownership':
        return this.#hooks.onOwnership?.(message.event)
      case 'committed':
        return this.#hooks.onCommit?.(message.isDone)
      case 'sought':
        return member.sought?.resolve()
      case 'positions':
        member.outcome = { ...member.outcome, positions: message.positions }
        return
      case 'done':
        member.outcome = message.outcome
        return member.finish()
      case 'failed':
        member.outcome = message.outcome
        this.#fail(message.error)
        return member.finish()
    }
  }

  #fail({ code, message, hint, kafkaCode }: PlainError): void {
    this.#failure ??= new MillraceError(code, message, {
      ...(hint === '' ? {} : { hint }),
      ...(kafkaCode === undefined ? {} : { kafkaCode }),
    })
    this.#failed.resolve()
    this.stop()
  }
}
