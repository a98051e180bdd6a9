// Consumer groups: stopped, stalled, rewound, behind, and what they are about to lose. The states are judged by the agent
// (agents/evaluate/lag-status.ts), over minutes and from commits and ends; idle groups are `ok` there, whatever they do not do.
import { metrics } from '../../metrics/catalog.ts'
import { type Area, maxBy, minBy, ofGroup, ofGroupTopic, ofPartition, plain, type Selecting, sumBy } from '../rule.ts'

const onGroup = 'on (cluster, group)'

/** When somebody was last in the group, or it last committed. Kept over gaps of an hour, and forgotten with the group. */
const active = 'millrace:consumer_group_active:timestamp_seconds'

const activeRecording = {
  record: active,
  pace: 'fast',
  expr: `  ${maxBy(ofGroup, `(${plain(metrics.groupMembers)} > 0) * 0 + time()`)}
or
  ${maxBy(ofGroup, `(${plain(metrics.groupConsumeRate)} != 0) * 0 + time()`)}
or
  (last_over_time(${active}[1h]) and ${onGroup} ${plain(metrics.groupInfo)})`,
} as const

const isActive = (forgottenSec: number) => `${onGroup} (time() - ${active} < ${forgottenSec})`

const inStatus = (of: Selecting, status: string) =>
  `${maxBy(ofGroup, of(metrics.groupStatus, `status="${status}"`))} == 1`

const rebalancing = 'state=~"PreparingRebalance|CompletingRebalance|Assigning|Reconciling"'

export const consumers: Area = {
  name: 'consumers',
  recordings: [activeRecording],
  alerts: [
    {
      name: 'MillraceConsumerGroupStopped',
      severity: 'critical',
      pace: 'fast',
      labels: ofGroup,
      expr: (of, t) => `  ${inStatus(of, 'stopped')}\nand ${isActive(t['abandoned-after'])}`,
      summary: 'Nobody reads for group {{ $labels.group }} while records wait',
      impact: 'Whatever the consumers do is not done; the lag grows until retention deletes what was not read.',
    },
    {
      name: 'MillraceConsumerGroupStalled',
      severity: 'critical',
      pace: 'fast',
      labels: ofGroup,
      expr: (of, t) => `  ${inStatus(of, 'stalled')}
and ${onGroup} ${maxBy(ofGroup, of(metrics.groupNoProgress))} >= ${t['no-progress-max']}
unless ${onGroup} ${maxBy(ofGroup, of(metrics.groupState, rebalancing))} == 1`,
      summary: 'Group {{ $labels.group }} has members and gets on with no partition for which records wait',
      impact:
        'Nothing is processed: a record that cannot be handled, a consumer that hangs, or one that crashed and still has its session.',
    },
    {
      name: 'MillraceConsumerGroupPartitionStalled',
      severity: 'warning',
      pace: 'fast',
      labels: ofGroup,
      for: t => t['partition-stalled-for'],
      expr: of => inStatus(of, 'stalled'),
      summary: 'Group {{ $labels.group }} does not get on with at least one of its partitions',
      impact: 'What has a key of these partitions is not processed, although the group as a whole goes on.',
    },
    {
      name: 'MillraceConsumerGroupRewound',
      severity: 'warning',
      pace: 'fast',
      labels: ofGroup,
      expr: of => inStatus(of, 'rewound'),
      summary: 'A commit of group {{ $labels.group }} went back',
      impact: 'Records are read and processed a second time.',
    },
    {
      name: 'MillraceConsumerGroupLagGrowing',
      severity: 'warning',
      pace: 'steady',
      labels: ofGroup,
      for: t => t['lag-for'],
      expr: (of, t) => `  ${maxBy(ofGroup, of(metrics.groupLagSeconds))} > ${t['lag-max']}
and ${onGroup} ${maxBy(ofGroup, of(metrics.groupDrainRate))} < 0`,
      summary: 'Group {{ $labels.group }} is {{ $value | humanizeDuration }} behind, and its lag grows',
      impact: 'Results are late, and later all the time.',
    },
    {
      name: 'MillraceConsumerGroupCatchUpSlow',
      severity: 'warning',
      pace: 'steady',
      labels: ofGroup,
      for: t => t['catch-up-for'],
      expr: (of, t) => `  ${minBy(ofGroup, of(metrics.groupCatchUp))} > ${t['catch-up-max']}
and ${onGroup} ${maxBy(ofGroup, of(metrics.groupLagSeconds))} > ${t['lag-max']}`,
      summary: 'Group {{ $labels.group }} will have caught up in {{ $value | humanizeDuration }}',
      impact: 'Results are late for so long; a further disturbance comes on top.',
    },
    {
      name: 'MillraceConsumerGroupRetentionRisk',
      severity: 'critical',
      pace: 'steady',
      labels: ofGroupTopic,
      expr: retentionRisk,
      summary:
        'Group {{ $labels.group }} is about to lose records of topic {{ $labels.topic }}: their retention ends before they are read',
      impact: 'Records that nobody has read are deleted for good.',
    },
    {
      name: 'MillraceConsumerGroupRecordsLost',
      severity: 'critical',
      pace: 'steady',
      labels: ofGroup,
      expr: recordsLost,
      summary: 'Records were deleted before group {{ $labels.group }} had read them: {{ $value | humanize }} offsets',
      impact: 'They are gone; the consumer begins where auto.offset.reset says.',
    },
    {
      name: 'MillraceConsumerGroupAhead',
      severity: 'warning',
      pace: 'steady',
      labels: ofGroup,
      for: t => t['ahead-for'],
      expr: of => `${maxBy(ofGroup, of(metrics.groupAhead))} > 0`,
      summary: 'Group {{ $labels.group }} has commits beyond the end of a log',
      impact:
        'The topic was made again, or lost its end: the group reads nothing until the end is there, then leaves records out.',
    },
    {
      name: 'MillraceConsumerGroupAbandoned',
      severity: 'info',
      pace: 'steady',
      labels: ofGroup,
      for: () => 3600,
      expr: (of, t) => `  ${inStatus(of, 'stopped')}\nunless ${isActive(t['abandoned-after'])}`,
      summary: 'Group {{ $labels.group }} has commits and records that wait, and nobody was in it for long',
      impact: 'None, if it is not needed any more: delete it. Else it is stopped.',
    },
  ],
}

/** By age, and by size: where a log is deleted from below, being nearly a whole log behind is a risk, whatever its clock says. */
function retentionRisk(of: Selecting, t: Parameters<Area['alerts'][number]['expr']>[1]): string {
  const start = maxBy(ofPartition, plain(metrics.partitionLogStart))
  const startBefore = (ago: string) => maxBy(ofPartition, `${plain(metrics.partitionLogStart)} offset ${ago}`)
  const size = `(${maxBy(ofPartition, plain(metrics.partitionHighWatermark))} - ${start})`
  return `(
    ${minBy(ofGroupTopic, of(metrics.groupTopicHeadroom))}
  / on (cluster, topic) group_left ()
    ${maxBy(['cluster', 'topic'], plain(metrics.topicRetention))}
  < ${t['retention-left-min']}
or
  ${maxBy(
    ofGroupTopic,
    `
      ${maxBy([...ofGroup, 'topic', 'partition'], of(metrics.partitionLag))}
    / on (cluster, topic, partition) group_left ()
      (
        ${size}
      and (
        ${start} > ${startBefore('1h')}
      or
        ${start} > ${startBefore('10m')}
      ))`,
  )}
  > ${t['log-unread-max']}
)
and ${isActive(t['abandoned-after'])}`
}

/** Of what somebody reads: an old commit on a topic that the group has left is nobody's loss. */
function recordsLost(of: Selecting, t: Parameters<Area['alerts'][number]['expr']>[1]): string {
  const assigned = `${maxBy(ofGroupTopic, plain(metrics.groupTopicAssigned))} > 0`
  return `  ${sumBy(ofGroup, `${maxBy([...ofGroupTopic, 'partition'], of(metrics.partitionLost))} and on (cluster, group, topic) ${assigned}`)} > 0
or (
    ${maxBy(ofGroup, of(metrics.groupLost))} > 0
  and ${onGroup} ${maxBy(ofGroup, of(metrics.groupMembers))} == 0
  and ${isActive(t['abandoned-after'])}
)`
}
