// What the principal of this client may do, asked of the broker itself (KIP-430), and whether a topic could be made, without
// making it.
import { metadata } from '../apis/03-metadata.ts'
import { describeGroups } from '../apis/15-describe-groups.ts'
import { createTopics } from '../apis/19-create-topics.ts'
import type { Cluster } from '../cluster.ts'
import { metadataRequest } from '../cluster-metadata.ts'
import { kafkaCode, kafkaError } from '../error-codes.ts'
import type { TopicSpec } from './topics.ts'

/** AclOperation of Kafka, by its bit. */
const operationBits = { read: 3, write: 4, create: 5, delete: 6, alter: 7, describe: 8 } as const
export type Operation = keyof typeof operationBits

/** Undefined: a broker before Kafka 2.3 does not say. */
export type Operations = ReadonlySet<Operation> | undefined

/** The broker's word for "not asked for, or not told". */
const notTold = -0x8000_0000

function operationsOf(bits: number): Operations {
  if (bits === notTold) return undefined
  const names = Object.keys(operationBits) as Operation[]
  return new Set(names.filter(name => (bits & (1 << operationBits[name])) !== 0))
}

/** On a topic that exists; a topic that is not, or may not be seen, is the error of its code. */
export async function topicOperations(cluster: Cluster, name: string): Promise<Operations> {
  const body = { ...metadataRequest([name]), includeTopicAuthorizedOperations: true }
  const { topics } = await cluster.send('any', metadata, body)
  const topic = topics[0]
  const errorCode = topic?.errorCode ?? kafkaCode.UNKNOWN_TOPIC_OR_PARTITION
  if (errorCode !== kafkaCode.NONE) throw kafkaError(errorCode, `topic ${name}`)
  return operationsOf(topic!.topicAuthorizedOperations)
}

/** On a group, whether it exists or not. */
export async function groupOperations(cluster: Cluster, groupId: string): Promise<Operations> {
  const body = { groups: [groupId], includeAuthorizedOperations: true }
  const { groups } = await cluster.sendWithRetry({ coordinator: 'group', key: groupId }, describeGroups, body)
  const [group] = groups
  const code = group?.errorCode ?? kafkaCode.NONE
  if (code === kafkaCode.GROUP_ID_NOT_FOUND) return undefined
  if (code !== kafkaCode.NONE) throw kafkaError(code, `group ${groupId}`)
  return operationsOf(group!.authorizedOperations)
}

/** Resolves when the cluster would make it: rights, replicas, settings and policies are checked, and nothing is made (KIP-4). */
export async function couldCreateTopic(cluster: Cluster, spec: TopicSpec): Promise<void> {
  const { name, partitions: numPartitions, replicationFactor, configs = {} } = spec
  const settings = Object.entries(configs).map(([key, value]) => ({ name: key, value }))
  const topics = [{ name, numPartitions, replicationFactor, configs: settings }]
  await cluster.sendWithRetry(
    'controller',
    createTopics,
    { topics, validateOnly: true },
    {
      check: answer => {
        const { errorCode, errorMessage } = answer.topics[0]!
        if (errorCode !== kafkaCode.NONE) throw kafkaError(errorCode, `create topic ${name}`, errorMessage)
      },
    },
  )
}
