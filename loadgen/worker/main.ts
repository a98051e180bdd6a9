// The entry of a worker thread: wires clock, slots and a job together, and speaks the contract.
import { parentPort, workerData } from 'node:worker_threads'
import { makeClock } from '../../core/clock.ts'
import { MillraceError } from '../../core/errors.ts'
import { Cluster } from '../../wire/cluster.ts'
import { consumeJob } from './consume-job.ts'
import type { FromWorker, PlainError, ToWorker, WorkerStart } from './contract.ts'
import { HealthProbe } from './health-probe.ts'
import { HealthSlots } from './health-slots.ts'
import { type Job, noOutcome } from './job.ts'
import { produceJob } from './produce-job.ts'
import { WorkerSlots } from './slots.ts'

/** How often rare events (retries by code, positions) are told. */
const reportEveryMs = 500

const start = workerData as WorkerStart
const clock = makeClock(start.clock)
const slots = new WorkerSlots(start.slots)
const probe = new HealthProbe(new HealthSlots(start.health), clock)
const retries = new Map<string, number>()

const say = (message: FromWorker) => parentPort!.postMessage(message)
const onRetry = (code: string) => void retries.set(code, (retries.get(code) ?? 0) + 1)
const onNotice = (text: string) => say({ type: 'notice', text })

async function makeJob(cluster: Cluster): Promise<Job> {
  const context = { start, clock, slots, cluster, say, onRetry, onNotice }
  return start.role === 'produce' ? produceJob(context, probe) : consumeJob(context)
}

// ---- the conversation ----

function report(job: Job): void {
  if (retries.size > 0) say({ type: 'retries', byCode: Object.fromEntries(retries) })
  retries.clear()
  if (start.role === 'consume') say({ type: 'positions', positions: job.positions() })
}

async function runJob(job: Job, { startNs, stopNs }: { startNs: number; stopNs: number }): Promise<void> {
  const reporter = setInterval(() => report(job), reportEveryMs)
  try {
    await job.run(startNs, stopNs)
    await job.close()
    report(job)
    probe.stop()
    say({ type: 'done', outcome: job.outcome() })
  } catch (error) {
    report(job)
    say({ type: 'failed', error: plain(error), outcome: job.outcome() })
    await job.close().catch(() => {})
  } finally {
    clearInterval(reporter)
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

async function main(): Promise<void> {
  const cluster = await Cluster.connect(start.plan.client)
  try {
    await takeUp(await makeJob(cluster))
  } catch (error) {
    // An open connection would keep the thread alive, and the run would wait for it.
    await cluster.close()
    throw error
  }
  await cluster.close()
  parentPort!.close()
}

/** Resolves when the job is done, one way or the other. */
function takeUp(job: Job): Promise<void> {
  return new Promise(resolve => {
    parentPort!.on('message', (message: ToWorker) => {
      if (message.type !== 'start') return job.hear(message)
      void runJob(job, message).then(resolve)
    })
    say({ type: 'ready' })
  })
}

main().catch(error => {
  say({ type: 'failed', error: plain(error), outcome: noOutcome })
  parentPort!.close()
})
