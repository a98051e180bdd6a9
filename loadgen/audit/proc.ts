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
