// CPU time that the hypervisor gave to others while this machine wanted it, from /proc/stat (Linux). A run on a machine
// that is being robbed of its processor measures the neighbours.
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

/** Kernel ticks a second in /proc/stat: USER_HZ is 100 on every Linux that Node runs on. */
const ticksPerSec = 100

/** Seconds of steal since boot, averaged over the processors; undefined where the system does not tell. */
export function readStealSeconds(): number | undefined {
  try {
    const [name, ...fields] = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0]!.split(/\s+/)
    const steal = Number(fields[7])
    return name === 'cpu' && Number.isFinite(steal) ? steal / ticksPerSec / availableParallelism() : undefined
  } catch {
    return undefined
  }
}
