// Shows what a record costs between and outside of what was calibrated, and what N workers reach on C CPUs at that cost.
// Method: two sizes and two worker counts, with costs that can be worked out by hand.
import { describe, expect, it } from 'vitest'
import type { CalibrationPoint } from '../../../loadgen/headroom/calibration.ts'
import { ceilingPerSec, recordCost } from '../../../loadgen/headroom/ceiling.ts'
import { pointOf } from './points.ts'

const points: CalibrationPoint[] = [
  pointOf({ recordBytes: 100, workers: 1, cpuUsPerRecord: 0.1 }),
  pointOf({ recordBytes: 1100, workers: 1, cpuUsPerRecord: 0.6 }),
  pointOf({ recordBytes: 100, workers: 3, cpuUsPerRecord: 0.2 }),
  pointOf({ recordBytes: 1100, workers: 3, cpuUsPerRecord: 1.2 }),
]

describe('the cost of a record', () => {
  it.each([
    { why: 'measured at this very size', bytes: 1100, workers: 1, cost: 0.6, basis: 'measured' },
    { why: 'half way between two sizes', bytes: 600, workers: 1, cost: 0.35, basis: 'interpolated' },
    { why: 'between two worker counts', bytes: 100, workers: 2, cost: 0.15, basis: 'interpolated' },
    { why: 'between both', bytes: 600, workers: 2, cost: 0.525, basis: 'interpolated' },
    { why: 'smaller than all: as the smallest', bytes: 10, workers: 1, cost: 0.1, basis: 'extrapolated' },
    { why: 'larger than all: in proportion', bytes: 2200, workers: 1, cost: 1.2, basis: 'extrapolated' },
    { why: 'more workers than were calibrated', bytes: 100, workers: 8, cost: 0.2, basis: 'extrapolated' },
    { why: 'larger, and between two worker counts', bytes: 2200, workers: 2, cost: 1.8, basis: 'extrapolated' },
  ] as const)('$why', ({ bytes, workers, cost, basis }) => {
    const found = recordCost(points, 'produce', bytes, workers)!
    expect(found.cpuUsPerRecord).toBeCloseTo(cost, 9)
    expect(found.basis).toBe(basis)
  })

  it('is not known for a direction that was not calibrated', () => {
    expect(recordCost(points, 'consume', 100, 1)).toBeUndefined()
  })
})

describe('the ceiling', () => {
  it.each([
    { why: 'one worker has one CPU, however many there are', workers: 1, cpus: 16, perSec: 10e6 },
    { why: 'each worker has a CPU of its own', workers: 4, cpus: 16, perSec: 40e6 },
    { why: 'more workers than CPUs have the CPUs and no more', workers: 4, cpus: 2, perSec: 20e6 },
  ])('$why', ({ workers, cpus, perSec }) => {
    expect(ceilingPerSec(0.1, workers, cpus)).toBeCloseTo(perSec, 0)
  })
})
