// One cluster: connect, run its collectors until told to stop, pass on what they find. It runs by itself, whatever becomes of
// the others.
import type { Family } from '../metrics/exposition.ts'
import { Cluster } from '../wire/cluster.ts'
import type { ClientSettings } from '../wire/settings.ts'
import type { Collector, CollectorKind, ProfileName } from './collector.ts'
import { type AgentClock, CollectorLoop } from './collector-loop.ts'
import { collectorKinds } from './collectors/index.ts'
import { matcherOf, type NameFilter } from './matcher.ts'

/** Plain data. */
export interface ClusterSettings {
  /** The `cluster` label. */
  readonly name: string
  readonly client: ClientSettings
  readonly groups: NameFilter
  readonly topics: NameFilter
  readonly collectors: readonly CollectorSettings[]
  readonly profiles: readonly ProfileName[]
  /** False: the agent watches other clusters too. */
  readonly isOnly?: boolean
}

export interface CollectorSettings {
  readonly name: string
  readonly intervalMs: number
  readonly timeoutMs: number
  /** Of the collector's own settings. */
  readonly values: Readonly<Record<string, unknown>>
}

export interface ClusterHooks {
  onConnected(): void
  /** In the place of what this part of the page was before. */
  onFamilies(part: string, families: readonly Family[]): void | Promise<void>
  /** With whatever outcome. `takenAtMs`: of the newest data, undefined while there are none. */
  onLooked(collector: string, takenAtMs: number | undefined): void
  onNotice(text: string): void
}

/** How long to wait for a cluster that cannot be reached before it is tried again: at first, and at most. */
const connectAgainMs = { first: 500, max: 5_000 }

export interface ClusterRun {
  /** Resolves after the signal, when all is closed. */
  readonly finished: Promise<void>
  /** JSON of what the collector with this path says; undefined: no data yet. */
  ask(path: string, query: string): Promise<string | undefined>
}

export function runCluster(
  settings: ClusterSettings,
  hooks: ClusterHooks,
  clock: AgentClock,
  signal: AbortSignal,
): ClusterRun {
  const answering = new Map<string, Collector>()
  const run = async () => {
    const cluster = await connect(settings, hooks, clock, signal)
    if (cluster === undefined) return
    hooks.onConnected()
    const loops = settings.collectors.map(each => {
      const loop = loopOf(cluster, settings, each, hooks, clock)
      const { apiPath } = kindOf(each.name)
      if (apiPath !== undefined) answering.set(apiPath, loop.collector)
      return loop
    })
    await Promise.all(loops.map(loop => loop.run(signal)))
    await cluster.close()
  }
  return {
    finished: run(),
    ask: async (path, query) => {
      const answer = await answering.get(path)?.answer?.(new URLSearchParams(query))
      return answer === undefined ? undefined : JSON.stringify(answer)
    },
  }
}

/** No request waits longer than the most patient collector, so a broker that is frozen holds up nobody for long. */
function clientOf({ client, collectors }: ClusterSettings): ClientSettings {
  const timeoutMs = Math.max(...collectors.map(each => each.timeoutMs))
  return {
    ...client,
    requestTimeoutMs: Math.min(client.requestTimeoutMs, timeoutMs),
    connectTimeoutMs: Math.min(client.connectTimeoutMs, timeoutMs),
  }
}

async function connect(
  settings: ClusterSettings,
  hooks: ClusterHooks,
  clock: AgentClock,
  signal: AbortSignal,
): Promise<Cluster | undefined> {
  let { first: waitMs } = connectAgainMs
  while (!signal.aborted) {
    try {
      return await Cluster.connect(clientOf(settings))
    } catch (error) {
      hooks.onNotice(`${settings.name}: ${error instanceof Error ? error.message : String(error)}`)
      await clock.pause(waitMs, signal)
      waitMs = Math.min(connectAgainMs.max, waitMs * 2)
    }
  }
  return undefined
}

function loopOf(
  cluster: Cluster,
  { name: clusterName, groups, topics, profiles, isOnly = true }: ClusterSettings,
  { name, intervalMs, timeoutMs, values }: CollectorSettings,
  { onFamilies, onLooked, onNotice }: ClusterHooks,
  clock: AgentClock,
): CollectorLoop {
  const kind = kindOf(name)
  const context = {
    clusterName,
    cluster,
    timeoutMs,
    isGroupWanted: matcherOf(groups),
    isTopicWanted: matcherOf(topics),
    nowMs: () => clock.nowMs(),
  }
  const collector = kind.make(context, values)
  return new CollectorLoop({ clusterName, collectorName: name, intervalMs }, collector, clock, {
    onNotice,
    onLook: async (own, look, takenAtMs) => {
      await onFamilies(`about ${name}`, own)
      if (look !== undefined) {
        const families = profiles.flatMap(profile => kind.families[profile]?.(clusterName, look.data, isOnly) ?? [])
        await onFamilies(name, families)
      }
      onLooked(name, takenAtMs)
    },
  })
}

function kindOf(name: string): CollectorKind {
  const kind = collectorKinds.find(each => each.name === name)
  if (kind === undefined) throw new TypeError(`no collector is called ${name}`)
  return kind
}
