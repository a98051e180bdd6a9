// What was found, by the names of danielqsj/kafka_exporter.
import { kafkaExporterMetrics as names } from '../../metrics/catalog/foreign.ts'
import { Family } from '../../metrics/exposition.ts'
import type { BrokersData } from '../collectors/brokers.ts'
import type { LagData } from '../collectors/lag.ts'
import type { TopicsData } from '../collectors/topics.ts'
import { clusterLabel, eachRow, rowsSum } from './columns.ts'

export function lagFamilies(cluster: string, { groups, topics, isByPartition }: LagData, isOnly: boolean): Family[] {
  const common = clusterLabel(cluster, isOnly)
  const current = new Family(names.currentOffset)
  const oldest = new Family(names.oldestOffset)
  for (const { name: topic, partitions, highWatermark, logStart } of topics) {
    current.setEach({ ...common, topic }, partitions, highWatermark)
    oldest.setEach({ ...common, topic }, partitions, logStart)
  }
  const members = new Family(names.groupMembers)
  const offsetSum = new Family(names.groupOffsetSum)
  const lagSum = new Family(names.groupLagSum)
  for (const { snapshot, topics: ofGroup } of groups) {
    const consumergroup = snapshot.groupId
    members.set({ ...common, consumergroup }, snapshot.description?.members.length)
    for (const { rows, totals } of ofGroup) {
      const labels = { ...common, consumergroup, topic: rows.topic.name }
      offsetSum.set(
        labels,
        rowsSum(rows, at => rows.commit(at)),
      )
      lagSum.set(labels, totals.known === 0 ? undefined : totals.lag)
    }
  }
  const labelsOf = (consumergroup: string, topic: string) => ({ ...common, consumergroup, topic })
  const rows = isByPartition
    ? [
        eachRow(names.groupOffset, groups, labelsOf, (each, at) => each.commit(at)),
        eachRow(names.groupLag, groups, labelsOf, (each, at) => each.lag(at)),
      ]
    : []
  return [current, oldest, members, offsetSum, lagSum, ...rows]
}

export function topicFamilies(cluster: string, { topics }: TopicsData, isOnly: boolean): Family[] {
  const count = new Family(names.partitions)
  const leader = new Family(names.leader)
  const replicas = new Family(names.replicas)
  const inSync = new Family(names.inSync)
  const preferred = new Family(names.isPreferred)
  const under = new Family(names.isUnderReplicated)
  for (const { topic } of topics) {
    const labels = { ...clusterLabel(cluster, isOnly), topic: topic.name }
    const { partitions } = topic
    const indexes = partitions.map(({ index }) => index)
    count.set(labels, partitions.length)
    leader.setEach(labels, indexes, at => (partitions[at]!.leader < 0 ? Number.NaN : partitions[at]!.leader))
    replicas.setEach(labels, indexes, at => partitions[at]!.replicas.length)
    inSync.setEach(labels, indexes, at => partitions[at]!.isr.length)
    preferred.setEach(labels, indexes, at => Number(partitions[at]!.leader === partitions[at]!.replicas[0]))
    under.setEach(labels, indexes, at => Number(partitions[at]!.isr.length < partitions[at]!.replicas.length))
  }
  return [count, leader, replicas, inSync, preferred, under]
}

export function brokerFamilies(cluster: string, { brokers }: BrokersData, isOnly: boolean): Family[] {
  const common = clusterLabel(cluster, isOnly)
  const info = new Family(names.brokerInfo)
  for (const [id, { host, port }] of brokers) info.set({ ...common, id: String(id), address: `${host}:${port}` }, 1)
  return [new Family(names.brokers).set(common, brokers.size), info]
}
