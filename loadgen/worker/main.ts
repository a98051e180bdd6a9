// The entry of a worker thread: wires clock, slots, connections and a loop together, and speaks the contract.

import { setTimeout as pause } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { makeClock } from '../../core/clock.ts'
import { MillraceError } from '../../core/errors.ts'
import { initProducerId, listOffsets } from '../../wire/admin.ts'
import { backoffMs } from '../../wire/backoff.ts'
import { Cluster } from '../../wire/cluster.ts'
import { type Connection, openConnection } from '../../wire/connection.ts'
import { noProducer } from '../../wire/record-batch/constants.ts'
import { SharedOffsets } from '../clock/shared-offsets.ts'
import { makeSchedule } from '../schedule/make.ts'
import type { Reading } from './batch-reader.ts'
import { BrokerLink } from './broker-link.ts'
import { ConsumeStreams } from './consume-streams.ts'
import type { FromWorker, Outcome, PlainError, Positions, ToWorker, WorkerStart } from './contract.ts'
import { HealthProbe } from './health-probe.ts'
import { HealthSlots } from './health-slots.ts'
import { LeaderLookup } from './leaders.ts'
import { ProduceLoop } from './produce-loop.ts'
import { RecordLimit } from './record-limit.ts'
import { WorkerSlots } from './slots.ts'

/** What another run of this host may have misread of the wall clock; it says so of its own (core/clock.ts) and does better. */
const othersWallErrorUs = 10

/** How often rare events (retries by code, positions) are told. */
const reportEveryMs = 500

const noOutcome: Outcome = { books: [], ledgers: [], positions: {}, reachedEnd: false }

interface Job {
  run(startNs: number, stopNs: number): Promise<void>
  stop(): void
  readUntil(endOffsets: readonly number[]): void
  positions(): Positions
  outcome(): Outcome
  close(): Promise<void>
}

const start = workerData as WorkerStart
const clock = makeClock(start.clock)
const slots = new WorkerSlots(start.slots)
const probe = new HealthProbe(new HealthSlots(start.health), clock)
const retries = new Map<string, number>()

const say = (message: FromWorker) => parentPort!.postMessage(message)
const onRetry = (code: string) => void retries.set(code, (retries.get(code) ?? 0) + 1)
const onNotice = (text: string) => say({ type: 'notice', text })

async function makeJob(cluster: Cluster): Promise<Job> {
  return start.role === 'produce' ? produceJob(cluster) : consumeJob(cluster)
}

async function produceJob(cluster: Cluster): Promise<Job> {
  const plan = start.plan.produce!
  const { client } = start.plan
  const reconnectRange = { initialMs: client.reconnectBackoffMs, maxMs: client.reconnectBackoffMaxMs }
  const producer = plan.idempotent
    ? await initProducerId(cluster)
    : { producerId: noProducer as number, producerEpoch: noProducer as number }
  const lookup = lookupIn(cluster)
  const link = {
    plan,
    topic: start.topic,
    ackTimeoutMs: Math.min(client.requestTimeoutMs, plan.deliveryTimeoutMs),
    reconnectPauseMs: (failures: number) => backoffMs(reconnectRange, failures, Math.random),
  }
  const loop = new ProduceLoop(
    {
      plan,
      topic: start.topic.name,
      leaders: start.leaders,
      stripe: { worker: start.worker, workers: start.plan.workers },
      seed: start.plan.seed,
      warmupMs: start.plan.warmupMs,
      ...(start.plan.warmupRecords === undefined ? {} : { warmupRecords: start.plan.warmupRecords }),
      run: start.run,
      ...(start.rate === undefined ? {} : { schedule: makeSchedule(start.rate, start.plan.seed) }),
      recordsMax: start.recordsMax,
      producer,
      retryBackoffMs: client.retryBackoffMs,
    },
    {
      clock,
      slots,
      makeLink: (brokerId, events) =>
        new BrokerLink(brokerId, { ...link, open: () => connect(cluster, brokerId, plan.inFlightMax) }, events),
      refreshLeaders: () => lookup.ask(),
      onRetry,
      onMeasuring: fromNs => say({ type: 'measuring', fromNs }),
    },
  )
  probe.waits = loop.waits
  return {
    run: (startNs, stopNs) => loop.run(startNs, stopNs),
    stop: () => loop.stop(),
    readUntil: () => {},
    positions: () => ({}),
    outcome: () => ({ ...noOutcome, books: loop.books() }),
    close: () => loop.close(),
  }
}

async function consumeJob(cluster: Cluster): Promise<Job> {
  const { plan, topic, leaders, assignments, recordLimit } = start
  const lookup = lookupIn(cluster)
  const isRoundtrip = plan.mode === 'roundtrip'
  const streams = new ConsumeStreams(
    {
      plan: plan.consume!,
      topic,
      leaders,
      assignments,
      reading: readingOf(start),
      retryBackoffMs: plan.client.retryBackoffMs,
    },
    {
      clock,
      slots,
      ...(recordLimit === undefined ? {} : { limit: new RecordLimit(recordLimit) }),
      connect: brokerId => connect(cluster, brokerId, 2),
      refreshLeaders: () => lookup.ask(),
      earliestOffset: async partition => {
        const found = await listOffsets(cluster, topic.name, [partition], 'earliest')
        return found.get(partition)!.offset
      },
      pause: ms => pause(ms),
      onRetry,
      onNotice,
    },
  )
  await streams.open()
  return {
    run: async (startNs, stopNs) => {
      // What is read before everything is counted would be read in no time.
      await pause((startNs - clock.nowNs()) / 1e6)
      // In a roundtrip the end comes with the offsets that the producers have left.
      const hasEnd = Number.isFinite(stopNs) && !isRoundtrip
      const timer = hasEnd ? setTimeout(() => streams.stop(), (stopNs - clock.nowNs()) / 1e6) : undefined
      await streams.run()
      clearTimeout(timer)
    },
    stop: () => streams.stop(),
    readUntil: endOffsets => streams.readUntil(endOffsets),
    positions: () => streams.positions,
    outcome: () => ({
      ...noOutcome,
      ledgers: streams.ledgers,
      positions: streams.positions,
      reachedEnd: streams.reachedEnd,
    }),
    close: () => streams.close(),
  }
}

/** A roundtrip starts to read before anything of it is written; elsewhere only the beginning of the log is a beginning. */
function readingOf({ plan, run, assignments, offsets, clock: { wallErrorUs = 0 } }: WorkerStart): Reading {
  const consume = plan.consume!
  if (consume.decode === 'headers' || consume.ignoreStamps) return { measureBy: 'nothing', startsAtZero: () => false }
  const isStamped = plan.produce?.stamp === 'value' || plan.produce?.stamp === 'header'
  if (plan.mode === 'roundtrip') {
    return { measureBy: isStamped ? 'stamp' : 'createTime', run: run.run, startsAtZero: () => true }
  }
  const whole = new Set(assignments.filter(({ startOffset }) => startOffset === 0).map(({ partition }) => partition))
  const sinceUs = clock.wallUsAt(clock.nowNs())
  return {
    ...{ measureBy: 'stamp', host: run.host, sinceUs, startsAtZero: partition => whole.has(partition) },
    hostErrorUs: wallErrorUs + othersWallErrorUs,
    ...(offsets === undefined ? {} : { offsets: new SharedOffsets(offsets) }),
  }
}

async function connect(cluster: Cluster, brokerId: number, inFlightMax: number): Promise<Connection> {
  const { brokers } = await cluster.metadata([start.topic.name], { allowCached: true })
  const broker = brokers.get(brokerId)
  if (broker !== undefined) return openConnection(broker, start.plan.client, { clock, inFlightMax })
  throw new MillraceError('BROKER_UNREACHABLE', `broker ${brokerId} is not in the cluster's metadata`, {
    retriable: true,
  })
}

const lookupIn = (cluster: Cluster) =>
  new LeaderLookup(cluster, start.topic, start.leaders.length, () => clock.nowNs() / 1e6)

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
      if (message.type === 'stop') return job.stop()
      if (message.type === 'until') return job.readUntil(message.endOffsets)
      void runJob(job, message).then(resolve)
    })
    say({ type: 'ready' })
  })
}

main().catch(error => {
  say({ type: 'failed', error: plain(error), outcome: noOutcome })
  parentPort!.close()
})
