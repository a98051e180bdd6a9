// What the fuzz starts from: for every API in every version that the broker serves, requests with any values, made from the
// API's description, and one that its handler goes all the way with.
import fc from 'fast-check'
import { handlerByKey } from '../../../broker/handlers/index.ts'
import { apiByKey } from '../../../wire/apis/index.ts'
import { encodeRequest } from '../../../wire/frame.ts'
import type { Api, RequestOf } from '../../../wire/schema.ts'
import { requestOf, versionsOf } from '../../wire/arbitrary.ts'
import { batchOf } from '../ask.ts'

export interface FuzzRequest {
  readonly api: Api
  readonly version: number
  readonly frame: Buffer
}

const anyPerVersion = 3

export const encoded = <A extends Api>(api: A, version: number, body: RequestOf<A>, correlationId = 7) =>
  Buffer.concat(encodeRequest(api, version, correlationId, 'fuzz', body))

const served = [...handlerByKey.keys()].map(key => apiByKey.get(key)!)

/** Three requests of every API in every version that is served. */
export const anyRequests = (seed: number): FuzzRequest[] =>
  served.flatMap(api =>
    versionsOf(api).flatMap(version =>
      fc
        .sample(requestOf(api, version), { numRuns: anyPerVersion, seed })
        .map(body => ({ api, version, frame: encoded(api, version, body) })),
    ),
  )

/** Requests that a handler goes all the way with, of topic `a` with two partitions. */
export const soundRequests = (): FuzzRequest[] =>
  served.flatMap(api =>
    versionsOf(api).map(version => ({ api, version, frame: encoded(api, version, sound[api.key]!) })),
  )

const partitions = [
  { partitionIndex: 0, offset: -1, timestamp: -1, partition: 0, currentLeaderEpoch: 0, leaderEpoch: 0 },
]
const records = batchOf(['a', 'b', 'c'])
const transaction = batchOf(['t'], { producerId: 1, producerEpoch: 0, baseSequence: 0, transactional: true })

const sound: Readonly<Record<number, Record<string, unknown>>> = {
  0: {
    acks: -1,
    timeoutMs: 100,
    topicData: [
      { name: 'a', partitionData: [{ index: 0, records }] },
      { name: 'a', partitionData: [{ index: 1, records: transaction }] },
    ],
  },
  1: {
    maxWaitMs: 1_000,
    minBytes: 1,
    sessionEpoch: 0,
    topics: [{ topic: 'a', partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1_000 }] }],
  },
  2: { topics: [{ name: 'a', partitions }] },
  3: { topics: [{ name: 'a' }] },
  8: {
    groupId: 'g',
    topics: [{ name: 'a', partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: '' }] }],
  },
  9: { groupId: 'g', topics: null, groups: [{ groupId: 'g', memberId: null, topics: null }] },
  10: { key: 'g', coordinatorKeys: ['g', 't'] },
  11: {
    groupId: 'g',
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 1_000,
    memberId: '',
    groupInstanceId: 'i',
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: Buffer.from('0000', 'hex') }],
  },
  12: { groupId: 'g', generationId: 1, memberId: 'm' },
  13: { groupId: 'g', memberId: 'm', members: [{ memberId: '', groupInstanceId: 'i' }] },
  14: { groupId: 'g', generationId: 1, memberId: 'm', assignments: [] },
  15: { groups: ['g'] },
  16: {},
  17: { mechanism: 'PLAIN' },
  18: { clientSoftwareName: 'fuzz', clientSoftwareVersion: '1' },
  19: { topics: [{ name: 'b', numPartitions: 2, replicationFactor: 1 }] },
  20: { topics: [{ name: 'b' }], topicNames: ['b'], timeoutMs: 1 },
  21: { topics: [{ name: 'a', partitions }], timeoutMs: 1 },
  22: { transactionalId: 't', transactionTimeoutMs: 1_000 },
  23: { topics: [{ topic: 'a', partitions }] },
  24: {
    transactions: [
      { transactionalId: 't', producerId: 1, producerEpoch: 0, topics: [{ name: 'a', partitions: [0, 1] }] },
    ],
    v3AndBelowTransactionalId: 't',
    v3AndBelowProducerId: 1,
    v3AndBelowProducerEpoch: 0,
    v3AndBelowTopics: [{ name: 'a', partitions: [0, 1] }],
  },
  25: { transactionalId: 't', producerId: 1, producerEpoch: 0, groupId: 'g' },
  26: { transactionalId: 't', producerId: 1, producerEpoch: 0, committed: true },
  27: {
    markers: [
      {
        producerId: 1,
        producerEpoch: 0,
        transactionResult: true,
        topics: [{ name: 'a', partitionIndexes: [1] }],
        coordinatorEpoch: 0,
      },
    ],
  },
  28: {
    transactionalId: 't',
    groupId: 'g',
    producerId: 1,
    producerEpoch: 0,
    topics: [{ name: 'a', partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: '' }] }],
  },
  32: { resources: [{ resourceType: 2, resourceName: 'a', configurationKeys: null }] },
  33: {
    resources: [{ resourceType: 2, resourceName: 'a', configs: [{ name: 'retention.ms', value: '60000' }] }],
    validateOnly: false,
  },
  35: { topics: null },
  36: { authBytes: Buffer.from('\0user\0password') },
  37: { topics: [{ name: 'a', count: 3, assignments: null }], timeoutMs: 1, validateOnly: true },
  42: { groupsNames: ['g', 'g2'] },
  44: {
    resources: [
      { resourceType: 2, resourceName: 'a', configs: [{ name: 'retention.bytes', configOperation: 0, value: '1000' }] },
    ],
    validateOnly: false,
  },
  47: { groupId: 'g', topics: [{ name: 'a', partitions }] },
  55: { topics: [{ topicName: '__cluster_metadata', partitions }] },
  60: {},
  61: { topics: [{ name: 'a', partitionIndexes: [0, 1] }] },
  65: { transactionalIds: ['t'] },
  66: { stateFilters: [], producerIdFilters: [] },
  68: {
    groupId: 'g2',
    memberId: 'm',
    memberEpoch: 0,
    rebalanceTimeoutMs: 1_000,
    subscribedTopicNames: ['a'],
    topicPartitions: [],
  },
  69: { groupIds: ['g2'] },
  75: { topics: [{ name: 'a' }], cursor: null },
}
