// CPU time that the hypervisor gave to others while this machine wanted it, from /proc/stat (Linux). A run on a machine
// that is being robbed of its processor measures the neighbours.
import { readFileSync } from 'node:fs'

/** Kernel ticks a second in /proc/stat: USER_HZ is 100 on every Linux that Node runs on. */
const ticksPerSec = 100

/** Seconds of steal since boot, averaged over the processors; undefined where the system does not tell. */
export function readStealSeconds(): number | undefined {
  try {
    return stealSecondsIn(readFileSync('/proc/stat', 'utf8'))
  } catch {
    return undefined
  }
}

/** The first line adds up all processors, also those that this process may not use; a line for each follows. */
export function stealSecondsIn(procStat: string): number | undefined {
  const [name, ...fields] = procStat.split('\n', 1)[0]!.split(/\s+/)
  const steal = Number(fields[7])
  const processors = procStat.match(/^cpu\d+ /gm)?.length ?? 1
  return name === 'cpu' && Number.isFinite(steal) ? steal / ticksPerSec / processors : undefined
}
