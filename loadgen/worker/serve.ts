// A worker from its start to its end: wires clock, slots and a job together, and speaks the contract over its port.
import type { MessagePort } from 'node:worker_threads'
import { makeClock } from '../../core/clock.ts'
import { MillraceError } from '../../core/errors.ts'
import { Cluster } from '../../wire/cluster.ts'
import { consumeJob } from './consume-job.ts'
import type { FromWorker, PlainError, ToWorker, WorkerStart } from './contract.ts'
import { driverJob } from './driver-job.ts'
import { groupJob } from './group-job.ts'
import { HealthProbe } from './health-probe.ts'
import { HealthSlots } from './health-slots.ts'
import { type Job, type JobContext, noOutcome } from './job.ts'
import { processJob } from './process-job.ts'
import { produceJob } from './produce-job.ts'
import { WorkerSlots } from './slots.ts'

/** How often rare events (retries by code, positions) are told. */
const reportEveryMs = 500

export type WorkerPort = Pick<MessagePort, 'postMessage' | 'on' | 'close'>

/** Resolves when the worker has nothing more to do; what went wrong is told over the port. */
export async function serve(start: WorkerStart, port: WorkerPort): Promise<void> {
  const worker = new ServingWorker(start, port)
  try {
    await worker.serve()
  } catch (error) {
    worker.failed(error)
  }
  port.close()
}

class ServingWorker {
  readonly #start: WorkerStart
  readonly #port: WorkerPort
  readonly #context: Omit<JobContext, 'cluster'>
  readonly #probe: HealthProbe
  readonly #retries = new Map<string, number>()
  /** All workers have finished. */
  readonly #dismissed = Promise.withResolvers<void>()

  constructor(start: WorkerStart, port: WorkerPort) {
    this.#start = start
    this.#port = port
    const clock = makeClock(start.clock)
    this.#probe = new HealthProbe(new HealthSlots(start.health), clock)
    this.#context = {
      ...{ start, clock, slots: new WorkerSlots(start.slots), say: message => this.#say(message) },
      onRetry: code => void this.#retries.set(code, (this.#retries.get(code) ?? 0) + 1),
      onNotice: text => this.#say({ type: 'notice', text }),
    }
  }

  async serve(): Promise<void> {
    const cluster = await Cluster.connect(this.#start.plan.client)
    try {
      await this.#takeUp(await this.#makeJob({ ...this.#context, cluster }))
    } finally {
      // An open connection would keep the thread alive, and the run would wait for it.
      await cluster.close()
    }
  }

  failed(error: unknown): void {
    this.#say({ type: 'failed', error: plain(error), outcome: noOutcome })
  }

  #makeJob(context: JobContext): Promise<Job> {
    const { plan, role } = this.#start
    if (plan.driver !== undefined) return driverJob(context, this.#probe, plan.driver)
    if (role === 'produce') return produceJob(context, this.#probe)
    const handling = plan.consume?.process?.handling
    if (handling !== undefined) return processJob(context, handling)
    return this.#start.consumers === undefined ? consumeJob(context) : groupJob(context)
  }

  #say(message: FromWorker): void {
    this.#port.postMessage(message)
  }

  // ---- the conversation ----

  /** Resolves when the job is done, one way or the other. */
  #takeUp(job: Job): Promise<void> {
    return new Promise(resolve => {
      this.#port.on('message', (message: ToWorker) => {
        if (message.type === 'leave') return this.#dismissed.resolve()
        if (message.type !== 'start') return job.hear(message)
        void this.#run(job, message).then(resolve)
      })
      this.#say({ type: 'ready' })
    })
  }

  async #run(job: Job, { startNs, stopNs }: { startNs: number; stopNs: number }): Promise<void> {
    const reporter = setInterval(() => this.#report(job), reportEveryMs)
    try {
      await job.run(startNs, stopNs)
      await job.close()
      this.#report(job)
      this.#probe.stop()
      this.#say({ type: 'done', outcome: job.outcome() })
      await this.#leave(job)
    } catch (error) {
      this.#report(job)
      this.#say({ type: 'failed', error: plain(error), outcome: job.outcome() })
      await job.close().catch(() => {})
    } finally {
      clearInterval(reporter)
    }
  }

  /** What fails after everything is counted fails nothing. */
  async #leave(job: Job): Promise<void> {
    if (job.leave === undefined) return
    await this.#dismissed.promise
    await job.leave().catch(error => this.#context.onNotice(`the client was not closed: ${(error as Error).message}`))
  }

  #report(job: Job): void {
    if (this.#retries.size > 0) this.#say({ type: 'retries', byCode: Object.fromEntries(this.#retries) })
    this.#retries.clear()
    if (this.#start.role === 'consume') this.#say({ type: 'positions', positions: job.positions() })
  }
}

function plain(error: unknown): PlainError {
  if (error instanceof MillraceError) {
    const { code, message, hint, kafkaCode } = error
    return { code, message, hint, kafkaCode }
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return { code: 'INTERNAL', message, hint: '', kafkaCode: undefined }
}
