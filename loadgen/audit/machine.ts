// What the machine did in the measured time, and who used it: the generator, brokers that run beside it, everybody else.
// Read at the two edges of the measured time; only the frequency is sampled in between.
import { hostname, networkInterfaces } from 'node:os'
import { basename } from 'node:path'
import type { HostPort } from '../../wire/settings.ts'
import type { SystemFiles } from './files.ts'
import type { MachineAudit } from './model.ts'
import {
  type CgroupCpu,
  type CpuTimes,
  cgroupCpuIn,
  cgroupCpuPathsIn,
  cpusAllowedIn,
  cpuTimesIn,
  frequenciesMhzIn,
  listeningInodesIn,
  type ProcessCpu,
  processCpuIn,
} from './proc.ts'

export interface MachineReading {
  readonly times: CpuTimes | undefined
  /** By process id. */
  readonly processes: ReadonlyMap<number, ProcessCpu>
  /** Of every control group that this process is in, by path: each may have a quota. */
  readonly cgroups: ReadonlyMap<string, CgroupCpu>
}

/** More processes than this are not looked at one by one: it would take the main thread too long. */
const processesMax = 4_000
/** Frequencies of so many processors are read at every window. */
const frequenciesMax = 8

const pidsOf = (files: SystemFiles): number[] =>
  files
    .list('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)

export function readMachine(files: SystemFiles): MachineReading {
  const times = cpuTimesIn(files.read('/proc/stat') ?? '')
  const pids = pidsOf(files)
  const processes = new Map<number, ProcessCpu>()
  const cgroups = readCgroups(files)
  if (pids.length > processesMax) return { times, processes, cgroups }
  for (const pid of pids) {
    const found = processCpuIn(files.read(`/proc/${pid}/stat`) ?? '')
    if (found !== undefined) processes.set(pid, { ...found, name: nameOf(pid, found.name, files) })
  }
  return { times, processes, cgroups }
}

function readCgroups(files: SystemFiles): Map<string, CgroupCpu> {
  const cgroups = new Map<string, CgroupCpu>()
  for (const path of cgroupCpuPathsIn(files.read('/proc/self/cgroup') ?? '')) {
    const found = cgroupCpuIn(files.read(path) ?? '')
    if (found !== undefined) cgroups.set(path, found)
  }
  return cgroups
}

/** Node calls itself by the name of its main thread; its program says more. Never the command line: it may hold secrets. */
const nameOf = (pid: number, name: string, files: SystemFiles): string =>
  name === 'MainThread' ? basename(files.link(`/proc/${pid}/exe`) ?? name) : name

/** MHz at this moment; empty where the system does not tell. */
export function readFrequencies(files: SystemFiles): number[] {
  const current: number[] = []
  for (let cpu = 0; cpu < frequenciesMax; cpu++) {
    const khz = files.read(`/sys/devices/system/cpu/cpu${cpu}/cpufreq/scaling_cur_freq`)
    if (khz === undefined) break
    current.push(Number(khz) / 1000)
  }
  return current.length > 0 ? current : frequenciesMhzIn(files.read('/proc/cpuinfo') ?? '')
}

/** Processes on this machine that listen where the brokers are; `known` is false when one is here and cannot be found. */
export interface LocalBrokers {
  readonly pids: ReadonlySet<number>
  readonly known: boolean
}

/** Programs that pass connections on: the broker is behind them, and its CPU is not theirs. */
const forwarders = new Set(['docker-proxy', 'rootlessport', 'slirp4netns', 'gvproxy', 'ssh', 'kubectl', 'socat'])

export function findLocalBrokers(brokers: Iterable<HostPort>, files: SystemFiles): LocalBrokers {
  const local = new Set(['localhost', hostname(), ...ownAddresses()])
  const ports = [...brokers].filter(({ host }) => local.has(host)).map(({ port }) => port)
  if (ports.length === 0) return { pids: new Set(), known: true }
  const tables = [files.read('/proc/net/tcp') ?? '', files.read('/proc/net/tcp6') ?? '']
  const portOf = new Map(
    ports.flatMap(port => tables.flatMap(table => listeningInodesIn(table, port)).map(inode => [inode, port] as const)),
  )
  const pids = new Set<number>()
  const found = new Set<number>()
  for (const pid of pidsOf(files)) {
    for (const fd of files.list(`/proc/${pid}/fd`)) {
      const inode = /^socket:\[(\d+)\]$/.exec(files.link(`/proc/${pid}/fd/${fd}`) ?? '')?.[1]
      const port = inode === undefined ? undefined : portOf.get(inode)
      if (port === undefined) continue
      pids.add(pid)
      if (!forwarders.has(files.read(`/proc/${pid}/comm`)?.trim() ?? '')) found.add(port)
    }
  }
  return { pids, known: ports.every(port => found.has(port)) }
}

const ownAddresses = (): string[] =>
  Object.values(networkInterfaces()).flatMap(list => (list ?? []).map(({ address }) => address))

export interface MachineInput {
  readonly before: MachineReading
  readonly after: MachineReading
  readonly seconds: number
  readonly ownPid: number
  readonly ownCpuSec: number
  readonly brokers: LocalBrokers
  readonly cpus: number
  readonly cpusAllowed: number | undefined
  /** Share of the machine, of each measured window. */
  readonly stealPercents: readonly number[]
  readonly frequenciesMhz: readonly number[]
}

const busiestMax = 3
const busiestPercentMin = 1

export function auditMachine(input: MachineInput): MachineAudit {
  const { before, after, seconds, ownPid, ownCpuSec, brokers, stealPercents, frequenciesMhz } = input
  const percentOf = (sec: number) => (seconds === 0 ? 0 : Math.max(0, (sec / seconds) * 100))
  const growth = growthOf(before.times, after.times)
  const used = cpuByProcess(before, after)
  const brokerPids = [...brokers.pids].filter(pid => pid !== ownPid)
  const brokerSec = brokers.known ? brokerPids.reduce((sum, pid) => sum + (used.get(pid)?.cpuSec ?? 0), 0) : undefined
  const othersSec = growth && brokerSec !== undefined ? growth.busySec - ownCpuSec - brokerSec : undefined
  const busiest = [...used]
    .filter(([pid]) => pid !== ownPid && !brokers.pids.has(pid))
    .map(([pid, { name, cpuSec }]) => ({ pid, name, cpuPercent: percentOf(cpuSec) }))
    .filter(({ cpuPercent }) => cpuPercent >= busiestPercentMin)
    .sort((one, other) => other.cpuPercent - one.cpuPercent)
  return {
    cpus: growth?.processors ?? input.cpus,
    cpusAllowed: input.cpusAllowed ?? null,
    ownCpuPercent: percentOf(ownCpuSec),
    brokerCpuPercent: brokerSec === undefined ? null : percentOf(brokerSec),
    brokerInProcess: brokers.pids.has(ownPid),
    othersCpuPercent: othersSec === undefined ? null : percentOf(othersSec),
    idlePercent: growth === undefined ? null : percentOf(growth.idleSec),
    stealPercent: growth === undefined ? null : percentOf(growth.stealSec / growth.processors),
    stealPercentMax: stealPercents.length === 0 ? null : Math.max(...stealPercents),
    frequencyMhz: frequenciesMhz.length === 0 ? null : spreadOf(frequenciesMhz),
    busiest: after.processes.size === 0 ? null : busiest.slice(0, busiestMax),
    throttled: throttledBetween(before.cgroups, after.cgroups),
  }
}

/** Of the group that was held back most; null where no group has a quota. */
function throttledBetween(
  before: ReadonlyMap<string, CgroupCpu>,
  after: ReadonlyMap<string, CgroupCpu>,
): MachineAudit['throttled'] {
  const none = { periods: 0, throttledPeriods: 0, throttledSec: 0 }
  const grown = [...after].map(([path, now]) => {
    const then = before.get(path) ?? none
    const periods = now.periods - then.periods
    const throttled = now.throttledPeriods - then.throttledPeriods
    return {
      periodsPercent: periods === 0 ? 0 : (throttled / periods) * 100,
      seconds: now.throttledSec - then.throttledSec,
    }
  })
  return grown.sort((one, other) => other.periodsPercent - one.periodsPercent)[0] ?? null
}

function growthOf(before: CpuTimes | undefined, after: CpuTimes | undefined): CpuTimes | undefined {
  if (before === undefined || after === undefined) return undefined
  return {
    processors: after.processors,
    busySec: after.busySec - before.busySec,
    stealSec: after.stealSec - before.stealSec,
    idleSec: after.idleSec - before.idleSec,
  }
}

function cpuByProcess(before: MachineReading, after: MachineReading): Map<number, ProcessCpu> {
  const used = new Map<number, ProcessCpu>()
  for (const [pid, { name, cpuSec }] of after.processes) {
    used.set(pid, { name, cpuSec: cpuSec - (before.processes.get(pid)?.cpuSec ?? 0) })
  }
  return used
}

function spreadOf(values: readonly number[]) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return { min: Math.min(...values), mean, max: Math.max(...values) }
}

export const readCpusAllowed = (files: SystemFiles): number | undefined =>
  cpusAllowedIn(files.read('/proc/self/status') ?? '')
