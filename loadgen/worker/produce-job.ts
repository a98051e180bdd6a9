// A worker that produces: its loop, over connections of its own.
import { initProducerId } from '../../wire/admin.ts'
import { backoffMs } from '../../wire/backoff.ts'
import { noProducer } from '../../wire/record-batch/constants.ts'
import type { ProducePlan } from '../plan.ts'
import { makeSchedule } from '../schedule/make.ts'
import { BrokerLink } from './broker-link.ts'
import type { WorkerStart } from './contract.ts'
import type { HealthProbe } from './health-probe.ts'
import { connectTo, type Job, type JobContext, leaderLookup, noOutcome } from './job.ts'
import { ProduceLoop } from './produce-loop.ts'
import type { ProduceLoopDeps, ProduceLoopSettings } from './produce-settings.ts'

export async function produceJob(context: JobContext, probe: Pick<HealthProbe, 'waits'>): Promise<Job> {
  const { start, cluster } = context
  const plan = start.plan.produce!
  const { client } = start.plan
  const reconnectRange = { initialMs: client.reconnectBackoffMs, maxMs: client.reconnectBackoffMaxMs }
  const producer = plan.idempotent
    ? await initProducerId(cluster)
    : { producerId: noProducer as number, producerEpoch: noProducer as number }
  const link = {
    plan,
    topic: start.topic,
    ackTimeoutMs: Math.min(client.requestTimeoutMs, plan.deliveryTimeoutMs),
    reconnectPauseMs: (failures: number) => backoffMs(reconnectRange, failures, Math.random),
  }
  return producing(context, probe, {
    plan,
    producer,
    makeLink: (brokerId, events) =>
      new BrokerLink(brokerId, { ...link, open: () => connectTo(context, brokerId, plan.inFlightMax) }, events),
  })
}

export interface Producing extends Pick<ProduceLoopSettings, 'plan' | 'producer'>, Pick<ProduceLoopDeps, 'makeLink'> {}

/** The loop of a producer as a job, whatever client takes its batches. */
export function producing(context: JobContext, probe: Pick<HealthProbe, 'waits'>, own: Producing): Job {
  const { start, clock, slots } = context
  const { plan, producer, makeLink } = own
  const lookup = leaderLookup(context)
  const loop = new ProduceLoop(
    { ...producingOf(start, plan), producer },
    {
      clock,
      slots,
      makeLink,
      refreshLeaders: () => lookup.ask(),
      onRetry: context.onRetry,
      onMeasuring: fromNs => context.say({ type: 'measuring', fromNs }),
    },
  )
  probe.waits = loop.waits
  return {
    run: (startNs, stopNs) => loop.run(startNs, stopNs),
    hear: ({ type }) => {
      if (type === 'stop') loop.stop()
    },
    positions: () => ({}),
    outcome: () => ({ ...noOutcome, books: loop.books() }),
    close: () => loop.close(),
  }
}

const producingOf = (start: WorkerStart, plan: ProducePlan): Omit<ProduceLoopSettings, 'producer'> => ({
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
  retryBackoffMs: start.plan.client.retryBackoffMs,
})
