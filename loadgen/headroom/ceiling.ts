// The generator's ceiling, from a calibration. Pure arithmetic.
//
//   ceiling = CPUs that the workers can have / CPU seconds that a record costs      CPUs = min(workers, CPUs of the machine)
//
// A worker is one thread, so it can have one CPU at most; all of them together have the machine. The rate that was reached
// while calibrating is no ceiling: there the broker took its share of the same CPUs, or was itself the one that could not go
// faster. CPU time a record does not depend on either, and holds for a target that is elsewhere. The network card is not
// in it.
import type { CalibrationPoint, Direction } from './calibration.ts'

/** Whether the asked size and workers were measured, lie between what was measured, or outside of it. */
export type Basis = 'measured' | 'interpolated' | 'extrapolated'

export interface RecordCost {
  readonly cpuUsPerRecord: number
  readonly basis: Basis
}

/** CPU time a record costs the generator; undefined when this direction was not measured. */
export function recordCost(
  points: readonly CalibrationPoint[],
  direction: Direction,
  recordBytes: number,
  workers: number,
): RecordCost | undefined {
  const ofDirection = points.filter(point => point.direction === direction)
  const counts = [...new Set(ofDirection.map(point => point.workers))].toSorted((a, b) => a - b)
  const at = (count: number) =>
    costAtSize(
      ofDirection.filter(point => point.workers === count),
      recordBytes,
    )
  const [below, above] = [counts.findLast(count => count <= workers), counts.find(count => count >= workers)]
  if (below === undefined && above === undefined) return undefined
  // Outside of what was measured the nearest count speaks: what a record costs hardly depends on who else is at work.
  if (below === undefined || above === undefined) return { ...at((below ?? above)!), basis: 'extrapolated' }
  if (below === above) return at(below)
  return mixed(at(below), at(above), (workers - below) / (above - below))
}

/** A cost for each record and one for each byte: linear between two sizes. */
function costAtSize(points: readonly CalibrationPoint[], recordBytes: number): RecordCost {
  const sorted = points.toSorted((a, b) => a.recordBytes - b.recordBytes)
  const below = sorted.findLast(point => point.recordBytes <= recordBytes)
  const above = sorted.find(point => point.recordBytes >= recordBytes)
  // A record smaller than all that were measured costs no more than the smallest of them.
  if (below === undefined) return { cpuUsPerRecord: above!.cpuUsPerRecord, basis: 'extrapolated' }
  // A larger one costs at most in proportion to its bytes, because the cost of a record by itself is not paid again.
  if (above === undefined) {
    return { cpuUsPerRecord: below.cpuUsPerRecord * (recordBytes / below.recordBytes), basis: 'extrapolated' }
  }
  if (below === above) return { cpuUsPerRecord: below.cpuUsPerRecord, basis: 'measured' }
  const share = (recordBytes - below.recordBytes) / (above.recordBytes - below.recordBytes)
  const cpuUsPerRecord = below.cpuUsPerRecord + share * (above.cpuUsPerRecord - below.cpuUsPerRecord)
  return { cpuUsPerRecord, basis: 'interpolated' }
}

function mixed(a: RecordCost, b: RecordCost, share: number): RecordCost {
  const cpuUsPerRecord = a.cpuUsPerRecord + share * (b.cpuUsPerRecord - a.cpuUsPerRecord)
  return {
    cpuUsPerRecord,
    basis: a.basis === 'extrapolated' || b.basis === 'extrapolated' ? 'extrapolated' : 'interpolated',
  }
}

/** Records a second of so many worker threads, had they the machine's CPUs for themselves. */
export const ceilingPerSec = (cpuUsPerRecord: number, workers: number, cpus: number): number =>
  (Math.min(workers, cpus) * 1e6) / cpuUsPerRecord
