// The agent beside the simulated cluster: its own loops, tables, judgements and families, at its own intervals, with the clock of the
// simulation. Only the questions to brokers are left out.
import { CollectorLoop } from '../../../agents/collector-loop.ts'
import { brokersCollector } from '../../../agents/collectors/brokers.ts'
import { dataOf, lagCollector } from '../../../agents/collectors/lag.ts'
import { logDirFamilies } from '../../../agents/collectors/log-dirs.ts'
import { quorumFamilies } from '../../../agents/collectors/quorum.ts'
import { topicsCollector } from '../../../agents/collectors/topics.ts'
import { brokerShares, topicHealth } from '../../../agents/evaluate/topic-health.ts'
import { LagTable } from '../../../agents/lag/lag-table.ts'
import { retentionMs } from '../../../agents/source/topic-configs.ts'
import { metrics } from '../../../metrics/catalog.ts'
import { Family } from '../../../metrics/exposition.ts'
import type { World } from './world.ts'

const cluster = 'sim'
const noLimits = { granularity: 'partition', 'rows-max': 100_000, 'groups-max': 10_000 } as const

interface Watched {
  readonly collector: string
  readonly loop: CollectorLoop
  readonly everySec: number
  own: readonly Family[]
  families: readonly Family[]
  takenAtMs: number | undefined
}

/** One run of the agent: a restart is another one, with nothing in mind. */
export class Watcher {
  readonly #world: World
  readonly #watched: Watched[]

  constructor(world: World) {
    this.#world = world
    const table = new LagTable()
    this.#watched = [
      this.#watch('lag', 10, () => lagFamilies(world, table)),
      this.#watch('topics', 30, () => topicFamilies(world)),
      this.#watch('brokers', 15, () => brokerFamilies(world)),
      this.#watch('quorum', 15, () => quorumFamilies(cluster, quorum(world))),
      this.#watch('logdirs', 60, () => logDirFamilies(cluster, logDirs(world))),
    ]
  }

  #watch(collectorName: string, everySec: number, look: () => readonly Family[]): Watched {
    const clock = { nowMs: () => this.#world.sec * 1000, pause: async () => {} }
    const collector = { look: async () => ({ data: look(), gaps: [], takenAtMs: clock.nowMs() }) }
    const settings = { clusterName: cluster, collectorName, intervalMs: everySec * 1000 }
    const watched: Watched = {
      ...{ collector: collectorName, everySec, own: [], families: [], takenAtMs: undefined },
      loop: new CollectorLoop(settings, collector, clock, {
        onNotice: text => {
          throw new Error(text)
        },
        onLook: (own, seen, takenAtMs) => {
          Object.assign(watched, { own, takenAtMs, families: seen?.data ?? watched.families })
        },
      }),
    }
    return watched
  }

  async tick(): Promise<void> {
    for (const { loop, everySec } of this.#watched) if (this.#world.sec % everySec === 0) await loop.once()
  }

  /** The page. */
  families(): readonly Family[] {
    const age = new Family(metrics.collectorAge)
    for (const { collector, takenAtMs } of this.#watched)
      if (takenAtMs !== undefined) age.set({ cluster, collector }, this.#world.sec - takenAtMs / 1000)
    const info = new Family(metrics.agentInfo).set({ version: '1' }, 1)
    return [info, age, ...this.#watched.flatMap(({ own, families }) => [...own, ...families])]
  }
}

function lagFamilies(world: World, table: LagTable): readonly Family[] {
  const snapshot = world.lag()
  table.take(snapshot)
  table.judge(snapshot.endsAtMs)
  const configs = world.configs()
  const data = dataOf(snapshot, table, noLimits, topic => retentionMs(configs.get(topic)))
  return lagCollector.families.native(cluster, data, true)
}

function topicFamilies(world: World): readonly Family[] {
  const configs = world.configs()
  const { topics, brokers } = world.metadata()
  const healths = [...topics.values()].map(topic => topicHealth(topic, configs.get(topic.name) ?? {}, new Map()))
  const data = { topics: healths, brokers: brokerShares(brokers.keys(), topics.values()), isByPartition: false }
  return topicsCollector.families.native(cluster, data, true)
}

function brokerFamilies(world: World): readonly Family[] {
  const { brokers, clusterId, controllerId } = world.metadata()
  const answer = { responseSec: 0.002, version: '4.1', apiVersions: new Map() }
  const answers = new Map([...brokers.keys()].map(id => [id, answer] as const))
  return brokersCollector.families.native(
    cluster,
    { clusterId, controllerId, brokers, answers, certificates: [], missing: [] },
    true,
  )
}

/** An election now and then, as restarts of controllers bring it. */
function quorum({ sec }: World) {
  const epoch = 7 + Math.floor(sec / 700)
  const follower = { role: 'follower', endOffset: 1000 + sec, lagOffsets: 1, lagSec: 0.4, fetchAgeSec: 0.4 } as const
  const leader = { ...follower, role: 'leader', lagOffsets: 0, lagSec: 0 } as const
  const first = (epoch % 3) + 1
  return {
    leader: first,
    epoch,
    highWatermark: 1000 + sec,
    nodes: [1, 2, 3].map(id => ({ id, ...(id === first ? leader : follower) })),
  }
}

/** A volume that fills for a quarter of an hour, then retention takes effect. */
function logDirs({ sec }: World) {
  const gib = 1024 ** 3
  const filled = (sec % 900) * 0.02 * gib
  const content = { bytes: 100 * gib + filled, replicas: 20, futureReplicas: 0, futureLagOffsets: 0 }
  const dirs = [1, 2, 3].map(broker => ({
    ...{ broker, path: '/data', isOnline: true, content },
    ...{ volumeBytes: 500 * gib, freeBytes: 300 * gib - filled },
  }))
  return { dirs, bytesByTopic: new Map([['orders', content.bytes]]) }
}
