// What is wrong with the partitions of topics, and how they are spread over brokers. Pure.
//
// Counted as kafka-topics does with --under-replicated-partitions, --under-min-isr-partitions, --at-min-isr-partitions and
// --unavailable-partitions: a topic with one replica and min.insync.replicas=1 is at its minimum all the time.
import type { PartitionMetadata, TopicMetadata } from '../../wire/cluster-metadata.ts'
import type { Reassignments } from '../source/reassignments.ts'
import type { TopicConfigs } from '../source/topic-configs.ts'

export interface Troubles {
  readonly underReplicated: number
  readonly leaderless: number
  readonly notPreferred: number
  /** Undefined: min.insync.replicas is not known. */
  readonly underMinIsr: number | undefined
  readonly atMinIsr: number | undefined
  /** Undefined: could not be found out. */
  readonly reassigning: number | undefined
}

export interface TopicHealth {
  readonly topic: TopicMetadata
  readonly configs: TopicConfigs
  /** Of a partition; the smallest where they differ. */
  readonly replicationFactor: number
  readonly troubles: Troubles
}

export interface BrokerShare {
  leaders: number
  preferredLeaders: number
  replicas: number
  offlineReplicas: number
}

export function topicHealth(
  topic: TopicMetadata,
  configs: TopicConfigs,
  reassignments: Reassignments | undefined,
): TopicHealth {
  const { partitions } = topic
  const count = (is: (partition: PartitionMetadata) => boolean) => partitions.filter(is).length
  const minIsr = configs['min.insync.replicas'] === undefined ? undefined : Number(configs['min.insync.replicas'])
  return {
    topic,
    configs,
    replicationFactor: Math.min(...partitions.map(({ replicas }) => replicas.length)),
    troubles: {
      underReplicated: count(({ replicas, isr }) => isr.length < replicas.length),
      leaderless: count(({ leader }) => leader < 0),
      notPreferred: count(({ leader, replicas }) => leader !== replicas[0]),
      underMinIsr: minIsr === undefined ? undefined : count(({ isr }) => isr.length < minIsr),
      atMinIsr: minIsr === undefined ? undefined : count(({ isr }) => isr.length === minIsr),
      reassigning: reassignments === undefined ? undefined : (reassignments.get(topic.name)?.size ?? 0),
    },
  }
}

/** Of the cluster: what is not known of one topic is summed over those of which it is known. */
export function sumOfTroubles(topics: readonly TopicHealth[]): Troubles {
  const sum = (trouble: keyof Troubles) => topics.reduce((total, { troubles }) => total + (troubles[trouble] ?? 0), 0)
  const isKnown = (trouble: keyof Troubles) => topics.some(({ troubles }) => troubles[trouble] !== undefined)
  const sumOfKnown = (trouble: keyof Troubles) => (topics.length === 0 || isKnown(trouble) ? sum(trouble) : undefined)
  return {
    underReplicated: sum('underReplicated'),
    leaderless: sum('leaderless'),
    notPreferred: sum('notPreferred'),
    underMinIsr: sumOfKnown('underMinIsr'),
    atMinIsr: sumOfKnown('atMinIsr'),
    reassigning: sumOfKnown('reassigning'),
  }
}

/** By broker id: brokers that are registered, and those that hold replicas. */
export function brokerShares(registered: Iterable<number>, topics: Iterable<TopicMetadata>): Map<number, BrokerShare> {
  const shares = new Map<number, BrokerShare>()
  const of = (broker: number) => {
    const share = shares.get(broker) ?? { leaders: 0, preferredLeaders: 0, replicas: 0, offlineReplicas: 0 }
    shares.set(broker, share)
    return share
  }
  for (const broker of registered) of(broker)
  for (const { partitions } of topics) {
    for (const { leader, replicas, offline } of partitions) {
      if (leader >= 0) of(leader).leaders++
      if (replicas[0] !== undefined) of(replicas[0]).preferredLeaders++
      for (const broker of replicas) of(broker).replicas++
      for (const broker of offline) of(broker).offlineReplicas++
    }
  }
  return shares
}
