// DATA PLANE: recording costs 8-15 ns, no allocation.
//
// Latency histograms that many threads fill and one thread reads. A worker counts into a SharedArrayBuffer in
// HdrHistogram's own layout (nanoseconds, 3 significant digits, lowest value 1), without a message or an atomic operation:
// it is the only writer of its slots. The main thread takes the growth since its last look and puts it into an
// hdr-histogram-js histogram of 64-bit counts, which is where percentiles, merging and encoding come from.
//
// Layout (HdrHistogram's countsArrayIndex): values below 2048 have a slot each; above, every doubling has 1024 slots.
import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  HistogramLogWriter,
  type JsHistogram,
} from 'hdr-histogram-js'

const subBucketBits = 11
const halfBuckets = 1 << (subBucketBits - 1)
/** 2^42 ns, 73 minutes: beyond any request timeout. Longer values count as this one. */
export const histogramMaxNs = 2 ** 42 - 1
const slots = indexOf(histogramMaxNs) + 1

export { slots as histogramSlots }
export const histogramBytes = slots * 4

/** Slot of a value in nanoseconds. */
export function indexOf(valueNs: number): number {
  const value = Math.min(Math.max(valueNs, 0), histogramMaxNs)
  // Two ranges, because bit operations see 32 bits only.
  if (value < 0x8000_0000) {
    const small = value | 0
    if (small < 2 * halfBuckets) return small
    const shift = 32 - subBucketBits - Math.clz32(small)
    return shift * halfBuckets + (small >>> shift)
  }
  const high = Math.floor(value / 0x10_0000)
  const shift = 32 - subBucketBits - Math.clz32(high)
  return (shift + 20) * halfBuckets + (high >>> shift)
}

/** Lowest value of a slot, nanoseconds. */
export function lowestOf(index: number): number {
  if (index < 2 * halfBuckets) return index
  const shift = Math.floor(index / halfBuckets) - 1
  return ((index % halfBuckets) + halfBuckets) * 2 ** shift
}

/** A worker's side: counts into shared memory. 32-bit counters may wrap; the reader takes differences, so that is fine. */
export class SharedHistogram {
  readonly #counts: Uint32Array

  constructor(buffer: SharedArrayBuffer, byteOffset: number) {
    this.#counts = new Uint32Array(buffer, byteOffset, slots)
  }

  record(valueNs: number, count: number): void {
    const index = indexOf(valueNs)
    this.#counts[index] = this.#counts[index]! + count
  }

  /** The reader's side: adds what has come since the last call, per slot, to a 64-bit histogram. */
  reader(): HistogramReader {
    const counts = this.#counts
    const seen = new Uint32Array(slots)
    return {
      drainInto(...targets) {
        for (let index = 0; index < slots; index++) {
          const now = counts[index]!
          const growth = (now - seen[index]!) >>> 0
          if (growth === 0) continue
          seen[index] = now
          for (const target of targets) target.recordValueWithCount(lowestOf(index), growth)
        }
      },
    }
  }
}

export interface HistogramReader {
  drainInto(...targets: TimesTarget[]): void
}

export type TimesTarget = Pick<Histogram, 'recordValueWithCount'>

const bucketBits = 64

export function makeHistogram(): Histogram {
  return build({
    bitBucketSize: bucketBits,
    autoResize: false,
    lowestDiscernibleValue: 1,
    highestTrackableValue: histogramMaxNs,
    numberOfSignificantValueDigits: 3,
    useWebAssembly: false,
  }) as Histogram
}

/** Every value that was recorded, lowest first, with how often: as the lowest value of its slot, at most 0.1 % too small. */
export function eachRecorded(histogram: Histogram, visit: (value: number, count: number) => void): void {
  for (let index = 0; index < slots; index++) {
    const count = histogram.getCountAtIndex(index)
    if (count > 0) visit(lowestOf(index), count)
  }
}

export const encodeHistogram = (histogram: Histogram): string => encodeIntoCompressedBase64(histogram)

/** In the same layout as made here: a shorter one, as encoders make it, would not know the slots beyond its last value. */
export function decodeHistogram(text: string): Histogram {
  const histogram = makeHistogram()
  histogram.add(decodeFromCompressedBase64(text, bucketBits, false) as Histogram)
  return histogram
}

/** Nanoseconds in, milliseconds in what people read: the ratio that Java's HistogramLogProcessor takes for granted. */
const nsPerMs = 1e6
/** Lines for each halving of the distance to 100 %, as Java's tools print them. */
const ticksPerHalf = 5

/** Head of an interval log (HdrHistogram log format 1.3): the times of its lines count from this moment. */
export function intervalLogHead(startedAtMs: number): string {
  return logText(writer => {
    writer.outputComment('[millrace: latencies in nanoseconds]')
    writer.outputLogFormatVersion()
    // The library cannot write this line, and without it Java takes small times for what they are only by a guess.
    writer.outputComment(`[BaseTime: ${(startedAtMs / 1000).toFixed(3)} (seconds since epoch)]`)
    writer.outputStartTime(startedAtMs)
    writer.outputLegend()
  })
}

/** One line: what was recorded between two moments, seconds since the start of the log. Tags hold no comma and no space. */
export function intervalLogLine(tag: string, fromSec: number, toSec: number, histogram: Histogram): string {
  histogram.tag = tag
  return logText(writer => writer.outputIntervalHistogram(histogram, fromSec, toSec, nsPerMs))
}

function logText(write: (writer: HistogramLogWriter) => void): string {
  let text = ''
  write(
    new HistogramLogWriter(part => {
      text += part
    }),
  )
  return text
}

/** The percentile distribution in milliseconds, in the text form (.hgrm) of HdrHistogram's plotter and gnuplot scripts. */
export const percentileText = (histogram: Histogram): string =>
  histogram.outputPercentileDistribution(ticksPerHalf, nsPerMs)

export interface PercentileTick {
  /** 0 to 100: how many of the recorded values are not above this one. */
  readonly percentile: number
  readonly value: number
}

/** The distribution in steps that halve the distance to 100 % after so many, as HdrHistogram's percentile iteration in Java. */
export function percentileTicks(histogram: Histogram, ticks: number): PercentileTick[] {
  const total = histogram.totalCount
  if (total === 0) return []
  const [, ...rows] = histogram.outputPercentileDistribution(ticks, 1, true).trim().split('\n')
  const read = rows.map(row => row.split(',').map(Number))
  return read.flatMap(([value, , count]) =>
    value === undefined || count === undefined || Number.isNaN(count)
      ? []
      : [{ percentile: (100 * count) / total, value }],
  )
}

/** Kept in this process's own memory, not in WebAssembly. */
export type Histogram = JsHistogram
