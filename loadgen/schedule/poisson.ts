// DATA PLANE: 20 ns an arrival.
//
// Poisson arrivals that any worker can compute for itself, at any place, without a message: an exact construction, not an
// approximation, and a pure function of the seed.
//
// On the axis of the curve's area the process has rate 1: arrival i lies at E0 + E1 + … + Ei, each E exponential with mean 1.
// Adding them up from the beginning would make a look far ahead cost as much as the run, so the sums are drawn from above:
//   - a tract of 2^20 arrivals has the length Gamma(2^20), drawn by hash of (seed, tract);
//   - halves: of a stretch of 2m arrivals with length L the first m take L * Beta(m, m), and Beta(m, m) = G / (G + G') with
//     two Gamma(m), drawn by hash of (seed, tract, node): down to leaves of 1024 arrivals;
//   - a leaf of length L holds 1024 exponentials scaled to add up to L: that is their distribution, given their sum.
// Gamma and exponential are one family, and each step is the exact conditional distribution (Devroye 1986, XI.3), so
// together they are the Poisson process. The parts are made of hashes and no state, so all workers see the same arrivals.
// A leaf is kept, because records are asked for in order; each worker makes all leaves and takes its own arrivals out.
import { makeRandom, type Random } from '../../core/random.ts'
import type { Curve } from './curve.ts'
import type { Schedule } from './schedule.ts'

const leafArrivals = 1024
const tractLeaves = 1024
const tractArrivals = leafArrivals * tractLeaves

export function poisson(curve: Curve, seed: number): Schedule {
  const arrivals = new UnitArrivals(seed)
  return {
    dueBy: elapsedSec => (elapsedSec < 0 ? 0 : arrivals.countBy(curve.areaBy(elapsedSec))),
    dueAt: index => curve.secAt(arrivals.at(index)),
    rateAt: elapsedSec => curve.rateAt(elapsedSec),
  }
}

/** The process of rate 1. */
export class UnitArrivals {
  readonly #seed: number
  /** Where each tract begins, as far as it has been asked for. */
  readonly #tractStarts = [0]
  /** Arrivals of the leaf that was asked for last. */
  readonly #leaf = new Float64Array(leafArrivals)
  #leafIndex = -1
  #leafStart = 0

  constructor(seed: number) {
    this.#seed = seed
  }

  /** Where arrival `index` (from 0) lies. */
  at(index: number): number {
    if (index === Number.POSITIVE_INFINITY) return index
    const leaf = Math.floor(index / leafArrivals)
    if (leaf !== this.#leafIndex) this.#goTo(leaf)
    return this.#leaf[index - leaf * leafArrivals]!
  }

  /** Arrivals in [0, place]. */
  countBy(place: number): number {
    if (!(place >= this.#leafStart && place < this.#leafEnd)) this.#goToPlace(place)
    // The first arrival beyond the place, by halving.
    let low = 0
    let high = leafArrivals
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#leaf[middle]! <= place) low = middle + 1
      else high = middle
    }
    return this.#leafIndex * leafArrivals + low
  }

  get #leafEnd(): number {
    return this.#leafIndex < 0 ? -1 : this.#leaf[leafArrivals - 1]!
  }

  #goTo(leaf: number): void {
    const tract = Math.floor(leaf / tractLeaves)
    const wanted = leaf - tract * tractLeaves
    this.#descend(tract, middleLeaf => wanted >= middleLeaf)
  }

  #goToPlace(place: number): void {
    let tract = 0
    while (this.#tractStart(tract + 1) <= place) tract++
    this.#descend(tract, (_middleLeaf, middlePlace) => place >= middlePlace)
  }

  /** From a tract to one of its leaves, by ten splits. */
  #descend(tract: number, isInSecondHalf: (middleLeaf: number, middlePlace: number) => boolean): void {
    let start = this.#tractStart(tract)
    let length = this.#tractStart(tract + 1) - start
    let firstLeaf = 0
    let node = 1
    for (let leaves = tractLeaves; leaves > 1; leaves /= 2) {
      const half = leaves / 2
      const random = this.#randomOf(tract, node)
      const one = gamma(half * leafArrivals, random)
      const share = one / (one + gamma(half * leafArrivals, random))
      const isSecond = isInSecondHalf(firstLeaf + half, start + length * share)
      if (isSecond) {
        firstLeaf += half
        start += length * share
      }
      length *= isSecond ? 1 - share : share
      node = 2 * node + (isSecond ? 1 : 0)
    }
    this.#fill(tract * tractLeaves + firstLeaf, start, length, this.#randomOf(tract, node))
  }

  #fill(leaf: number, start: number, length: number, random: Random): void {
    let sum = 0
    for (let index = 0; index < leafArrivals; index++) {
      sum += exponential(random)
      this.#leaf[index] = sum
    }
    const scale = length / sum
    for (let index = 0; index < leafArrivals; index++) this.#leaf[index] = start + this.#leaf[index]! * scale
    this.#leafIndex = leaf
    this.#leafStart = start
  }

  #tractStart(tract: number): number {
    const starts = this.#tractStarts
    while (starts.length <= tract) {
      const previous = starts.length - 1
      starts.push(starts[previous]! + gamma(tractArrivals, this.#randomOf(previous, 0)))
    }
    return starts[tract]!
  }

  /** Nodes of a tract are numbered as in a heap, 0 is its length: below 2^11. */
  #randomOf(tract: number, node: number): Random {
    return makeRandom(this.#seed, tract * 2 * tractLeaves + node)
  }
}

/** In (0, 1): never the ends, which have no logarithm. */
const fraction = (random: Random) => (random.next() + 0.5) / 0x1_0000_0000

const exponential = (random: Random) => -Math.log(fraction(random))

/** Gamma of a whole shape, scale 1, by rejection (Marsaglia and Tsang 2000). */
function gamma(shape: number, random: Random): number {
  const d = shape - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  for (;;) {
    const normal = Math.sqrt(2 * exponential(random)) * Math.cos(2 * Math.PI * fraction(random))
    const v = (1 + c * normal) ** 3
    if (v > 0 && Math.log(fraction(random)) < 0.5 * normal * normal + d - d * v + d * Math.log(v)) return d * v
  }
}
