// A cluster with many groups that have committed on many partitions, as an agent finds it. Records are few: their number costs a
// monitor nothing.
import { setTimeout as delay } from 'node:timers/promises'
import { produce } from '../../wire/apis/00-produce.ts'
import { offsetCommit } from '../../wire/apis/08-offset-commit.ts'
import { createTopics } from '../../wire/apis/19-create-topics.ts'
import type { Cluster } from '../../wire/cluster.ts'
import { kafkaCode, kafkaError } from '../../wire/error-codes.ts'
import { buildBatch } from '../../wire/record-batch/build.ts'

export interface Size {
  readonly topics: number
  readonly partitionsPerTopic: number
  readonly groups: number
  /** Partitions that each group has committed. */
  readonly partitionsPerGroup: number
}

const recordsPerPartition = 5
const topicsPerRequest = 50
const commitsAtOnce = 8

const topicName = (index: number) => `monitored-${index}`

export async function fill(cluster: Cluster, size: Size): Promise<void> {
  for (let from = 0; from < size.topics; from += topicsPerRequest) {
    await makeTopics(cluster, from, Math.min(size.topics, from + topicsPerRequest), size.partitionsPerTopic)
  }
  await leadersAre(cluster, size)
  for (let topic = 0; topic < size.topics; topic++) await write(cluster, topicName(topic), size.partitionsPerTopic)
  for (let from = 0; from < size.groups; from += commitsAtOnce) {
    const groups = Array.from({ length: Math.min(commitsAtOnce, size.groups - from) }, (_, index) => from + index)
    await Promise.all(groups.map(group => commit(cluster, group, size)))
  }
}

async function makeTopics(cluster: Cluster, from: number, to: number, numPartitions: number): Promise<void> {
  const topics = Array.from({ length: to - from }, (_, index) => ({
    name: topicName(from + index),
    numPartitions,
    replicationFactor: 1,
    assignments: [],
    configs: [],
  }))
  const answer = await cluster.sendWithRetry('controller', createTopics, {
    topics,
    timeoutMs: 60_000,
    validateOnly: false,
  })
  for (const { name, errorCode } of answer.topics) {
    if (errorCode !== kafkaCode.NONE && errorCode !== kafkaCode.TOPIC_ALREADY_EXISTS) throw kafkaError(errorCode, name)
  }
}

async function leadersAre(cluster: Cluster, { topics: count }: Size): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const { topics } = await cluster.metadata('all', { allowCached: false })
    const made = [...topics.values()].filter(({ name }) => name.startsWith('monitored-'))
    if (made.length === count && made.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0))) return
    await delay(200)
  }
  throw new Error('the topics have no leaders')
}

async function write(cluster: Cluster, topic: string, partitions: number): Promise<void> {
  const records = Array.from({ length: recordsPerPartition }, () => {
    return { key: null, value: Buffer.from('record'), timestampMs: Date.now() }
  })
  const batch = buildBatch({ records })
  const { id: topicId } = await cluster.topic(topic)
  const partitionData = Array.from({ length: partitions }, (_, index) => ({ index, records: batch }))
  const body = {
    transactionalId: null,
    acks: 1,
    timeoutMs: 30_000,
    topicData: [{ name: topic, topicId, partitionData }],
  }
  await cluster.sendWithRetry({ leader: { topic, partition: 0 } }, produce, body, {
    check: ({ responses }) => assertNone(responses.flatMap(each => each.partitionResponses.map(({ errorCode }) => errorCode)), topic), // biome-ignore format: one line
  })
}

async function commit(cluster: Cluster, group: number, size: Size): Promise<void> {
  const groupId = `service-group-${group}`
  const byTopic = new Map<number, number[]>()
  for (let each = 0; each < size.partitionsPerGroup; each++) {
    const at = (group * 37 + each) % (size.topics * size.partitionsPerTopic)
    const topic = Math.floor(at / size.partitionsPerTopic)
    byTopic.set(topic, [...(byTopic.get(topic) ?? []), at % size.partitionsPerTopic])
  }
  const topics = await Promise.all(
    [...byTopic].map(async ([topic, partitions]) => ({
      name: topicName(topic),
      topicId: (await cluster.topic(topicName(topic))).id,
      partitions: partitions.map(partitionIndex => ({
        partitionIndex,
        committedOffset: partitionIndex % (recordsPerPartition + 1),
        committedLeaderEpoch: -1,
        committedMetadata: '',
      })),
    })),
  )
  const body = { groupId, groupInstanceId: null, topics }
  // The first commits of a new cluster come while their coordinator still takes office.
  await cluster.sendWithRetry({ coordinator: 'group', key: groupId }, offsetCommit, body, {
    check: answer => assertNone(answer.topics.flatMap(each => each.partitions.map(({ errorCode }) => errorCode)), groupId), // biome-ignore format: one line
  })
}

function assertNone(codes: readonly number[], what: string): void {
  const failed = codes.find(code => code !== kafkaCode.NONE)
  if (failed !== undefined) throw kafkaError(failed, what)
}
