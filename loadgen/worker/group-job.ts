// A worker that consumes as one or more members of a group: each with streams and connections of its own.
import { setTimeout as pause } from 'node:timers/promises'
import { consumerDeps, paceOf, readingOf, tell } from './consume-job.ts'
import { ConsumeStreams } from './consume-streams.ts'
import type { Ownership } from './contract.ts'
import { GroupConsumer } from './group-consumer.ts'
import { type Job, type JobContext, noOutcome } from './job.ts'

export async function groupJob(context: JobContext): Promise<Job> {
  const { start } = context
  const consumers = await Promise.all(start.consumers!.map(index => makeConsumer(context, index)))
  const streams = consumers.map(each => each.streams)
  const stop = () => {
    for (const each of streams) each.stop()
  }
  return {
    run: async (startNs, stopNs) => {
      await pause(Math.max(0, startNs - context.clock.nowNs()) / 1e6)
      for (const { pace } of consumers) pace?.begin(startNs)
      const hasEnd = Number.isFinite(stopNs) && start.plan.mode !== 'roundtrip'
      const timer = hasEnd ? setTimeout(stop, Math.max(0, stopNs - context.clock.nowNs()) / 1e6) : undefined
      // One that fails stops the others.
      const ends = await Promise.allSettled(consumers.map(({ consumer }) => consumer.run().catch(failed(stop))))
      clearTimeout(timer)
      for (const end of ends) if (end.status === 'rejected') throw end.reason
    },
    hear: message => {
      if (message.type === 'member') {
        const found = consumers.find(({ index }) => index === message.consumer)
        return void found?.consumer[message.does]()
      }
      for (const each of streams) tell(each, message)
      if (message.type === 'seek') context.say({ type: 'sought' })
    },
    positions: () => Object.assign({}, ...consumers.map(({ consumer }) => consumer.positions)),
    outcome: () => ({ ...noOutcome, ledgers: streams.flatMap(each => each.ledgers) }),
    close: async () => {
      await Promise.all(streams.map(each => each.close()))
    },
  }
}

const failed = (stop: () => void) => (error: unknown) => {
  stop()
  throw error
}

async function makeConsumer(context: JobContext, index: number) {
  const { start, clock, cluster } = context
  const { plan, topic, leaders } = start
  const consume = plan.consume!
  const onOwnership = (event: Ownership) => context.say({ type: 'ownership', event })
  const pace = paceOf(context, { worker: index, workers: consume.members!.consumers })
  /** Partitions that are read from their first record on. */
  const whole = new Set<number>()
  const streams = new ConsumeStreams(
    {
      ...{ plan: consume, topic, leaders, assignments: [], isOpenEnded: true },
      reading: {
        ...readingOf(start, clock),
        ...(plan.mode !== 'roundtrip' && { startsAtZero: each => whole.has(each) }),
      },
      retryBackoffMs: plan.client.retryBackoffMs,
    },
    {
      ...consumerDeps(context, pace),
      onFetching: partition =>
        onOwnership({ what: 'fetching', partitions: [partition], consumer: index, ns: clock.nowNs() }),
    },
  )
  const consumer = new GroupConsumer(
    {
      ...{ client: plan.client, group: consume.group!, topic: topic.name, plan: consume.members!, index },
      startOffsets: start.startOffsets!,
      isFromStart: plan.mode === 'roundtrip',
    },
    {
      ...{ cluster, streams, nowNs: clock.nowNs, onOwnership, onNotice: context.onNotice },
      onStart: (partition, offset) => void (offset === 0 && whole.add(partition)),
      onCommit: isDone => context.say({ type: 'committed', isDone }),
    },
  )
  await consumer.join()
  return { index, streams, consumer, pace }
}
