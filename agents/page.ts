// What the agent has found, as one page: of every source the families of its last look. A source is a collector of a cluster.
import { packageVersion } from '../core/version.ts'
import { metrics } from '../metrics/catalog.ts'
import { type Dialect, endText, Family } from '../metrics/exposition.ts'

export class Page {
  readonly #sources = new Map<string, readonly Family[]>()
  readonly #info: Family = new Family(metrics.agentInfo).set({ version: packageVersion() }, 1)

  /** In the place of what the source had on the page. */
  put(source: string, families: readonly Family[]): void {
    this.#sources.set(source, families)
  }

  text(dialect: Dialect): string {
    return pageText([this.#info, ...[...this.#sources.values()].flat()], dialect) + endText(dialect)
  }
}

/** Families of several clusters and collectors as one page: each metric has one head, whoever brings samples. */
export function pageText(families: readonly Family[], dialect: Dialect): string {
  const byName = Map.groupBy(families, ({ metric }) => metric.name)
  return [...byName.values()].map(same => Family.join(same, dialect)).join('')
}
