// Families as a scraper sees them, without what is the same in every line.
import type { Family } from '../../metrics/exposition.ts'
import { textOf } from './look.ts'

/** `name{labels} value`, without the prefix and the cluster. */
export function samplesOf(families: readonly Family[]): string[] {
  const lines = textOf(families).split('\n')
  const samples = lines.filter(line => line !== '' && !line.startsWith('#'))
  return samples.map(line =>
    line
      .replace('millrace_', '')
      .replace(/cluster="[^"]*",?/, '')
      .replace('{}', ''),
  )
}
