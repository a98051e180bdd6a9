// Where a series has changed for good: E-divisive (Matteson and James 2014) in the two passes of Hunter, now Apache Otava (Fleming
// and others 2023, doi 10.1145/3578244.3583719). Windows of the series are split where the energy distance of the two
// sides is largest, as long as a t test takes the sides for different at a weak level; the points that were found are then merged
// until all of them hold at the strong one. Nothing is random in it, so that the same history has the same points tomorrow.
import { studentPValue } from '../verdict/gate/statistics/normal.ts'

export interface ChangePointOptions {
  /** Values that are looked at together. */
  readonly windowLength?: number
  /** A point holds when the t test of its two sides says less than this. */
  readonly pValueMax?: number
  /** A smaller relative change is none. */
  readonly magnitudeMin?: number
}

/** Otava's, except for the magnitude, which is 0 there. */
export const changePointDefaults = { windowLength: 50, pValueMax: 0.001, magnitudeMin: 0 } as const
/** The first pass finds what might be a point; the level is Otava's too. */
const weakFactor = 10

export interface ChangePoint {
  /** Of the first value after the change. */
  readonly index: number
  readonly meanBefore: number
  readonly meanAfter: number
  /** After over before, less 1. */
  readonly change: number
  readonly pValue: number
}

export function changePoints(series: readonly number[], options: ChangePointOptions = {}): ChangePoint[] {
  const { windowLength, pValueMax, magnitudeMin } = { ...changePointDefaults, ...options }
  const weak = weakIndexes(series, windowLength, pValueMax * weakFactor)
  return merged(series, weak, pValueMax, magnitudeMin)
}

// ---- first pass ----

function weakIndexes(series: readonly number[], windowLength: number, pValueMax: number): number[] {
  const found = new Set<number>()
  const step = Math.floor(windowLength / 2)
  for (let start = 0; start < series.length; ) {
    const inWindow = divided(series.slice(start, start + windowLength), pValueMax)
    for (const index of inWindow) found.add(start + index)
    start = Math.max(start + (inWindow.at(-1) ?? -start), start + step)
  }
  return [...found].sort((one, other) => one - other)
}

/** Divides the piece with the best split, again and again, until the best split is not significant. */
function divided(series: readonly number[], pValueMax: number): number[] {
  const points: number[] = []
  while (true) {
    const borders = [0, ...points, series.length]
    let best: (Split & { readonly piece: number }) | undefined
    for (let piece = 0; piece < borders.length - 1; piece++) {
      const split = bestSplit(series, borders[piece]!, borders[piece + 1]!)
      if (split !== undefined && split.energy > (best?.energy ?? Number.NEGATIVE_INFINITY)) best = { ...split, piece }
    }
    if (best === undefined) return points
    const { pValue } = compared(
      series.slice(borders[best.piece], best.index),
      series.slice(best.index, borders[best.piece + 1]),
    )
    if (pValue > pValueMax) return points
    points.push(best.index)
    points.sort((one, other) => one - other)
  }
}

interface Split {
  readonly index: number
  readonly energy: number
}

/**
 * The largest scaled energy distance between series[from, index) and series[index, end), over all index and end <= to: what comes
 * behind `end` is left out, so that a second change does not hide the first.
 *
 *   2 / (n + m) * sum |x - y|  -  2 m / ((n + m)(n - 1)) * sum |x - x'|  -  2 n / ((n + m)(m - 1)) * sum |y - y'|
 */
function bestSplit(series: readonly number[], from: number, to: number): Split | undefined {
  let best: Split | undefined
  // Sums of distances within the left side, and between the sides, grow by one value at a time.
  let within = 0
  for (let index = from + 1; index < to; index++) {
    const left = index - from
    within += distances(series, index - 1, from, index - 1)
    let [across, right] = [0, 0]
    for (let end = index + 1; end <= to; end++) {
      across += distances(series, end - 1, from, index)
      right += distances(series, end - 1, index, end - 1)
      const size = end - index
      const both = left + size
      const ofLeft = left < 2 ? 0 : ((2 * size) / (both * (left - 1))) * within
      const ofRight = size < 2 ? 0 : ((2 * left) / (both * (size - 1))) * right
      const energy = (2 / both) * across - ofLeft - ofRight
      if (best === undefined || energy > best.energy) best = { index, energy }
    }
  }
  return best
}

/** Of one value from those in [from, to). */
function distances(series: readonly number[], of: number, from: number, to: number): number {
  const value = series[of]!
  let sum = 0
  for (let other = from; other < to; other++) sum += Math.abs(value - series[other]!)
  return sum
}

// ---- second pass ----

/** Takes the weakest point away until all hold; its neighbours then have other sides, and are looked at again. */
function merged(
  series: readonly number[],
  weak: readonly number[],
  pValueMax: number,
  magnitudeMin: number,
): ChangePoint[] {
  let points = withSides(series, weak)
  while (points.length > 0) {
    const weakest = points.reduce((worst, point) => (point.pValue > worst.pValue ? point : worst))
    const smallest = points.reduce((worst, point) => (magnitudeOf(point) < magnitudeOf(worst) ? point : worst))
    const isWeak = weakest.pValue >= pValueMax
    if (!isWeak && magnitudeOf(smallest) > magnitudeMin) return points
    const gone = isWeak ? weakest : smallest
    points = withSides(
      series,
      points.filter(point => point !== gone).map(({ index }) => index),
    )
  }
  return points
}

function withSides(series: readonly number[], indexes: readonly number[]): ChangePoint[] {
  const borders = [0, ...indexes, series.length]
  return indexes.map((index, at) => ({
    index,
    ...compared(series.slice(borders[at], index), series.slice(index, borders[at + 2])),
  }))
}

/** In either direction, the larger share: a fall by half and a doubling are as much of a change. */
const magnitudeOf = ({ meanBefore, meanAfter }: ChangePoint): number =>
  meanBefore === 0 || meanAfter === 0
    ? Number.POSITIVE_INFINITY
    : Math.max(Math.abs(meanAfter / meanBefore - 1), Math.abs(meanBefore / meanAfter - 1))

/** Student's t test with one variance for both sides. Two values cannot say how far they may be apart. */
function compared(left: readonly number[], right: readonly number[]): Omit<ChangePoint, 'index'> {
  const [meanBefore, meanAfter] = [meanOf(left), meanOf(right)]
  const change = meanBefore === 0 ? 0 : meanAfter / meanBefore - 1
  const freedom = left.length + right.length - 2
  const squares = squaresOf(left, meanBefore) + squaresOf(right, meanAfter)
  const deviation = Math.sqrt((squares / freedom) * (1 / left.length + 1 / right.length))
  const pValue =
    freedom < 1 || meanAfter === meanBefore
      ? 1
      : deviation === 0
        ? 0
        : studentPValue((meanAfter - meanBefore) / deviation, freedom)
  return { meanBefore, meanAfter, change, pValue }
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

const squaresOf = (values: readonly number[], mean: number): number =>
  values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
