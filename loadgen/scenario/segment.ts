// Execution segments: one test in parts, each run by a process of its own that knows only its share and needs to hear of no
// other. The same arithmetic shares a scenario out to the worker threads of one process. Behaviour as k6 documents it: the parts
// of a whole always add up to the whole, and a part does not shrink when the whole grows.
import type { Parsed } from '../../core/units.ts'

/** An exact rational number: numerator / denominator, in lowest terms. */
export interface Rational {
  readonly num: bigint
  readonly den: bigint
}

/** The part (from, to] of a test. */
export interface Segment {
  readonly from: Rational
  readonly to: Rational
}

const zero: Rational = { num: 0n, den: 1n }
const one: Rational = { num: 1n, den: 1n }
export const wholeSegment: Segment = { from: zero, to: one }

const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? a : gcd(b, a % b))
const lcm = (a: bigint, b: bigint): bigint => (a / gcd(a, b)) * b

function rational(num: bigint, den: bigint): Rational {
  const common = gcd(num < 0n ? -num : num, den)
  return common === 0n ? zero : { num: num / common, den: den / common }
}

const minus = (a: Rational, b: Rational) => rational(a.num * b.den - b.num * a.den, a.den * b.den)
const compare = (a: Rational, b: Rational) => Number(a.num * b.den - b.num * a.den)
export const lengthOf = ({ from, to }: Segment): Rational => minus(to, from)
export const isWhole = (segment: Segment): boolean => compare(lengthOf(segment), one) === 0
const textOf = ({ num, den }: Rational) => (den === 1n ? `${num}` : `${num}/${den}`)
export const segmentText = ({ from, to }: Segment) => `${textOf(from)}:${textOf(to)}`

/** "1/3", "0.25" or "25%", between 0 and 1. */
function parseRational(text: string): Rational | undefined {
  const trimmed = text.trim()
  const ratio = /^(\d+)\/(\d+)$/.exec(trimmed)
  if (ratio !== null) return ratio[2] === '0' ? undefined : rational(BigInt(ratio[1]!), BigInt(ratio[2]!))
  const decimal = /^(\d*)(?:\.(\d+))?(%?)$/.exec(trimmed)
  if (decimal === null || trimmed === '' || trimmed === '%') return undefined
  const [, whole = '', fraction = '', percent] = decimal
  if (whole === '' && fraction === '') return undefined
  return rational(BigInt(whole + fraction), 10n ** BigInt(fraction.length) * (percent === '%' ? 100n : 1n))
}

/** "1/4:1/2"; a single number is the part up to it: "25%" is "0:25%". Empty: the whole. */
export function parseSegment(text: string): Parsed<Segment> {
  if (text.trim() === '') return { value: wholeSegment }
  const parts = text.split(':')
  const [from, to] = parts.length === 1 ? [zero, parseRational(parts[0]!)] : parts.map(parseRational)
  if (parts.length > 2 || from === undefined || to === undefined) {
    return { problem: `"${text}" is not a segment: write from:to, as 0:1/3, 0.25:0.5 or 25%:50%` }
  }
  if (compare(from, to) >= 0) return { problem: `"${text}" must end after it begins` }
  if (compare(to, one) > 0) return { problem: `"${text}" must not reach beyond 1` }
  return { value: { from, to } }
}

/** "0,1/3,2/3,1": the borders of all parts. Empty: none is known. */
export function parseSequence(text: string): Parsed<readonly Segment[]> {
  if (text.trim() === '') return { value: [] }
  const borders = text.split(',').map(parseRational)
  if (borders.length < 2 || borders.includes(undefined)) {
    return { problem: `"${text}" is not a sequence of segments: write their borders, as 0,1/3,2/3,1` }
  }
  const segments: Segment[] = []
  for (const [index, to] of borders.slice(1).entries()) {
    const from = borders[index]!
    if (compare(from, to!) >= 0 || compare(to!, one) > 0) {
      return { problem: `"${text}" must rise from border to border, up to 1 at most` }
    }
    segments.push({ from, to: to! })
  }
  return { value: segments }
}

/** Missing ends are filled in, and where no sequence is given the parts before and after the segment. */
export function filledSequence(segments: readonly Segment[], own: Segment): readonly Segment[] {
  const inner = segments.length === 0 ? [own] : segments
  const first = inner[0]!.from
  const last = inner.at(-1)!.to
  return [
    ...(compare(zero, first) < 0 ? [{ from: zero, to: first }] : []),
    ...inner,
    ...(compare(last, one) < 0 ? [{ from: last, to: one }] : []),
  ]
}

/**
 * Which of the elements 0, 1, 2, … of a test belong to one segment: those at `start` and then on by the offsets, over and over.
 * A cycle is as long as the lowest common denominator of all lengths.
 */
export interface Striping {
  readonly start: number
  readonly offsets: readonly number[]
  readonly lcd: number
}

export const wholeStriping: Striping = { start: 0, offsets: [1], lcd: 1 }
/** Nothing of it. */
const noStriping: Striping = { start: 0, offsets: [], lcd: 1 }

/** Undefined: the segment is no part of the sequence. */
export function stripingOf(segment: Segment, sequence: readonly Segment[]): Striping | undefined {
  const filled = filledSequence(sequence, segment)
  const index = filled.findIndex(({ from, to }) => compare(from, segment.from) === 0 && compare(to, segment.to) === 0)
  if (index < 0) return undefined
  const owned = stripes(filled)[index]!
  const lcd = lcdOf(filled)
  return { start: owned[0]!, offsets: owned.map((at, i) => (owned[i + 1] ?? owned[0]! + lcd) - at), lcd }
}

/**
 * Which elements belong to a segment, where so many VUs are shared out first: each has elements by its VUs, and one without a VU has
 * none, which could not work on them. As in k6, for shared iterations and for arrival rates.
 */
export function stripingByVus(segment: Segment, sequence: readonly Segment[], vus: number): Striping | undefined {
  const filled = filledSequence(sequence, segment)
  let before = 0
  const borders = filled.map(each => {
    const from = before
    before += scaled(vus, stripingOf(each, filled)!)
    return { from: rational(BigInt(from), BigInt(vus)), to: rational(BigInt(before), BigInt(vus)) }
  })
  const own = borders[filled.findIndex(each => segmentText(each) === segmentText(segment))]
  if (own === undefined) return undefined
  const withVus = borders.filter(({ from, to }) => compare(from, to) < 0)
  return withVus.includes(own) ? stripingOf(own, withVus) : noStriping
}

const lcdOf = (segments: readonly Segment[]) =>
  Number(segments.map(lengthOf).reduce((all, { den }) => lcm(all, den), 1n))

/** Of one cycle: the elements of each segment. Larger segments come first; each takes its elements as evenly as it can. */
function stripes(segments: readonly Segment[]): number[][] {
  const lcd = lcdOf(segments)
  const shares = segments.map((segment, index) => {
    const { num, den } = lengthOf(segment)
    return { index, count: Number((num * BigInt(lcd)) / den), taken: 0 }
  })
  shares.sort((a, b) => b.count - a.count)
  const owned: number[][] = segments.map(() => [])
  for (let element = 0; element < lcd; element++) {
    const owner = shares.find(({ taken, count }) => taken < count && taken * lcd <= element * count)!
    owner.taken++
    owned[owner.index]!.push(element)
  }
  return owned
}

/** How many of the first `total` elements belong to the segment. */
export function scaled(total: number, { start, offsets, lcd }: Striping): number {
  const cycles = Math.floor(total / lcd)
  let count = cycles * offsets.length
  let at = start
  for (const offset of offsets) {
    if (at >= total - cycles * lcd) break
    count++
    at += offset
  }
  return count
}

/** Number in the test of this segment's element `own` (from 0). */
export function elementAt(own: number, { start, offsets, lcd }: Striping): number {
  const cycles = Math.floor(own / offsets.length)
  let at = start
  for (let i = 0; i < own % offsets.length; i++) at += offsets[i]!
  return cycles * lcd + at
}

/** The part of a part: every `parts`-th element of a segment, from the `part`-th on. */
export const split = (striping: Striping, part: number, parts: number): Striping => pick(striping, [part], parts)

/** Of each `of` elements of a segment those with these numbers, which rise. */
export function pick(striping: Striping, numbers: readonly number[], of: number): Striping {
  const cycle = striping.offsets.length
  const groups = cycle / Number(gcd(BigInt(cycle), BigInt(of)))
  const owned = Array.from({ length: groups }, (_, group) =>
    numbers.map(number => elementAt(group * of + number, striping)),
  ).flat()
  const lcd = (striping.lcd * of * groups) / cycle
  return { start: owned[0]!, offsets: owned.map((at, i) => (owned[i + 1] ?? owned[0]! + lcd) - at), lcd }
}
