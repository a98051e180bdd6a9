// A worker that consumes: the partitions that it was given, in two streams.
import { setTimeout as pause } from 'node:timers/promises'
import type { Clock } from '../../core/clock.ts'
import { listOffsets } from '../../wire/admin.ts'
import { SharedOffsets } from '../clock/shared-offsets.ts'
import { makeSchedule } from '../schedule/make.ts'
import type { Stripe } from '../schedule/schedule.ts'
import type { ConsumeLoopDeps } from './consume-loop.ts'
import { ConsumeStreams } from './consume-streams.ts'
import type { WorkerStart } from './contract.ts'
import { connectTo, type Job, type JobContext, leaderLookup, noOutcome } from './job.ts'
import { ReadPace } from './read-pace.ts'
import { ReadPositions } from './read-positions.ts'
import { RecordLimit } from './record-limit.ts'
import type { Reading } from './record-times.ts'
import { WorkTime } from './work-time.ts'

/** What another run of this host may have misread of the wall clock; it says so of its own (core/clock.ts) and does better. */
const othersWallErrorUs = 10

export async function consumeJob(context: JobContext): Promise<Job> {
  const { start, clock } = context
  const { plan, topic, leaders, assignments } = start
  const isRoundtrip = plan.mode === 'roundtrip'
  const pace = paceOf(context, { worker: start.worker, workers: plan.workers })
  const streams = new ConsumeStreams(
    {
      plan: plan.consume!,
      topic,
      leaders,
      assignments,
      reading: readingOf(start, clock),
      retryBackoffMs: plan.client.retryBackoffMs,
    },
    consumerDeps(context, pace),
  )
  await streams.open()
  return {
    run: async (startNs, stopNs) => {
      // What is read before everything is counted would be read in no time.
      await pause(Math.max(0, startNs - clock.nowNs()) / 1e6)
      pace?.begin(startNs)
      // In a roundtrip the end comes with the offsets that the producers have left.
      const hasEnd = Number.isFinite(stopNs) && !isRoundtrip
      const timer = hasEnd ? setTimeout(() => streams.stop(), (stopNs - clock.nowNs()) / 1e6) : undefined
      await streams.run()
      clearTimeout(timer)
    },
    hear: message => {
      tell(streams, message)
      if (message.type === 'seek') context.say({ type: 'sought' })
    },
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

/** Undefined: it reads as fast as it can. */
export function paceOf({ start: { plan }, clock }: JobContext, stripe: Stripe): ReadPace | undefined {
  const { rate } = plan.consume!
  return rate && new ReadPace(makeSchedule(rate, plan.seed), stripe, clock, ms => pause(ms))
}

/** What a consumer of this worker does its work with. */
export function consumerDeps(context: JobContext, pace: ReadPace | undefined): ConsumeLoopDeps {
  const { start, clock, slots, cluster, onRetry, onNotice } = context
  const { topic, recordLimit, readPositions } = start
  const work = start.plan.consume!.process
  const lookup = leaderLookup(context)
  return {
    ...{ clock, slots, onRetry, onNotice },
    ...(recordLimit === undefined ? {} : { limit: new RecordLimit(recordLimit) }),
    ...(readPositions === undefined ? {} : { readPositions: new ReadPositions(readPositions) }),
    ...(pace === undefined ? {} : { pace }),
    ...(work === undefined ? {} : { work: new WorkTime(work, clock, ms => pause(ms)) }),
    connect: brokerId => connectTo(context, brokerId, 2),
    refreshLeaders: () => lookup.ask(),
    earliestOffset: async partition => {
      const found = await listOffsets(cluster, topic.name, [partition], 'earliest')
      return found.get(partition)!.offset
    },
    pause: ms => pause(ms),
  }
}

export function tell(streams: ConsumeStreams, message: Parameters<Job['hear']>[0]): void {
  switch (message.type) {
    case 'stop':
      return streams.stop()
    case 'until':
      return streams.readUntil(message.endOffsets)
    case 'pause':
      return streams.pause()
    case 'resume':
      return streams.resume()
    case 'seek':
      return streams.seek(message.offsets)
  }
}

/** A roundtrip starts to read before anything of it is written; elsewhere only the beginning of the log is a beginning. */
export function readingOf(
  { plan, run, assignments, offsets, clock: { wallErrorUs = 0 } }: WorkerStart,
  clock: Clock,
): Reading {
  const consume = plan.consume!
  if (consume.decode === 'headers' || consume.ignoreStamps) return { measureBy: 'nothing', startsAtZero: () => false }
  const isStamped = plan.produce?.stamp === 'value' || plan.produce?.stamp === 'header'
  if (plan.mode === 'roundtrip') {
    return { measureBy: isStamped ? 'stamp' : 'createTime', run: run.run, startsAtZero: () => true }
  }
  const whole = new Set(assignments.filter(({ startOffset }) => startOffset === 0).map(({ partition }) => partition))
  // Books tell what lies before: then nothing has to be guessed from the first record that comes.
  const hasBooks = consume.books !== undefined
  const sinceUs = clock.wallUsAt(clock.nowNs())
  return {
    ...{ measureBy: 'stamp', host: run.host, sinceUs, startsAtZero: partition => hasBooks || whole.has(partition) },
    hostErrorUs: wallErrorUs + othersWallErrorUs,
    ...(offsets === undefined ? {} : { offsets: new SharedOffsets(offsets) }),
  }
}
