// What a worker does when another client than wire is under test: the same loop that paces, builds, settles and keeps the
// books, or the same counting of what was read, with the client in between.
import { setTimeout as pause } from 'node:timers/promises'
import type { MillraceError } from '../../core/errors.ts'
import { noProducer } from '../../wire/record-batch/constants.ts'
import type { DriverProducer } from '../driver.ts'
import { driverError } from '../drivers/errors.ts'
import { batchesItself } from '../drivers/honours.ts'
import { loadDriver } from '../drivers/load.ts'
import type { DriverName, ProducePlan } from '../plan.ts'
import { readingOf } from './consume-job.ts'
import { DriverLink } from './driver-link.ts'
import { DriverReader } from './driver-reader.ts'
import type { HealthProbe } from './health-probe.ts'
import { type Job, type JobContext, noOutcome } from './job.ts'
import { producing } from './produce-job.ts'
import { RecordLimit } from './record-limit.ts'
import type { TransactionClient } from './transaction-cycle.ts'

export const driverJob = (context: JobContext, probe: Pick<HealthProbe, 'waits'>, name: DriverName): Promise<Job> =>
  context.start.role === 'produce' ? produceJob(context, probe, name) : consumeJob(context, name)

/** The client compresses, and numbers the records of an idempotent producer. */
async function produceJob(context: JobContext, probe: Pick<HealthProbe, 'waits'>, name: DriverName): Promise<Job> {
  const { start } = context
  const plan = start.plan.produce!
  const { topic, worker } = start
  const errorOf = (error: unknown) => driverError(name, error, `topic '${topic.name}'`)
  const driver = await loadDriver(name)
  const opening = { client: start.plan.client, topic: topic.name, worker, plan }
  const producer = await driver.openProducer(opening).catch(error => Promise.reject(errorOf(error)))
  const handOver = handOverPlan(name, plan)
  const job = producing(context, probe, {
    plan: handOver,
    producer: noIdentity,
    ...(plan.transactions === undefined ? {} : { transactions: clientOf(producer, errorOf) }),
    makeLink: (brokerId, events) => new DriverLink(brokerId, { plan: handOver, producer, errorOf }, events),
  })
  return { ...job, leave: () => producer.close() }
}

const noIdentity = { producerId: noProducer, producerEpoch: noProducer }

/** The client announces partitions by itself, and goes on with the identity that it has. */
const clientOf = (producer: DriverProducer, errorOf: (error: unknown) => MillraceError): TransactionClient => ({
  identity: noIdentity,
  announces: false,
  addPartitions: async () => {},
  async end(how) {
    await producer.endTransaction(how).catch(error => Promise.reject(errorOf(error)))
    return 1
  },
  renew: async () => {},
  // What a client has given up on, it may not go on from.
  isAbortable: () => false,
})

/**
 * What the loop makes of the plan: the client compresses. One that batches by itself gets records as they are made, and as many
 * as there is memory for.
 */
function handOverPlan(name: DriverName, plan: ProducePlan): ProducePlan {
  const uncompressed = { ...plan, compression: 'none' } as const
  if (batchesItself(name)) return { ...uncompressed, lingerMs: 0, inFlightMax: handOversMax }
  // Sends that are under way side by side may overtake each other inside of these clients.
  return plan.idempotent ? { ...uncompressed, inFlightMax: 1 } : uncompressed
}

/** More only lets records age in the client's queue: of a thousand records each, flat out. */
const handOversMax = 64
/** Ages and lag, in the slots that the main thread reads once a second. */
const flushEveryMs = 100

async function consumeJob({ start, clock, slots }: JobContext, name: DriverName): Promise<Job> {
  const { plan, topic, worker, assignments, recordLimit } = start
  const driver = await loadDriver(name)
  const limit = recordLimit === undefined ? {} : { limit: new RecordLimit(recordLimit) }
  const reader = new DriverReader(readingOf(start, clock), assignments, { clock, slots, ...limit })
  const failure = Promise.withResolvers<never>()
  // Whoever waits for it hears of it; before that it must not end the thread.
  failure.promise.catch(() => {})
  const errorOf = (error: unknown) => driverError(name, error, `topic '${topic.name}'`)
  const failed = (error: unknown) => failure.reject(errorOf(error))
  const opening = { client: plan.client, topic: topic.name, worker, plan: plan.consume! }
  const consumer = await driver
    .openConsumer({ ...opening, assignments, sink: reader, failed })
    .catch(error => Promise.reject(errorOf(error)))
  return {
    async run(startNs, stopNs) {
      await pause(Math.max(0, startNs - clock.nowNs()) / 1e6)
      const hasEnd = Number.isFinite(stopNs) && plan.mode !== 'roundtrip'
      const timer = hasEnd ? setTimeout(() => reader.stop(), (stopNs - clock.nowNs()) / 1e6) : undefined
      const flusher = setInterval(() => reader.flush(), flushEveryMs)
      try {
        consumer.start()
        await Promise.race([reader.done, failure.promise])
      } finally {
        clearInterval(flusher)
        clearTimeout(timer)
      }
    },
    hear(message) {
      if (message.type === 'stop') reader.stop()
      if (message.type === 'until') reader.readUntil(message.endOffsets)
    },
    positions: () => Object.fromEntries(reader.positions),
    outcome: () => ({
      ...noOutcome,
      ledgers: [reader.ledger],
      positions: Object.fromEntries(reader.positions),
      reachedEnd: reader.reachedEnd,
    }),
    close: () => consumer.commit().catch(error => Promise.reject(errorOf(error))),
    leave: () => consumer.close(),
  }
}
