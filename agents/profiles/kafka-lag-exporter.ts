// What was found, by the names of seglo/kafka-lag-exporter.
import { lagExporterMetrics as names } from '../../metrics/catalog/foreign.ts'
import { Family } from '../../metrics/exposition.ts'
import type { GroupLag, LagData } from '../collectors/lag.ts'

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
    const lags = topics.flatMap(({ rows }) => Array.from(rows.partitions, (_, at) => rows.lag(at)))
    maxLag.set(
      labels,
      lags.filter(lag => lag > 0).reduce((max, lag) => Math.max(max, lag), 0),
    )
    maxSeconds.set(labels, Number.isNaN(totals.highSec) ? undefined : totals.highSec)
    sum.set(labels, totals.lag)
    for (const { rows, totals: ofTopic } of topics)
      if (ofTopic.known > 0) topicSum.set({ ...labels, topic: rows.topic.name }, ofTopic.lag)
  }
  return [maxLag, maxSeconds, sum, topicSum]
}

/** The member that reads a partition is a label of its series; empty where there is none. */
function rowFamilies(cluster_name: string, groups: readonly GroupLag[]): Family[] {
  const offset = new Family(names.groupOffset)
  const lag = new Family(names.groupLag)
  const seconds = new Family(names.groupLagSeconds)
  const known = (value: number) => (Number.isNaN(value) ? undefined : value)
  for (const { snapshot, topics } of groups) {
    for (const { rows } of topics) {
      for (let at = 0; at < rows.length; at++) {
        if (rows.shown !== undefined && rows.shown[at] !== 1) continue
        const member = rows.members[at]
        const labels = {
          ...{ cluster_name, group: snapshot.groupId, topic: rows.topic.name, partition: String(rows.partitions[at]) },
          ...{
            member_host: member?.host ?? '',
            consumer_id: member?.memberId ?? '',
            client_id: member?.clientId ?? '',
          },
        }
        offset.set(labels, known(rows.committed[at]!))
        lag.set(labels, known(rows.lag(at)))
        seconds.set(labels, known(rows.highSeconds(at)))
      }
    }
  }
  return [offset, lag, seconds]
}
