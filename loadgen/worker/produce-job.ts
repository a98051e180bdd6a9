// A worker that produces: its loop, over connections of its own.
import { initProducerId } from '../../wire/admin.ts'
import { backoffMs } from '../../wire/backoff.ts'
import { noProducer } from '../../wire/record-batch/constants.ts'
import { isAbortable, TransactionalProducer } from '../../wire/transactions.ts'
import type { ProducePlan } from '../plan.ts'
import { makeSchedule } from '../schedule/make.ts'
import { transactionalIdOf } from '../transactional-id.ts'
import type { ProducerIdentity } from './batch-builder.ts'
import { BrokerLink } from './broker-link.ts'
import type { WorkerStart } from './contract.ts'
import type { HealthProbe } from './health-probe.ts'
import { connectTo, type Job, type JobContext, leaderLookup, noOutcome } from './job.ts'
import { ProduceLoop } from './produce-loop.ts'
import type { ProduceLoopDeps, ProduceLoopSettings } from './produce-settings.ts'
import { type CycleOf, type TransactionClient, TransactionCycle } from './transaction-cycle.ts'

export async function produceJob(context: JobContext, probe: Pick<HealthProbe, 'waits'>): Promise<Job> {
  const { start } = context
  const plan = start.plan.produce!
  const { client } = start.plan
  const reconnectRange = { initialMs: client.reconnectBackoffMs, maxMs: client.reconnectBackoffMaxMs }
  const transactional = await transactionalOf(context, plan)
  const producer = transactional?.identity ?? (await identityOf(context, plan))
  const link = {
    plan,
    topic: start.topic,
    ackTimeoutMs: Math.min(client.requestTimeoutMs, plan.deliveryTimeoutMs),
    reconnectPauseMs: (failures: number) => backoffMs(reconnectRange, failures, Math.random),
    ...(transactional === undefined ? {} : { transactional }),
  }
  return producing(context, probe, {
    plan,
    producer,
    ...(transactional === undefined ? {} : { transactions: clientOf(transactional, start.topic.name) }),
    makeLink: (brokerId, events) =>
      new BrokerLink(brokerId, { ...link, open: () => connectTo(context, brokerId, plan.inFlightMax) }, events),
  })
}

const identityOf = async ({ cluster }: JobContext, { idempotent }: ProducePlan): Promise<ProducerIdentity> =>
  idempotent ? await initProducerId(cluster) : { producerId: noProducer, producerEpoch: noProducer }

async function transactionalOf({ start, cluster }: JobContext, { transactions }: ProducePlan) {
  if (transactions === undefined) return undefined
  const transactionalId = transactionalIdOf(transactions, start.worker)
  return TransactionalProducer.open(cluster, { transactionalId, timeoutMs: transactions.timeoutMs })
}

const clientOf = (producer: TransactionalProducer, topic: string): TransactionClient => ({
  announces: producer.announces,
  get identity() {
    return producer.identity
  },
  addPartitions: partitions => producer.addPartitions(topic, partitions),
  end: (how, wasWritten, timeoutMs) => producer.end(how, wasWritten, timeoutMs),
  renew: () => producer.renew(),
  isAbortable,
})

export interface Producing extends Pick<ProduceLoopSettings, 'plan' | 'producer'>, Pick<ProduceLoopDeps, 'makeLink'> {
  /** Present where the plan has transactions. */
  readonly transactions?: TransactionClient
}

/** The loop of a producer as a job, whatever client takes its batches. */
export function producing(context: JobContext, probe: Pick<HealthProbe, 'waits'>, own: Producing): Job {
  const { start, clock, slots } = context
  const { plan, producer, makeLink, transactions: client } = own
  const { transactions } = plan
  const lookup = leaderLookup(context)
  const loop = new ProduceLoop(
    { ...producingOf(start, plan), producer },
    {
      clock,
      slots,
      makeLink,
      ...(transactions === undefined || client === undefined
        ? {}
        : {
            transactions: (of: CycleOf) => {
              const { seed } = start.plan
              const deps = { plan: transactions, client, seed, worker: start.worker, slots, nowNs: clock.nowNs }
              return new TransactionCycle({ ...deps, onNotice: context.onNotice }, of)
            },
          }),
      refreshLeaders: () => lookup.ask(),
      onRetry: context.onRetry,
      onMeasuring: fromNs => context.say({ type: 'measuring', fromNs }),
    },
  )
  probe.waits = loop.waits
  return {
    run: async (startNs, stopNs) => {
      try {
        await loop.run(startNs, stopNs)
      } catch (error) {
        await loop.giveUp()
        throw error
      }
    },
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
