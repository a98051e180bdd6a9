// One look at a cluster: everything the checks want to know, nothing written and no group joined. What does not answer or may not
// be read is a gap.
import { logDirsOf } from '../../agents/evaluate/log-dirs.ts'
import { type Quorum, quorumOf } from '../../agents/evaluate/quorum.ts'
import { type Gap, gapOf } from '../../agents/gap.ts'
import { takeLagReport } from '../../agents/lag-report.ts'
import type { Matcher } from '../../agents/matcher.ts'
import { readLogDirs } from '../../agents/source/log-dirs.ts'
import { type EndsByTopic, readPartitionEnds } from '../../agents/source/partition-ends.ts'
import { readQuorum } from '../../agents/source/quorum.ts'
import { isMillraceError } from '../../core/errors.ts'
import type { BrokerApis } from '../../wire/api-ranges.ts'
import type { Cluster } from '../../wire/cluster.ts'
import type { ClusterSnapshot, TopicMetadata } from '../../wire/cluster-metadata.ts'
import { metadataVersionName } from '../../wire/metadata-versions.ts'
import { isInternalName } from '../checks/internal-topics.ts'
import type { BrokerFacts, BrokerVersions, ClusterFacts, TopicFacts } from '../facts.ts'
import type { Commands } from '../fixes.ts'
import { brokerSettings } from '../settings.ts'
import { readBrokerSettings, readTopicSettings } from './configs.ts'

export interface ReadOptions {
  readonly isTopicWanted: Matcher
  readonly isGroupWanted: Matcher
  readonly commands: Commands
  readonly timeoutMs: number
  readonly nowMs: () => number
}

export async function readCluster(cluster: Cluster, options: ReadOptions): Promise<ClusterFacts> {
  const { timeoutMs, nowMs, isGroupWanted } = options
  const metadata = await cluster.metadata('all')
  const brokerIds = [...metadata.brokers.keys()].toSorted((a, b) => a - b)
  const topics = [...metadata.topics.values()].filter(({ name }) => isInternalName(name) || options.isTopicWanted(name))
  const names = topics.map(({ name }) => name)
  const [settings, configs, ends, lag, dirs, quorum, versions] = await Promise.all([
    readBrokerSettings(cluster, brokerIds, timeoutMs),
    readTopicSettings(cluster, names, timeoutMs),
    readPartitionEnds(cluster, { partitions: partitionsOf(topics), metadata, timeoutMs }),
    takeLagReport(cluster, { isWanted: isGroupWanted, timeoutMs, nowMs, withSeconds: true }),
    readLogDirs(cluster, timeoutMs),
    quorumOrGap(cluster, timeoutMs),
    readVersions(cluster, brokerIds),
  ])
  const gaps = [settings, configs, ends, lag, dirs, quorum, versions].flatMap(each => [...each.gaps])
  return {
    clusterId: metadata.clusterId,
    brokers: brokerIds.map(id => {
      const found = settings.found.get(id)
      const applied = found === undefined ? undefined : brokerSettings(id, found, options.commands)
      return brokerOf(metadata, id, applied, versions.found.get(id))
    }),
    topics: topics.map(topic => topicOf(topic, configs.found.get(topic.name), ends.found)),
    groups: lag.groups,
    dirs: logDirsOf(dirs.found, () => false).dirs,
    quorum: quorum.found,
    gaps: worthTelling(gaps),
  }
}

const partitionsOf = (topics: readonly TopicMetadata[]) =>
  topics.flatMap(({ name: topic, partitions }) => partitions.map(({ index: partition }) => ({ topic, partition })))

function brokerOf(
  { brokers }: ClusterSnapshot,
  id: number,
  settings: BrokerFacts['settings'],
  versions: BrokerVersions | undefined,
): BrokerFacts {
  const { host, port, rack } = brokers.get(id)!
  return { id, host, port, rack, settings, versions }
}

function topicOf(
  { name, internal, partitions }: TopicMetadata,
  configs: ReadonlyMap<string, { readonly value: string | null }> | undefined,
  ends: EndsByTopic,
): TopicFacts {
  const of = ends.get(name)
  const records = partitions.flatMap(({ index }) => {
    const end = of?.get(index)
    return end === undefined ? [] : [end.highWatermark - end.logStart]
  })
  const values = configs && [...configs].flatMap(([key, { value }]) => (value === null ? [] : [[key, value] as const]))
  return {
    name,
    isInternal: internal || isInternalName(name),
    partitions,
    configs: values && new Map(values),
    records: records.length === partitions.length ? records : undefined,
  }
}

async function quorumOrGap(cluster: Cluster, timeoutMs: number): Promise<{ found: Quorum | undefined; gaps: Gap[] }> {
  try {
    return { found: quorumOf(await readQuorum(cluster, timeoutMs)), gaps: [] }
  } catch (error) {
    if (!isMillraceError(error)) throw error
    return { found: undefined, gaps: [gapOf('cluster', 'metadata quorum', error)] }
  }
}

async function readVersions(
  cluster: Cluster,
  brokers: readonly number[],
): Promise<{ found: Map<number, BrokerVersions>; gaps: Gap[] }> {
  const found = new Map<number, BrokerVersions>()
  const gaps: Gap[] = []
  await Promise.all(
    brokers.map(async broker => {
      try {
        found.set(broker, versionsOf((await cluster.connection(broker)).apiVersions))
      } catch (error) {
        if (!isMillraceError(error)) throw error
        gaps.push(gapOf('broker', String(broker), error))
      }
    }),
  )
  return { found, gaps }
}

const featureName = 'metadata.version'

function versionsOf({ apiKeys, supportedFeatures, finalizedFeatures }: BrokerApis): BrokerVersions {
  const levelMax = supportedFeatures.find(({ name }) => name === featureName)?.maxVersion
  return {
    release: levelMax === undefined ? undefined : metadataVersionName(levelMax).replace(/-IV\d+$/, ''),
    metadataLevel: finalizedFeatures.find(({ name }) => name === featureName)?.maxVersionLevel,
    metadataLevelMax: levelMax,
    apis: new Map(apiKeys.map(({ apiKey, maxVersion }) => [apiKey, maxVersion])),
  }
}

/** Once each. A partition without a leader is a finding of its own, and what a release does not serve cannot be read by any right. */
function worthTelling(gaps: readonly Gap[]): Gap[] {
  const told = gaps.filter(({ reason }) => reason !== 'no_leader' && reason !== 'unsupported')
  return [...new Map(told.map(gap => [`${gap.about} ${gap.name} ${gap.reason}`, gap])).values()]
}
