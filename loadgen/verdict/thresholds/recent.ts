// The last so many seconds of a distribution and of counters: windows go in at one end and out at the other, so that a look costs
// what one window holds and not what all of them hold.
import { type Histogram, makeHistogram } from '../../../core/histogram.ts'
import { addCounts, type Counts, zeroCounts } from '../../worker/slots.ts'
import type { TrendReading } from './readings.ts'

/** The ends from the buckets too, as everywhere in the result: a percentile is the top of its bucket. */
export function trendOf(histogram: Histogram): TrendReading {
  const at = (percentile: number) => histogram.getValueAtPercentile(percentile) / 1e6
  const samples = histogram.totalCount
  if (samples === 0) return { kind: 'trend', samples, avg: 0, min: 0, max: 0, at }
  return { kind: 'trend', samples, avg: histogram.mean / 1e6, min: at(0), max: at(100), at, histogram }
}

/** A place for one window's values; what a HistogramReader drains into. */
class Window {
  readonly seconds: number
  readonly counts: Counts
  readonly values: number[]
  readonly amounts: number[]

  constructor(seconds: number, counts: Counts, values: number[], amounts: number[]) {
    this.seconds = seconds
    this.counts = counts
    this.values = values
    this.amounts = amounts
  }
}

export class Recent {
  readonly #windowSec: number
  readonly #windows: Window[] = []
  readonly #times = makeHistogram()
  #values: number[] = []
  #amounts: number[] = []
  #counts = zeroCounts()

  constructor(windowMs: number) {
    this.#windowSec = windowMs / 1000
  }

  /** Nanoseconds, of the window that is open. */
  recordValueWithCount(value: number, count: number): void {
    this.#values.push(value)
    this.#amounts.push(count)
  }

  add(growth: Counts): void {
    addCounts(this.#counts, growth)
  }

  /** Closes the open window; one that was not measured is forgotten. */
  close(seconds: number, isMeasured: boolean): void {
    const window = new Window(seconds, this.#counts, this.#values, this.#amounts)
    this.#counts = zeroCounts()
    this.#values = []
    this.#amounts = []
    if (!isMeasured) return
    this.#windows.push(window)
    this.#record(window, 1)
    // A window that was closed a little late must not push a whole one out.
    while (this.#windows.length > 1 && this.seconds - this.#windows[0]!.seconds >= this.#windowSec - slackSec) {
      this.#record(this.#windows.shift()!, -1)
    }
  }

  get seconds(): number {
    return this.#windows.reduce((sum, { seconds }) => sum + seconds, 0)
  }

  get counts(): Counts {
    const sum = zeroCounts()
    for (const { counts } of this.#windows) addCounts(sum, counts)
    return sum
  }

  get times(): Histogram {
    return this.#times
  }

  #record({ values, amounts }: Window, sign: 1 | -1): void {
    for (let i = 0; i < values.length; i++) this.#times.recordValueWithCount(values[i]!, sign * amounts[i]!)
  }
}

const slackSec = 0.25
