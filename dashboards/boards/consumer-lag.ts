// All consumer groups: who is behind, by how much time, whether it gets better, and whether data will be gone before it is read.
import { metrics } from '../../metrics/catalog.ts'
import { type Board, row } from '../board.ts'
import { bad, lines, stat, table, timeline, worse } from '../panels.ts'
import { bottom, countWhere, max, min, of, stateNumber, sum, top } from '../queries.ts'
import { clusterVariable, groupsVariable } from '../variables.ts'

export const groupStates = ['ok', 'lagging', 'stalled', 'stopped', 'rewound', 'unknown'] as const
export const groupStateLooks = {
  1: ['ok', 'green'],
  2: ['lagging', 'yellow'],
  3: ['stalled', 'orange'],
  4: ['stopped', 'red'],
  5: ['rewound', 'purple'],
  6: ['unknown', 'gray'],
} as const

const chosen = 'group=~"$group"'
export const statusNumber = (matcher: string) =>
  stateNumber(state => of(metrics.groupStatus, `${matcher},status="${state}"`), groupStates, 'group')
/** Without the canary, whose topic keeps records for minutes on purpose. */
const headroomSeries = of(metrics.groupTopicHeadroom, `${chosen},group!="millrace-canary"`)
const headroom = min(headroomSeries, 'group')

export const consumerLag: Board = {
  name: 'consumer-lag',
  title: 'Kafka / Consumer lag',
  description:
    'Every consumer group: offsets, seconds, status, time to catch up, retention headroom. Click a group for its topics and partitions.',
  variables: [clusterVariable, groupsVariable],
  rows: [
    row(
      'At a glance',
      stat({
        title: 'Groups',
        does: 'Groups that match the choice above and have a lag of their own.',
        width: 4,
        plain: true,
        unit: 'short',
        expr: `count(${of(metrics.groupLag, chosen)})`,
      }),
      stat({
        title: 'Stopped or stalled',
        does: 'Stopped: nobody reads while records wait; start the consumer. Stalled: a member does not get on; look at its log for one record that fails again and again.',
        width: 4,
        expr: sum(of(metrics.groupStatus, `${chosen},status=~"stalled|stopped"`)),
        steps: bad(1),
      }),
      stat({
        title: 'Rewound',
        does: 'Groups whose commits went back in the last minutes: a reset on purpose, or a consumer that commits old offsets after a rebalance. Records are read twice.',
        width: 4,
        expr: sum(of(metrics.groupStatus, `${chosen},status="rewound"`)),
        steps: worse(1, 1_000_000),
      }),
      stat({
        title: 'Furthest behind',
        does: 'Age of the oldest unread record of any group. Compare with what your users accept, not with a number of offsets.',
        width: 4,
        unit: 's',
        expr: max(of(metrics.groupLagSeconds, chosen)),
        steps: worse(60, 600),
      }),
      stat({
        title: 'Least headroom',
        does: 'Time until retention may delete an unread record, of the group that is nearest to it. Below an hour: raise retention.ms of that topic first, then help the consumer. Nothing: nothing is unread, or nothing is limited.',
        width: 4,
        unit: 's',
        expr: `min(${headroomSeries})`,
        steps: [
          ['red', null],
          ['orange', 3_600],
          ['green', 21_600],
        ],
        noValue: 'nothing unread',
      }),
      stat({
        title: 'Records lost to retention',
        does: 'Offsets that were deleted before the group read them. They are gone; find out which (commit and log start of the partition, on the board of the group) and replay from the source.',
        width: 4,
        unit: 'short',
        expr: sum(of(metrics.groupLost, chosen)),
        steps: bad(1),
      }),
    ),
    row(
      'Groups',
      table({
        title: 'Groups by how far they are behind',
        does: 'At most 50, the oldest unread record first. Click a group to go on to its topics and partitions. Behind and no time to catch up: it does not gain on its producers; add members or speed up the handler. Below 0 a second: commits went back.',
        width: 24,
        height: 12,
        keys: [{ label: 'group', title: 'group', link: 'consumer-group' }],
        columns: [
          {
            title: 'behind by',
            expr: top(50, max(of(metrics.groupLagSeconds, chosen), 'group')),
            unit: 's',
            steps: worse(60, 600),
          },
          { title: 'status', expr: statusNumber(chosen), states: groupStateLooks },
          { title: 'lag', expr: max(of(metrics.groupLag, chosen), 'group'), unit: 'short' },
          { title: 'read a second', expr: max(of(metrics.groupConsumeRate, chosen), 'group'), unit: 'ops' },
          { title: 'catches up in', expr: max(of(metrics.groupCatchUp, chosen), 'group'), unit: 's' },
          {
            title: 'headroom',
            expr: headroom,
            unit: 's',
            steps: [
              ['red', null],
              ['orange', 3_600],
              ['green', 21_600],
            ],
          },
          { title: 'members', expr: max(of(metrics.groupMembers, chosen), 'group'), unit: 'short' },
          { title: 'idle members', expr: max(of(metrics.groupIdleMembers, chosen), 'group'), unit: 'short' },
        ],
        sortBy: 'behind by',
        onlyFirst: true,
      }),
      timeline({
        title: 'Status of the 20 groups that are furthest behind',
        does: 'As the agent judges the last minutes, the worst partition counting. Ok and lagging in turns is a busy consumer; stopped or stalled that stays wants you.',
        width: 24,
        height: 9,
        query: {
          expr: `(${statusNumber(chosen)}) and ${top(20, max(of(metrics.groupLagSeconds, chosen), 'group'))}`,
          legend: '{{group}}',
        },
        states: groupStateLooks,
      }),
    ),
    row(
      'Over time',
      lines({
        title: 'Behind by seconds, top 10',
        does: 'Age of the oldest unread record. A straight line upwards at 45 degrees (a second each second) is a consumer that does nothing.',
        width: 12,
        unit: 's',
        queries: [{ expr: top(10, max(of(metrics.groupLagSeconds, chosen), 'group')), legend: '{{group}}' }],
      }),
      lines({
        title: 'Lag in offsets, top 10',
        does: 'Offsets to the high watermark. Transaction markers and compacted records count too, so it is an upper bound. Saw teeth are batches: nothing to do.',
        width: 12,
        unit: 'short',
        queries: [{ expr: top(10, max(of(metrics.groupLag, chosen), 'group')), legend: '{{group}}' }],
      }),
      lines({
        title: 'Time to catch up, top 10',
        does: 'If the group goes on as in the last minutes. A group that is behind and not here does not gain at all.',
        width: 8,
        unit: 's',
        queries: [{ expr: top(10, max(of(metrics.groupCatchUp, chosen), 'group')), legend: '{{group}}' }],
      }),
      lines({
        title: 'Retention headroom, the 10 smallest',
        does: 'Time until the oldest unread record may be deleted. A line that falls to zero is data loss with a date: raise retention.ms before it gets there.',
        width: 8,
        unit: 's',
        queries: [{ expr: bottom(10, headroom), legend: '{{group}}' }],
      }),
      lines({
        title: 'Read a second, top 10',
        does: 'Offsets that each group commits. Falls to zero while lag grows: the consumer has stopped.',
        width: 8,
        unit: 'ops',
        signed: true,
        queries: [{ expr: top(10, max(of(metrics.groupConsumeRate, chosen), 'group')), legend: '{{group}}' }],
      }),
    ),
    row(
      'What to look into',
      lines({
        title: 'Groups by state',
        does: 'As their coordinators say. Many in PreparingRebalance: members come and go (max.poll.interval.ms, deploys). Empty and Dead are groups without members.',
        width: 8,
        unit: 'short',
        queries: [{ expr: sum(of(metrics.clusterGroups), 'state'), legend: '{{state}}' }],
      }),
      lines({
        title: 'Changes of assignment, top 10',
        does: 'In five minutes. Each is a rebalance in which consumers wait. Often: look for members that leave the group because processing takes longer than max.poll.interval.ms.',
        width: 8,
        unit: 'short',
        queries: [
          {
            expr: top(10, max(`increase(${of(metrics.groupAssignmentChanges, chosen)}[5m])`, 'group')),
            legend: '{{group}}',
          },
        ],
      }),
      stat({
        title: 'Commits beyond the end',
        does: 'Offsets by which groups have committed more than there is: the topic was made again, or a broker lost data. Reset the group before its consumer does it by auto.offset.reset.',
        width: 4,
        height: 7,
        unit: 'short',
        expr: sum(of(metrics.groupAhead, chosen)),
        steps: bad(1),
      }),
      stat({
        title: 'Groups with idle members',
        does: 'Groups that have more members than partitions to read: the others cost money for nothing. Add partitions or take members away.',
        width: 4,
        height: 7,
        expr: countWhere(`${of(metrics.groupIdleMembers, chosen)} > 0`, of(metrics.groupIdleMembers, chosen)),
        steps: worse(1, 1_000_000),
      }),
    ),
  ],
}
