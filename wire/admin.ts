// What a run asks of a cluster besides records: topics, offsets, settings, identities. Functions over a Cluster, no state.
export { couldCreateTopic, groupOperations, type Operation, type Operations, topicOperations } from './admin/access.ts'
export { type BrokerDescription, describeBroker, initProducerId, type ProducerIdentity } from './admin/brokers.ts'
export { deleteGroup } from './admin/groups.ts'
export {
  type CommittedOffset,
  commitOffsets,
  fetchCommittedOffsets,
  type Isolation,
  listOffsets,
  type OffsetPosition,
  type PartitionOffset,
} from './admin/offsets.ts'
export {
  autoCreateTopic,
  createTopic,
  deleteTopic,
  describeTopicConfigs,
  type TopicConfigEntry,
  type TopicSpec,
} from './admin/topics.ts'
