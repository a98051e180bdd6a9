// Topics: made, deleted, described.
import { setTimeout as delay } from 'node:timers/promises'
import { MillraceError } from '../../core/errors.ts'
import { metadata } from '../apis/03-metadata.ts'
import { createTopics } from '../apis/19-create-topics.ts'
import { deleteTopics } from '../apis/20-delete-topics.ts'
import { describeConfigs, resourceType } from '../apis/32-describe-configs.ts'
import type { Cluster } from '../cluster.ts'
import { metadataRequest, snapshotOf, type TopicMetadata } from '../cluster-metadata.ts'
import { kafkaCode, kafkaError } from '../error-codes.ts'

export interface TopicSpec {
  readonly name: string
  readonly partitions: number
  readonly replicationFactor: number
  /** Brokers of each partition, its first leader first; the cluster chooses them when left out. */
  readonly assignments?: readonly (readonly number[])[]
  readonly configs?: Readonly<Record<string, string>>
  /** For the controller to agree, and again for the leaders to take office. */
  readonly timeoutMs?: number
}

const topicTimeoutMsDefault = 30_000

/** Resolves once every partition has a leader that knows of it. */
export async function createTopic(cluster: Cluster, spec: TopicSpec): Promise<TopicMetadata> {
  const { name, partitions, replicationFactor, assignments, configs = {}, timeoutMs = topicTimeoutMsDefault } = spec
  const body = {
    topics: [
      {
        name,
        // Where brokers are named, the counts follow from them.
        numPartitions: assignments === undefined ? partitions : -1,
        replicationFactor: assignments === undefined ? replicationFactor : -1,
        assignments: (assignments ?? []).map((brokerIds, partitionIndex) => ({ partitionIndex, brokerIds })),
        configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
      },
    ],
    timeoutMs,
  }
  await cluster.sendWithRetry('controller', createTopics, body, {
    timeoutMs,
    isWorthAnotherTry: hasNotBegun,
    check: ({ topics }) => {
      const { errorCode, errorMessage } = topics[0] ?? { errorCode: kafkaCode.UNKNOWN_SERVER_ERROR, errorMessage: null }
      if (errorCode !== kafkaCode.NONE) throw createError(kafkaError(errorCode, `create topic ${name}`, errorMessage))
    },
  })
  return cluster.retry(() => ledTopic(cluster, name, partitions), { timeoutMs })
}

/**
 * Creating is not repeated when the first request may have done it: the second would be told that the topic exists, and
 * nobody could say any more whether it was there before.
 */
function hasNotBegun({ code, retriable, kafkaCode: answer }: MillraceError): boolean {
  if (answer === undefined) return retriable && code === 'BROKER_UNREACHABLE'
  return answer === kafkaCode.NOT_CONTROLLER || answer === kafkaCode.THROTTLING_QUOTA_EXCEEDED
}

function createError(error: MillraceError): MillraceError {
  if (error.code !== 'REQUEST_REFUSED' || error.retriable) return error
  return new MillraceError('TOPIC_CREATE_FAILED', error.message, { kafkaCode: error.kafkaCode!, cause: error })
}

/**
 * Asks for a topic as a producer does: a broker with auto.create.topics.enable makes one that is not there. Resolves once every
 * partition has a leader; TOPIC_UNKNOWN from a broker that makes none.
 */
export async function autoCreateTopic(cluster: Cluster, name: string): Promise<TopicMetadata> {
  const answer = await cluster.send('any', metadata, { ...metadataRequest([name]), allowAutoTopicCreation: true })
  const topic = snapshotOf(answer).topics.get(name)
  const errorCode = topic?.errorCode ?? kafkaCode.UNKNOWN_TOPIC_OR_PARTITION
  const isBeingMade = errorCode === kafkaCode.LEADER_NOT_AVAILABLE
  if (errorCode === kafkaCode.NONE && topic !== undefined) return topic
  if (errorCode === kafkaCode.UNKNOWN_TOPIC_OR_PARTITION && !(await isMadeSoon(cluster, name))) {
    throw kafkaError(errorCode, `topic ${name}`)
  }
  if (!isBeingMade && errorCode !== kafkaCode.UNKNOWN_TOPIC_OR_PARTITION) throw kafkaError(errorCode, `topic ${name}`)
  return cluster.retry(() => cluster.topic(name, { allowCached: false }))
}

/** A broker that makes it answers UNKNOWN_TOPIC_OR_PARTITION meanwhile, as one does that makes none. */
async function isMadeSoon(cluster: Cluster, name: string): Promise<boolean> {
  const giveUpAtMs = performance.now() + autoCreateMsMax
  do {
    const topic = (await cluster.metadata([name], { allowCached: false })).topics.get(name)
    if (topic !== undefined && topic.errorCode !== kafkaCode.UNKNOWN_TOPIC_OR_PARTITION) return true
    await delay(autoCreatePauseMs)
  } while (performance.now() < giveUpAtMs)
  return false
}

const autoCreateMsMax = 5_000
const autoCreatePauseMs = 100

/** A broker that was told of the leaders is not yet a leader that knows it is one: each is asked itself. */
async function ledTopic(cluster: Cluster, name: string, partitions: number): Promise<TopicMetadata> {
  const topic = assertLed((await cluster.metadata([name], { allowCached: false })).topics.get(name), name, partitions)
  const leaders = new Set(topic.partitions.map(({ leader }) => leader))
  const ask = async (broker: number) => {
    const answer = await cluster.send({ broker }, metadata, metadataRequest([name]))
    assertLed(snapshotOf(answer).topics.get(name), name, partitions)
  }
  await Promise.all([...leaders].map(ask))
  return topic
}

function assertLed(topic: TopicMetadata | undefined, name: string, partitions: number): TopicMetadata {
  const isLed = topic?.partitions.length === partitions && topic.partitions.every(({ leader }) => leader >= 0)
  if (topic?.errorCode === kafkaCode.NONE && isLed) return topic
  // Right after its creation a topic may be unknown for as long as the brokers need to hear of it.
  throw kafkaError(kafkaCode.LEADER_NOT_AVAILABLE, `topic ${name}: not every partition has a leader`)
}

export async function deleteTopic(
  cluster: Cluster,
  name: string,
  { timeoutMs = topicTimeoutMsDefault }: { timeoutMs?: number } = {},
): Promise<void> {
  const body = { topics: [{ name }], topicNames: [name], timeoutMs }
  await cluster.sendWithRetry('controller', deleteTopics, body, {
    timeoutMs,
    check: ({ responses }) => {
      const { errorCode, errorMessage } = responses[0] ?? { errorCode: kafkaCode.NONE, errorMessage: null }
      if (errorCode !== kafkaCode.NONE) throw kafkaError(errorCode, `delete topic ${name}`, errorMessage)
    },
  })
}

export interface TopicConfigEntry {
  /** Null: sensitive, the broker does not say. */
  readonly value: string | null
  /** True where nobody has set it, neither for the topic nor for the broker. */
  readonly isDefault: boolean
}

/** DEFAULT_CONFIG of KIP-226. */
const defaultConfigSource = 5

/** All settings of a topic, or those named. */
export async function describeTopicConfigs(
  cluster: Cluster,
  name: string,
  keys: readonly string[] | null = null,
): Promise<ReadonlyMap<string, TopicConfigEntry>> {
  const resources = [{ resourceType: resourceType.topic, resourceName: name, configurationKeys: keys }]
  const answer = await cluster.sendWithRetry(
    'any',
    describeConfigs,
    { resources },
    {
      check: ({ results }) => {
        const { errorCode, errorMessage } = results[0] ?? { errorCode: kafkaCode.NONE, errorMessage: null }
        if (errorCode !== kafkaCode.NONE) throw kafkaError(errorCode, `settings of topic ${name}`, errorMessage)
      },
    },
  )
  const entries = answer.results[0]?.configs ?? []
  return new Map(
    entries.map(entry => [entry.name, { value: entry.value, isDefault: entry.configSource === defaultConfigSource }]),
  )
}
