// A worker whose consumers handle what they read: read-process-write, dead letters. Each is a member of the group.
import { setTimeout as pause } from 'node:timers/promises'
import { makeRandom } from '../../core/random.ts'
import type { Cluster } from '../../wire/cluster.ts'
import type { HandlingPlan } from '../plan.ts'
import { ProcessConsumer } from '../process/consumer.ts'
import { ProcessLife } from '../process/life.ts'
import { LogReader } from '../process/log-reader.ts'
import { ProcessOutput } from '../process/output.ts'
import { Restamper } from '../process/restamp.ts'
import { ProcessTally } from '../process/tally.ts'
import { transactionalIdOf } from '../transactional-id.ts'
import { paceOf, readingOf } from './consume-job.ts'
import type { Ownership } from './contract.ts'
import { type Job, type JobContext, noOutcome } from './job.ts'
import { ReadPositions } from './read-positions.ts'

const deliveryTimeoutMs = 120_000

export async function processJob(context: JobContext, handling: HandlingPlan): Promise<Job> {
  const { start, clock, cluster } = context
  const partitionsOf = await countPartitions(cluster, [handling.forwardTo, handling.deadLetterTo])
  const parts = { handling, partitionsOf }
  const consumers = await Promise.all(start.consumers!.map(index => makeConsumer(context, parts, index)))
  const stop = () => {
    for (const { consumer } of consumers) consumer.stop()
  }
  return {
    run: async (startNs, stopNs) => {
      await pause(Math.max(0, startNs - clock.nowNs()) / 1e6)
      for (const { pace } of consumers) pace?.begin(startNs)
      const timer = Number.isFinite(stopNs) ? setTimeout(stop, Math.max(0, stopNs - clock.nowNs()) / 1e6) : undefined
      // One that fails stops the others.
      const ends = await Promise.allSettled(consumers.map(({ consumer }) => consumer.run().finally(stop)))
      clearTimeout(timer)
      for (const end of ends) if (end.status === 'rejected') throw end.reason
    },
    hear: message => {
      if (message.type === 'stop') stop()
      if (message.type !== 'member') return
      const found = consumers.find(({ index }) => index === message.consumer)
      void found?.consumer[message.does]()
    },
    positions: () => Object.assign({}, ...consumers.map(({ consumer }) => consumer.positions)),
    outcome: () => ({
      ...noOutcome,
      ledgers: consumers.map(({ tally }) => tally.ledger),
      positions: Object.assign({}, ...consumers.map(({ consumer }) => consumer.positions)),
    }),
    close: async () => {},
  }
}

async function countPartitions(cluster: Cluster, topics: readonly (string | undefined)[]) {
  const counts = new Map<string, number>()
  for (const topic of topics) {
    if (topic !== undefined) counts.set(topic, (await cluster.retry(() => cluster.topic(topic))).partitions.length)
  }
  return (topic: string) => counts.get(topic)!
}

interface Parts {
  readonly handling: HandlingPlan
  readonly partitionsOf: (topic: string) => number
}

async function makeConsumer(context: JobContext, { handling, partitionsOf }: Parts, index: number) {
  const { start, clock, slots, cluster } = context
  const { plan, topic, run } = start
  const consume = plan.consume!
  const members = consume.members!
  const onOwnership = (event: Ownership) => context.say({ type: 'ownership', event })
  /** Partitions that are read from their first record on. */
  const whole = new Set<number>()
  const reading = { ...readingOf(start, clock), startsAtZero: (partition: number) => whole.has(partition) }
  const readPositions = new ReadPositions(start.readPositions!)
  const pace = paceOf(context, { worker: index, workers: members.consumers })
  const tally = new ProcessTally(reading, { clock, slots, readPositions })
  const { transactions } = handling
  const life = {
    ...{ groupId: consume.group!, topic: topic.name, commitIntervalMs: members.commitIntervalMs },
    handler: { plan: handling, seed: plan.seed, run: run.run, topic: topic.name, partitionsOf },
    ...{ recordMs: consume.process!.recordMs, batchMs: consume.process!.batchMs },
    fetchMaxWaitMs: consume.fetchMaxWaitMs,
    ...(transactions === undefined ? {} : { transactions }),
  }
  const outputs = {
    ...{ compression: handling.compression, deliveryTimeoutMs },
    ...(transactions === undefined
      ? {}
      : {
          transactional: {
            transactionalId: transactionalIdOf(transactions, index),
            timeoutMs: transactions.timeoutMs,
          },
        }),
  }
  let lives = 0
  const nowUs = () => clock.wallUsAt(clock.nowNs())
  const consumer = new ProcessConsumer(
    {
      ...{ client: plan.client, group: consume.group!, topic: topic.name, plan: members, index },
      startOffsets: start.startOffsets!,
    },
    {
      ...{ cluster, nowNs: clock.nowNs, onOwnership },
      onStart: (partition, offset) => void (offset === 0 && whole.add(partition)),
      begin: async onFetching =>
        new ProcessLife(life, {
          reader: new LogReader(cluster, topic.name, consume),
          output: await ProcessOutput.open(cluster, outputs),
          ...{ tally, onFetching, nowNs: clock.nowNs, onNotice: context.onNotice },
          // Of each life another producer, whose numbers begin anew.
          restamper: new Restamper(run, index + members.consumers * lives++, nowUs),
          random: makeRandom(plan.seed, index),
          wallMs: () => Math.floor(nowUs() / 1000),
          pause: ms => pause(ms),
          ...(pace === undefined ? {} : { pace }),
          onCommit: isDone => context.say({ type: 'committed', isDone }),
        }),
    },
  )
  await consumer.join()
  return { index, consumer, tally, pace }
}
