// The Universal Scalability Law (Gunther 1993): throughput of N of something that works side by side.
//
//   X(N) = g N / (1 + a (N - 1) + b N (N - 1))
//
//   g  of one alone     a  share that must wait for its turn (contention)     b  what each costs every other (coherency)
//   peak at N = sqrt((1 - a) / b); without b the throughput goes towards g / a.
//
// Least squares with a, b >= 0 by Levenberg and Marquardt, confidence by bootstrap over the points. A curve says nothing far from where
// it was measured: beyond twice the largest N, or with a poor fit, there is no answer.
import { levenbergMarquardt } from 'ml-levenberg-marquardt'
import { makeRandom, type Random } from '../../../core/random.ts'

export interface UslPoint {
  readonly n: number
  readonly perSec: number
}

export interface Between {
  readonly low: number
  readonly high: number
}

export interface UslFit {
  readonly gamma: number
  readonly alpha: number
  readonly beta: number
  readonly r2: number
  /** 95 % of the bootstrap. */
  readonly confidence: { readonly gamma: Between; readonly alpha: Between; readonly beta: Between }
  /** Largest N that was measured. */
  readonly nMax: number
  /** Where the throughput is highest, and how high; undefined: it does not fall, or beyond what may be said. */
  readonly peak: { readonly n: number; readonly perSec: number } | undefined
  /** What it goes towards; undefined: a is 0. */
  readonly asymptotePerSec: number | undefined
}

export type UslAnswer =
  | { readonly kind: 'fit'; readonly fit: UslFit }
  | { readonly kind: 'refused'; readonly why: string }

const pointsMin = 6
export const r2Min = 0.95
export const extrapolationMax = 2
const drawsDefault = 400

export const usl = ({ gamma, alpha, beta }: Pick<UslFit, 'gamma' | 'alpha' | 'beta'>, n: number): number =>
  (gamma * n) / (1 + alpha * (n - 1) + beta * n * (n - 1))

export function fitUsl(points: readonly UslPoint[], { seed = 1, draws = drawsDefault } = {}): UslAnswer {
  const distinct = new Set(points.map(({ n }) => n))
  if (distinct.size < pointsMin)
    return { kind: 'refused', why: `${distinct.size} values of N: a curve needs ${pointsMin} at least` }
  if (points.some(({ n, perSec }) => !(n >= 1 && perSec > 0)))
    return { kind: 'refused', why: 'N must be at least 1, and something must have been done at each' }
  const parameters = fitted(points)
  const r2 = determination(points, parameters)
  if (r2 < r2Min)
    return {
      kind: 'refused',
      why: `the curve explains ${(100 * r2).toFixed(1)} % of what was measured, and less than ${100 * r2Min} % is no fit (noise, or another law)`,
    }
  const nMax = Math.max(...distinct)
  const peakN =
    parameters.beta > 0 && parameters.alpha < 1 ? Math.sqrt((1 - parameters.alpha) / parameters.beta) : undefined
  const isKnown = peakN !== undefined && peakN <= extrapolationMax * nMax
  return {
    kind: 'fit',
    fit: {
      ...parameters,
      r2,
      confidence: bootstrap(points, makeRandom(seed), draws),
      nMax,
      peak: isKnown ? { n: peakN, perSec: usl(parameters, peakN) } : undefined,
      asymptotePerSec: parameters.alpha > 0 ? parameters.gamma / parameters.alpha : undefined,
    },
  }
}

/** Throughput at N; undefined where the measurements do not reach. */
export function predict(fit: UslFit, n: number): number | undefined {
  return n < 1 || n > extrapolationMax * fit.nMax ? undefined : usl(fit, n)
}

interface Parameters {
  readonly gamma: number
  readonly alpha: number
  readonly beta: number
}

function fitted(points: readonly UslPoint[]): Parameters {
  // As shares of the largest, so that the three parameters are of one size.
  const scale = Math.max(...points.map(({ perSec }) => perSec))
  const data = { x: points.map(({ n }) => n), y: points.map(({ perSec }) => perSec / scale) }
  const first = firstGuess(points, scale)
  const { parameterValues } = levenbergMarquardt(
    data,
    ([gamma = 0, alpha = 0, beta = 0]) =>
      n =>
        usl({ gamma, alpha, beta }, n),
    {
      initialValues: [first.gamma, first.alpha, first.beta],
      minValues: [1e-12, 0, 0],
      maxValues: [Number.MAX_SAFE_INTEGER, 1, 1],
      maxIterations: 40,
      damping: 1e-2,
      errorTolerance: 1e-9,
      gradientDifference: 1e-6,
    },
  )
  const [gamma = 0, alpha = 0, beta = 0] = parameterValues
  return { gamma: gamma * scale, alpha, beta }
}

/** N / X is linear in 1/g, a/g and b/g; what comes out below zero is taken for zero. */
function firstGuess(points: readonly UslPoint[], scale: number): Parameters {
  const perOne = Math.max(...points.map(({ n, perSec }) => perSec / scale / n))
  const rows = points.map(({ n, perSec }) => ({ u: n - 1, v: n * (n - 1), y: (n / (perSec / scale)) * perOne - 1 }))
  const sum = (of: (row: (typeof rows)[number]) => number) => rows.reduce((total, row) => total + of(row), 0)
  const [uu, uv, vv, uy, vy] = [sum(({ u }) => u * u), sum(({ u, v }) => u * v), sum(({ v }) => v * v), sum(({ u, y }) => u * y), sum(({ v, y }) => v * y)] // biome-ignore format: one line
  const determinant = uu * vv - uv * uv
  const alpha = determinant === 0 ? 0 : (uy * vv - vy * uv) / determinant
  const beta = determinant === 0 ? 0 : (vy * uu - uy * uv) / determinant
  return { gamma: perOne, alpha: Math.min(0.9, Math.max(1e-6, alpha)), beta: Math.min(0.9, Math.max(1e-9, beta)) }
}

function determination(points: readonly UslPoint[], parameters: Parameters): number {
  const mean = points.reduce((sum, { perSec }) => sum + perSec, 0) / points.length
  const total = points.reduce((sum, { perSec }) => sum + (perSec - mean) ** 2, 0)
  const rest = points.reduce((sum, { n, perSec }) => sum + (perSec - usl(parameters, n)) ** 2, 0)
  return total === 0 ? 0 : 1 - rest / total
}

/** Points drawn anew with replacement, as long as they have enough values of N for three parameters. */
function bootstrap(points: readonly UslPoint[], random: Random, draws: number): UslFit['confidence'] {
  const fits: Parameters[] = []
  for (let draw = 0; draw < draws; draw++) {
    const sample = points.map(() => points[random.below(points.length)]!)
    if (new Set(sample.map(({ n }) => n)).size >= 4) fits.push(fitted(sample))
  }
  const between = (of: (each: Parameters) => number): Between => {
    const values = fits.map(of).sort((a, b) => a - b)
    const at = (share: number) => values[Math.min(values.length - 1, Math.floor(share * values.length))] ?? Number.NaN
    return { low: at(0.025), high: at(0.975) }
  }
  return {
    gamma: between(({ gamma }) => gamma),
    alpha: between(({ alpha }) => alpha),
    beta: between(({ beta }) => beta),
  }
}
