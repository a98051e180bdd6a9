// Reads what Linux says of processors, processes and threads, from the texts of /proc (proc(5)). Pure: the files are read
// elsewhere. Everything is undefined where the text is not what it should be.

/** Kernel ticks a second in /proc: USER_HZ is 100 on every Linux that Node runs on. */
const ticksPerSec = 100

/** Seconds since boot, all processors added up. */
export interface CpuTimes {
  readonly processors: number
  /** Running anything: user, nice, system and interrupts. Guests are part of user. */
  readonly busySec: number
  /** The hypervisor had the processor while this machine wanted it. */
  readonly stealSec: number
  /** Idle, waiting for disks included. */
  readonly idleSec: number
}

/** /proc/stat: its first line adds up all processors, also those that this process may not use; a line for each follows. */
export function cpuTimesIn(procStat: string): CpuTimes | undefined {
  const [name, ...fields] = procStat.split('\n', 1)[0]!.split(/\s+/)
  const [user, nice, system, idle, iowait, irq, softirq, steal] = fields.map(Number)
  const values = [user, nice, system, idle, iowait, irq, softirq, steal]
  if (name !== 'cpu' || !values.every(value => value !== undefined && Number.isFinite(value))) return undefined
  return {
    processors: procStat.match(/^cpu\d+ /gm)?.length ?? 1,
    busySec: (user! + nice! + system! + irq! + softirq!) / ticksPerSec,
    stealSec: steal! / ticksPerSec,
    idleSec: (idle! + iowait!) / ticksPerSec,
  }
}

/** /proc/self/task/TID/schedstat: nanoseconds that the thread was ready to run and did not. */
export function runQueueNsIn(schedstat: string): number | undefined {
  const [, waitNs] = /^\d+ (\d+) \d+/.exec(schedstat) ?? []
  return waitNs === undefined ? undefined : Number(waitNs)
}

export interface ProcessCpu {
  readonly name: string
  readonly cpuSec: number
}

/** /proc/PID/stat. The name stands in parentheses and may itself hold any character. */
export function processCpuIn(procPidStat: string): ProcessCpu | undefined {
  const [, name, rest] = /^\d+ \((.*)\) \S (.*)/s.exec(procPidStat) ?? []
  // utime and stime are fields 14 and 15; the state, field 3, comes before `rest`.
  const fields = rest?.split(' ').map(Number)
  const ticks = (fields?.[10] ?? Number.NaN) + (fields?.[11] ?? Number.NaN)
  return name !== undefined && Number.isFinite(ticks) ? { name, cpuSec: ticks / ticksPerSec } : undefined
}

/** /proc/net/tcp and tcp6: inodes of the sockets that listen on this port. */
export function listeningInodesIn(procNetTcp: string, port: number): string[] {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0')
  const listening = '0A'
  return procNetTcp.split('\n').flatMap(line => {
    const [, local, , state, , , , , , inode] = line.trim().split(/\s+/)
    return state === listening && inode !== undefined && local?.endsWith(`:${hexPort}`) ? [inode] : []
  })
}

/** Cpus_allowed_list of /proc/self/status, such as "0-3,8": how many processors this process may use. */
export function cpusAllowedIn(procStatus: string): number | undefined {
  const [, list] = /^Cpus_allowed_list:\s*(\S+)$/m.exec(procStatus) ?? []
  if (list === undefined) return undefined
  return list.split(',').reduce((sum, range) => {
    const [first, last = first] = range.split('-').map(Number)
    return sum + last! - first! + 1
  }, 0)
}

/** /proc/cpuinfo: MHz of each processor at this moment, where the architecture tells. */
export const frequenciesMhzIn = (procCpuinfo: string): number[] =>
  [...procCpuinfo.matchAll(/^cpu MHz\s*:\s*([\d.]+)$/gm)].map(([, mhz]) => Number(mhz))

/** What the quota of a control group has cost it, since it was made. */
export interface CgroupCpu {
  /** Periods of the quota (100 ms, unless somebody has set it) in which the group wanted to run. */
  readonly periods: number
  readonly throttledPeriods: number
  readonly throttledSec: number
}

/** cpu.stat of version 2 (throttled_usec) and of version 1 (throttled_time, nanoseconds); undefined where there is no quota. */
export function cgroupCpuIn(cpuStat: string): CgroupCpu | undefined {
  const field = (name: string) => {
    const [, value] = new RegExp(`^${name} (\\d+)$`, 'm').exec(cpuStat) ?? []
    return value === undefined ? undefined : Number(value)
  }
  const [periods, throttledPeriods] = [field('nr_periods'), field('nr_throttled')]
  const throttledUs = field('throttled_usec') ?? (field('throttled_time') ?? Number.NaN) / 1000
  if (!periods || throttledPeriods === undefined || Number.isNaN(throttledUs)) return undefined
  return { periods, throttledPeriods, throttledSec: throttledUs / 1e6 }
}

/** /proc/self/cgroup: where the files of the CPU controller of this process may be, its own group first, then those it is in. */
export function cgroupCpuPathsIn(procSelfCgroup: string): string[] {
  const lines = procSelfCgroup
    .trim()
    .split('\n')
    .map(line => /^\d+:([^:]*):(.*)$/.exec(line))
  const pathOf = (isIt: (controllers: string) => boolean) => lines.find(match => match && isIt(match[1]!))?.[2]
  const version1 = pathOf(controllers => controllers.split(',').includes('cpu'))
  const version2 = pathOf(controllers => controllers === '')
  return [
    ...upwards(version2).map(path => `/sys/fs/cgroup${path}/cpu.stat`),
    ...upwards(version1).flatMap(path => [
      `/sys/fs/cgroup/cpu${path}/cpu.stat`,
      `/sys/fs/cgroup/cpu,cpuacct${path}/cpu.stat`,
    ]),
  ]
}

/** /a/b: /a/b, /a and the root, which is the empty one. */
function upwards(path: string | undefined): string[] {
  if (path === undefined) return []
  const parts = path.split('/').filter(part => part !== '')
  return [...parts.map((_, index) => `/${parts.slice(0, parts.length - index).join('/')}`), '']
}
