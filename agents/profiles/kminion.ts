// What was found, by the names of redpanda-data/kminion.
import { packageVersion } from '../../core/version.ts'
import { kminionMetrics as names } from '../../metrics/catalog/foreign.ts'
import { Family } from '../../metrics/exposition.ts'
import type { BrokerMetadata } from '../../wire/cluster-metadata.ts'
import type { BrokersData } from '../collectors/brokers.ts'
import type { GroupLag, LagData } from '../collectors/lag.ts'
import type { LogDirsData } from '../collectors/log-dirs.ts'
import type { TopicsData } from '../collectors/topics.ts'
import { clusterLabel, columnSum, eachRow, rowsSum } from './columns.ts'

export function lagFamilies(cluster: string, { groups, topics, isByPartition }: LagData, isOnly: boolean): Family[] {
  const common = clusterLabel(cluster, isOnly)
  const low = new Family(names.lowWaterMark)
  const high = new Family(names.highWaterMark)
  const lowSum = new Family(names.lowWaterMarkSum)
  const highSum = new Family(names.highWaterMarkSum)
  for (const { name, partitions, logStart, highWatermark } of topics) {
    const labels = { ...common, topic_name: name }
    low.setEach(labels, partitions, logStart)
    high.setEach(labels, partitions, highWatermark)
    lowSum.set(labels, columnSum(logStart))
    highSum.set(labels, columnSum(highWatermark))
  }
  const labelsOf = (group_id: string, topic_name: string) => ({ ...common, group_id, topic_name })
  return [
    new Family(names.up).set({ ...common, version: packageVersion() }, 1),
    ...[low, high, lowSum, highSum],
    ...groupFamilies(common, groups),
    ...(isByPartition ? [eachRow(names.groupLag, groups, labelsOf, (rows, at) => rows.lag(at))] : []),
  ]
}

function groupFamilies(common: Readonly<Record<string, string>>, groups: readonly GroupLag[]): Family[] {
  const info = new Family(names.groupInfo)
  const members = new Family(names.groupMembers)
  const empty = new Family(names.groupEmptyMembers)
  const topicMembers = new Family(names.groupTopicMembers)
  const assigned = new Family(names.groupTopicAssigned)
  const offsetSum = new Family(names.groupTopicOffsetSum)
  const topicLag = new Family(names.groupTopicLag)
  for (const { snapshot, topics } of groups) {
    const { groupId: group_id, description, protocolType, coordinator } = snapshot
    const labels = { ...common, group_id }
    const state = description?.state || snapshot.state
    const facts = { protocol: description?.assignor ?? '', protocol_type: protocolType, state }
    info.set({ ...labels, ...facts, coordinator_id: String(coordinator) }, state === 'Stable' ? 1 : 0)
    members.set(labels, description?.members.length)
    // As they do it: no sample for none.
    empty.set(labels, description?.members.filter(member => member.assigned.length === 0).length || undefined)
    for (const { rows, totals } of topics) {
      const ofTopic = { ...labels, topic_name: rows.topic.name }
      const present = Array.from(rows.partitions, (_, at) => rows.member(at)).filter(member => member !== undefined)
      topicMembers.set(ofTopic, new Set(present).size || undefined)
      assigned.set(ofTopic, present.length || undefined)
      offsetSum.set(
        ofTopic,
        rowsSum(rows, at => rows.commit(at)),
      )
      topicLag.set(ofTopic, totals.known === 0 ? undefined : totals.lag)
    }
  }
  return [info, members, empty, topicMembers, assigned, offsetSum, topicLag]
}

export function topicFamilies(cluster: string, { topics }: TopicsData, isOnly: boolean): Family[] {
  const info = new Family(names.topicInfo)
  for (const { topic, replicationFactor, configs } of topics) {
    info.set(
      {
        ...clusterLabel(cluster, isOnly),
        topic_name: topic.name,
        partition_count: String(topic.partitions.length),
        replication_factor: String(replicationFactor),
        cleanup_policy: configs['cleanup.policy'] ?? '',
      },
      1,
    )
  }
  return [info]
}

export function brokerFamilies(cluster: string, data: BrokersData, isOnly: boolean): Family[] {
  const common = clusterLabel(cluster, isOnly)
  const { brokers, answers, controllerId, clusterId } = data
  const info = new Family(names.brokerInfo)
  for (const [id, broker] of brokers)
    info.set({ ...common, ...placeOf(id, broker), is_controller: String(id === controllerId) }, 1)
  // `4.3 (metadata.version 4.3-IV0)`; they say v4.3.
  const release = /^\d\S*/.exec([...answers.values()][0]?.version ?? '')?.[0]
  const cluster_version = release === undefined ? '' : `v${release}`
  const facts = { cluster_version, broker_count: String(brokers.size), controller_id: String(controllerId) }
  return [new Family(names.clusterInfo).set({ ...common, ...facts, cluster_id: clusterId ?? '' }, 1), info]
}

const placeOf = (id: number, broker: Pick<BrokerMetadata, 'host' | 'port' | 'rack'> | undefined) => ({
  broker_id: String(id),
  address: broker?.host ?? '',
  port: broker === undefined ? '' : String(broker.port),
  rack_id: broker?.rack ?? '',
})

export function logDirFamilies(
  cluster: string,
  { dirs, bytesByTopic, brokers }: LogDirsData,
  isOnly: boolean,
): Family[] {
  const common = clusterLabel(cluster, isOnly)
  const ofBroker = new Family(names.brokerBytes)
  const ofTopic = new Family(names.topicBytes)
  for (const [broker, own] of Map.groupBy(dirs, each => each.broker)) {
    const isKnown = own.every(({ content }) => content !== undefined)
    const bytes = own.reduce((sum, { content }) => sum + (content?.bytes ?? 0), 0)
    ofBroker.set({ ...common, ...placeOf(broker, brokers.get(broker)) }, isKnown ? bytes : undefined)
  }
  for (const [topic_name, bytes] of bytesByTopic) ofTopic.set({ ...common, topic_name }, bytes)
  return [ofBroker, ofTopic]
}
