// What a machine's generator can do, as `millrace calibrate` measured it: one zod model is the type of the file and its check.
//
// A point is one flat-out run against the embedded broker in null mode. What it is kept for is the CPU that a record costs the
// generator: a rate reached there also tells how fast the broker is, with which the generator shares the machine's CPUs.
import { z } from 'zod'

/** Raised when a key changes meaning or goes; added keys leave it alone. */
export const calibrationVersion = 1

const count = z.number().int().nonnegative()

const identity = z.object({ cpuModel: z.string(), cpus: count, node: z.string(), millrace: z.string() })

const point = z.object({
  direction: z.enum(['produce', 'consume']),
  recordBytes: z.number().positive().describe('Bytes of the value; records had no keys.'),
  workers: count.min(1),
  seconds: z.number().positive(),
  recordsPerSec: z.number().positive().describe('Reached, while the broker took CPU time of the same machine.'),
  cpuUsPerRecord: z.number().positive().describe('Generator: user and system time of the whole process, microseconds.'),
  cpuPercent: z.number().nonnegative().describe('Generator CPU, 100 = one core.'),
  brokerCpuPercent: z.number().nonnegative().describe('CPU of the embedded broker, 100 = one core.'),
  stealPercent: z.number().nonnegative().optional().describe('CPU time that the hypervisor gave to others.'),
})

export const calibrationModel = z.object({
  calibrationVersion: z.literal(calibrationVersion),
  measuredAt: z.string().describe('ISO 8601, UTC.'),
  machine: identity.describe('A calibration holds for this machine and these versions only.'),
  points: z.array(point).min(1),
})

export type Calibration = z.infer<typeof calibrationModel>
export type CalibrationPoint = z.infer<typeof point>
export type MachineIdentity = z.infer<typeof identity>
export type Direction = CalibrationPoint['direction']

const names: Readonly<Record<keyof MachineIdentity, string>> = {
  cpuModel: 'CPU model',
  cpus: 'CPUs',
  node: 'Node',
  millrace: 'millrace',
}

/** What differs between the calibrated machine and this one, in words; empty: the calibration holds. */
export function staleBecause(calibrated: MachineIdentity, now: MachineIdentity): string[] {
  return (Object.keys(names) as (keyof MachineIdentity)[])
    .filter(key => calibrated[key] !== now[key])
    .map(key => `${names[key]} ${calibrated[key]} then, ${now[key]} now`)
}
