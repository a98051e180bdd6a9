// Whether the agent is ready: each cluster was reached, and each of its collectors has looked once, with whatever outcome. What fails
// later, or for one group, has series of its own and is no reason to take the agent out of service.
import type { ClusterSettings } from './cluster-run.ts'

export class Readiness {
  readonly #missing: Map<string, string>

  constructor(clusters: readonly ClusterSettings[]) {
    const missing = clusters.flatMap(({ name, collectors }) => [
      [name, `${name}: not connected`] as const,
      ...collectors.map(each => [`${name}: ${each.name}`, `${name}: ${each.name} has not looked yet`] as const),
    ])
    this.#missing = new Map(missing)
  }

  connected(cluster: string): void {
    this.#missing.delete(cluster)
  }

  looked(cluster: string, collector: string): void {
    this.#missing.delete(`${cluster}: ${collector}`)
  }

  /** One line each. */
  get missing(): readonly string[] {
    return [...this.#missing.values()]
  }
}
