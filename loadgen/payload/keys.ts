// DATA PLANE: 10-20 ns a key, zipf 60 ns.
//
// Keys of records: `key-` and a number of fixed width, so that keyed records keep one size and can be patched in place; of perf
// tests a number as it is.
import type { Random } from '../../core/random.ts'
import type { KeyPlan } from '../plan.ts'
import { keyBytesMax, readProfile } from './profile.ts'
import { writeDigits } from './stamp.ts'

export interface KeySource {
  /** Bytes of every key, or of the longest one; -1: records have none. */
  readonly keyBytes: number
  /** Keys have several lengths: draws the next one and tells its bytes, for `write` to write; -1: this record has none. */
  readonly prepare?: (sequence: number) => number
  write(view: DataView, at: number, sequence: number): void
}

const prefix = Buffer.from('key-')
const hotKeys = 100_000

export function makeKeySource(plan: KeyPlan, random: Random): KeySource {
  switch (plan.kind) {
    case 'none':
      return { keyBytes: -1, write: () => {} }
    case 'sequential':
      return numbered(16, sequence => sequence)
    case 'uniform':
      return numbered(digitsOf(plan.count), () => random.below(plan.count))
    case 'zipf':
      return numbered(digitsOf(plan.count), makeZipf(plan.count, plan.exponent, random))
    case 'numbers':
      return plainNumbers(
        plan.count,
        plan.draw === 'in-turn' ? sequence => sequence % plan.count : () => random.below(plan.count),
      )
    case 'replay':
      return replayed(plan.path)
    case 'hot':
      return numbered(digitsOf(hotKeys), () => (random.fraction() < plan.share ? 0 : 1 + random.below(hotKeys)))
  }
}

function plainNumbers(count: number, draw: (sequence: number) => number): KeySource {
  let drawn = 0
  let digits = 1
  return {
    keyBytes: digitsOf(count - 1),
    prepare(sequence) {
      drawn = draw(sequence)
      digits = digitsOf(drawn)
      return digits
    },
    write: (view, at) => writeDigits(view, at, digits, drawn),
  }
}

function replayed(path: string): KeySource {
  const profile = readProfile(path)
  const { keyOf, keys } = profile
  let drawn: Buffer | undefined
  return {
    keyBytes: keyBytesMax(profile),
    prepare(sequence) {
      drawn = keys[keyOf[sequence % keyOf.length]!]
      return drawn === undefined ? -1 : drawn.length
    },
    write(view, at) {
      if (drawn === undefined) return
      for (let index = 0; index < drawn.length; index++) view.setUint8(at + index, drawn[index]!)
    },
  }
}

/** Keys are numbered 0 to count - 1, or 0 to count with a hot one. */
const digitsOf = (count: number) => String(count).length

function numbered(digits: number, draw: (sequence: number) => number): KeySource {
  return {
    keyBytes: prefix.length + digits,
    write(view, at, sequence) {
      view.setUint32(at, 0x6b65792d) // 'key-'
      writeDigits(view, at + prefix.length, digits, draw(sequence))
    },
  }
}

/**
 * Ranks 0 to count - 1, rank k with probability proportional to 1 / (k + 1)^exponent, in constant time and memory:
 * rejection-inversion (Hörmann and Derflinger 1996, "Rejection-inversion to generate variates from monotone discrete
 * distributions").
 */
export function makeZipf(count: number, exponent: number, random: Random): () => number {
  const h = (x: number) => Math.exp(-exponent * Math.log(x))
  const hIntegral = (x: number) => {
    const logX = Math.log(x)
    return expm1Over((1 - exponent) * logX) * logX
  }
  const hIntegralInverse = (x: number) => {
    const t = Math.max(-1, x * (1 - exponent))
    return Math.exp(log1pOver(t) * x)
  }
  const low = hIntegral(1.5) - 1
  const high = hIntegral(count + 0.5)
  const accept = 2 - hIntegralInverse(hIntegral(2.5) - h(2))
  return () => {
    for (;;) {
      const u = high + random.fraction() * (low - high)
      const x = hIntegralInverse(u)
      const rank = Math.min(Math.max(Math.round(x), 1), count)
      if (rank - x <= accept || u >= hIntegral(rank + 0.5) - h(rank)) return rank - 1
    }
  }
}

/** (e^x - 1) / x and ln(1 + x) / x, continued through zero, which is the exponent 1. */
const expm1Over = (x: number) => (Math.abs(x) > 1e-8 ? Math.expm1(x) / x : 1 + x / 2)
const log1pOver = (x: number) => (Math.abs(x) > 1e-8 ? Math.log1p(x) / x : 1 - x / 2)
