// DATA PLANE: per batch, see produce-batch.ts.
//
// Produce: each partition's batch is checked and stored, or refused with its own code. What a replica "writes" is there at
// once (all brokers share the log), so acks=all differs from acks=1 only in asking for enough replicas in sync.
import { MillraceError } from '../../core/errors.ts'
import { produce } from '../../wire/apis/00-produce.ts'
import { kafkaCode, kafkaErrorKind } from '../../wire/error-codes.ts'
import { handlerOf, type RequestBodyOf, type RequestContext } from '../handler.ts'
import type { Partition } from '../partition.ts'
import { refused, type Stored, storeBatch } from '../produce-batch.ts'
import type { Topic } from '../topic.ts'
import { endpointsOf, findTopic, leaderOf, unknownTopicCode } from '../topic-refs.ts'
import { transactionCheck } from '../transactional-write.ts'

type Request = RequestBodyOf<typeof produce>
type TopicData = Request['topicData'][number]
type PartitionData = TopicData['partitionData'][number]

export const produceHandler = handlerOf(produce, (context, request) => {
  const responses = request.topicData.map(data => answerTopic(context, request, data))
  const failed = responses.flatMap(topic => topic.partitionResponses).find(each => each.errorCode !== kafkaCode.NONE)
  if (request.acks !== 0) return { responses, throttleTimeMs: 0, nodeEndpoints: hints(context, responses) }
  if (failed === undefined) return undefined
  // Nobody waits for an answer: closing the connection is how Kafka tells such a client to look again.
  const { name } = kafkaErrorKind(failed.errorCode)
  throw new MillraceError('REQUEST_REFUSED', `produce with acks=0: ${name}`)
})

function answerTopic(context: RequestContext, request: Request, { name, topicId, partitionData }: TopicData) {
  const topic = findTopic(context.cluster, name, topicId)
  const code = unknownTopicCode(topicId)
  const partitionResponses = partitionData.map(data => answerPartition(context, request, topic, code, data))
  return { name, topicId, partitionResponses }
}

function answerPartition(
  context: RequestContext,
  request: Request,
  topic: Topic | undefined,
  unknownCode: number,
  { index, records }: PartitionData,
) {
  const partition = topic?.partitions[index]
  if (topic === undefined || partition === undefined) return { index, ...refused(unknownCode) }
  const stored = store(context, request, topic, partition, records)
  const logStartOffset = partition.log.startOffset
  if (stored.errorCode !== kafkaCode.NOT_LEADER_OR_FOLLOWER) return { index, ...stored, logStartOffset }
  return { index, ...stored, currentLeader: leaderOf(partition) }
}

function store(
  context: RequestContext,
  { acks, transactionalId }: Request,
  topic: Topic,
  partition: Partition,
  records: Buffer,
): Stored {
  const { cluster, brokerId } = context
  if (acks < -1 || acks > 1) return refused(kafkaCode.INVALID_REQUIRED_ACKS)
  const leadership = partition.leadershipCode(brokerId)
  if (leadership !== kafkaCode.NONE) return refused(leadership)
  const configs = topic.resolved
  if (acks === -1 && partition.isr.length < configs.inSyncReplicasMin) return refused(kafkaCode.NOT_ENOUGH_REPLICAS)
  if (topic.isInternal) return refused(kafkaCode.INVALID_TOPIC_EXCEPTION)
  const stored = storeBatch({
    partition,
    configs,
    records,
    nowMs: cluster.nowMs,
    transactionCheck: transactionCheck(context, transactionalId),
  })
  if (stored.errorCode === kafkaCode.KAFKA_STORAGE_ERROR) cluster.noticeMemory(partition)
  return stored
}

function hints(context: RequestContext, responses: ReturnType<typeof answerTopic>[]) {
  const moved = responses.flatMap(topic => topic.partitionResponses).filter(each => 'currentLeader' in each)
  return endpointsOf(
    context,
    moved.map(each => each.currentLeader.leaderId),
  )
}
