// Groups beyond their lag: how many there are, who coordinates them, how their partitions are shared out.
import { metric } from '../metric.ts'

const group = ['cluster', 'group'] as const

export const assignmentMetrics = {
  clusterGroups: metric({
    name: 'millrace_cluster_groups',
    type: 'gauge',
    labels: ['cluster', 'type', 'state'],
    help: 'Groups of the cluster by type (classic, consumer, share, streams) and state.',
  }),
  coordinatorGroups: metric({
    name: 'millrace_coordinator_groups',
    type: 'gauge',
    labels: ['cluster', 'broker'],
    help: 'Groups that the broker coordinates.',
  }),
  groupIdleMembers: metric({
    name: 'millrace_consumer_group_members_without_partitions',
    type: 'gauge',
    labels: group,
    help: 'Members of the group that have nothing to read. No sample: it could not be described.',
  }),
  groupTopicMembers: metric({
    name: 'millrace_consumer_group_topic_members',
    type: 'gauge',
    labels: [...group, 'topic'],
    help: 'Members of the group that read partitions of the topic.',
  }),
  groupTopicAssigned: metric({
    name: 'millrace_consumer_group_topic_assigned_partitions',
    type: 'gauge',
    labels: [...group, 'topic'],
    help: 'Partitions of the topic that a member of the group reads.',
  }),
  groupAssignmentChanges: metric({
    name: 'millrace_consumer_group_assignment_changes_total',
    type: 'counter',
    labels: group,
    help: 'Looks at which members or their partitions were others than at the look before: what is left of rebalances in between.',
  }),
} as const
