// Shows that the curve of the universal scalability law is found again from points that were made by it, that it is refused where it
// would be invented, and that a subset of a matrix is spread and has the line of the curve.
import { describe, expect, it } from 'vitest'
import { makeRandom } from '../../../core/random.ts'
import { type Axis, chosen, matrix, settingsAt } from '../../../loadgen/capacity/sweep/matrix.ts'
import { curvesOf, type SweepPoint } from '../../../loadgen/capacity/sweep/report.ts'
import { curveLines } from '../../../loadgen/capacity/sweep/text.ts'
import { fitUsl, predict, usl } from '../../../loadgen/capacity/sweep/usl.ts'

const law = { gamma: 1000, alpha: 0.05, beta: 0.001 }
const points = (ns: readonly number[], noise = 0, seed = 1) => {
  const random = makeRandom(seed)
  return ns.map(n => ({ n, perSec: usl(law, n) * (1 + noise * (2 * random.fraction() - 1)) }))
}
const spanning = [1, 2, 4, 8, 16, 24, 32, 48]

describe('universal scalability law', () => {
  it('is the textbook formula', () => {
    // X(1) = g; X(2) = 1000 x 2 / (1 + 0.05 + 0.001 x 2) = 2000 / 1.052 = 1901.1407
    expect(usl(law, 1)).toBe(1000)
    expect(usl(law, 2)).toBeCloseTo(1901.1407, 3)
  })

  it('finds the law again from its own points, with the peak where it must be', () => {
    const answer = fitUsl(points(spanning))
    if (answer.kind !== 'fit') throw new Error(answer.why)
    const { gamma, alpha, beta, r2, peak, asymptotePerSec } = answer.fit
    expect(gamma).toBeCloseTo(1000, 0)
    expect(alpha).toBeCloseTo(0.05, 4)
    expect(beta).toBeCloseTo(0.001, 5)
    expect(r2).toBeGreaterThan(0.9999)
    // sqrt((1 - 0.05) / 0.001) = 30.82
    expect(peak!.n).toBeCloseTo(30.82, 1)
    // 1000 / 0.05
    expect(asymptotePerSec).toBeCloseTo(20_000, -2)
  })

  it('the confidence holds what is true, in 8 of 10 seeded runs with 3 % noise', () => {
    const holds = Array.from({ length: 10 }, (_, seed) => {
      const answer = fitUsl(points([...spanning, ...spanning], 0.03, seed + 1), { draws: 60 })
      if (answer.kind !== 'fit') return false
      const { alpha, beta } = answer.fit.confidence
      return alpha.low <= law.alpha && law.alpha <= alpha.high && beta.low <= law.beta && law.beta <= beta.high
    })
    // Two intervals of 95 % each from sixteen points: the bootstrap is a little narrow.
    expect(holds.filter(Boolean).length).toBeGreaterThanOrEqual(8)
  })

  it('never says anything beyond twice the largest N', () => {
    const answer = fitUsl(points(spanning))
    if (answer.kind !== 'fit') throw new Error(answer.why)
    expect(predict(answer.fit, 96)).toBeCloseTo(usl(law, 96), 0)
    expect(predict(answer.fit, 97)).toBeUndefined()
    // A peak at 31 is not told from points up to 12.
    const short = fitUsl(points([1, 2, 3, 4, 6, 8, 12]))
    if (short.kind !== 'fit') throw new Error(short.why)
    expect(short.fit.peak).toBeUndefined()
  })

  it('refuses too few points, and points that follow no such law', () => {
    expect(fitUsl(points([1, 2, 4, 8, 16]))).toMatchObject({
      kind: 'refused',
      why: expect.stringContaining('needs 6 at least'),
    })
    const zigzag = spanning.map((n, index) => ({ n, perSec: index % 2 === 0 ? 100 : 5000 }))
    expect(fitUsl(zigzag)).toMatchObject({ kind: 'refused', why: expect.stringContaining('is no fit') })
    expect(fitUsl([...points(spanning), { n: 64, perSec: 0 }]).kind).toBe('refused')
  })
})

describe('matrix of a sweep', () => {
  const axes: readonly Axis[] = [
    { name: 'partitions', values: ['1', '2', '4', '6', '8', '12'] },
    { name: 'acks', values: ['1', 'all'] },
    { name: 'record-size', values: ['100', '1KiB', '10KiB'] },
  ]

  it('is all combinations, or as many as there is time for', () => {
    expect(matrix(axes)).toHaveLength(36)
    expect(chosen(axes, 36, 0)).toHaveLength(36)
    expect(chosen(axes, 12, 0)).toHaveLength(12)
    expect(settingsAt(axes, [2, 1, 0])).toEqual({ partitions: '4', acks: 'all', 'record-size': '100' })
  })

  it('a subset has the whole line of the curve, then what is furthest from it, each once', () => {
    const picked = chosen(axes, 12, 0)
    expect(picked.slice(0, 6)).toEqual([0, 1, 2, 3, 4, 5].map(index => [index, 0, 0]))
    expect([[0, 1, 2], [5, 1, 2]]).toContainEqual(picked[6]) // biome-ignore format: one line
    expect(new Set(picked.map(point => point.join())).size).toBe(12)
    // Every value of every axis is met.
    for (const [axis, { values }] of axes.entries())
      expect(new Set(picked.map(point => point[axis])).size).toBe(values.length)
  })

  it('a curve for each line, and its generator points told', () => {
    const sweepPoints: SweepPoint[] = matrix(axes.slice(0, 2)).map(point => {
      const settings = settingsAt(axes, point)
      const n = Number(settings.partitions)
      return {
        ...{
          settings,
          producePerSec: usl(law, n),
          produceBytesPerSec: 0,
          consumePerSec: undefined,
          consumeBytesPerSec: undefined,
        },
        ...{ partitions: n, cpuUsPerRecord: 1, limiter: n === 12 ? 'generator' : 'broker', failed: undefined },
      }
    })
    const curves = curvesOf(axes.slice(0, 2), sweepPoints)
    expect(curves.map(({ over, at, answer }) => [over, at, answer.kind])).toEqual([
      ['partitions', { acks: '1' }, 'fit'],
      ['partitions', { acks: 'all' }, 'fit'],
    ])
    expect(curveLines(curves[0]!).at(-1)).toContain('1 of 6 points were limited by the generator')
  })
})
