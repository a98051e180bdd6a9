// The judge where there is no Java: @platformatic/kafka (and kafkajs for keys), which shares no code with ours, codecs and framing included.
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import {
  Admin,
  type AdminOptions,
  ConfigResourceTypes,
  Consumer,
  FetchIsolationLevels,
  ListOffsetTimestamps,
  type Message,
  MessagesStreamModes,
  Producer,
} from '@platformatic/kafka'
import { MillraceError } from '../../../core/errors.ts'
import { Kafka, logLevel, Partitioners } from '../../kafkajs.ts'
import type { Certificates } from '../harness/certificates.ts'
import type { ClientIdentity } from '../harness/index.ts'
import type { ClusterTools, ReadOptions } from './target.ts'

export interface NodeToolsOptions {
  readonly bootstrap: string
  readonly adminBootstrap: string
  readonly certificates: Certificates | undefined
  /** What a client needs to enter by the listener for clients. */
  identityOf(identity: ClientIdentity): { mechanism: string; username: string; password: string } | undefined
}

/** How long nothing may come before a topic counts as read to its end. */
const idleMs = 1_500
/** Set on the topic itself, and not come down from the broker's settings. */
const dynamicTopicConfig = 1

export function nodeTools({ bootstrap, adminBootstrap, certificates, identityOf }: NodeToolsOptions): ClusterTools {
  const connect = { clientId: 'judge', bootstrapBrokers: adminBootstrap.split(','), retries: 3, retryDelay: 100 }

  /** A client for one question, so that nothing is answered from what it remembers. */
  async function asAdmin<T>(work: (admin: Admin) => Promise<T>, options: AdminOptions = connect): Promise<T> {
    const admin = new Admin(options)
    try {
      return await work(admin)
    } finally {
      await admin.close()
    }
  }

  async function endOffsets(topic: string): Promise<number[]> {
    return asAdmin(async admin => {
      const { topics } = await admin.metadata({ topics: [topic] })
      const partitions = topics.get(topic)!.partitions.map((_, partitionIndex) => {
        return { partitionIndex, timestamp: ListOffsetTimestamps.LATEST }
      })
      const [listed] = await admin.listOffsets({ topics: [{ name: topic, partitions }] })
      const offsets: number[] = []
      for (const { partitionIndex, offset } of listed!.partitions) offsets[partitionIndex] = Number(offset)
      return offsets
    })
  }

  return {
    topicNames: () => asAdmin(admin => admin.listTopics()),
    createTopic: (topic, partitions = 1) =>
      asAdmin(async admin => void (await admin.createTopics({ topics: [topic], partitions, replicas: 1 }))),
    deleteTopic: topic => asAdmin(admin => admin.deleteTopics({ topics: [topic] })),
    describeTopic: topic =>
      asAdmin(async admin => {
        const { topics } = await admin.metadata({ topics: [topic] })
        const { partitions } = topics.get(topic)!
        const resources = [{ resourceType: ConfigResourceTypes.TOPIC, resourceName: topic }]
        const [described] = await admin.describeConfigs({ resources })
        const own = described!.configs.filter(({ configSource }) => configSource === dynamicTopicConfig)
        const configs = Object.fromEntries(own.map(({ name, value }) => [name, value ?? '']))
        return { partitions: partitions.length, replicationFactor: partitions[0]!.replicas.length, configs }
      }),
    unhealthy: () => unhealthy(adminBootstrap),
    endOffsets,
    deleteRecords: (topic, partition, beforeOffset) =>
      asAdmin(async admin => {
        const partitions = [{ partition, offset: BigInt(beforeOffset) }]
        await admin.deleteRecords({ topics: [{ name: topic, partitions }] })
      }),
    write: async (topic, lines, { codec, keyed = false } = {}) => {
      if (keyed) return writeKeyed(adminBootstrap, topic, lines)
      const producer = new Producer(connect)
      try {
        const messages = lines.map(line => ({ topic, value: Buffer.from(line) }))
        await producer.send({ messages, acks: -1, ...(codec === undefined ? {} : { compression: codec }) })
      } finally {
        await producer.close()
      }
    },
    read: async (topic, options = {}) => {
      const consumer = new Consumer({ ...connect, groupId: `judge-${randomUUID()}` })
      try {
        return await printed(consumer, topic, options)
      } finally {
        await consumer.close(true)
      }
    },
    describeGroup: async group => {
      const [offsets] = await asAdmin(admin => admin.listConsumerGroupOffsets({ groups: [group] }))
      const all = await Promise.all(
        offsets!.topics.map(async ({ name, partitions }) => {
          const ends = await endOffsets(name)
          return partitions.map(({ partitionIndex, committedOffset }) => {
            const committed = Number(committedOffset)
            return { committed, lag: ends[partitionIndex]! - committed }
          })
        }),
      )
      return all.flat()
    },
    groupMembers: async group => {
      const described = await asAdmin(admin => admin.describeGroups({ groups: [group] }))
      return [...described.get(group)!.members.values()].map(({ groupInstanceId, assignments }) => {
        const topics = [...(assignments?.values() ?? [])]
        const partitions = topics.flatMap(({ topic, partitions: own }) => own.map(each => `${topic}-${each}`))
        return { instanceId: groupInstanceId ?? '', partitions }
      })
    },
    resetGroup: async (groupId, topic, offset) => {
      const ends = await endOffsets(topic)
      // As kafka-consumer-groups does it: an offset behind the end becomes the end.
      const partitionOffsets = ends.map((end, partition) => ({ partition, offset: BigInt(Math.min(offset, end)) }))
      const topics = [{ name: topic, partitionOffsets }]
      await asAdmin(admin => admin.alterConsumerGroupOffsets({ groupId, topics }))
    },
    enter: async identity => {
      const sasl = identityOf(identity)
      const options = {
        ...connect,
        bootstrapBrokers: bootstrap.split(','),
        ...(certificates === undefined ? {} : { tls: tlsOf(certificates) }),
        ...(sasl === undefined ? {} : { sasl: sasl as NonNullable<AdminOptions['sasl']> }),
      }
      await asAdmin(admin => admin.listTopics(), options)
    },
    allow: () => {
      throw new MillraceError('INTERNAL', 'the embedded broker has no ACLs: the case needs the capability')
    },
  }
}

interface PartitionHealth {
  readonly partitionIndex: number
  readonly leaderId: number
  readonly replicaNodes: readonly number[]
  readonly isrNodes: readonly number[]
}

interface TopicHealth {
  readonly name: string
  readonly partitions: readonly PartitionHealth[]
}

/** Its clients take an answer with a partition that nobody leads for a failure, and keep the answer in it. */
async function unhealthy(bootstrap: string) {
  const admin = new Admin({ clientId: 'judge', bootstrapBrokers: bootstrap.split(','), retries: 0 })
  try {
    const answer = await healthOf(admin).catch(answerIn)
    const all = answer.flatMap(({ name, partitions }) =>
      partitions.map(partition => ({ ...partition, name: `${name}-${partition.partitionIndex}` })),
    )
    const namesOf = (some: typeof all) => some.map(({ name }) => name)
    return {
      underReplicated: namesOf(all.filter(({ isrNodes, replicaNodes }) => isrNodes.length < replicaNodes.length)),
      offline: namesOf(all.filter(({ leaderId }) => leaderId < 0)),
    }
  } finally {
    await admin.close()
  }
}

async function healthOf(admin: Admin): Promise<TopicHealth[]> {
  const { topics } = await admin.metadata({ topics: await admin.listTopics() })
  return [...topics].map(([name, { partitions }]) => ({
    name,
    partitions: partitions.map(({ leader, replicas, isr }, partitionIndex) => {
      return { partitionIndex, leaderId: leader, replicaNodes: replicas, isrNodes: isr }
    }),
  }))
}

function answerIn(error: unknown): TopicHealth[] {
  const { response, errors = [], cause } = error as { response?: unknown; errors?: unknown[]; cause?: unknown }
  if (response !== undefined) return (response as { topics: TopicHealth[] }).topics
  for (const inner of [...errors, cause]) if (inner instanceof Error) return answerIn(inner)
  throw error
}

/** By kafkajs, which partitions by key as Java does; @platformatic/kafka takes hashes above 2^31 another way. */
async function writeKeyed(bootstrap: string, topic: string, lines: readonly string[]): Promise<void> {
  const producer = new Kafka({ brokers: bootstrap.split(','), logLevel: logLevel.NOTHING }).producer({
    createPartitioner: Partitioners.DefaultPartitioner,
  })
  await producer.connect()
  try {
    const messages = lines.map(line => line.split('\t')).map(([key, value]) => ({ key: key!, value: value! }))
    await producer.send({ topic, messages })
  } finally {
    await producer.disconnect()
  }
}

const tlsOf = ({ ca, clientCertificate, clientKey }: Certificates) => ({
  ca: readFileSync(ca),
  cert: readFileSync(clientCertificate),
  key: readFileSync(clientKey),
})

async function printed(consumer: Consumer, topic: string, { recordsMax, isolation, print }: ReadOptions) {
  const lines: string[] = []
  const isolationLevel =
    isolation === 'read_committed' ? FetchIsolationLevels.READ_COMMITTED : FetchIsolationLevels.READ_UNCOMMITTED
  const stream = await consumer.consume({
    topics: [topic],
    mode: MessagesStreamModes.EARLIEST,
    isolationLevel,
    autocommit: false,
    maxWaitTime: 100,
  })
  const idle = setTimeout(() => void stream.close(), idleMs)
  try {
    for await (const message of stream) {
      lines.push(lineOf(message, print))
      if (lines.length === recordsMax) break
      idle.refresh()
    }
    return lines
  } finally {
    clearTimeout(idle)
  }
}

/** The default formatter of the console consumer. */
function lineOf({ key, value, timestamp, headers }: Message, print: ReadOptions['print'] = []): string {
  const text = (bytes: Buffer | null | undefined) => bytes?.toString() ?? 'null'
  const pairs = [...headers].map(([name, content]) => `${name.toString()}:${text(content)}`)
  const parts = {
    timestamp: () => `CreateTime:${timestamp}`,
    headers: () => (pairs.length === 0 ? 'NO_HEADERS' : pairs.join(',')),
    key: () => text(key),
  }
  return [...print.map(what => parts[what]()), text(value)].join('\t')
}
