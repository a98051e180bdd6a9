// Shows that record sizes stay within their bounds, both ends included, and come with their weights.
import { describe, expect, it } from 'vitest'
import { makeRandom } from '../../../core/random.ts'
import { makeSizeSource, meanSizeBytes, sizeRange } from '../../../loadgen/payload/sizes.ts'
import type { SizePlan } from '../../../loadgen/plan.ts'

const weighted: SizePlan = {
  kind: 'weighted',
  buckets: [
    { bytesMin: 100, bytesMax: 200, weight: 6 },
    { bytesMin: 50, bytesMax: 50, weight: 3 },
    { bytesMin: 1000, bytesMax: 1001, weight: 1 },
  ],
}

const cases: { why: string; plan: SizePlan; bytesMin: number; bytesMax: number; mean: number }[] = [
  { why: 'fixed', plan: { kind: 'fixed', bytes: 100 }, bytesMin: 100, bytesMax: 100, mean: 100 },
  { why: 'fixed nothing', plan: { kind: 'fixed', bytes: 0 }, bytesMin: 0, bytesMax: 0, mean: 0 },
  {
    why: 'uniform',
    plan: { kind: 'uniform', bytesMin: 10, bytesMax: 30 },
    bytesMin: 10,
    bytesMax: 30,
    mean: 20,
  },
  {
    why: 'uniform of one size',
    plan: { kind: 'uniform', bytesMin: 7, bytesMax: 7 },
    bytesMin: 7,
    bytesMax: 7,
    mean: 7,
  },
  // (150 * 6 + 50 * 3 + 1000.5 * 1) / 10
  { why: 'weighted buckets', plan: weighted, bytesMin: 50, bytesMax: 1001, mean: 205.05 },
]

describe('sizes', () => {
  it.each(cases)('$why: bounds are reached and kept, the mean is the announced one', ({ plan, ...expected }) => {
    const draw = makeSizeSource(plan, makeRandom(5))
    const sizes = Array.from({ length: 60_000 }, () => draw())
    expect({ bytesMin: Math.min(...sizes), bytesMax: Math.max(...sizes) }).toEqual(boundsOf(plan))
    expect(boundsOf(plan)).toEqual({ bytesMin: expected.bytesMin, bytesMax: expected.bytesMax })
    expect(meanSizeBytes(plan)).toBeCloseTo(expected.mean, 9)
    const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length
    expect(Math.abs(mean - expected.mean)).toBeLessThanOrEqual(expected.mean * 0.02)
  })

  it('weights are shares, whatever they add up to, and a weight of zero is never drawn', () => {
    const draw = makeSizeSource(
      {
        kind: 'weighted',
        buckets: [
          { bytesMin: 1, bytesMax: 1, weight: 0.2 },
          { bytesMin: 2, bytesMax: 2, weight: 0 },
          { bytesMin: 3, bytesMax: 3, weight: 0.05 },
        ],
      },
      makeRandom(9),
    )
    const seen = [0, 0, 0, 0]
    for (let index = 0; index < 50_000; index++) seen[draw()]!++
    expect(seen[1]! / 50_000).toBeCloseTo(0.8, 2)
    expect(seen[2]).toBe(0)
    expect(seen[3]! / 50_000).toBeCloseTo(0.2, 2)
  })

  it('every size of a uniform range is as likely as every other, the ends too', () => {
    const draw = makeSizeSource({ kind: 'uniform', bytesMin: 100, bytesMax: 104 }, makeRandom(2))
    const seen = new Map<number, number>()
    for (let index = 0; index < 50_000; index++) {
      const size = draw()
      seen.set(size, (seen.get(size) ?? 0) + 1)
    }
    for (const size of [100, 101, 102, 103, 104]) expect(seen.get(size)! / 10_000).toBeCloseTo(1, 1)
  })
})

function boundsOf(plan: SizePlan) {
  const { bytesMin, bytesMax } = sizeRange(plan)
  return { bytesMin, bytesMax }
}
