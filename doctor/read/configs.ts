// Settings of brokers and topics, each with where it comes from (DescribeConfigs). Brokers are asked one by one: each answers for
// itself alone.
import { type Gap, gapOf } from '../../agents/gap.ts'
import { type Found, forgotten } from '../../agents/source/groups.ts'
import { isMillraceError } from '../../core/errors.ts'
import { describeConfigs, resourceType } from '../../wire/apis/32-describe-configs.ts'
import type { Cluster, Target } from '../../wire/cluster.ts'
import { kafkaCode, kafkaError } from '../../wire/error-codes.ts'
import type { BrokerSetting } from '../settings.ts'

const topicsPerRequest = 500

/** Those that a check reads. */
const topicConfigNames = [
  'cleanup.policy',
  'compression.type',
  'flush.messages',
  'max.message.bytes',
  'min.insync.replicas',
  'retention.bytes',
  'retention.ms',
  'segment.ms',
  'unclean.leader.election.enable',
] as const

type Entries = ReadonlyMap<string, BrokerSetting>

/** DEFAULT_CONFIG of KIP-226. */
const defaultConfigSource = 5

interface Question {
  readonly target: Target
  readonly kind: 'topic' | 'broker'
  readonly names: readonly string[]
  readonly keys: readonly string[] | null
}

export async function readTopicSettings(
  cluster: Cluster,
  topics: readonly string[],
  timeoutMs: number,
): Promise<Found<Map<string, Entries>>> {
  const found = new Map<string, Entries>()
  const gaps: Gap[] = []
  for (let from = 0; from < topics.length; from += topicsPerRequest) {
    const names = topics.slice(from, from + topicsPerRequest)
    const answer = await read(cluster, { target: 'any', kind: 'topic', names, keys: topicConfigNames }, timeoutMs)
    for (const [name, entries] of answer.found) found.set(name, entries)
    gaps.push(...answer.gaps)
  }
  return { found, gaps }
}

export async function readBrokerSettings(
  cluster: Cluster,
  brokers: readonly number[],
  timeoutMs: number,
): Promise<Found<Map<number, Entries>>> {
  const answers = await Promise.all(
    brokers.map(broker =>
      read(cluster, { target: { broker }, kind: 'broker', names: [String(broker)], keys: null }, timeoutMs),
    ),
  )
  return {
    found: new Map(answers.flatMap(({ found }) => [...found].map(([name, entries]) => [Number(name), entries]))),
    gaps: answers.flatMap(({ gaps }) => gaps),
  }
}

async function read(
  cluster: Cluster,
  { target, kind, names, keys }: Question,
  timeoutMs: number,
): Promise<Found<Map<string, Entries>>> {
  const found = new Map<string, Entries>()
  const gaps: Gap[] = []
  try {
    const resources = names.map(resourceName => ({ resourceType: resourceType[kind], resourceName, configurationKeys: keys === null ? null : [...keys] })) // biome-ignore format: one line
    const answer = await cluster.send(target, describeConfigs, { resources }, { timeoutMs })
    for (const { resourceName: name, errorCode, errorMessage, configs } of answer.results) {
      if (errorCode !== kafkaCode.NONE) {
        gaps.push(gapOf(kind, name, kafkaError(errorCode, `settings of ${kind} ${name}`, errorMessage)))
        continue
      }
      const entries = configs.map(
        entry =>
          [
            entry.name,
            { value: entry.value, isDefault: entry.configSource === defaultConfigSource, readOnly: entry.readOnly },
          ] as const,
      )
      found.set(name, new Map(entries))
    }
  } catch (error) {
    if (!isMillraceError(error)) throw error
    forgotten(cluster, error)
    gaps.push(...names.map(name => gapOf(kind, name, error)))
  }
  return { found, gaps }
}
