// The result of a run as the OpenMessaging Benchmark writes it (TestResult.java), for the tools that read those: rates and
// latencies of every ten seconds, and of the whole measured time. In OMB's meaning: publish latency counts from the actual sending, and
// what a message was late by then is the publish delay, apart, and in microseconds.
import { type Histogram, makeHistogram, percentileTicks } from '../../core/histogram.ts'
import type { Progress, WindowTimes } from '../progress.ts'
import type { OmbWorkload } from './workload.ts'

export interface OmbResultSettings {
  readonly workload: OmbWorkload
  readonly driverName: string
}

const periodSec = 10
const ticksPerHalf = 100
const nsPerMs = 1e6
const nsPerUs = 1e3

const kinds = {
  /** millrace's name of a time to OMB's, and its unit there. */
  service: { name: 'PublishLatency', nsPerUnit: nsPerMs, isWhole: false },
  lateness: { name: 'PublishDelayLatency', nsPerUnit: nsPerUs, isWhole: true },
  e2e: { name: 'EndToEndLatency', nsPerUnit: nsPerMs, isWhole: false },
} as const
type Kind = keyof typeof kinds
const kindNames = Object.keys(kinds) as Kind[]

const percentiles = [
  ['50pct', 50],
  ['75pct', 75],
  ['95pct', 95],
  ['99pct', 99],
  ['999pct', 99.9],
  ['9999pct', 99.99],
] as const

interface Counts {
  seconds: number
  sent: number
  errors: number
  received: number
}

interface Period {
  readonly times: Readonly<Record<Kind, Histogram>>
  /** Of each scenario, for windows do not end on the second. */
  readonly counts: Map<string, Counts>
  /** Of the whole run, warm-up included, when the period ended. */
  backlog: number
}

const makeTimes = (): Record<Kind, Histogram> => ({
  service: makeHistogram(),
  lateness: makeHistogram(),
  e2e: makeHistogram(),
})

/** Of one period, when it is over: the arrays of the result are made of these. */
type Row = Readonly<Record<string, number>>

export class OmbResult {
  readonly #settings: OmbResultSettings
  readonly #warmupSec: number
  readonly #totals = makeTimes()
  readonly #periods = new Map<number, Period>()
  readonly #rows: Row[] = []
  /** Of each scenario, over the whole run. */
  readonly #sent = new Map<string, number>()
  readonly #received = new Map<string, number>()

  constructor(settings: OmbResultSettings) {
    this.#settings = settings
    this.#warmupSec = settings.workload.warmupDurationMinutes * 60
  }

  onTimes({ name, part, histogram, toSec }: WindowTimes): void {
    const kind = kindNames.find(candidate => candidate === name)
    if (kind === undefined || part !== 'measured') return
    this.#totals[kind].add(histogram)
    this.#periodAt(toSec).times[kind].add(histogram)
  }

  onProgress(scenario: string, { window, producedTotal, consumedTotal }: Progress): void {
    this.#sent.set(scenario, producedTotal)
    this.#received.set(scenario, consumedTotal)
    if (window.warmup || window.sec <= this.#warmupSec) return
    const period = this.#periodAt(window.sec)
    const counts = period.counts.get(scenario) ?? { seconds: 0, sent: 0, errors: 0, received: 0 }
    period.counts.set(scenario, counts)
    counts.seconds += window.seconds
    counts.sent += window.produced ?? 0
    counts.errors += window.produceErrors ?? 0
    counts.received += window.consumed ?? 0
    const { subscriptionsPerTopic } = this.#settings.workload
    period.backlog = Math.max(0, subscriptionsPerTopic * sum(this.#sent) - sum(this.#received))
  }

  /** A window belongs to the period in which it ends. */
  #periodAt(toSec: number): Period {
    // Windows end a little after the full second.
    const index = Math.max(0, Math.ceil((toSec - this.#warmupSec - periodSlackSec) / periodSec) - 1)
    let period = this.#periods.get(index)
    if (period === undefined) {
      period = { times: makeTimes(), counts: new Map(), backlog: 0 }
      this.#periods.set(index, period)
      // Scenarios are a window apart at most: what lies two periods back is over, and its histograms are not kept.
      for (const old of [...this.#periods.keys()].sort((a, b) => a - b)) if (old < index - 1) this.#close(old)
    }
    return period
  }

  #close(index: number): void {
    const { times, counts, backlog } = this.#periods.get(index)!
    const rate = (name: 'sent' | 'errors' | 'received') =>
      [...counts.values()].reduce((total, each) => total + each[name] / each.seconds, 0)
    this.#periods.delete(index)
    this.#rows[index] = {
      publishRate: rate('sent'),
      publishErrorRate: rate('errors'),
      consumeRate: rate('received'),
      backlog,
      ...Object.assign({}, ...kindNames.map(kind => timesOf(times[kind], kind, lowerFirst(kinds[kind].name)))),
    }
  }

  /** The document; a last period that is not full is left out, as in OMB. */
  document(measuredSec: number): Record<string, unknown> {
    for (const index of [...this.#periods.keys()]) this.#close(index)
    const full = Math.max(1, Math.floor((measuredSec + periodSlackSec) / periodSec))
    const rows = Array.from({ length: Math.min(full, this.#rows.length) }, (_, index) => this.#rows[index] ?? {})
    const names = Object.keys(rows.reduce((all, row) => Object.assign(all, row), {}))
    const { workload, driverName } = this.#settings
    return {
      workload: workload.name,
      driver: driverName,
      messageSize: workload.messageSize,
      topics: workload.topics,
      partitions: workload.partitionsPerTopic,
      producersPerTopic: workload.producersPerTopic,
      consumersPerTopic: workload.consumerPerSubscription,
      ...Object.fromEntries(names.map(name => [name, rows.map(row => row[name] ?? 0)])),
      ...Object.assign(
        {},
        ...kindNames.map(kind => timesOf(this.#totals[kind], kind, `aggregated${kinds[kind].name}`)),
      ),
      ...Object.fromEntries(
        kindNames.map(kind => [`aggregated${kinds[kind].name}Quantiles`, quantilesOf(this.#totals[kind], kind)]),
      ),
    }
  }
}

/** Half a window of a second. */
const periodSlackSec = 0.5

const sum = (counts: ReadonlyMap<string, number>) => [...counts.values()].reduce((total, count) => total + count, 0)
const lowerFirst = (name: string) => `${name[0]!.toLowerCase()}${name.slice(1)}`

function unitOf(ns: number, kind: Kind): number {
  const { nsPerUnit, isWhole } = kinds[kind]
  return isWhole ? Math.round(ns / nsPerUnit) : ns / nsPerUnit
}

function timesOf(times: Histogram, kind: Kind, name: string): Row {
  const isEmpty = times.totalCount === 0
  const at = (percentile: number) => (isEmpty ? 0 : unitOf(times.getValueAtPercentile(percentile), kind))
  return {
    [`${name}Avg`]: isEmpty ? 0 : times.mean / kinds[kind].nsPerUnit,
    ...Object.fromEntries(percentiles.map(([suffix, percentile]) => [`${name}${suffix}`, at(percentile)])),
    [`${name}Max`]: at(100),
  }
}

/** By percentile, as Java writes it: 99.9, 100.0. */
function quantilesOf(times: Histogram, kind: Kind): Readonly<Record<string, number>> {
  const ticks = percentileTicks(times, ticksPerHalf)
  const text = (percentile: number) => (Number.isInteger(percentile) ? percentile.toFixed(1) : String(percentile))
  return Object.fromEntries(ticks.map(({ percentile, value }) => [text(percentile), unitOf(value, kind)]))
}
