// What groups are behind: the lag collector.
import { metric } from '../metric.ts'

const group = ['cluster', 'group'] as const
const groupTopic = [...group, 'topic'] as const
const groupPartition = [...groupTopic, 'partition'] as const
const partition = ['cluster', 'topic', 'partition'] as const

export const groupMetrics = {
  groupInfo: metric({
    name: 'millrace_consumer_group_info',
    type: 'info',
    labels: [...group, 'type', 'assignor'],
    help: 'A group that exists: type is classic, consumer (KIP-848), share or streams.',
  }),
  groupState: metric({
    name: 'millrace_consumer_group_state',
    type: 'stateset',
    labels: [...group, 'state'],
    help: 'State of the group as its coordinator says it, such as Stable or Empty: 1 for the one it is in.',
  }),
  groupStatus: metric({
    name: 'millrace_consumer_group_status',
    type: 'stateset',
    labels: [...group, 'status'],
    help: 'What the group is doing, judged over the last minutes (the worst of its partitions): ok, lagging, stalled (a member does not get on), stopped (nobody reads while records wait), rewound, unknown. 1 for the one it is in.',
  }),
  groupMembers: metric({
    name: 'millrace_consumer_group_members',
    type: 'gauge',
    labels: group,
    help: 'Members of the group. No sample: it could not be described.',
  }),
  groupLag: metric({
    name: 'millrace_consumer_group_lag_offsets',
    type: 'gauge',
    labels: group,
    help: 'Offsets from the commits of the group to the high watermarks, over all its partitions with a commit.',
  }),
  groupLagSeconds: metric({
    name: 'millrace_consumer_group_lag_seconds',
    type: 'gauge',
    labels: group,
    help: 'Age of the oldest record that the group has not read, upper bound, of the partition that is furthest behind. No sample: not known of one that is behind.',
  }),
  groupLagStable: metric({
    name: 'millrace_consumer_group_lag_stable_offsets',
    type: 'gauge',
    labels: group,
    help: 'Offsets from the commits of the group to the last stable offsets: what a read_committed consumer could have.',
  }),
  groupLagReadable: metric({
    name: 'millrace_consumer_group_lag_readable_offsets',
    type: 'gauge',
    labels: group,
    help: 'Offsets that are still in the logs for the group to read.',
  }),
  groupLost: metric({
    name: 'millrace_consumer_group_lost_offsets',
    type: 'gauge',
    labels: group,
    help: 'Offsets between the commits of the group and the log starts: deleted before they were read.',
  }),
  groupAhead: metric({
    name: 'millrace_consumer_group_ahead_offsets',
    type: 'gauge',
    labels: group,
    help: 'Offsets by which commits of the group are beyond the ends of the logs: a negative lag, which no other series hides or shows.',
  }),
  groupUnknownPartitions: metric({
    name: 'millrace_consumer_group_unknown_lag_partitions',
    type: 'gauge',
    labels: [...group, 'reason'],
    help: 'Partitions of the group without a lag, by reason: no_commit, no_ends, not_told (a share group before Kafka 4.2). No sample: none.',
  }),
  groupConsumeRate: metric({
    name: 'millrace_consumer_group_consumed_offsets_per_second',
    type: 'gauge',
    labels: group,
    help: 'Offsets that the group commits a second, over the last minutes; negative after a step back.',
  }),
  groupDrainRate: metric({
    name: 'millrace_consumer_group_drained_offsets_per_second',
    type: 'gauge',
    labels: group,
    help: 'Offsets a second by which the lag of the group shrinks, over the last minutes; negative while it grows.',
  }),
  groupCatchUp: metric({
    name: 'millrace_consumer_group_catch_up_seconds',
    type: 'gauge',
    labels: group,
    help: 'Seconds until the group has caught up, if it goes on as in the last minutes; 0 without lag. No sample: the lag does not shrink.',
  }),
  groupNoProgress: metric({
    name: 'millrace_consumer_group_no_progress_seconds',
    type: 'gauge',
    labels: group,
    help: 'For how long the group has got on with no partition for which records wait; 0 when it gets on with one, or nothing waits.',
  }),
  groupTopicHeadroom: metric({
    name: 'millrace_consumer_group_topic_retention_headroom_seconds',
    type: 'gauge',
    labels: groupTopic,
    help: 'Seconds until the oldest unread record of the topic may be deleted by retention.ms, lower bound, at the partition that is nearest to it. No sample: nothing unread, no limit, or not known.',
  }),
  groupTopicLag: metric({
    name: 'millrace_consumer_group_topic_lag_offsets',
    type: 'gauge',
    labels: groupTopic,
    help: 'Offsets from the commits of the group to the high watermarks, over the partitions of the topic.',
  }),
  partitionCommitted: metric({
    name: 'millrace_consumer_group_partition_committed_offset',
    type: 'gauge',
    labels: groupPartition,
    help: 'Committed offset: of the next record to be read. No sample: nothing is committed.',
  }),
  partitionLag: metric({
    name: 'millrace_consumer_group_partition_lag_offsets',
    type: 'gauge',
    labels: groupPartition,
    help: 'Offsets from the commit to the high watermark. No sample: no commit, or no end known.',
  }),
  partitionLagStable: metric({
    name: 'millrace_consumer_group_partition_lag_stable_offsets',
    type: 'gauge',
    labels: groupPartition,
    help: 'Offsets from the commit to the last stable offset: what a read_committed consumer could have. No sample: as many as to the high watermark.',
  }),
  partitionLagReadable: metric({
    name: 'millrace_consumer_group_partition_lag_readable_offsets',
    type: 'gauge',
    labels: groupPartition,
    help: 'Offsets that are still in the log to be read: from the commit or the log start, whichever is later, to the high watermark. No sample: all of the lag.',
  }),
  partitionLost: metric({
    name: 'millrace_consumer_group_partition_lost_offsets',
    type: 'gauge',
    labels: groupPartition,
    help: 'Offsets between the commit and the log start: deleted before they were read. No sample: none.',
  }),
  partitionAhead: metric({
    name: 'millrace_consumer_group_partition_ahead_offsets',
    type: 'gauge',
    labels: groupPartition,
    help: 'Offsets by which the commit is beyond the end of the log: the topic was made again, or data was lost. No sample: none.',
  }),
  partitionLagSecondsLow: metric({
    name: 'millrace_consumer_group_partition_lag_low_seconds',
    type: 'gauge',
    labels: groupPartition,
    help: 'Lower bound of the age of the next record to be read; 0 when caught up. No sample: not known.',
  }),
  partitionLagSecondsHigh: metric({
    name: 'millrace_consumer_group_partition_lag_high_seconds',
    type: 'gauge',
    labels: groupPartition,
    help: 'Upper bound of the age of the next record to be read; 0 when caught up. No sample: not known, or older than what the agent has seen.',
  }),
  // ---- the ends that lags are counted to ----
  partitionLogStart: metric({
    name: 'millrace_topic_partition_log_start_offset',
    type: 'gauge',
    labels: partition,
    help: 'First offset of the log.',
  }),
  partitionLastStable: metric({
    name: 'millrace_topic_partition_last_stable_offset',
    type: 'gauge',
    labels: partition,
    help: 'End of what read_committed consumers may have: the first offset of the oldest open transaction, or the high watermark.',
  }),
  partitionHighWatermark: metric({
    name: 'millrace_topic_partition_high_watermark_offset',
    type: 'gauge',
    labels: partition,
    help: 'End of what is replicated to all in-sync replicas: the offset of the next record.',
  }),
  lagSecondsRows: metric({
    name: 'millrace_agent_lag_seconds_partitions',
    type: 'gauge',
    labels: ['cluster', 'method'],
    help: 'Group partitions by how their lag in seconds is known: caught_up, exact (the record was read), stamped (at most as old as the record says, which was there before the agent looked), interpolated (from ends seen), at_least (older than what was seen), unknown.',
  }),
} as const
