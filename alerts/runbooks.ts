// Where the runbooks are read: an address, because what an operator has in front of them is a page of Alertmanager or a chat, and no checkout.
import type { Parsed } from '../core/units.ts'
import { type PackageManifest, packageManifest } from '../core/version.ts'

/**
 * Of this version: in the repository where package.json names one, at the tag of the version (as GitHub and GitLab show files); else among the
 * files of the package, which has them, as unpkg.com shows those of every package of npm.
 */
export function runbooksOf({ version, repository }: PackageManifest): string {
  const page = pageOf(typeof repository === 'object' ? repository.url : repository)
  return page === undefined
    ? `https://unpkg.com/millrace@${version}/docs/runbooks/`
    : `${page}/blob/v${version}/docs/runbooks/`
}

/** From `github:owner/name` or `git+https://host/owner/name.git`; undefined for what no browser opens. */
function pageOf(repository = ''): string | undefined {
  const text = repository.replace(/^github:/, 'https://github.com/').replace(/^git\+/, '')
  return text.startsWith('https://') ? text.replace(/(\.git)?\/*$/, '') : undefined
}

export const runbooksDefault: string = runbooksOf(packageManifest())

/** The address of a folder, which then ends in a slash. */
export function parseRunbooks(text: string): Parsed<string> {
  return URL.canParse(text) && /^https?:/.test(text)
    ? { value: text.replace(/\/?$/, '/') }
    : { problem: `"${text}" is not the address of a folder: write it with https:// in front` }
}
