// The agent, top to bottom: run each cluster, keep what it finds, serve it.
import { setTimeout as delay } from 'node:timers/promises'
import { processMetrics } from '../metrics/process-metrics.ts'
import { serveMetrics } from '../metrics/server.ts'
import { type ClusterSettings, runCluster } from './cluster-run.ts'
import type { AgentClock } from './collector-loop.ts'
import { Page } from './page.ts'

export interface AgentSettings {
  readonly clusters: readonly ClusterSettings[]
  readonly listen: { readonly host: string; readonly port: number }
}

export interface Agent {
  readonly url: string
  close(): Promise<void>
}

const realClock: AgentClock = {
  nowMs: Date.now,
  pause: (ms, signal) => delay(ms, undefined, { signal }).catch(() => {}),
}

/** Resolves when it listens. Clusters that cannot be reached are tried again and again: the page says what is missing. */
export async function startAgent(
  settings: AgentSettings,
  onNotice: (text: string) => void,
  clock: AgentClock = realClock,
): Promise<Agent> {
  const closing = new AbortController()
  const page = new Page()
  const readiness = new Readiness(settings.clusters)
  const ofProcess = processMetrics()
  const server = await serveMetrics({
    ...settings.listen,
    metricsText: async dialect => (await ofProcess.text(dialect)) + page.text(dialect),
    notReady: () => readiness.missing,
  })
  const running = settings.clusters.map(cluster => {
    const hooks = {
      onConnected: () => readiness.connected(cluster.name),
      onFamilies: (part: string, families: Parameters<Page['put']>[1]) =>
        page.put(`${cluster.name}: ${part}`, families),
      onLooked: (collector: string) => readiness.looked(cluster.name, collector),
      onNotice,
    }
    return runCluster(cluster, hooks, clock, closing.signal)
  })
  return {
    url: server.url,
    close: async () => {
      closing.abort()
      await Promise.all([server.close(), ...running])
    },
  }
}

/** Ready: each cluster was reached, and each of its collectors has looked once, with whatever outcome: that has series of its own. */
class Readiness {
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
