import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * With those above it. Node's own `recursive` goes on for ever where the system says ENOENT of a folder that is to be made, as
 * below /proc. Throws the system's error.
 */
export function makeFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return
  const above = dirname(path)
  if (above !== path) makeFolder(above)
  try {
    mkdirSync(path)
  } catch (error) {
    // Somebody else was faster.
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error
  }
}
