// Why another exporter may say something else than the agent does and both be as they are meant to be. A rule holds only on evidence that
// the two pages themselves give; a difference that no rule explains is a mistake of one of the two.
//
// Each was seen on the pages of kafka_exporter 1.9.0 and kminion 2.3.5 beside real Kafka (test/fixtures/peers), but for those of
// kafka-lag-exporter, which is archived and was read, not run.
import type { ProfileName } from './collector.ts'
import type { Evidence } from './diff-evidence.ts'
import { labelsOf, nameOf, seriesOf } from './samples.ts'

export type ForeignProfile = Exclude<ProfileName, 'native'>

export interface Difference {
  readonly series: string
  /** Undefined: it has no such series. */
  readonly theirs: number | undefined
  readonly ours: number | undefined
}

export interface DiffRule {
  readonly id: string
  readonly profiles: readonly ForeignProfile[]
  readonly why: string
  holds(difference: Difference, evidence: Evidence): boolean
}

const groupLabels = ['consumergroup', 'group_id', 'group'] as const
const groupIn = (series: string) => groupLabels.map(label => labelsOf(series)[label]).find(name => name !== undefined)
const topicIn = (series: string) => labelsOf(series).topic ?? labelsOf(series).topic_name

/** Partitions that the group has not committed, by kafka_exporter. */
const unknownRows = (series: string, evidence: Evidence) =>
  evidence.rowsBeside(series, 'kafka_consumergroup_current_offset').filter(({ value }) => value === -1)

const describedNames =
  /^(kafka_consumergroup_members|kminion_kafka_consumer_group_(info|members|empty_members|topic_members|topic_assigned_partitions))$/

export const diffRules: readonly DiffRule[] = [
  {
    id: 'unknown-has-no-sample',
    profiles: ['kafka_exporter', 'kafka-lag-exporter'],
    why: 'they put -1 or NaN where nothing is known; we have no sample',
    holds: ({ series, theirs, ours }) =>
      ours === undefined && groupIn(series) !== undefined && (theirs === -1 || Number.isNaN(theirs)),
  },
  {
    id: 'unknown-in-the-sum',
    profiles: ['kafka_exporter'],
    why: 'they add -1 for each partition without a commit into the sum of the offsets; we add what is known',
    holds: ({ series, theirs, ours }, evidence) => {
      const unknown = unknownRows(series, evidence).length
      return (
        nameOf(series) === 'kafka_consumergroup_current_offset_sum' && unknown > 0 && theirs === (ours ?? 0) - unknown
      )
    },
  },
  {
    id: 'commit-without-a-leader',
    profiles: ['kafka_exporter', 'kminion'],
    why: 'they leave out the commit of a partition that has no leader, and their sum of the offsets falls; the commit is still there',
    holds: ({ series, theirs, ours }, evidence) => {
      const leaderless = evidence.leaderlessCommits(groupIn(series), topicIn(series))
      if (leaderless.length === 0 || ours === undefined) return false
      if (nameOf(series) === 'kafka_consumergroup_current_offset')
        return theirs === undefined && leaderless.some(({ partition }) => partition === labelsOf(series).partition)
      const isSum = /^kafka_consumergroup_current_offset_sum$|_topic_offset_sum$/.test(nameOf(series))
      const left = leaderless.reduce((sum, { value }) => sum - value, ours)
      return isSum && (theirs ?? 0) === left - unknownRows(series, evidence).length
    },
  },
  {
    id: 'commit-beyond-the-end',
    profiles: ['kafka_exporter'],
    why: 'a commit beyond the end: they show a negative lag, we count it apart (ahead_offsets)',
    holds: ({ series, theirs, ours }, evidence) =>
      nameOf(series) === 'kafka_consumergroup_lag' && theirs! < 0 && ours === 0 && evidence.isBeyondEnd(series),
  },
  {
    id: 'commit-beyond-the-end-in-the-sum',
    profiles: ['kafka_exporter'],
    why: 'they take what a commit is beyond the end off the lag of the other partitions; we count it apart (ahead_offsets)',
    holds: ({ series, theirs, ours }, evidence) => {
      if (nameOf(series) !== 'kafka_consumergroup_lag_sum' || theirs === undefined || ours === undefined) return false
      const ahead = evidence
        .rowsBeside(series, 'kafka_consumergroup_lag')
        .filter(({ partition }) => evidence.isBeyondEnd(series, partition))
        .reduce((sum, { value }) => sum + value, 0)
      return ahead < 0 && theirs === ours + ahead
    },
  },
  {
    id: 'group-of-a-newer-protocol',
    profiles: ['kafka_exporter', 'kminion'],
    why: 'they ask by the request for classic groups, which knows no members of groups of KIP-848, share and streams groups',
    holds: ({ series, theirs }, evidence) => {
      const type = evidence.typeOf(groupIn(series))
      return describedNames.test(nameOf(series)) && !theirs && type !== undefined && type !== 'classic'
    },
  },
  {
    id: 'offsets-of-a-share-group',
    profiles: ['kafka_exporter', 'kminion'],
    why: 'they do not ask for the offsets of share groups; ours are the start offset and the lag that the broker counts',
    holds: ({ series, theirs }, evidence) => theirs === undefined && evidence.typeOf(groupIn(series)) === 'share',
  },
  {
    id: 'internal-topic',
    profiles: ['kminion'],
    why: "they ask for no ends of Kafka's own topics",
    holds: ({ series, theirs }) =>
      theirs === undefined && /_(low|high)_water_mark(_sum)?$/.test(nameOf(series)) && /^__/.test(topicIn(series) ?? ''), // biome-ignore format: one line
  },
  {
    id: 'up-is-all-or-nothing',
    profiles: ['kminion'],
    why: 'they say 0 while anything of anything failed; the agent tells collectors and reasons apart (millrace_agent_gaps)',
    holds: ({ series, theirs }, evidence) =>
      nameOf(series) === 'kminion_exporter_up' && (theirs ?? evidence.valueOf('kminion_exporter_up')) === 0,
  },
  {
    id: 'version-of-the-exporter',
    profiles: ['kminion'],
    why: 'the label is the version of the program itself',
    holds: ({ series }, evidence) =>
      nameOf(series) === 'kminion_exporter_up' && evidence.isOnBothBut(['version'], series),
  },
  {
    id: 'version-of-the-cluster',
    profiles: ['kminion'],
    why: "they guess the version from a table of their client's library; ours is the release of the broker's metadata.version",
    holds: ({ series }, evidence) =>
      nameOf(series) === 'kminion_kafka_cluster_info' && evidence.isOnBothBut(['cluster_version'], series),
  },
  {
    id: 'controller-of-kraft',
    profiles: ['kminion'],
    why: 'KRaft names any live broker as the controller, another one each time (the one that leads: millrace_quorum_leader_node)',
    holds: ({ series, theirs, ours }, evidence) =>
      (theirs === undefined || ours === undefined) &&
      ((nameOf(series) === 'kminion_kafka_broker_info' && evidence.isOnBothBut(['is_controller'], series)) ||
        (nameOf(series) === 'kminion_kafka_cluster_info' &&
          evidence.isOnBothBut(['cluster_version', 'controller_id'], series))),
  },
  {
    id: 'topic-came-or-went',
    profiles: ['kafka_exporter'],
    why: 'they hear of topics that come and go every 30 s (--refresh.metadata)',
    holds: ({ series, theirs, ours }, evidence) => {
      const topic = topicIn(series)
      if (topic === undefined || (theirs !== undefined && ours !== undefined)) return false
      const ends = theirs === undefined ? evidence.theirs : evidence.ours
      return !ends.has(seriesOf('kafka_topic_partitions', { topic }))
    },
  },
  {
    id: 'seconds-by-another-way',
    profiles: ['kafka-lag-exporter'],
    why: 'seconds are found in another way: ours are an upper bound',
    holds: ({ series, theirs, ours }) =>
      /_seconds$/.test(nameOf(series)) && theirs !== undefined && ours !== undefined && ours >= theirs,
  },
]

/** The first rule that explains it; undefined: nothing does. */
export function ruleFor(profile: ForeignProfile, difference: Difference, evidence: Evidence): DiffRule | undefined {
  return diffRules.find(rule => rule.profiles.includes(profile) && rule.holds(difference, evidence))
}

export interface NotOffered {
  readonly names: RegExp
  readonly why: string
}

/** Names of others that no profile has. */
export const notOffered: readonly NotOffered[] = [
  {
    names: /^(kafka_exporter_build_info|kminion_log_messages_total)$/,
    why: 'about the other program itself (ours: millrace_agent_info)',
  },
  {
    names: /^kminion_kafka_(requests_(sent|received)_total|(sent|received)_bytes)$/,
    why: "the other program's own requests",
  },
  {
    names:
      /^(kminion_exporter_offset_consumer_records_consumed_total|kminion_kafka_consumer_group_offset_commits_total)$/,
    why: 'of reading __consumer_offsets, which the agent does not',
  },
  { names: /^kminion_end_to_end_/, why: 'the canary has names of its own: millrace_canary_*' },
  { names: /^kafka_consumergroupzookeeper_lag_zookeeper$/, why: 'Kafka has no ZooKeeper any more' },
  {
    names: /^kafka_consumergroup_poll_time_ms$/,
    why: 'about the other program itself (ours: millrace_collector_duration_seconds)',
  },
]
