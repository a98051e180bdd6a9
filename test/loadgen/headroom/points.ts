// Calibration points and calibrations for tests, which name only what they are about.
import type { Calibration, CalibrationPoint } from '../../../loadgen/headroom/calibration.ts'

export const pointOf = (changes: Partial<CalibrationPoint> = {}): CalibrationPoint => ({
  direction: 'produce',
  recordBytes: 100,
  workers: 2,
  seconds: 2,
  recordsPerSec: 5e6,
  cpuUsPerRecord: 0.1,
  cpuPercent: 50,
  brokerCpuPercent: 60,
  ...changes,
})

export const calibrationOf = (changes: Partial<Calibration> = {}): Calibration => ({
  calibrationVersion: 1,
  measuredAt: '2026-01-02T03:04:05.678Z',
  machine: { cpuModel: 'AMD EPYC 7B13', cpus: 2, node: 'v24.21.0', millrace: '0.1.0' },
  points: [pointOf(), pointOf({ direction: 'consume', cpuUsPerRecord: 0.05 })],
  ...changes,
})
