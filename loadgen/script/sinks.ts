// What samples of a script's metrics add up to. A sink is plain data between threads: what a worker has gathered since it last
// told is added to what the main thread has.
import type { MetricKind, Reading } from '../verdict/thresholds/readings.ts'
import {
  addValue,
  type Distribution,
  emptyDistribution,
  histogramOf,
  mergeDistribution,
  percentileOf,
} from './distribution.ts'

export type Sink =
  | { readonly kind: 'counter'; samples: number; sum: number }
  | { readonly kind: 'gauge'; samples: number; value: number; min: number; max: number; atMs: number }
  | { readonly kind: 'rate'; samples: number; passes: number }
  | { readonly kind: 'trend'; readonly values: Distribution }

export function emptySink(kind: MetricKind): Sink {
  switch (kind) {
    case 'counter':
      return { kind, samples: 0, sum: 0 }
    case 'gauge':
      return { kind, samples: 0, value: 0, min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY, atMs: 0 }
    case 'rate':
      return { kind, samples: 0, passes: 0 }
    case 'trend':
      return { kind, values: emptyDistribution() }
  }
}

export function addSample(sink: Sink, value: number): void {
  switch (sink.kind) {
    case 'counter':
      sink.samples++
      sink.sum += value
      return
    case 'gauge':
      sink.samples++
      sink.value = value
      sink.min = Math.min(sink.min, value)
      sink.max = Math.max(sink.max, value)
      sink.atMs = performance.timeOrigin + performance.now()
      return
    case 'rate':
      sink.samples++
      if (value !== 0) sink.passes++
      return
    case 'trend':
      addValue(sink.values, value)
  }
}

/** Both of one kind. */
export function mergeSink(into: Sink, more: Sink): void {
  if (into.kind === 'trend') {
    if (more.kind === 'trend') mergeDistribution(into.values, more.values)
  } else if (into.kind === 'gauge') {
    if (more.kind !== 'gauge' || more.samples === 0) return
    into.samples += more.samples
    if (more.atMs >= into.atMs) Object.assign(into, { value: more.value, atMs: more.atMs })
    into.min = Math.min(into.min, more.min)
    into.max = Math.max(into.max, more.max)
  } else if (into.kind === 'counter' && more.kind === 'counter') {
    into.samples += more.samples
    into.sum += more.sum
  } else if (into.kind === 'rate' && more.kind === 'rate') {
    into.samples += more.samples
    into.passes += more.passes
  }
}

export function readingOf(sink: Sink, seconds: number): Reading {
  switch (sink.kind) {
    case 'counter':
      return { kind: 'counter', samples: sink.samples, count: sink.sum, seconds }
    case 'gauge': {
      const { samples, value, min, max } = sink
      return samples === 0 ? { kind: 'gauge', samples, value: 0 } : { kind: 'gauge', samples, value, min, max }
    }
    case 'rate':
      return { kind: 'rate', samples: sink.samples, passes: sink.passes }
    case 'trend': {
      const { count, sum, min, max } = sink.values
      const at = (percentile: number) => percentileOf(sink.values, percentile)
      if (count === 0) return { kind: 'trend', samples: 0, avg: 0, min: 0, max: 0, at }
      return {
        ...{ kind: 'trend', samples: count, avg: sum / count, min, max, at },
        get histogram() {
          return histogramOf(sink.values)
        },
      }
    }
  }
}
