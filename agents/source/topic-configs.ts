// Settings of topics as their brokers apply them (DescribeConfigs), many topics in one request.
import { isMillraceError } from '../../core/errors.ts'
import { describeConfigs, resourceType } from '../../wire/apis/32-describe-configs.ts'
import type { Cluster } from '../../wire/cluster.ts'
import { kafkaCode, kafkaError } from '../../wire/error-codes.ts'
import { type Gap, gapOf } from '../gap.ts'
import { type Found, forgotten } from './groups.ts'

const topicsPerRequest = 500

/** Those that matter to who reads and writes a topic. */
export const topicConfigNames = [
  'cleanup.policy',
  'retention.ms',
  'retention.bytes',
  'min.insync.replicas',
  'max.message.bytes',
  'compression.type',
  'message.timestamp.type',
] as const

export type TopicConfigName = (typeof topicConfigNames)[number]
export type TopicConfigs = Readonly<Partial<Record<TopicConfigName, string>>>

export async function readTopicConfigs(
  cluster: Cluster,
  topics: readonly string[],
  timeoutMs: number,
): Promise<Found<Map<string, TopicConfigs>>> {
  const found = new Map<string, TopicConfigs>()
  const gaps: Gap[] = []
  for (let from = 0; from < topics.length; from += topicsPerRequest) {
    const piece = topics.slice(from, from + topicsPerRequest)
    try {
      await readPiece(cluster, piece, timeoutMs, found, gaps)
    } catch (error) {
      if (!isMillraceError(error)) throw error
      forgotten(cluster, error)
      gaps.push(...piece.map(topic => gapOf('topic', topic, error)))
    }
  }
  return { found, gaps }
}

async function readPiece(
  cluster: Cluster,
  topics: readonly string[],
  timeoutMs: number,
  found: Map<string, TopicConfigs>,
  gaps: Gap[],
): Promise<void> {
  const resources = topics.map(resourceName => ({
    resourceType: resourceType.topic,
    resourceName,
    configurationKeys: [...topicConfigNames],
  }))
  const answer = await cluster.send('any', describeConfigs, { resources }, { timeoutMs })
  for (const { resourceName: topic, errorCode, errorMessage, configs } of answer.results) {
    if (errorCode !== kafkaCode.NONE) {
      gaps.push(gapOf('topic', topic, kafkaError(errorCode, `settings of topic ${topic}`, errorMessage)))
    } else
      found.set(
        topic,
        Object.fromEntries(configs.flatMap(({ name, value }) => (value === null ? [] : [[name, value]]))),
      )
  }
}

/** Negative: for ever. Undefined: compacted only, or not known. */
export function retentionMs(configs: TopicConfigs | undefined): number | undefined {
  const isDeleted = configs?.['cleanup.policy']?.includes('delete') === true
  const text = configs?.['retention.ms']
  return isDeleted && text !== undefined ? Number(text) : undefined
}
