// One cluster: connect, run its collectors until told to stop, pass on what they find. It runs by itself, whatever becomes of
// the others.
import type { Family } from '../metrics/exposition.ts'
import { Cluster } from '../wire/cluster.ts'
import type { ClientSettings } from '../wire/settings.ts'
import type { CollectorKind, ProfileName } from './collector.ts'
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
  /** With whatever outcome. */
  onLooked(collector: string): void
  onNotice(text: string): void
}

/** How long to wait for a cluster that cannot be reached before it is tried again. */
const connectAgainMs = 5_000

export async function runCluster(
  settings: ClusterSettings,
  hooks: ClusterHooks,
  clock: AgentClock,
  signal: AbortSignal,
): Promise<void> {
  const cluster = await connect(settings, hooks, clock, signal)
  if (cluster === undefined) return
  hooks.onConnected()
  const loops = settings.collectors.map(each => loopOf(cluster, settings, each, hooks, clock))
  await Promise.all(loops.map(loop => loop.run(signal)))
  await cluster.close()
}

async function connect(
  { name, client }: ClusterSettings,
  hooks: ClusterHooks,
  clock: AgentClock,
  signal: AbortSignal,
): Promise<Cluster | undefined> {
  while (!signal.aborted) {
    try {
      return await Cluster.connect(client)
    } catch (error) {
      hooks.onNotice(`${name}: ${error instanceof Error ? error.message : String(error)}`)
      await clock.pause(connectAgainMs, signal)
    }
  }
  return undefined
}

function loopOf(
  cluster: Cluster,
  { name: clusterName, groups, topics, profiles }: ClusterSettings,
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
    onLook: async (own, look) => {
      await onFamilies(`about ${name}`, own)
      if (look !== undefined) {
        const families = profiles.flatMap(profile => kind.families[profile]?.(clusterName, look.data) ?? [])
        await onFamilies(name, families)
      }
      onLooked(name)
    },
  })
}

function kindOf(name: string): CollectorKind {
  const kind = collectorKinds.find(each => each.name === name)
  if (kind === undefined) throw new TypeError(`no collector is called ${name}`)
  return kind
}
