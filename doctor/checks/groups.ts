// Groups: who loses records, and who is about to.
import type { GroupReport } from '../../agents/lag-report.ts'
import type { Facts } from '../facts.ts'
import { topicNumber } from '../facts.ts'
import type { Check } from '../finding.ts'
import { quoted } from '../fixes.ts'

const groupsOf = ({ cluster }: Facts): readonly GroupReport[] => cluster?.groups ?? []

const describe = (facts: Facts, groupId: string) => facts.commands.millrace('lag', `--group ${quoted(groupId)}`)

/** A group whose oldest unread record has lived through this share of the retention is late. */
const retentionShareMax = 0.5

export const groupChecks: readonly Check[] = [
  {
    id: 'group-lost-records',
    severity: 'critical',
    title: 'Records were deleted before a group read them',
    risk: 'Its position is before the beginning of the log: it will jump by auto.offset.reset, and what lies between is never read.',
    find: facts =>
      groupsOf(facts)
        .filter(({ lost }) => lost > 0)
        .map(({ groupId, lost, partitions }) => {
          const worst = partitions.reduce((most, row) => ((row.lag?.lost ?? 0) > (most.lag?.lost ?? 0) ? row : most))
          return {
            subject: `group ${groupId}`,
            evidence: `${lost} offsets are gone, most of them in ${worst.topic}-${worst.partition} (committed ${worst.committed}, log starts at ${worst.ends?.logStart})`,
            fix: facts.commands.configs('topics', worst.topic, { 'retention.ms': '604800000' }),
          }
        }),
  },
  {
    id: 'group-near-retention',
    severity: 'warning',
    title: 'A group is so far behind that retention may overtake it',
    risk: 'When it falls back further, records are deleted before it reads them.',
    find: facts => {
      const topics = new Map((facts.cluster?.topics ?? []).map(topic => [topic.name, topic]))
      return groupsOf(facts).flatMap(({ groupId, partitions }) => {
        const late = partitions.flatMap(({ topic, partition, lagSeconds = 0 }) => {
          const facts = topics.get(topic)
          const retentionMs = facts === undefined ? undefined : topicNumber(facts, 'retention.ms')
          const isDeleted = facts?.configs?.get('cleanup.policy')?.includes('delete') === true
          if (!isDeleted || retentionMs === undefined || retentionMs <= 0) return []
          const share = (lagSeconds * 1000) / retentionMs
          return share < retentionShareMax ? [] : [{ topic, partition, lagSeconds, retentionMs, share }]
        })
        if (late.length === 0) return []
        const worst = late.reduce((most, each) => (each.share > most.share ? each : most))
        return [
          {
            subject: `group ${groupId}`,
            evidence: `${worst.topic}-${worst.partition}: ${Math.round(worst.lagSeconds)} s behind, which is ${Math.round(100 * worst.share)} % of retention.ms=${worst.retentionMs}`,
            fix: facts.commands.configs('topics', worst.topic, { 'retention.ms': String(4 * worst.retentionMs) }),
          },
        ]
      })
    },
  },
  {
    id: 'group-unread',
    severity: 'warning',
    title: 'Nobody reads, and records wait',
    risk: 'The group has positions and no members: its lag grows until retention deletes what it has not read, or its positions expire.',
    find: facts =>
      groupsOf(facts)
        .filter(
          ({ state, members, lag, type }) => type !== 'share' && state === 'Empty' && (members ?? 0) === 0 && lag > 0,
        )
        .map(({ groupId, lag }) => ({
          subject: `group ${groupId}`,
          evidence: `no members, ${lag} offsets behind`,
          fix: `${describe(facts, groupId)}   # start its consumers; a group that is not needed: ${facts.commands.tool('kafka-consumer-groups', `--delete --group ${quoted(groupId)}`)}`,
        })),
  },
  {
    id: 'group-ahead',
    severity: 'critical',
    title: 'A group is ahead of the end of the log',
    risk: 'Its topic was made again, or an unclean election cut records off: what is written until the end passes its position is not read.',
    find: facts =>
      groupsOf(facts).flatMap(({ groupId, partitions }) => {
        const ahead = partitions.find(({ lag }) => (lag?.ahead ?? 0) > 0)
        if (ahead === undefined) return []
        const { topic, partition, committed, ends } = ahead
        return [
          {
            subject: `group ${groupId}`,
            evidence: `${topic}-${partition}: committed ${committed}, the log ends at ${ends?.highWatermark}`,
            fix: facts.commands.tool(
              'kafka-consumer-groups',
              `--group ${quoted(groupId)} --topic ${quoted(topic)} --reset-offsets --to-earliest --execute`,
            ),
          },
        ]
      }),
  },
  {
    id: 'group-idle-members',
    severity: 'notice',
    title: 'A group has more members than partitions',
    risk: 'Members without a partition do nothing: more of them do not make the group faster.',
    find: facts =>
      groupsOf(facts).flatMap(({ groupId, members = 0, partitions, type, state }) => {
        if (type === 'share' || state !== 'Stable') return []
        const busy = new Set(partitions.flatMap(({ member }) => member?.memberId ?? []))
        if (busy.size === 0 || members <= busy.size) return []
        const topic = partitions[0]!.topic
        return [
          {
            subject: `group ${groupId}`,
            evidence: `${members} members, ${busy.size} of them with partitions`,
            fix: `${facts.commands.tool('kafka-topics', `--alter --topic ${quoted(topic)} --partitions ${members}`)}   # or fewer members; more partitions move keys`,
          },
        ]
      }),
  },
]
