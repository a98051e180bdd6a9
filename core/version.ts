// What package.json says of this package. It lies one folder up in the source tree and two up from dist/core.
import { readFileSync } from 'node:fs'

export interface PackageManifest {
  readonly version: string
  /** As npm takes it: an address, a short form of one, or an object with `url`. */
  readonly repository?: string | { readonly url?: string }
}

export function packageManifest(): PackageManifest {
  for (const path of ['../package.json', '../../package.json']) {
    try {
      const manifest = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'))
      if (manifest.name === 'millrace') return manifest
    } catch {
      // The other place is tried; a package without its package.json cannot be installed at all.
    }
  }
  return { version: 'unknown' }
}

export const packageVersion = (): string => packageManifest().version
