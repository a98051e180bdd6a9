// The agent, top to bottom: a thread for each cluster collects, the page keeps what was found last, the server answers from it.
import { packageVersion } from '../core/version.ts'
import { metrics } from '../metrics/catalog.ts'
import { type Dialect, Family } from '../metrics/exposition.ts'
import { Page } from '../metrics/page.ts'
import { processMetrics } from '../metrics/process-metrics.ts'
import { type Answer, serveMetrics } from '../metrics/server.ts'
import type { ClusterSettings } from './cluster-run.ts'
import { collectorKinds } from './collectors/index.ts'
import { Readiness } from './readiness.ts'
import { ClusterThread } from './thread/cluster-thread.ts'

export interface AgentSettings {
  readonly clusters: readonly ClusterSettings[]
  readonly listen: { readonly host: string; readonly port: number }
  /** TLS and basic auth, in the format of Prometheus exporters. */
  readonly webConfigPath?: string
}

export interface Agent {
  readonly url: string
  close(): Promise<void>
}

/** Resolves when it listens. Clusters that cannot be reached are tried again and again: the page says what is missing. */
export async function startAgent(settings: AgentSettings, onNotice: (text: string) => void): Promise<Agent> {
  const page = new Page()
  const readiness = new Readiness(settings.clusters)
  const ages = new Ages()
  const threads: CollectingThread[] = []
  const ofProcess = processMetrics()
  const server = await serveMetrics({
    ...settings.listen,
    webConfigPath: settings.webConfigPath,
    page,
    freshText: async dialect => (await ofProcess.text(dialect)) + ages.text(dialect),
    notReady: () => readiness.missing,
    pages: apiPages(threads),
    onNotice,
  })
  for (const cluster of settings.clusters) {
    for (const part of threadsOf(cluster)) {
      const thread = new ClusterThread(part, {
        onConnected: () => readiness.connected(cluster.name),
        onSections: (name, sections) => page.put(`${cluster.name}: ${name}`, sections),
        onLooked: (collector, takenAtMs) => {
          readiness.looked(cluster.name, collector)
          ages.took(cluster.name, collector, takenAtMs)
        },
        onNotice,
      })
      threads.push({ cluster: part, thread })
    }
  }
  return {
    url: server.url,
    close: async () => {
      await Promise.all([server.close(), ...threads.map(({ thread }) => thread.close())])
    },
  }
}

interface CollectingThread {
  /** With the collectors of this thread. */
  readonly cluster: ClusterSettings
  readonly thread: ClusterThread
}

const kindOf = (name: string) => collectorKinds.find(kind => kind.name === name)

/** Collectors that name a thread have one apart from the others of the cluster. */
function threadsOf(cluster: ClusterSettings): ClusterSettings[] {
  const byThread = Map.groupBy(cluster.collectors, ({ name }) => kindOf(name)?.thread)
  return [...byThread.values()].map(collectors => ({ ...cluster, collectors }))
}

/** How old data are is told at the moment of the scrape. */
class Ages {
  readonly #takenAtMs = new Map<string, { cluster: string; collector: string; atMs: number }>()

  took(cluster: string, collector: string, atMs: number | undefined): void {
    if (atMs !== undefined) this.#takenAtMs.set(`${cluster} ${collector}`, { cluster, collector, atMs })
  }

  text(dialect: Dialect): string {
    const info: Family = new Family(metrics.agentInfo).set({ version: packageVersion() }, 1)
    const age = new Family(metrics.collectorAge)
    for (const { cluster, collector, atMs } of this.#takenAtMs.values())
      age.set({ cluster, collector }, Math.max(0, (Date.now() - atMs) / 1000))
    return [info, age].map(family => Family.join([family], dialect)).join('')
  }
}

/** `{"clusters": {"main": {...}}}`; a cluster without data yet is null. `?cluster=name`: that one. */
function apiPages(threads: readonly CollectingThread[]): Record<string, (query: URLSearchParams) => Promise<Answer>> {
  const paths = collectorKinds.flatMap(({ name, apiPath }) => (apiPath === undefined ? [] : [{ name, apiPath }]))
  return Object.fromEntries(
    paths.map(({ name, apiPath }) => [
      apiPath,
      async query => {
        const wanted = query.get('cluster')
        const asked = threads.filter(({ cluster }) => {
          return (wanted === null || cluster.name === wanted) && cluster.collectors.some(each => each.name === name)
        })
        const parts = await Promise.all(
          asked.map(async ({ cluster, thread }) => {
            return `${JSON.stringify(cluster.name)}:${(await thread.ask(apiPath, query.toString())) ?? 'null'}`
          }),
        )
        return { status: 200, contentType: 'application/json', body: `{"clusters":{${parts.join(',')}}}\n` }
      },
    ]),
  )
}
