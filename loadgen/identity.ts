// Which run this is, and on which machine: what every record of it carries.
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { type RunIdentity, stampBytes, stampHeaderBytes } from './payload/stamp.ts'
import type { ProducePlan } from './plan.ts'

export const newRunIdentity = (): RunIdentity => ({ run: randomBytes(4).readUInt32BE(), host: hostDigest() })

/** As people read it: eight hex digits. */
export const runText = (run: number): string => run.toString(16).padStart(8, '0')

/**
 * The same for all processes of one boot of one machine, whose clocks are therefore one. Containers of a machine share the boot
 * id of its kernel, and its clock, unless one was given a time of its own (time_namespaces(7)).
 */
export function hostDigest(): number {
  return createHash('sha256').update(bootId()).update(ownTime()).digest().readUInt32BE()
}

function ownTime(): string {
  try {
    const offsets = readFileSync('/proc/self/timens_offsets', 'utf8')
    return /^monotonic\s+0\s+0$/m.test(offsets) ? '' : offsets
  } catch {
    return ''
  }
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    // Not Linux: the name of the machine is the best there is.
    return hostname()
  }
}

/** What the stamps of a run are, and what each record pays for its own. */
export function stampResult(run: number, { stamp, payload }: ProducePlan) {
  if (stamp === undefined || stamp === 'none') return {}
  const bytesInValue = stampBytes[payload.kind === 'text' ? 'text' : 'binary']
  return { stamp: { run: runText(run), place: stamp, bytes: stamp === 'value' ? bytesInValue : stampHeaderBytes } }
}
