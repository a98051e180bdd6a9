// What the machine was doing during a run, from /proc (Linux): the contestants' numbers mean nothing while somebody else
// takes the processors.
import { availableParallelism, cpus, release, totalmem, type } from 'node:os'
import { systemFiles } from '../loadgen/audit/files.ts'
import { cpuTimesIn, processCpuIn } from '../loadgen/audit/proc.ts'
import type { BenchmarkData } from './data.ts'

export interface MachineTimes {
  /** Averaged over the processors. */
  readonly stealSeconds: number
  /** All work of all processors, summed. */
  readonly busySeconds: number
  readonly brokerSeconds: number
  readonly ownSeconds: number
  readonly wallSeconds: number
}

/** Undefined where the system does not tell (macOS). */
export function readMachine(brokerPid: number | undefined): MachineTimes | undefined {
  const times = cpuTimesIn(readIfThere('/proc/stat'))
  if (times === undefined) return undefined
  const { user, system } = process.cpuUsage()
  const broker = brokerPid === undefined ? undefined : processCpuIn(readIfThere(`/proc/${brokerPid}/stat`))
  return {
    stealSeconds: times.stealSec / times.processors,
    busySeconds: times.busySec,
    brokerSeconds: broker?.cpuSec ?? Number.NaN,
    ownSeconds: (user + system) / 1e6,
    wallSeconds: Number(process.hrtime.bigint()) / 1e9,
  }
}

const readIfThere = (path: string): string => systemFiles.read(path) ?? ''

export interface Disturbance {
  readonly stealPercent: number
  readonly othersPercent: number
  readonly brokerCpuSeconds: number
}

/** Shares of the whole machine. `contestantSeconds` is the processor time of the contestant between the two looks. */
export function disturbanceBetween(
  before: MachineTimes,
  after: MachineTimes,
  contestantSeconds: number,
  processors = availableParallelism(),
): Disturbance {
  const wallSeconds = after.wallSeconds - before.wallSeconds
  const brokerCpuSeconds = after.brokerSeconds - before.brokerSeconds
  const knownSeconds = contestantSeconds + brokerCpuSeconds + after.ownSeconds - before.ownSeconds
  const othersSeconds = after.busySeconds - before.busySeconds - knownSeconds
  const percent = (seconds: number) => Math.max(0, (seconds / wallSeconds) * 100)
  return {
    stealPercent: percent(after.stealSeconds - before.stealSeconds),
    othersPercent: percent(othersSeconds / processors),
    brokerCpuSeconds,
  }
}

export function describeMachine(): BenchmarkData['machine'] {
  return {
    cpuModel: cpus()[0]?.model ?? 'unknown',
    cpus: availableParallelism(),
    memoryBytes: totalmem(),
    os: `${type()} ${release()}`,
  }
}
