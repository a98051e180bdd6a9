// What the machine was doing during a run, from /proc (Linux): the contestants' numbers mean nothing while somebody else
// takes the processors.
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, release, totalmem, type } from 'node:os'
import { readStealSeconds } from '../loadgen/steal.ts'
import type { BenchmarkData } from './data.ts'

/** USER_HZ is 100 on every Linux that Node runs on. */
const ticksPerSec = 100

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
  const stealSeconds = readStealSeconds()
  if (stealSeconds === undefined) return undefined
  const { user, system } = process.cpuUsage()
  return {
    stealSeconds,
    busySeconds: busySecondsOf(readFileSync('/proc/stat', 'utf8')),
    brokerSeconds:
      brokerPid === undefined ? Number.NaN : processSecondsOf(readFileSync(`/proc/${brokerPid}/stat`, 'utf8')),
    ownSeconds: (user + system) / 1e6,
    wallSeconds: Number(process.hrtime.bigint()) / 1e9,
  }
}

/** First line of /proc/stat: user nice system idle iowait irq softirq steal. */
export function busySecondsOf(stat: string): number {
  const [, user, nice, system, , , irq, softirq] = stat.split('\n', 1)[0]!.split(/\s+/).map(Number)
  return (user! + nice! + system! + irq! + softirq!) / ticksPerSec
}

/** User and system time in /proc/<pid>/stat; counted from the bracket, because the name before it may hold anything. */
export function processSecondsOf(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSec
}

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
