// Measures a run from outside the workers: takes what their slots have gained, once a second and at the edges of the
// measured time, and keeps windows, totals and latency distributions.
import { cpuUsage } from 'node:process'
import { type Histogram, makeHistogram, type TimesTarget } from '../core/histogram.ts'
import { systemFiles } from './audit/files.ts'
import { type CpuTimes, cpuTimesIn } from './audit/proc.ts'
import { type Committer, committerWindow } from './committer.ts'
import { HeatMap } from './heat-map.ts'
import { consumeWindow, produceWindow } from './meter-summaries.ts'
import type { Times, WindowTimes } from './progress.ts'
import type { Window } from './result.ts'
import { addCounts, type Counts, type SlotReader, type TimeName, zeroCounts } from './worker/slots.ts'

export interface MeterSide {
  readonly slots: readonly SlotReader[]
  /** Everything since the start, warm-up and drain included. */
  readonly total: Counts
  /** The measured time only. */
  readonly measured: Counts
  /** The measured time only: of producers the records intended in it, however late they were acknowledged. */
  readonly latency: Histogram
  readonly service: Histogram
  readonly lateness: Histogram
  /** Of consumers. */
  readonly sinceSent: Histogram
  /** Commits of transactions. */
  readonly commit: Histogram
  /** The window that was closed last. */
  readonly interval: Histogram
  readonly intervalService: Histogram
  readonly intervalLateness: Histogram
  /** Of the whole run, for pictures. */
  readonly heat: HeatMap
  readonly intervalSinceSent: Histogram
  readonly intervalCommit: Histogram
  /** What of the window that was closed last counts, and what does not; kept apart only for those who ask. */
  readonly parts: Readonly<Record<'counted' | 'uncounted', Record<TimeName, Histogram>>> | undefined
}

/** Hears of each worker by itself, which the totals do not tell: for thresholds that name a worker or a window of time. */
export interface MeterTap {
  /** Where the times that count go besides; asked at every window. */
  targetsOf(side: 'produce' | 'consume', worker: number, time: TimeName): readonly TimesTarget[]
  onGrowth(side: 'produce' | 'consume', worker: number, growth: Counts, isMeasured: boolean): void
  /** A window is closed, after all that was in it. */
  onWindow(seconds: number, isMeasured: boolean): void
}

/** Latencies of a window as they are handed out; the run knows when it began. */
export type TimesSink = (times: Omit<WindowTimes, 'startedAtMs'>) => void

interface Reading {
  readonly ns: number
  readonly cpu: NodeJS.CpuUsage
  readonly times: CpuTimes | undefined
}

export class Meter {
  readonly produce: MeterSide | undefined
  readonly consume: MeterSide | undefined
  readonly windows: Window[] = []
  measuredSec = 0
  cpuUserSec = 0
  cpuSystemSec = 0
  rssBytesMax = 0
  readonly #startNs: number
  readonly #sink: TimesSink | undefined
  readonly #taps: MeterTap[] = []
  #last: Reading
  #lagSource: (() => number | undefined) | undefined

  constructor(startNs: number, produce: readonly SlotReader[], consume: readonly SlotReader[], sink?: TimesSink) {
    this.#startNs = startNs
    this.#sink = sink
    this.produce = produce.length === 0 ? undefined : makeSide(produce, sink !== undefined)
    this.consume = consume.length === 0 ? undefined : makeSide(consume, sink !== undefined)
    this.#last = read(startNs)
  }

  tap(tap: MeterTap): void {
    this.#taps.push(tap)
  }

  /** What the schedule asks for before a moment of the run; absent: the windows do not tell what was offered. */
  dueBefore: ((sec: number) => number) | undefined
  /** Absent: nothing is committed. */
  committer: Committer | undefined

  /** Closes the window that began at the last call. */
  close(nowNs: number, phase: 'warm-up' | 'measuring' | 'draining'): Window {
    const isMeasured = phase === 'measuring'
    const produced = this.produce && take('produce', this.produce, isMeasured, true, this.#taps)
    const consumed = this.consume && take('consume', this.consume, isMeasured, isMeasured, this.#taps)
    const now = read(nowNs)
    // A run that has nothing to do may be over a moment before its start.
    const seconds = Math.max(0, nowNs - this.#last.ns) / 1e9
    const userSec = (now.cpu.user - this.#last.cpu.user) / 1e6
    const systemSec = (now.cpu.system - this.#last.cpu.system) / 1e6
    const rssBytes = process.memoryUsage.rss()
    const stealPercent = stealOf(this.#last, now, seconds)
    this.#last = now
    this.rssBytesMax = Math.max(this.rssBytesMax, rssBytes)
    if (isMeasured) {
      this.measuredSec += seconds
      this.cpuUserSec += userSec
      this.cpuSystemSec += systemSec
    }
    const window: Window = {
      sec: (nowNs - this.#startNs) / 1e9,
      warmup: phase === 'warm-up',
      seconds,
      ...this.#offered(nowNs, seconds),
      ...(produced === undefined ? {} : produceWindow(produced, this.produce!)),
      ...(consumed === undefined ? {} : consumeWindow(consumed, this.consume!, this.consumeLag)),
      ...this.#committed({ produce: produced, consume: consumed }),
      cpuPercent: seconds === 0 ? 0 : ((userSec + systemSec) / seconds) * 100,
      ...(stealPercent === undefined ? {} : { stealPercent }),
      rssBytes,
    }
    this.windows.push(window)
    for (const side of [this.produce, this.consume]) side?.heat.close(window.sec, seconds)
    for (const tap of this.#taps) tap.onWindow(seconds, isMeasured)
    if (this.#sink !== undefined) this.#handOut(window, phase)
    return window
  }

  #offered(nowNs: number, seconds: number): Pick<Window, 'offered'> {
    const sec = (nowNs - this.#startNs) / 1e9
    return this.dueBefore === undefined
      ? {}
      : { offered: this.dueBefore(sec) - this.dueBefore(Math.max(0, sec - seconds)) }
  }

  #committed(growth: Readonly<Record<'produce' | 'consume', Counts | undefined>>): Partial<Window> {
    const { committer } = this
    if (committer === undefined) return {}
    return committerWindow(committer, growth[committer.side]!, this[committer.side]!)
  }

  /** Of the measured time. */
  measuredTimes(): Times[] {
    return this.#sides().flatMap(({ names, side }) =>
      timesOf(names, name => side[name]).filter(({ histogram }) => histogram.totalCount > 0),
    )
  }

  #handOut({ sec, seconds }: Window, phase: 'warm-up' | 'measuring' | 'draining'): void {
    for (const { names, side, isProducer } of this.#sides()) {
      const uncounted = isProducer || phase === 'warm-up' ? 'warmup' : 'drain'
      for (const kind of ['counted', 'uncounted'] as const) {
        const part = kind === 'counted' ? 'measured' : uncounted
        for (const { name, histogram } of timesOf(names, time => side.parts![kind][time])) {
          if (histogram.totalCount > 0) this.#sink!({ name, histogram, part, fromSec: sec - seconds, toSec: sec })
        }
      }
    }
  }

  #sides() {
    return [
      ...(this.produce === undefined ? [] : [{ side: this.produce, names: producerTimes, isProducer: true }]),
      ...(this.consume === undefined ? [] : [{ side: this.consume, names: consumerTimes, isProducer: false }]),
    ]
  }

  /** Over the whole run and up to this moment, the open window included. */
  recordsSoFar(side: 'produce' | 'consume'): number {
    return this.soFar(side, 'records') ?? 0
  }

  /** Likewise of any counter; undefined: the run does not have this side. */
  soFar(side: 'produce' | 'consume', counter: keyof Counts): number | undefined {
    return this[side]?.slots.reduce((sum, slot) => sum + slot.growthOf(counter), this[side]!.total[counter])
  }

  /** Consumers that pause hear nothing of the end of the log: somebody else tells what they are behind, when it is known. */
  lagFrom(source: () => number | undefined): void {
    this.#lagSource = source
  }

  /** Offsets that the consumers have still to read, as of their last answers. */
  get consumeLag(): number {
    return this.#lagSource?.() ?? this.#lagOfAnswers
  }

  get #lagOfAnswers(): number {
    return this.consume?.slots.reduce((sum, slots) => sum + slots.gauge('lag'), 0) ?? 0
  }

  /** The most that clocks may have been apart by which records were timed, microseconds. */
  get clockErrorUs(): number {
    return Math.max(0, ...(this.consume?.slots.map(slots => slots.gauge('clockErrorUs')) ?? []))
  }

  get inFlight(): number {
    return this.produce?.slots.reduce((sum, slots) => sum + slots.gauge('inFlight'), 0) ?? 0
  }
}

const intervalNames = [
  ['latency', 'interval'],
  ['service', 'intervalService'],
  ['lateness', 'intervalLateness'],
  ['sinceSent', 'intervalSinceSent'],
  ['commit', 'intervalCommit'],
] as const satisfies readonly (readonly [TimeName, keyof MeterSide])[]

/** What each histogram is called outside. */
const producerTimes = { latency: 'response', service: 'service', lateness: 'lateness', commit: 'commit' } as const
const consumerTimes = { latency: 'e2e', sinceSent: 'e2e-sent', service: 'processing', commit: 'commit' } as const

const timesOf = (names: Partial<Record<TimeName, string>>, histogramOf: (time: TimeName) => Histogram): Times[] =>
  Object.entries(names).map(([time, name]) => ({ name, histogram: histogramOf(time as TimeName) }))

const makeTimes = () => ({
  latency: makeHistogram(),
  service: makeHistogram(),
  lateness: makeHistogram(),
  sinceSent: makeHistogram(),
  commit: makeHistogram(),
})

function makeSide(slots: readonly SlotReader[], withParts: boolean): MeterSide {
  return {
    slots,
    total: zeroCounts(),
    measured: zeroCounts(),
    ...makeTimes(),
    interval: makeHistogram(),
    intervalService: makeHistogram(),
    intervalLateness: makeHistogram(),
    heat: new HeatMap(),
    intervalSinceSent: makeHistogram(),
    intervalCommit: makeHistogram(),
    parts: withParts ? { counted: makeTimes(), uncounted: makeTimes() } : undefined,
  }
}

/** Producers have told warm-up and measured time apart themselves; of consumers the phase says whether a time counts. */
function take(
  role: 'produce' | 'consume',
  side: MeterSide,
  isMeasured: boolean,
  timesCount: boolean,
  taps: readonly MeterTap[],
): Counts {
  const { slots, total, measured } = side
  const growth = zeroCounts()
  for (const [worker, slot] of slots.entries()) {
    const own = zeroCounts()
    slot.addGrowthTo(own)
    addCounts(growth, own)
    for (const tap of taps) tap.onGrowth(role, worker, own, isMeasured)
  }
  for (const [name, interval] of intervalNames) {
    side[interval].reset()
    const counted = side.parts?.counted[name]
    const uncounted = side.parts?.uncounted[name]
    counted?.reset()
    uncounted?.reset()
    const also = (part: Histogram | undefined) => (part === undefined ? [] : [part])
    for (const [worker, slot] of slots.entries()) {
      const drawn = name === 'latency' ? [side.heat] : []
      slot.warmup[name].drainInto(side[interval], ...drawn, ...also(uncounted))
      const tapped: TimesTarget[] = taps.flatMap(tap => tap.targetsOf(role, worker, name))
      if (timesCount) slot.measured[name].drainInto(side[interval], side[name], ...drawn, ...also(counted), ...tapped)
      else slot.measured[name].drainInto(side[interval], ...drawn, ...also(uncounted))
    }
  }
  addCounts(total, growth)
  if (isMeasured) addCounts(measured, growth)
  return growth
}

function read(ns: number): Reading {
  return { ns, cpu: cpuUsage(), times: cpuTimesIn(systemFiles.read('/proc/stat') ?? '') }
}

function stealOf({ times: before }: Reading, { times: after }: Reading, seconds: number): number | undefined {
  if (before === undefined || after === undefined || seconds === 0) return undefined
  return Math.max(0, ((after.stealSec - before.stealSec) / after.processors / seconds) * 100)
}
