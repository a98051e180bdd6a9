// CreateTopics: at once, on all brokers; the answer has the settings that the topic really got (KIP-525).
import { createTopics } from '../../wire/apis/19-create-topics.ts'
import { kafkaCode } from '../../wire/error-codes.ts'
import { type ConfigEntry, topicConfigEntries } from '../config-entries.ts'
import { handlerOf, type RequestBodyOf, type RequestContext } from '../handler.ts'
import type { Topic } from '../topic.ts'
import { isProblem, type NewTopic, type Problem } from '../topics.ts'

type Request = RequestBodyOf<typeof createTopics>
type Asked = Request['topics'][number]

export const createTopicsHandler = handlerOf(createTopics, (context, { topics, validateOnly }) => {
  const names = topics.map(topic => topic.name)
  const answered = topics.map(asked => {
    if (names.filter(name => name === asked.name).length > 1) return failed(asked, duplicate)
    const made = make(context, asked, validateOnly)
    return isProblem(made) ? failed(asked, made) : created(context, made, validateOnly)
  })
  return { throttleTimeMs: 0, topics: answered }
})

const duplicate: Problem = { errorCode: kafkaCode.INVALID_REQUEST, message: 'Duplicate topic in the request.' }

function make({ cluster }: RequestContext, asked: Asked, validateOnly: boolean): Topic | Problem {
  const wanted = newTopicOf(asked)
  if (typeof wanted === 'string') return { errorCode: kafkaCode.INVALID_CONFIG, message: wanted }
  return validateOnly ? cluster.topics.plan(wanted) : cluster.topics.create(wanted)
}

function newTopicOf({ name, numPartitions, replicationFactor, assignments, configs }: Asked): NewTopic | string {
  const nullConfig = configs.find(config => config.value === null)
  if (nullConfig !== undefined) return `Null value not supported for topic configs: ${nullConfig.name}`
  return {
    name,
    partitions: numPartitions,
    replicationFactor,
    assignments: new Map(assignments.map(({ partitionIndex, brokerIds }) => [partitionIndex, brokerIds])),
    configs: new Map(configs.map(config => [config.name, config.value!])),
  }
}

function failed({ name }: Asked, { errorCode, message }: Problem) {
  return { name, errorCode, errorMessage: message, configs: null }
}

function created({ cluster }: RequestContext, topic: Topic, validateOnly: boolean) {
  const configs = topicConfigEntries(cluster, topic).map(
    ({ name, value, readOnly, source, isSensitive }: ConfigEntry) => {
      return { name, value, readOnly, configSource: source, isSensitive }
    },
  )
  return {
    name: topic.name,
    ...(validateOnly ? {} : { topicId: topic.id }),
    errorCode: kafkaCode.NONE,
    errorMessage: null,
    numPartitions: topic.partitions.length,
    replicationFactor: topic.partitions[0]!.replicas.length,
    configs,
  }
}
