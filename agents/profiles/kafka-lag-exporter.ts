// What was found, by the names of seglo/kafka-lag-exporter.
import { lagExporterMetrics as names } from '../../metrics/catalog/foreign.ts'
import { Family } from '../../metrics/exposition.ts'
import type { Metric } from '../../metrics/metric.ts'
import type { GroupLag, LagData } from '../collectors/lag.ts'
import type { GroupRows } from '../lag/group-rows.ts'

export function lagFamilies(cluster_name: string, { groups, topics, isByPartition }: LagData): Family[] {
  const latest = new Family(names.latest)
  const earliest = new Family(names.earliest)
  for (const { name: topic, partitions, highWatermark, logStart } of topics) {
    latest.setEach({ cluster_name, topic }, partitions, highWatermark)
    earliest.setEach({ cluster_name, topic }, partitions, logStart)
  }
  return [
    latest,
    earliest,
    ...sumFamilies(cluster_name, groups),
    ...(isByPartition ? rowFamilies(cluster_name, groups) : []),
  ]
}

function sumFamilies(cluster_name: string, groups: readonly GroupLag[]): Family[] {
  const maxLag = new Family(names.groupMaxLag)
  const maxSeconds = new Family(names.groupMaxLagSeconds)
  const sum = new Family(names.groupSumLag)
  const topicSum = new Family(names.groupTopicSumLag)
  for (const { snapshot, totals, topics } of groups) {
    if (totals.known === 0) continue
    const labels = { cluster_name, group: snapshot.groupId }
    maxLag.set(labels, Math.max(0, ...topics.map(({ rows }) => largestLag(rows))))
    maxSeconds.set(labels, Number.isNaN(totals.highSec) ? undefined : totals.highSec)
    sum.set(labels, totals.lag)
    for (const { rows, totals: ofTopic } of topics)
      if (ofTopic.known > 0) topicSum.set({ ...labels, topic: rows.topic.name }, ofTopic.lag)
  }
  return [maxLag, maxSeconds, sum, topicSum]
}

function largestLag(rows: GroupRows): number {
  let largest = 0
  for (let at = 0; at < rows.length; at++) if (rows.lag(at) > largest) largest = rows.lag(at)
  return largest
}

function rowFamilies(cluster_name: string, groups: readonly GroupLag[]): Family[] {
  const each = (metric: Metric, value: (rows: GroupRows, at: number) => number) =>
    new Family(metric).setLater(function* (family) {
      for (const { snapshot, topics } of groups) {
        for (const { rows } of topics) {
          const labels = { cluster_name, group: snapshot.groupId, topic: rows.topic.name }
          for (let at = 0; at < rows.length; at++) {
            const number = rows.isShown(at) ? value(rows, at) : Number.NaN
            if (!Number.isNaN(number)) yield family.set({ ...labels, ...readerOf(rows, at) }, number)
          }
        }
      }
    })
  return [
    each(names.groupOffset, (rows, at) => rows.commit(at)),
    each(names.groupLag, (rows, at) => rows.lag(at)),
    each(names.groupLagSeconds, (rows, at) => rows.highSeconds(at)),
  ]
}

/** The member that reads a partition is a label of its series; empty where there is none. */
function readerOf(rows: GroupRows, at: number) {
  const member = rows.member(at)
  return {
    partition: String(rows.partition(at)),
    member_host: member?.host ?? '',
    consumer_id: member?.memberId ?? '',
    client_id: member?.clientId ?? '',
  }
}
