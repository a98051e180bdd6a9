// Shows that latencies counted into shared memory are the latencies that come out: the layout is HdrHistogram's own (checked
// against hdr-histogram-js over the whole range), counters may wrap, and percentiles of known distributions hold to 0.1 %.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Histogram,
  histogramBytes,
  histogramMaxNs,
  indexOf,
  lowestOf,
  makeHistogram,
  SharedHistogram,
} from '../../core/histogram.ts'

/** Every magnitude equally likely, and the edges of each. */
const anyNs = fc
  .tuple(fc.integer({ min: 0, max: 41 }), fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: -1, max: 1 }))
  .map(([power, fraction, step]) => Math.floor(2 ** power * (1 + fraction)) + step)
  .filter(ns => ns >= 0 && ns <= histogramMaxNs)

/** Where hdr-histogram-js itself puts a value: the lowest value of its slot. */
function hdrLowestOf(ns: number): number {
  const histogram = makeHistogram()
  histogram.recordValue(ns)
  return histogram.getValueAtPercentile(0)
}

const shared = () => {
  const memory = new SharedArrayBuffer(40 + histogramBytes)
  return { memory, histogram: new SharedHistogram(memory, 40) }
}

function drained(fill: (record: (ns: number, count: number) => void) => void): Histogram {
  const { histogram } = shared()
  const reader = histogram.reader()
  fill((ns, count) => histogram.record(ns, count))
  const target = makeHistogram()
  reader.drainInto(target)
  return target
}

describe('layout', () => {
  it('puts every value where hdr-histogram-js puts it', () => {
    fc.assert(
      fc.property(anyNs, ns => {
        expect(lowestOf(indexOf(ns))).toBe(hdrLowestOf(ns))
      }),
      { numRuns: 500 },
    )
  })

  it('has slots that follow each other without gap or overlap, each at most 0.1 % wide', () => {
    for (let index = 0; index < histogramBytes / 4; index++) {
      const lowest = lowestOf(index)
      const next = lowestOf(index + 1)
      expect(indexOf(lowest)).toBe(index)
      expect(indexOf(next - 1)).toBe(index)
      if (lowest >= 2048) expect((next - lowest) / lowest).toBeLessThanOrEqual(1 / 1024)
      else expect(next - lowest).toBe(1)
    }
  })

  const edges = [
    { why: 'nothing', ns: 0, index: 0 },
    { why: 'a clock that went backwards counts as nothing', ns: -5, index: 0 },
    { why: 'a fraction of a nanosecond', ns: 0.9, index: 0 },
    { why: 'the last slot of single values', ns: 2047, index: 2047 },
    { why: 'the first slot of pairs', ns: 2048, index: 2048 },
    { why: 'the last value of 31 bits', ns: 2 ** 31 - 1, index: 22 * 1024 - 1 },
    { why: 'the first value beyond 31 bits, where bit operations would turn negative', ns: 2 ** 31, index: 22 * 1024 },
    { why: 'a fraction beyond 31 bits', ns: 2 ** 31 + 0.5, index: 22 * 1024 },
    { why: 'the longest', ns: histogramMaxNs, index: histogramBytes / 4 - 1 },
    { why: 'longer than the longest counts as the longest', ns: 2 ** 50, index: histogramBytes / 4 - 1 },
  ]
  it.each(edges)('$why', ({ ns, index }) => {
    expect(indexOf(ns)).toBe(index)
  })
})

describe('recording and draining', () => {
  it('loses and invents nothing, whatever is recorded between which looks', () => {
    const step = fc.array(fc.tuple(anyNs, fc.integer({ min: 1, max: 10_000 })), { maxLength: 20 })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 5 }), steps => {
        const { histogram } = shared()
        const reader = histogram.reader()
        const total = makeHistogram()
        const expected = makeHistogram()
        for (const records of steps) {
          const interval = makeHistogram()
          for (const [ns, count] of records) {
            histogram.record(ns, count)
            expected.recordValueWithCount(lowestOf(indexOf(ns)), count)
          }
          reader.drainInto(interval, total)
          expect(interval.totalCount).toBe(records.reduce((sum, [, count]) => sum + count, 0))
        }
        expect(total.toJSON()).toEqual(expected.toJSON())
      }),
      { numRuns: 30 },
    )
  })

  it('takes the difference when a 32-bit counter wraps', () => {
    const { memory, histogram } = shared()
    const index = indexOf(5_000_000)
    new Uint32Array(memory, 40)[index] = 0xffff_fff0
    const reader = histogram.reader()
    reader.drainInto(makeHistogram())
    histogram.record(5_000_000, 100)
    expect(new Uint32Array(memory, 40)[index]).toBe(84)
    const target = makeHistogram()
    reader.drainInto(target)
    expect(target.totalCount).toBe(100)
  })

  it('counts beyond 32 bits in the reader', () => {
    const total = makeHistogram()
    const { histogram } = shared()
    const reader = histogram.reader()
    for (let round = 0; round < 3; round++) {
      histogram.record(1_000, 4_000_000_000)
      reader.drainInto(total)
    }
    expect(total.totalCount).toBe(12_000_000_000)
  })

  it('gives each of two histograms of one memory its own part', () => {
    const memory = new SharedArrayBuffer(2 * histogramBytes)
    const first = new SharedHistogram(memory, 0)
    const second = new SharedHistogram(memory, histogramBytes)
    first.record(histogramMaxNs, 3)
    second.record(0, 5)
    const target = makeHistogram()
    first.reader().drainInto(target)
    expect(target.totalCount).toBe(3)
  })
})

describe('percentiles', () => {
  /** The value below which the share of a distribution lies, by its formula. */
  const distributions = [
    {
      why: 'uniform from 0 to 10 ms',
      quantile: (share: number) => 10e6 * share,
      percentiles: [1, 25, 50, 90, 99, 99.9],
    },
    {
      why: 'exponential with mean 2 ms',
      quantile: (share: number) => -2e6 * Math.log1p(-share),
      percentiles: [1, 25, 50, 90, 99, 99.9],
    },
    {
      why: 'Pareto from 100 us with a long tail to minutes',
      quantile: (share: number) => 1e5 / (1 - share) ** (1 / 1.2),
      percentiles: [1, 25, 50, 90, 99, 99.9],
    },
  ]
  const samples = 1_000_000

  it.each(distributions)('of $why within 0.1 %', ({ quantile, percentiles }) => {
    const histogram = drained(record => {
      for (let index = 0; index < samples; index++) record(quantile((index + 0.5) / samples), 1)
    })
    expect(histogram.totalCount).toBe(samples)
    for (const percentile of percentiles) {
      // The value of the record at which the share is reached: shares are whole numbers of records here.
      const exact = quantile((Math.round((percentile / 100) * samples) - 0.5) / samples)
      const told = histogram.getValueAtPercentile(percentile)
      expect(told).toBeGreaterThanOrEqual(Math.floor(exact))
      expect(told / exact).toBeLessThanOrEqual(1.001)
    }
  })
})
