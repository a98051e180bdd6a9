// Metadata: brokers, topics, leaders. Asking for a topic that does not exist creates it, when client and settings allow it.
import { metadata } from '../../wire/apis/03-metadata.ts'
import { kafkaCode } from '../../wire/error-codes.ts'
import { zeroUuid } from '../../wire/schema.ts'
import { allowedOn, notAsked } from '../authorized-operations.ts'
import type { ClusterState } from '../cluster.ts'
import { handlerOf, type RequestBodyOf, type RequestContext } from '../handler.ts'
import type { Topic } from '../topic.ts'
import { endpointOf, partitionStateOf } from '../topic-refs.ts'
import { isProblem } from '../topics.ts'

type Request = RequestBodyOf<typeof metadata>
type Asked = NonNullable<Request['topics']>[number]

/** The first version that tells an empty list (none) from null (all). */
const nullMeansAllSince = 1
const nullableNameSince = 12

export const metadataHandler = handlerOf(metadata, (context, request) => {
  const { cluster, connection } = context
  return {
    throttleTimeMs: 0,
    brokers: cluster.aliveBrokers.map(broker => endpointOf(broker, connection)),
    clusterId: cluster.clusterId,
    controllerId: cluster.controllerId,
    topics: topicsOf(context, request),
    clusterAuthorizedOperations: request.includeClusterAuthorizedOperations ? allowedOn.cluster : notAsked,
    errorCode: kafkaCode.NONE,
  }
})

function topicsOf(context: RequestContext, request: Request) {
  const { cluster, version } = context
  const operations = request.includeTopicAuthorizedOperations ? allowedOn.topic : notAsked
  const isAll = request.topics === null || (version < nullMeansAllSince && request.topics.length === 0)
  if (isAll) return [...cluster.topics].map(topic => known(cluster, topic, operations))
  return request.topics!.map(asked => {
    const found = find(context, request, asked)
    return typeof found === 'number' ? missing(context, asked, found) : known(cluster, found, operations)
  })
}

function find({ cluster }: RequestContext, { allowAutoTopicCreation }: Request, { name, topicId }: Asked) {
  if (topicId !== zeroUuid) return cluster.topics.byId(topicId) ?? kafkaCode.UNKNOWN_TOPIC_ID
  const topic = cluster.topics.byName(name ?? '')
  if (topic !== undefined) return topic
  if (!allowAutoTopicCreation) return cluster.topics.nameCode(name ?? '')
  const created = cluster.topics.autoCreate(name ?? '')
  return isProblem(created) ? created.errorCode : created
}

function missing({ version }: RequestContext, { name, topicId }: Asked, errorCode: number) {
  const shown = name ?? (version < nullableNameSince ? '' : null)
  return { errorCode, name: shown, topicId, isInternal: false, partitions: [], topicAuthorizedOperations: notAsked }
}

function known(cluster: ClusterState, topic: Topic, topicAuthorizedOperations: number) {
  const { name, id, isInternal } = topic
  const partitions = topic.partitions.map(partition => partitionStateOf(cluster, partition))
  return { errorCode: kafkaCode.NONE, name, topicId: id, isInternal, partitions, topicAuthorizedOperations }
}
