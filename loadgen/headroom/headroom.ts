// How much of what this machine's generator can do a run has used: the CPU time that its records cost by the calibration,
// over the CPU time that its workers can have. Pure: what was measured and the calibration come in.
//
// A share near 100 % says that the run measured the generator and not the brokers. Where the run's own records cost more
// than calibrated ones (compression, TLS, small batches), `cpuUsedPercent`, which is this run's own CPU, says so.

import type { BenchPlan } from '../plan.ts'
import { type Calibration, type Direction, type MachineIdentity, staleBecause } from './calibration.ts'
import { ceilingPerSec, recordCost } from './ceiling.ts'
import type { Headroom, HeadroomSide } from './model.ts'

/** A calibration, or why there is none. */
export type CalibrationFound = Calibration | { readonly missing: string }

export const notCalibrated: CalibrationFound = {
  missing: 'this machine is not calibrated: run millrace calibrate once',
}

export interface Measured {
  readonly plan: BenchPlan
  readonly machine: MachineIdentity
  readonly seconds: number
  readonly cpuSec: number
  readonly produce: Moved | undefined
  readonly consume: Moved | undefined
}

/** In the measured time. */
export interface Moved {
  readonly records: number
  readonly bytes: number
}

export function headroomOf(found: CalibrationFound, measured: Measured): Headroom {
  const unknown = (reason: string): Headroom => ({ kind: 'unknown', reason })
  const { driver } = measured.plan
  if (driver !== undefined) return unknown(`calibrated is millrace's own client, and this run drove ${driver}`)
  if ('missing' in found) return unknown(found.missing)
  const stale = staleBecause(found.machine, measured.machine)
  if (stale.length > 0) {
    const when = found.measuredAt.slice(0, 10)
    return unknown(`the calibration of ${when} does not hold here (${stale.join('; ')}): run millrace calibrate again`)
  }
  const { plan, machine, seconds, cpuSec, produce, consume } = measured
  if (seconds === 0 || (produce?.records ?? 0) + (consume?.records ?? 0) === 0) return unknown('nothing was measured')
  const side = (direction: Direction, moved: Moved | undefined) => sideOf(found, direction, moved, measured)
  const sides = [side('produce', produce), side('consume', consume)] as const
  const uncovered = sides.find(each => typeof each === 'string')
  if (uncovered !== undefined) return unknown(uncovered)
  const [produceSide, consumeSide] = sides as [HeadroomSide | undefined, HeadroomSide | undefined]
  const threads = plan.workers * (plan.mode === 'roundtrip' ? 2 : 1)
  const demandedCpus = costOf(produceSide, produce, seconds) + costOf(consumeSide, consume, seconds)
  const usedPercent = Math.max(
    produceSide?.usedPercent ?? 0,
    consumeSide?.usedPercent ?? 0,
    // Both sides of a roundtrip have the machine together.
    (demandedCpus / Math.min(threads, machine.cpus)) * 100,
  )
  return {
    kind: 'known',
    usedPercent,
    cpuUsedPercent: (cpuSec / seconds / Math.min(threads, machine.cpus)) * 100,
    calibratedAt: found.measuredAt,
    differences: differencesOf(plan),
    ...(produceSide && { produce: produceSide }),
    ...(consumeSide && { consume: consumeSide }),
  }
}

/** undefined: the run had no such side. A text: why there is no number. */
function sideOf(
  { points }: Calibration,
  direction: Direction,
  moved: Moved | undefined,
  { plan: { workers }, machine, seconds }: Measured,
): HeadroomSide | string | undefined {
  if (moved === undefined || moved.records === 0) return undefined
  const recordBytes = moved.bytes / moved.records
  const cost = recordCost(points, direction, recordBytes, workers)
  if (cost === undefined) return `the calibration has no ${direction} part: run millrace calibrate again`
  const ceilingRecordsPerSec = ceilingPerSec(cost.cpuUsPerRecord, workers, machine.cpus)
  return {
    usedPercent: (moved.records / seconds / ceilingRecordsPerSec) * 100,
    ceilingRecordsPerSec,
    cpuUsPerRecord: cost.cpuUsPerRecord,
    basis: cost.basis,
    recordBytes,
    workers,
  }
}

/** In CPUs, which is CPU seconds a second. */
const costOf = (side: HeadroomSide | undefined, moved: Moved | undefined, seconds: number): number =>
  side === undefined || moved === undefined ? 0 : (side.cpuUsPerRecord * moved.records) / 1e6 / seconds

/** What this run does to a record that the calibration did not do, or not do so much of. */
function differencesOf({ client, produce, consume }: BenchPlan): string[] {
  return [
    ...(client.securityProtocol.endsWith('SSL') ? ['TLS'] : []),
    ...(produce === undefined || produce.compression === 'none' ? [] : [`compression ${produce.compression}`]),
    ...(produce === undefined || produce.keys.kind === 'none' ? [] : [`keys ${produce.keys.kind}`]),
    ...(produce === undefined || produce.payload.kind === 'random' ? [] : [`payload ${produce.payload.kind}`]),
    ...(produce === undefined || produce.size.kind === 'fixed' ? [] : ['records of many sizes']),
    ...(produce === undefined || produce.headers.length === 0 ? [] : ['headers']),
    ...(consume === undefined || consume.decode === 'records' ? [] : [`decode ${consume.decode}`]),
    ...(consume === undefined || consume.verifyCrc ? [] : ['no checksums']),
  ]
}
