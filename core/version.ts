// The version of this package. package.json lies one folder up in the source tree and two up from dist/core.
import { readFileSync } from 'node:fs'

export function packageVersion(): string {
  for (const path of ['../package.json', '../../package.json']) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'))
      if (name === 'millrace') return version
    } catch {
      // The other place is tried; a package without its package.json cannot be installed at all.
    }
  }
  return 'unknown'
}
