// The agent, top to bottom: connect to each cluster, run its collectors, serve what they found.
import { setTimeout as delay } from 'node:timers/promises'
import { packageVersion } from '../core/version.ts'
import { metrics } from '../metrics/catalog.ts'
import { type Dialect, endText, Family } from '../metrics/exposition.ts'
import { processMetrics } from '../metrics/process-metrics.ts'
import { type MetricsServer, serveMetrics } from '../metrics/server.ts'
import { Cluster } from '../wire/cluster.ts'
import type { ClientSettings } from '../wire/settings.ts'
import { type AgentClock, type Collector, CollectorLoop, pageText } from './collector.ts'
import { type LagSettings, lagCollector } from './collectors/lag.ts'

export interface AgentSettings {
  readonly clusters: readonly AgentCluster[]
  readonly listen: { readonly host: string; readonly port: number }
  readonly collectors: { readonly lag?: LagSettings }
}

export interface AgentCluster {
  /** The `cluster` label. */
  readonly name: string
  readonly client: ClientSettings
}

export interface Agent {
  readonly url: string
  close(): Promise<void>
}

const realClock: AgentClock = {
  nowMs: Date.now,
  pause: (ms, signal) => delay(ms, undefined, { signal }).catch(() => {}),
}

/** How long to wait for a cluster that cannot be reached before it is tried again. */
const connectAgainMs = 5_000

/** Resolves when it listens. Clusters that cannot be reached are tried again and again: the page says what is missing. */
export async function startAgent(
  settings: AgentSettings,
  onNotice: (text: string) => void,
  clock: AgentClock = realClock,
): Promise<Agent> {
  const closing = new AbortController()
  const loops: CollectorLoop[] = []
  const waitingFor = new Set(settings.clusters.map(({ name }) => name))
  const ofProcess = processMetrics()
  const server: MetricsServer = await serveMetrics({
    ...settings.listen,
    metricsText: async dialect => (await ofProcess.text(dialect)) + pageOf(loops, dialect),
    notReady: () => [
      ...[...waitingFor].map(name => `${name}: not connected`),
      ...loops.flatMap(loop => loop.notReady ?? []),
    ],
  })
  const running = settings.clusters.map(cluster => serveCluster(cluster))

  async function serveCluster({ name, client }: AgentCluster): Promise<void> {
    const cluster = await connect(name, client)
    if (cluster === undefined) return
    waitingFor.delete(name)
    const own = collectorsOf(cluster, name, settings, clock).map(each => new CollectorLoop(name, each, clock, onNotice))
    loops.push(...own)
    await Promise.all(own.map(loop => loop.run(closing.signal)))
    await cluster.close()
  }

  async function connect(name: string, client: ClientSettings): Promise<Cluster | undefined> {
    while (!closing.signal.aborted) {
      try {
        return await Cluster.connect(client)
      } catch (error) {
        onNotice(`${name}: ${error instanceof Error ? error.message : String(error)}`)
        await clock.pause(connectAgainMs, closing.signal)
      }
    }
    return undefined
  }

  return {
    url: server.url,
    close: async () => {
      closing.abort()
      await Promise.all([server.close(), ...running])
    },
  }
}

function collectorsOf(cluster: Cluster, name: string, { collectors }: AgentSettings, clock: AgentClock): Collector[] {
  const { lag } = collectors
  return lag === undefined ? [] : [lagCollector(cluster, name, lag, clock.nowMs)]
}

function pageOf(loops: readonly CollectorLoop[], dialect: Dialect): string {
  const info = new Family(metrics.agentInfo).set({ version: packageVersion() }, 1)
  return pageText([info, ...loops.flatMap(loop => loop.families())], dialect) + endText(dialect)
}
