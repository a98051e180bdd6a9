// What the checks look at: plain data, read before they begin (read/). A part that could not be read is missing and is in
// `gaps`: a check never takes what nobody knows for good.

import type { LogDir } from '../agents/evaluate/log-dirs.ts'
import type { Quorum } from '../agents/evaluate/quorum.ts'
import type { Gap } from '../agents/gap.ts'
import type { GroupReport } from '../agents/lag-report.ts'
import type { PartitionMetadata } from '../wire/cluster-metadata.ts'
import type { Commands } from './fixes.ts'
import type { Settings } from './settings.ts'

export interface BrokerFacts {
  readonly id: number
  readonly host: string
  readonly port: number
  readonly rack: string | null
  /** Undefined: could not be read. */
  readonly settings: Settings | undefined
  readonly versions: BrokerVersions | undefined
}

export interface BrokerVersions {
  /** `4.3`; undefined: a broker without KRaft. */
  readonly release: string | undefined
  /** metadata.version that the cluster has agreed on, and the highest that this broker knows. */
  readonly metadataLevel: number | undefined
  readonly metadataLevelMax: number | undefined
  /** API key to its highest version. */
  readonly apis: ReadonlyMap<number, number>
}

export interface TopicFacts {
  readonly name: string
  /** Of Kafka itself, or of Connect and a schema registry. */
  readonly isInternal: boolean
  readonly partitions: readonly PartitionMetadata[]
  /** Undefined: could not be read. */
  readonly configs: ReadonlyMap<string, string> | undefined
  /** Offsets between the ends of each partition; undefined: not known of all. */
  readonly records: readonly number[] | undefined
}

export interface ClusterFacts {
  readonly clusterId: string | null
  readonly brokers: readonly BrokerFacts[]
  readonly topics: readonly TopicFacts[]
  readonly groups: readonly GroupReport[]
  readonly dirs: readonly LogDir[]
  readonly quorum: Quorum | undefined
  readonly gaps: readonly Gap[]
}

export type ClientRole = 'producer' | 'consumer'

export interface ClientFile {
  readonly settings: Settings
  readonly roles: ReadonlySet<ClientRole>
  readonly names: readonly string[]
}

export interface Facts {
  /** Undefined: files alone are looked at. */
  readonly cluster: ClusterFacts | undefined
  readonly servers: readonly Settings[]
  readonly clients: readonly ClientFile[]
  /** The application commits by itself. */
  readonly commitsManually: boolean
  readonly commands: Commands
}

/** Every broker's settings, and those of the files. */
export const allBrokerSettings = ({ cluster, servers }: Facts): Settings[] => [
  ...(cluster?.brokers ?? []).flatMap(({ settings }) => settings ?? []),
  ...servers,
]

/** Those that are here and those that only partitions still name: a broker that is down makes no cluster smaller. */
export const brokerIds = ({ brokers, topics }: ClusterFacts): ReadonlySet<number> =>
  new Set([
    ...brokers.map(({ id }) => id),
    ...topics.flatMap(({ partitions }) => partitions.flatMap(({ replicas }) => replicas)),
  ])

/** Three; with fewer brokers no more than these can be asked for. Files are of a cluster of any size. */
export const replicasWanted = ({ cluster }: Facts): number =>
  cluster === undefined ? 3 : Math.min(3, brokerIds(cluster).size)

export const ownTopics = ({ cluster }: Facts): TopicFacts[] =>
  (cluster?.topics ?? []).filter(({ isInternal, partitions }) => !isInternal && partitions.length > 0)

export const topicNumber = ({ configs }: TopicFacts, name: string): number | undefined => {
  const text = configs?.get(name)
  return text === undefined || text === '' || Number.isNaN(Number(text)) ? undefined : Number(text)
}

export const replicationFactor = ({ partitions }: Pick<TopicFacts, 'partitions'>): number =>
  Math.min(...partitions.map(({ replicas }) => replicas.length))
