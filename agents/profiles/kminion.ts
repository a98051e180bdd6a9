// What was found, by the names of redpanda-data/kminion.
import { packageVersion } from '../../core/version.ts'
import { kminionMetrics as names } from '../../metrics/catalog/foreign.ts'
import { Family } from '../../metrics/exposition.ts'
import type { BrokersData } from '../collectors/brokers.ts'
import type { GroupLag, LagData } from '../collectors/lag.ts'
import type { TopicsData } from '../collectors/topics.ts'
import type { LogDirs } from '../evaluate/log-dirs.ts'
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
    empty.set(labels, description?.members.filter(member => member.assigned.length === 0).length)
    for (const { rows, totals } of topics) {
      const ofTopic = { ...labels, topic_name: rows.topic.name }
      const present = Array.from(rows.partitions, (_, at) => rows.member(at)).filter(member => member !== undefined)
      topicMembers.set(ofTopic, new Set(present).size)
      assigned.set(ofTopic, present.length)
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
  for (const [id, { host, port, rack }] of brokers) {
    const where = { broker_id: String(id), address: host, port: String(port), rack_id: rack ?? '' }
    info.set({ ...common, ...where, is_controller: String(id === controllerId) }, 1)
  }
  const version = [...answers.values()][0]?.version ?? ''
  const facts = { cluster_version: version, broker_count: String(brokers.size), controller_id: String(controllerId) }
  return [new Family(names.clusterInfo).set({ ...common, ...facts, cluster_id: clusterId ?? '' }, 1), info]
}

export function logDirFamilies(cluster: string, { dirs, bytesByTopic }: LogDirs, isOnly: boolean): Family[] {
  const common = clusterLabel(cluster, isOnly)
  const ofBroker = new Family(names.brokerBytes)
  const ofTopic = new Family(names.topicBytes)
  for (const [broker, own] of Map.groupBy(dirs, each => each.broker)) {
    const isKnown = own.every(({ content }) => content !== undefined)
    const bytes = own.reduce((sum, { content }) => sum + (content?.bytes ?? 0), 0)
    ofBroker.set({ ...common, broker_id: String(broker) }, isKnown ? bytes : undefined)
  }
  for (const [topic_name, bytes] of bytesByTopic) ofTopic.set({ ...common, topic_name }, bytes)
  return [ofBroker, ofTopic]
}
