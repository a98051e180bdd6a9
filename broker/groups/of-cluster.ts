// The group coordinator of a cluster: its settings are the cluster's, its topics too, and offsets of deleted topics go.
import { kafkaCode } from '../../wire/error-codes.ts'
import type { ClusterState } from '../cluster.ts'
import type { RequestContext } from '../handler.ts'
import type { Topic } from '../topic.ts'
import type { GroupContext, TopicView } from './context.ts'
import { GroupCoordinator } from './coordinator.ts'

/** For `cluster.part`. */
export function makeGroupCoordinator(cluster: ClusterState): GroupCoordinator {
  const { scheduler } = cluster
  const context: GroupContext = {
    scheduler,
    settings: settingsOf(cluster),
    topics: {
      byName: name => viewOf(cluster.topics.byName(name)),
      byId: id => viewOf(cluster.topics.byId(id)),
      names: () => [...cluster.topics].map(({ name }) => name),
    },
    newId: () => cluster.newUuid(),
  }
  const coordinator = new GroupCoordinator(context)
  cluster.topics.watchDeletions(({ name }) => coordinator.topicDeleted(name))
  return coordinator
}

function viewOf(topic: Topic | undefined): TopicView | undefined {
  return topic && { name: topic.name, id: topic.id, partitions: topic.partitions.length }
}

function settingsOf({ configs }: ClusterState): GroupContext['settings'] {
  return {
    get sessionTimeoutMsMin() {
      return configs.numberOf('group.min.session.timeout.ms')
    },
    get sessionTimeoutMsMax() {
      return configs.numberOf('group.max.session.timeout.ms')
    },
    get groupSizeMax() {
      return configs.numberOf('group.max.size')
    },
    get initialRebalanceDelayMs() {
      return configs.numberOf('group.initial.rebalance.delay.ms')
    },
    get consumerSessionTimeoutMs() {
      return configs.numberOf('group.consumer.session.timeout.ms')
    },
    get consumerHeartbeatIntervalMs() {
      return configs.numberOf('group.consumer.heartbeat.interval.ms')
    },
    get offsetsRetentionMs() {
      return configs.numberOf('offsets.retention.minutes') * 60_000
    },
    get metadataBytesMax() {
      return configs.numberOf('offset.metadata.max.bytes')
    },
  }
}

export const groupsOf = ({ cluster }: RequestContext): GroupCoordinator => cluster.part(makeGroupCoordinator)

/** NOT_COORDINATOR when another broker is in charge of the group. */
export const placeError = ({ cluster, brokerId }: RequestContext, groupId: string): number =>
  cluster.isCoordinator(brokerId, groupId) ? kafkaCode.NONE : kafkaCode.NOT_COORDINATOR

/** As Java prints addresses, which tools show. */
export const hostOf = ({ clientHost }: RequestContext): string => `/${clientHost}`
