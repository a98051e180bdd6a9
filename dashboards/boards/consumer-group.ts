// One consumer group: its numbers, its topics, and the partitions of one topic. The way down from Consumer lag.
import { metrics } from '../../metrics/catalog.ts'
import { type Board, row } from '../board.ts'
import { bad, lines, stat, table, timeline, worse } from '../panels.ts'
import { increase, max, min, of, sum, top } from '../queries.ts'
import { clusterVariable, groupTopicVariable, groupVariable } from '../variables.ts'
import { groupStateLooks, statusNumber } from './consumer-lag.ts'

const own = 'group="$group"'
const ofTopic = `${own},topic="$topic"`
const headroomSteps = [
  ['red', null],
  ['orange', 3_600],
  ['green', 21_600],
] as const

export const consumerGroup: Board = {
  name: 'consumer-group',
  title: 'Kafka / Consumer group',
  description: 'One consumer group, its topics, and the partitions of one topic.',
  variables: [clusterVariable, groupVariable, groupTopicVariable],
  rows: [
    row(
      'Group $group',
      stat({
        title: 'Status',
        does: 'What the group is doing, judged over the last minutes. Stopped: start it. Stalled: a member hangs on a record. Rewound: commits went back. Lagging: it works and does not keep up.',
        width: 4,
        expr: statusNumber(own),
        states: groupStateLooks,
      }),
      stat({
        title: 'Behind by',
        does: 'Age of the oldest record that it has not read. 0: it is caught up. Nothing: not known of a partition that is behind.',
        width: 4,
        unit: 's',
        expr: max(of(metrics.groupLagSeconds, own)),
        steps: worse(60, 600),
        noValue: 'not known',
      }),
      stat({
        title: 'Catches up in',
        does: 'If it goes on as in the last minutes. Nothing: its lag does not shrink; it needs more members or a faster handler.',
        width: 4,
        unit: 's',
        expr: max(of(metrics.groupCatchUp, own)),
        steps: worse(600, 3_600),
        noValue: 'never, as it goes',
      }),
      stat({
        title: 'Retention headroom',
        does: 'Time until the oldest unread record may be deleted. Below an hour: raise retention.ms of the topic now.',
        width: 4,
        unit: 's',
        expr: `min(${of(metrics.groupTopicHeadroom, own)})`,
        steps: headroomSteps,
        noValue: 'nothing unread',
      }),
      stat({
        title: 'Lost to retention',
        does: 'Offsets deleted before they were read. Replay them from the source; the table of partitions below tells which.',
        width: 4,
        unit: 'short',
        expr: sum(of(metrics.groupLost, own)),
        steps: bad(1),
      }),
      stat({
        title: 'Members',
        does: 'Members of the group. 0 while there is lag: nobody reads. More than partitions: the rest is idle.',
        width: 4,
        unit: 'short',
        plain: true,
        expr: max(of(metrics.groupMembers, own)),
      }),
    ),
    row(
      'Over time',
      lines({
        title: 'Lag in offsets, three ways',
        does: 'To the high watermark; to the last stable offset (what a read_committed consumer could have); and what is still in the log. The first above the second: an open transaction. The first above the third: records were lost.',
        width: 12,
        unit: 'short',
        queries: [
          { expr: max(of(metrics.groupLag, own)), legend: 'to the high watermark' },
          { expr: max(of(metrics.groupLagStable, own)), legend: 'to the last stable offset' },
          { expr: max(of(metrics.groupLagReadable, own)), legend: 'still in the log' },
        ],
      }),
      lines({
        title: 'Behind by, and time to catch up',
        does: 'Both in seconds. Behind growing by a second each second: it does not read. Time to catch up above headroom: raise retention.',
        width: 12,
        unit: 's',
        queries: [
          { expr: max(of(metrics.groupLagSeconds, own)), legend: 'behind by' },
          { expr: max(of(metrics.groupCatchUp, own)), legend: 'catches up in' },
        ],
      }),
      lines({
        title: 'Read and gained a second',
        does: 'Offsets that it commits, and by which its lag shrinks (below zero: grows). What it reads beyond what it gains is what producers write.',
        width: 8,
        unit: 'ops',
        signed: true,
        queries: [
          { expr: max(of(metrics.groupConsumeRate, own)), legend: 'read' },
          { expr: max(of(metrics.groupDrainRate, own)), legend: 'gained on producers' },
        ],
      }),
      lines({
        title: 'Members and changes of assignment',
        does: 'Changes in five minutes beside members. A change without a deploy: a member left because processing took longer than max.poll.interval.ms, or crashed.',
        width: 8,
        unit: 'short',
        queries: [
          { expr: max(of(metrics.groupMembers, own)), legend: 'members' },
          { expr: max(of(metrics.groupIdleMembers, own)), legend: 'without partitions' },
          { expr: max(increase(of(metrics.groupAssignmentChanges, own), '5m')), legend: 'changes in 5 min' },
        ],
      }),
      timeline({
        title: 'Status',
        does: 'As the agent judged it at each moment.',
        width: 8,
        query: { expr: statusNumber(own), legend: '{{group}}' },
        states: groupStateLooks,
      }),
    ),
    row(
      'Its topics',
      table({
        title: 'Topics',
        does: 'At most 50, most lag first. Click a topic for its partitions below. Fewer partitions assigned than the topic has: some are read by nobody of this group.',
        width: 12,
        height: 8,
        keys: [{ label: 'topic', title: 'topic', link: 'consumer-group' }],
        columns: [
          { title: 'lag', expr: top(50, max(of(metrics.groupTopicLag, own), 'topic')), unit: 'short' },
          {
            title: 'headroom',
            expr: min(of(metrics.groupTopicHeadroom, own), 'topic'),
            unit: 's',
            steps: headroomSteps,
          },
          { title: 'members', expr: max(of(metrics.groupTopicMembers, own), 'topic'), unit: 'short' },
          { title: 'assigned', expr: max(of(metrics.groupTopicAssigned, own), 'topic'), unit: 'short' },
        ],
        sortBy: 'lag',
        onlyFirst: true,
      }),
      lines({
        title: 'Lag by topic, top 10',
        does: 'Offsets. One topic that is behind while the others are not: its handler is slow, or its partitions are too few.',
        width: 12,
        height: 8,
        unit: 'short',
        queries: [{ expr: top(10, max(of(metrics.groupTopicLag, own), 'topic')), legend: '{{topic}}' }],
      }),
    ),
    row(
      'Partitions of $topic',
      table({
        title: 'Partitions',
        does: 'At most 50, most lag first. One partition far behind the others: a hot key, a slow member, or a record that fails again and again; kafka-consumer-groups --describe tells which member has it. Needs --lag-granularity partition.',
        width: 12,
        height: 9,
        keys: [{ label: 'partition', title: 'partition' }],
        columns: [
          { title: 'lag', expr: top(50, max(of(metrics.partitionLag, ofTopic), 'partition')), unit: 'short' },
          { title: 'committed', expr: max(of(metrics.partitionCommitted, ofTopic), 'partition'), unit: 'none' },
          { title: 'behind at least', expr: max(of(metrics.partitionLagSecondsLow, ofTopic), 'partition'), unit: 's' },
          { title: 'behind at most', expr: max(of(metrics.partitionLagSecondsHigh, ofTopic), 'partition'), unit: 's' },
          { title: 'lost', expr: max(of(metrics.partitionLost, ofTopic), 'partition'), unit: 'short', steps: bad(1) },
        ],
        sortBy: 'lag',
        onlyFirst: true,
      }),
      lines({
        title: 'Lag of the 10 partitions that are furthest behind',
        does: 'Offsets. All rising together: the group as a whole is too slow. One alone: look at its member and its keys.',
        width: 12,
        height: 9,
        unit: 'short',
        queries: [
          { expr: top(10, max(of(metrics.partitionLag, ofTopic), 'partition')), legend: 'partition {{partition}}' },
        ],
      }),
    ),
  ],
}
