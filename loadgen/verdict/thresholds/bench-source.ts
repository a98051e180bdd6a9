// The metrics of a bench run as thresholds read them. Without tags and windows they are the meter's own totals, merged over all
// workers; for the rest the meter is tapped, and only for what a threshold asks for.
import { type Histogram, makeHistogram } from '../../../core/histogram.ts'
import type { Meter, MeterTap } from '../../meter.ts'
import type { Result } from '../../result.ts'
import { addCounts, type Counts, type TimeName, zeroCounts } from '../../worker/slots.ts'
import { type BenchMetric, benchMetricOf, ofConsumers, type Side } from './bench-metrics.ts'
import { selectorText, type Tags, type ThresholdPlan } from './grammar.ts'
import { emptyReading, type MetricSource, type Reading } from './readings.ts'
import { Recent, trendOf } from './recent.ts'

/** Tags that all samples of a run have. */
export type CommonTags = Readonly<Record<'scenario' | 'topic', string>>

interface Tapped {
  readonly metric: BenchMetric
  /** Undefined: all. */
  readonly worker: string | undefined
  readonly measured: Counts
  readonly total: Counts
  readonly times: Histogram
  readonly recent: Recent | undefined
}

export class BenchSource implements MetricSource, MeterTap {
  readonly #meter: Meter
  readonly #common: CommonTags
  readonly #tapped = new Map<string, Tapped>()

  constructor(meter: Meter, plans: readonly ThresholdPlan[], common: CommonTags) {
    this.#meter = meter
    this.#common = common
    for (const { metric: name, tags, windowMs } of plans) {
      const metric = this.#metricOf(name)
      if (metric?.origin === undefined || (tags.worker === undefined && windowMs === undefined)) continue
      const recent = windowMs === undefined ? undefined : new Recent(windowMs)
      const times = makeHistogram()
      const tapped = { metric, worker: tags.worker, measured: zeroCounts(), total: zeroCounts(), times, recent }
      this.#tapped.set(keyOf(name, tags, windowMs), tapped)
    }
    meter.tap(this)
  }

  targetsOf(side: Side, worker: number, time: string) {
    return [...this.#tapped.values()]
      .filter(({ metric, worker: wanted }) => {
        const { origin } = metric
        const isTime = origin !== undefined && 'time' in origin && origin.side === side && origin.time === time
        return isTime && (wanted === undefined || wanted === String(worker))
      })
      .flatMap(({ times, recent }) => (recent === undefined ? [times] : [times, recent]))
  }

  onGrowth(side: Side, worker: number, growth: Counts, isMeasured: boolean): void {
    for (const { metric, worker: wanted, measured, total, recent } of this.#tapped.values()) {
      if (metric.side !== side || (wanted !== undefined && wanted !== String(worker))) continue
      addCounts(total, growth)
      if (isMeasured) addCounts(measured, growth)
      recent?.add(growth)
    }
  }

  onWindow(seconds: number, isMeasured: boolean): void {
    for (const { recent } of this.#tapped.values()) recent?.close(seconds, isMeasured)
  }

  read(name: string, tags: Tags, windowMs?: number): Reading | undefined {
    const metric = this.#metricOf(name)
    if (metric?.origin === undefined) return undefined
    const { origin } = metric
    const isOther = Object.entries(this.#common).some(([tag, value]) => tags[tag] !== undefined && tags[tag] !== value)
    if (isOther) return emptyReading(metric)
    if ('gauge' in origin) return this.#gauge(origin.gauge, windowMs)
    const tapped = this.#tapped.get(keyOf(name, tags, windowMs)) ?? this.#tapped.get(keyOf(name, tags, undefined))
    const counts = this.#counts(origin.side, tapped, windowMs)
    if (counts === undefined) return emptyReading(metric)
    if ('time' in origin) return trendOf(counts.times(origin.time))
    if ('failed' in origin) {
      const { errors, records } = counts.of('total')
      return { kind: 'rate', samples: errors + records, passes: errors }
    }
    // A counter that is kept is a value, also when it is 0.
    return { kind: 'counter', samples: 1, count: counts.of(origin.of)[origin.counter], seconds: counts.seconds }
  }

  #metricOf(name: string): BenchMetric | undefined {
    const metric = benchMetricOf(name)
    return metric !== undefined && this.#meter.produce === undefined ? ofConsumers(metric) : metric
  }

  #counts(side: Side, tapped: Tapped | undefined, windowMs: number | undefined) {
    if (windowMs !== undefined && tapped?.recent !== undefined) {
      const { recent } = tapped
      return { of: () => recent.counts, times: () => recent.times, seconds: recent.seconds }
    }
    const { measuredSec: seconds } = this.#meter
    if (tapped !== undefined) {
      return { of: (part: 'measured' | 'total') => tapped[part], times: () => tapped.times, seconds }
    }
    const own = this.#meter[side]
    return own && { of: (part: 'measured' | 'total') => own[part], times: (time: TimeName) => own[time], seconds }
  }

  #gauge(name: string, windowMs: number | undefined): Reading {
    const measured = this.#meter.windows.filter(({ warmup }) => !warmup)
    const windows = windowMs === undefined ? measured.slice(-1) : measured.slice(-Math.round(windowMs / 1000))
    const values = windows.map(window => {
      if (name === 'consumer_lag') return window.consumeLag ?? 0
      if (name === 'in_flight') return this.#meter.inFlight
      return name === 'cpu_percent' ? window.cpuPercent : window.rssBytes
    })
    const sum = values.reduce((total, value) => total + value, 0)
    return { kind: 'gauge', samples: values.length, value: values.length === 0 ? 0 : sum / values.length }
  }
}

const keyOf = (metric: string, tags: Tags, windowMs: number | undefined): string =>
  `${selectorText({ metric, tags: tags.worker === undefined ? {} : { worker: tags.worker } })} ${windowMs ?? ''}`

/** What only the end knows, out of the result itself. */
export function resultSource(result: Result): MetricSource {
  const { produce, consume, delivery, validity, cpuUsPerRecord } = result
  const gauge = (value: number | null | undefined): Reading =>
    value === null || value === undefined
      ? { kind: 'gauge', samples: 0, value: 0 }
      : { kind: 'gauge', samples: 1, value }
  const counter = (count: number | undefined): Reading => ({
    kind: 'counter',
    samples: count === undefined ? 0 : 1,
    count: count ?? 0,
    seconds: result.measuredSeconds,
  })
  const readings: Readonly<Record<string, () => Reading>> = {
    achieved: () => ({
      kind: 'rate',
      samples: produce?.offered ?? 0,
      passes: Math.min(produce?.records ?? 0, produce?.offered ?? 0),
    }),
    records_dropped: () => counter(produce?.dropped),
    records_lost: () => counter(consume?.accounting?.lost),
    records_duplicated: () => counter(consume?.accounting?.duplicated),
    records_reordered: () => counter(consume?.accounting?.reordered),
    delivery_confirmed: () => gauge(delivery && (delivery.confirmed ? 1 : 0)),
    cpu_us_per_record: () => gauge(cpuUsPerRecord),
    valid: () => gauge(validity && (validity.verdict === 'valid' ? 1 : 0)),
  }
  return { read: metric => (Object.hasOwn(readings, metric) ? readings[metric]!() : undefined) }
}
