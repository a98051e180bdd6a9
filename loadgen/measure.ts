// Follows a run while it works: closes a window every second and at the edges of warm-up and measured time, tells the
// hooks, and sees to the end: by time, by count, by the end of the log, by the user, or because nothing moves any more.
import type { Clock } from '../core/clock.ts'
import type { Auditor } from './audit/auditor.ts'
import { committedSoFar } from './committer.ts'
import type { Crew } from './crew.ts'
import type { Meter } from './meter.ts'
import type { BenchPlan } from './plan.ts'
import type { Progress, RunHooks } from './progress.ts'
import type { Tally } from './summary.ts'
import { Ticks } from './ticks.ts'
import type { ThresholdWatch } from './verdict/thresholds/watch.ts'

const windowMsDefault = 1_000
/** How often a record limit of a consuming run is looked at. */
const limitCheckMs = 50
/** A consumer that waits for records that must be there gives up after this long without any. */
const idleNsMax = 15e9
/** The partitions of a member that was killed belong to nobody until its session is over; by default that takes 45 s. */
const killedNsMax = 60e9
const idleMaxOf = ({ consume }: BenchPlan) => (consume?.members?.churn?.how === 'kill' ? killedNsMax : idleNsMax)
/** Timers may fire a little early; an edge that close counts as reached. */
const edgeSlackNs = 2e6

export interface MeasureSettings {
  readonly plan: BenchPlan
  readonly crew: Pick<Crew, 'stop' | 'readUntil' | 'finished' | 'failure'>
  readonly meter: Meter
  readonly auditor?: Pick<Auditor, 'close' | 'loopLateMs'>
  readonly clock: Clock
  readonly startNs: number
  readonly hooks: RunHooks
  readonly tally: Tally
  readonly signal: AbortSignal | undefined
  readonly thresholds?: Pick<ThresholdWatch, 'check' | 'states'> | undefined
  /** Length of a window; a second when left out. */
  readonly windowMs?: number | undefined
  /** End offset of every partition, for a roundtrip: what the producers have left is read to its end. */
  readEndOffsets(): Promise<readonly number[]>
}

export async function measure(settings: MeasureSettings): Promise<void> {
  const { plan, crew, meter, clock, startNs, tally, signal, hooks } = settings
  const warmupEndNs = startNs + plan.warmupMs * 1e6
  const windowNs = (settings.windowMs ?? windowMsDefault) * 1e6
  let stopNs = plan.durationMs === undefined ? Number.POSITIVE_INFINITY : warmupEndNs + plan.durationMs * 1e6
  let interrupted = Promise.withResolvers<void>()
  const cutShort = (by: 'interrupted' | 'aborted') => {
    tally[by] = true
    stopNs = Math.min(stopNs, clock.nowNs())
    crew.stop(plan.produce === undefined ? 'consume' : 'produce')
    interrupted.resolve()
  }
  const interrupt = () => cutShort('interrupted')
  if (signal?.aborted) interrupt()
  signal?.addEventListener('abort', interrupt)
  const limit = watchLimit(settings)
  const idle = new IdleWatch(settings)
  void crew.finished('produce').then(() => idle.start(clock.nowNs()))
  let fromNs = startNs
  const ticks =
    hooks.onTick &&
    new Ticks({
      meter,
      elapsedSec: () => (clock.nowNs() - startNs) / 1e9,
      totalSec: () => totalSecOf(plan, startNs, stopNs),
      phase: () => phaseOf(clock.nowNs(), warmupEndNs, stopNs),
      loopLateMs: () => settings.auditor?.loopLateMs,
      onTick: hooks.onTick,
    })
  ticks?.start()
  let isOver = false
  const over = seeToTheEnd(settings).finally(() => {
    isOver = true
  })
  try {
    while (!isOver) {
      const phase = phaseOf(fromNs + edgeSlackNs, warmupEndNs, stopNs)
      const edgeNs = nextEdge(phase, fromNs + windowNs, warmupEndNs, stopNs)
      // The window ends where the user ends the run: what is delivered after that is not measured.
      await before(Promise.race([over, interrupted.promise]), (edgeNs - clock.nowNs()) / 1e6)
      interrupted = Promise.withResolvers()
      fromNs = clock.nowNs()
      const window = meter.close(fromNs, phase)
      settings.auditor?.close(phase, phaseOf(fromNs + edgeSlackNs, warmupEndNs, stopNs))
      const isCrossed = phase === 'measuring' && settings.thresholds?.check(meter.measuredSec * 1000)
      hooks.onProgress?.(progressOf(settings, phase, window, stopNs))
      if (isCrossed && !tally.aborted) cutShort('aborted')
      idle.check(fromNs)
    }
    await over
  } finally {
    clearInterval(limit)
    ticks?.stop()
    signal?.removeEventListener('abort', interrupt)
  }
}

type Phase = Progress['phase']

function phaseOf(ns: number, warmupEndNs: number, stopNs: number): Phase {
  if (ns >= stopNs) return 'draining'
  return ns < warmupEndNs ? 'warm-up' : 'measuring'
}

function nextEdge(phase: Phase, windowEndNs: number, warmupEndNs: number, stopNs: number): number {
  if (phase === 'warm-up') return Math.min(windowEndNs, warmupEndNs)
  return phase === 'measuring' ? Math.min(windowEndNs, stopNs) : windowEndNs
}

/** Resolves when the time is up or the promise is settled, whichever is first. */
async function before(settled: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const elapsed = new Promise<void>(resolve => {
    timer = setTimeout(resolve, Math.max(0, ms))
  })
  await Promise.race([elapsed, settled.catch(() => {})])
  clearTimeout(timer)
}

/** Producers end by themselves; consumers of a roundtrip are then told where the log ends. */
async function seeToTheEnd({ plan, crew, readEndOffsets }: MeasureSettings): Promise<void> {
  await crew.finished('produce')
  // After a failure the consumers have been stopped already.
  if (plan.mode === 'roundtrip' && crew.failure === undefined) crew.readUntil(await readEndOffsets())
  await crew.finished('consume')
}

/** A consuming run over a number of records ends when the workers together have read them. */
function watchLimit({ plan, crew, meter }: MeasureSettings): NodeJS.Timeout | undefined {
  const { records } = plan
  if (plan.mode !== 'consume' || records === undefined) return undefined
  return setInterval(() => {
    if (meter.recordsSoFar('consume') >= records) crew.stop('consume')
  }, limitCheckMs)
}

class IdleWatch {
  readonly #settings: MeasureSettings
  #seen = -1
  #movedNs = Number.POSITIVE_INFINITY

  constructor(settings: MeasureSettings) {
    this.#settings = settings
  }

  /** From now on, the producers of a roundtrip being done, what consumers wait for is there. */
  start(nowNs: number): void {
    this.#movedNs = nowNs
  }

  check(nowNs: number): void {
    const { plan, crew, tally, meter } = this.#settings
    if (this.#movedNs === Number.POSITIVE_INFINITY) return
    const total = meter.recordsSoFar('produce') + meter.recordsSoFar('consume')
    if (total !== this.#seen) {
      this.#seen = total
      this.#movedNs = nowNs
    }
    // Without a duration a consumer waits for records that were promised; in a roundtrip for those its producers left.
    const isWaiting = plan.consume !== undefined && (plan.mode === 'roundtrip' || plan.durationMs === undefined)
    if (!isWaiting || nowNs - this.#movedNs < idleMaxOf(plan) || tally.recordsMissing) return
    tally.recordsMissing = true
    crew.stop('consume')
  }
}

const totalSecOf = ({ durationMs }: BenchPlan, startNs: number, stopNs: number): number | undefined =>
  durationMs === undefined ? undefined : (stopNs - startNs) / 1e9

function progressOf(
  { plan, meter, startNs, tally, clock, thresholds }: MeasureSettings,
  phase: Phase,
  window: Progress['window'],
  stopNs: number,
): Progress {
  const elapsedSec = (clock.nowNs() - startNs) / 1e9
  const { committer } = meter
  return {
    phase,
    elapsedSec,
    totalSec: totalSecOf(plan, startNs, stopNs),
    window,
    producedTotal: meter.recordsSoFar('produce'),
    consumedTotal: meter.recordsSoFar('consume'),
    inFlight: meter.inFlight,
    ...(committer && committedSoFar(meter, committer)),
    errorsByCode: tally.errorsByCode,
    thresholds: thresholds?.states() ?? [],
    latencies: {
      response: meter.produce?.interval,
      e2e: meter.consume?.interval,
      commit: committer && meter[committer.side]?.intervalCommit,
    },
  }
}
