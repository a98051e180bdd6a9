// CreatePartitions: topics only grow.
import { createPartitions } from '../../wire/apis/37-create-partitions.ts'
import { kafkaCode } from '../../wire/error-codes.ts'
import { handlerOf, type RequestBodyOf, type RequestContext } from '../handler.ts'
import type { Problem } from '../topics.ts'

type Asked = RequestBodyOf<typeof createPartitions>['topics'][number]

export const createPartitionsHandler = handlerOf(createPartitions, (context, { topics, validateOnly }) => {
  const results = topics.map(asked => {
    const problem = grow(context, asked, validateOnly)
    const { errorCode, message } = problem ?? { errorCode: kafkaCode.NONE, message: null }
    return { name: asked.name, errorCode, errorMessage: message }
  })
  return { throttleTimeMs: 0, results }
})

function grow(
  { cluster }: RequestContext,
  { name, count, assignments }: Asked,
  validateOnly: boolean,
): Problem | undefined {
  const topic = cluster.topics.byName(name)
  if (topic === undefined) {
    return { errorCode: kafkaCode.UNKNOWN_TOPIC_OR_PARTITION, message: `Topic '${name}' does not exist.` }
  }
  const replicas = assignments?.map(({ brokerIds }) => brokerIds)
  return cluster.topics.grow(topic, count, replicas, validateOnly)
}
