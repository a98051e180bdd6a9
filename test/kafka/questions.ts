// For each API a request with which a real broker has no fault to find, in an order in which they can be asked: what one
// makes, the next ones describe and delete. Only SASL is missing, which has suites of its own.
import { buildBatch } from '../../wire/record-batch/build.ts'

export type Body = Record<string, unknown>

/** What a question may build on. */
export interface Asked {
  readonly version: number
  readonly topicId: string
  /** The last answer to that API in that version; without a version, in the highest asked. */
  answer(key: number, version?: number): Body | undefined
}

/** The body has the fields of all versions: those that a version lacks are left out when it is encoded. */
type Question = readonly [key: number, bodyOf: (asked: Asked) => Body]

export const topic = 'sweep'

const group = 'sweep-group'
const transactionalId = 'sweep-transaction'
const timeoutMs = 9_000
const longMs = 60_000
const partition = { partitionIndex: 0 }
const records = buildBatch({ records: [{ key: null, value: Buffer.from('one'), timestampMs: 1_700_000_000_000 }] })

const ofTopic = { resourceType: 2, resourceName: topic }
const retention = { name: 'retention.ms', value: '3600000' }

const aboutTheCluster: readonly Question[] = [
  [18, () => ({ clientSoftwareName: 'millrace', clientSoftwareVersion: '0.1.0' })],
  [60, () => ({})],
  [55, () => ({ topics: [{ topicName: '__cluster_metadata', partitions: [partition] }] })],
]

const aboutTopics: readonly Question[] = [
  [3, () => ({ topics: [{ name: topic }] })],
  [75, () => ({ topics: [{ name: topic }] })],
  [32, () => ({ resources: [{ ...ofTopic, configurationKeys: ['retention.ms'] }] })],
  [33, () => ({ resources: [{ ...ofTopic, configs: [retention] }] })],
  [44, () => ({ resources: [{ ...ofTopic, configs: [{ ...retention, configOperation: 0 }] }] })],
  [37, () => ({ topics: [{ name: topic, count: 2, assignments: null }], timeoutMs, validateOnly: true })],
  [35, () => ({ topics: [{ topic, partitions: [0] }] })],
  [46, () => ({ topics: null, timeoutMs })],
]

const aboutRecords: readonly Question[] = [
  [0, ({ topicId }) => ({ acks: 1, timeoutMs, topicData: [{ name: topic, topicId, partitionData: [{ records }] }] })],
  [2, () => ({ topics: [{ name: topic, partitions: [{ ...partition, timestamp: -1 }] }], timeoutMs })],
  [1, ({ topicId }) => ({ maxWaitMs: 100, minBytes: 1, topics: [{ topic, topicId, partitions: [fetched] }] })],
  [23, () => ({ topics: [{ topic, partitions: [{ partition: 0, leaderEpoch: 0 }] }] })],
  [21, () => ({ topics: [{ name: topic, partitions: [{ ...partition, offset: 0 }] }], timeoutMs })],
]

const fetched = { partition: 0, fetchOffset: 0, partitionMaxBytes: 1_000 }

/** Of groups and, in odd versions, of transactions: being asked makes the broker create the topics of both. */
function coordinator({ version }: Asked): Body {
  const key = version % 2 === 0 ? group : transactionalId
  return { key, keyType: version % 2, coordinatorKeys: [key] }
}

const aboutClassicGroups: readonly Question[] = [
  [10, coordinator],
  [8, commit],
  [9, committed],
  [11, join],
  [14, asked => ({ ...memberOf(lastJoin, asked), protocolType: 'consumer', protocolName: 'range' })],
  [12, asked => memberOf(lastJoin, asked)],
  [15, () => ({ groups: [joined(lastJoin)] })],
  [16, () => ({})],
  [13, asked => ({ ...memberOf(asked.version, asked), members: [memberOf(asked.version, asked)] })],
]

const lastJoin = 9
const firstStaticJoin = 5
const joined = (version: number) => `joined-${version}`
const instanceIn = (version: number) => (version >= firstStaticJoin ? 'instance-1' : null)

/** In each version to a group of its own, so that each can be deleted. */
function commit({ version, topicId }: Asked): Body {
  const partitions = [{ ...partition, committedOffset: 1, committedMetadata: 'here' }]
  return { groupId: `${group}-${version}`, topics: [{ name: topic, topicId, partitions }] }
}

function committed({ topicId }: Asked): Body {
  const topics = [{ name: topic, topicId, partitionIndexes: [0] }]
  return { groupId: `${group}-2`, topics, groups: [{ groupId: `${group}-2`, topics }] }
}

/** In each version the only member of another group. Where v4 must ask twice (KIP-394), it brings the id it was given. */
function join({ version, answer }: Asked): Body {
  return {
    groupId: joined(version),
    memberId: answer(11, version)?.memberId ?? '',
    groupInstanceId: instanceIn(version),
    sessionTimeoutMs: longMs,
    rebalanceTimeoutMs: longMs,
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: Buffer.alloc(6) }],
  }
}

/** Who joined in that version. */
function memberOf(version: number, { answer }: Asked): Body {
  const { memberId, generationId } = answer(11, version)!
  return { groupId: joined(version), memberId, generationId, groupInstanceId: instanceIn(version) }
}

const aboutConsumerGroups: readonly Question[] = [
  [68, joinConsumerGroup],
  [69, () => ({ groupIds: ['consumers-0'] })],
]

/** About none: to have members of these groups there is nothing here yet. */
const aboutYoungGroups: readonly Question[] = [
  [77, () => ({ groupIds: [] })],
  [89, () => ({ groupIds: [] })],
  [90, () => ({ groups: [] })],
]

function joinConsumerGroup({ version }: Asked): Body {
  return {
    groupId: `consumers-${version}`,
    memberId: 'member-1',
    memberEpoch: 0,
    rebalanceTimeoutMs: longMs,
    subscribedTopicNames: [topic],
    topicPartitions: [],
  }
}

const aboutTransactions: readonly Question[] = [
  [22, () => ({ transactionalId, transactionTimeoutMs: longMs })],
  [24, addPartitions],
  [25, asked => ({ ...producerOf(asked), groupId: `${group}-2` })],
  [28, asked => ({ ...producerOf(asked), ...commit({ ...asked, version: 2 }) })],
  [61, () => ({ topics: [{ name: topic, partitionIndexes: [0] }] })],
  [65, () => ({ transactionalIds: [transactionalId] })],
  [66, () => ({})],
  [26, asked => ({ ...producerOf(asked), committed: false })],
  [27, () => ({ markers: [{ ...stranger, topics: [{ name: topic, partitionIndexes: [0] }] }] })],
]

/** Far from every id that the broker gives out. */
const stranger = { producerId: 4_000_000, producerEpoch: 0, transactionResult: false, coordinatorEpoch: 0 }

function producerOf({ answer }: Asked): Body {
  const { producerId, producerEpoch } = answer(22)!
  return { transactionalId, producerId, producerEpoch }
}

function addPartitions(asked: Asked): Body {
  const producer = producerOf(asked)
  const topics = [{ name: topic, partitions: [0] }]
  return {
    transactions: [{ ...producer, topics }],
    v3AndBelowTransactionalId: transactionalId,
    v3AndBelowProducerId: producer.producerId,
    v3AndBelowProducerEpoch: producer.producerEpoch,
    v3AndBelowTopics: topics,
  }
}

const lastOfAll: readonly Question[] = [
  [47, () => ({ groupId: `${group}-2`, topics: [{ name: topic, partitions: [partition] }] })],
  [42, ({ version }) => ({ groupsNames: [`${group}-${version + 2}`] })],
  [19, ({ version }) => ({ topics: [{ name: made(version), numPartitions: 1, replicationFactor: 1 }], timeoutMs })],
  [20, ({ version }) => ({ topicNames: [made(version + 1)], topics: [{ name: made(version + 1) }], timeoutMs })],
]

const made = (version: number) => `made-${version}`

export const questions: readonly Question[] = [
  ...aboutTheCluster,
  ...aboutTopics,
  ...aboutRecords,
  ...aboutClassicGroups,
  ...aboutConsumerGroups,
  ...aboutYoungGroups,
  ...aboutTransactions,
  ...lastOfAll,
]
