// What /api/v1/lag says, from the last look. Groups with their sums; with ?group=PATTERN (or ?partitions=true) partition by partition.
// ?topic=PATTERN leaves out other topics. What is not known is null.
import type { GroupLag, LagData } from '../collectors/lag.ts'
import { matcherOf } from '../matcher.ts'
import { catchUpSec, methodOf } from './totals.ts'

export function lagJson({ clusterId, takenAtMs, groups, dropped }: LagData, query: URLSearchParams): unknown {
  const isGroupWanted = matcherOf({ allow: query.getAll('group'), deny: [] })
  const isTopicWanted = matcherOf({ allow: query.getAll('topic'), deny: [] })
  const isDetailed = query.has('group') || query.get('partitions') === 'true'
  const wanted = groups.filter(({ snapshot }) => isGroupWanted(snapshot.groupId))
  return {
    clusterId,
    takenAt: new Date(takenAtMs).toISOString(),
    groupsDropped: dropped.groups,
    groups: wanted.map(group => groupJson(group, isTopicWanted, isDetailed)),
  }
}

function groupJson(
  { snapshot, totals, topics }: GroupLag,
  isTopicWanted: (topic: string) => boolean,
  isDetailed: boolean,
) {
  const { groupId, type, state, description, coordinator } = snapshot
  return {
    group: groupId,
    type,
    state: description?.state || state || null,
    status: totals.state,
    coordinator,
    members: description?.members.length ?? null,
    ...sums(totals),
    lagSeconds: orNull(totals.highSec),
    catchUpSeconds: catchUpSec(totals) ?? null,
    unknownPartitions: totals.unknown,
    topics: topics
      .filter(({ rows }) => isTopicWanted(rows.topic.name))
      .map(({ rows, totals: ofTopic, headroomSec }) => ({
        topic: rows.topic.name,
        ...sums(ofTopic),
        retentionHeadroomSeconds: headroomSec ?? null,
        ...(isDetailed ? { partitions: partitionsJson(rows) } : {}),
      })),
  }
}

const sums = ({ known, lag, stable, readable, lost, ahead }: GroupLag['totals']) =>
  known === 0
    ? { lag: null, lagStable: null, lagReadable: null, lost: null, ahead: null }
    : { lag, lagStable: stable, lagReadable: readable, lost, ahead }

function partitionsJson(rows: GroupLag['topics'][number]['rows']) {
  return Array.from(rows.partitions, (partition, at) => {
    const member = rows.member(at)
    return {
      partition,
      committed: orNull(rows.commit(at)),
      logStart: orNull(rows.topic.logStart[partition]!),
      highWatermark: orNull(rows.topic.highWatermark[partition]!),
      lag: orNull(rows.lag(at)),
      lagStable: orNull(rows.stableLag(at)),
      lagReadable: orNull(rows.readableLag(at)),
      lost: orNull(rows.lost(at)),
      ahead: orNull(rows.ahead(at)),
      lagSeconds: {
        low: orNull(rows.lowSeconds(at)),
        high: orNull(rows.highSeconds(at)),
        method: methodOf(rows.timeLag(at)),
      },
      status: rows.state(at),
      member: member === undefined ? null : { id: member.memberId, clientId: member.clientId, host: member.host },
    }
  })
}

const orNull = (value: number) => (Number.isNaN(value) ? null : value)
