// DeleteTopics: by name or, since KIP-516, by id.
import { deleteTopics } from '../../wire/apis/20-delete-topics.ts'
import { kafkaCode } from '../../wire/error-codes.ts'
import { zeroUuid } from '../../wire/schema.ts'
import { handlerOf, type RequestContext } from '../handler.ts'
import { findTopic, unknownTopicCode } from '../topic-refs.ts'

const idsSince = 6

export const deleteTopicsHandler = handlerOf(deleteTopics, (context, { topics, topicNames }) => {
  const asked = context.version >= idsSince ? topics : topicNames.map(name => ({ name, topicId: zeroUuid }))
  return { throttleTimeMs: 0, responses: asked.map(({ name, topicId }) => remove(context, name, topicId)) }
})

function remove({ cluster }: RequestContext, name: string | null, topicId: string) {
  if (cluster.configs.valueOf('delete.topic.enable') !== 'true') {
    return { name, topicId, errorCode: kafkaCode.TOPIC_DELETION_DISABLED, errorMessage: 'Topic deletion is disabled.' }
  }
  if (name !== null && topicId !== zeroUuid) {
    const errorMessage = 'Topic name and topic id can not both be given.'
    return { name, topicId, errorCode: kafkaCode.INVALID_REQUEST, errorMessage }
  }
  const topic = findTopic(cluster, name, topicId)
  if (topic === undefined) {
    const errorMessage = 'This server does not host this topic-partition.'
    return { name, topicId, errorCode: unknownTopicCode(topicId), errorMessage }
  }
  cluster.topics.delete(topic)
  return { name: topic.name, topicId: topic.id, errorCode: kafkaCode.NONE, errorMessage: null }
}
