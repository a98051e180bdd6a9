// Replicas of topics: what a topic loses, and when it stops.
import { type Facts, replicasWanted, replicationFactor, type TopicFacts, topicNumber } from '../facts.ts'
import type { Check } from '../finding.ts'
import { reassignment, replicasFix } from '../fixes.ts'
import { forTopics, setting } from './for-topics.ts'

/** `partitions 0, 3, 5`; the first few of many. */
const listed = (indexes: readonly number[]): string => {
  const shown = indexes.slice(0, 5).join(', ')
  const rest = indexes.length > 5 ? ` and ${indexes.length - 5} more` : ''
  return `${indexes.length === 1 ? 'partition' : 'partitions'} ${shown}${rest}`
}

const moreReplicas = (facts: Facts, topic: TopicFacts) =>
  replicasFix(facts.commands, topic.name, topic.partitions, facts.cluster?.brokers ?? [], replicasWanted(facts))

const badPartitions = ({ partitions }: TopicFacts, is: (partition: TopicFacts['partitions'][number]) => boolean) =>
  partitions.filter(is).map(({ index }) => index)

export const replicaChecks: readonly Check[] = [
  {
    id: 'topic-single-replica',
    severity: 'critical',
    title: 'A topic has one replica',
    risk: 'The loss of one disk loses its records, and while its broker is down or restarts it can be neither written nor read.',
    find: facts =>
      replicasWanted(facts) < 2
        ? []
        : forTopics(facts, topic =>
            replicationFactor(topic) === 1
              ? {
                  evidence: `replication factor 1, ${topic.partitions.length} partitions`,
                  fix: moreReplicas(facts, topic),
                }
              : undefined,
          ),
  },
  {
    id: 'topic-two-replicas',
    severity: 'warning',
    title: 'A topic has two replicas',
    risk: 'With min.insync.replicas=2 a restart of one broker stops its producers; with 1 a second failure during a restart loses acknowledged records.',
    find: facts =>
      replicasWanted(facts) < 3
        ? []
        : forTopics(facts, topic =>
            replicationFactor(topic) === 2
              ? {
                  evidence: `replication factor 2 in a cluster of ${facts.cluster?.brokers.length}`,
                  fix: moreReplicas(facts, topic),
                }
              : undefined,
          ),
  },
  {
    id: 'topic-mixed-replication',
    severity: 'warning',
    title: 'Partitions of a topic have different numbers of replicas',
    risk: 'A reassignment ended half way: some records are less safe than the topic says.',
    find: facts =>
      forTopics(facts, topic => {
        const counts = [...new Set(topic.partitions.map(({ replicas }) => replicas.length))].sort((a, b) => a - b)
        if (counts.length === 1) return undefined
        const fewer = topic.partitions.filter(({ replicas }) => replicas.length < counts.at(-1)!)
        const brokers = facts.cluster?.brokers ?? []
        return {
          evidence: `${counts.join(' and ')} replicas; fewer in ${listed(fewer.map(({ index }) => index))}`,
          fix: replicasFix(facts.commands, topic.name, fewer, brokers, counts.at(-1)!),
        }
      }),
  },
  {
    id: 'topic-min-insync-one',
    severity: 'warning',
    title: 'acks=all is confirmed by one replica',
    risk: 'With min.insync.replicas=1 a leader that has lost its followers goes on acknowledging: when it fails too, acknowledged records are gone.',
    find: facts =>
      forTopics(facts, topic =>
        replicationFactor(topic) >= 3 && topicNumber(topic, 'min.insync.replicas') === 1
          ? {
              evidence: `min.insync.replicas=1 with ${replicationFactor(topic)} replicas`,
              fix: setting(facts, topic, 'min.insync.replicas', '2'),
            }
          : undefined,
      ),
  },
  {
    id: 'topic-min-insync-all',
    severity: 'warning',
    title: 'No replica may be missing',
    risk: 'With min.insync.replicas as high as the replication factor every restart of a broker refuses writes with acks=all; higher, all of them are refused for ever.',
    find: facts =>
      forTopics(facts, topic => {
        const [min = 0, replicas] = [topicNumber(topic, 'min.insync.replicas'), replicationFactor(topic)]
        if (min < replicas || replicas < 2) return undefined
        return {
          evidence: `min.insync.replicas=${min} with ${replicas} replicas`,
          fix: setting(facts, topic, 'min.insync.replicas', String(Math.max(1, replicas - 1))),
          ...(min > replicas && { severity: 'critical' }),
        }
      }),
  },
  {
    id: 'topic-unclean-election',
    severity: 'critical',
    title: 'A replica that is behind may become leader',
    risk: 'unclean.leader.election.enable=true: after a failure a replica without the last records may lead, and acknowledged records are cut off without an error.',
    find: facts =>
      forTopics(facts, topic =>
        topic.configs?.get('unclean.leader.election.enable') === 'true'
          ? {
              evidence: 'unclean.leader.election.enable=true',
              fix: setting(facts, topic, 'unclean.leader.election.enable', 'false'),
            }
          : undefined,
      ),
  },
  {
    id: 'topic-offline',
    severity: 'critical',
    title: 'A partition has no leader',
    risk: 'It can be neither written nor read until a broker with a replica in sync is back.',
    find: facts =>
      forTopics(
        facts,
        topic => {
          const offline = badPartitions(topic, ({ leader }) => leader < 0)
          if (offline.length === 0) return undefined
          return {
            evidence: `no leader for ${listed(offline)}`,
            fix: facts.commands.tool('kafka-topics', '--describe --unavailable-partitions'),
          }
        },
        facts.cluster?.topics,
      ),
  },
  {
    id: 'topic-under-replicated',
    severity: 'warning',
    title: 'Replicas are out of sync',
    risk: 'One failure less can be survived than the topic is made for.',
    find: facts =>
      forTopics(
        facts,
        topic => {
          const under = badPartitions(topic, ({ isr, replicas }) => isr.length < replicas.length)
          if (under.length === 0) return undefined
          const missing = new Set(
            topic.partitions.flatMap(({ isr, replicas }) => replicas.filter(id => !isr.includes(id))),
          )
          return {
            evidence: `not in sync: ${[...missing]
              .sort((a, b) => a - b)
              .map(id => `broker ${id}`)
              .join(', ')}; ${listed(under)}`,
            fix: facts.commands.tool('kafka-topics', '--describe --under-replicated-partitions'),
          }
        },
        facts.cluster?.topics,
      ),
  },
  {
    id: 'topic-under-min-insync',
    severity: 'critical',
    title: 'Fewer replicas are in sync than acks=all needs',
    risk: 'Producers with acks=all are refused (NOT_ENOUGH_REPLICAS) now.',
    find: facts =>
      forTopics(
        facts,
        topic => {
          const min = topicNumber(topic, 'min.insync.replicas') ?? 0
          const under = badPartitions(topic, ({ isr, leader }) => leader >= 0 && isr.length < min)
          if (under.length === 0) return undefined
          return {
            evidence: `min.insync.replicas=${min}; fewer in ${listed(under)}`,
            fix: facts.commands.tool('kafka-topics', '--describe --under-min-isr-partitions'),
          }
        },
        facts.cluster?.topics,
      ),
  },
  {
    id: 'topic-one-rack',
    severity: 'warning',
    title: 'All replicas are in one rack',
    risk: 'Brokers say which rack (zone) they are in, and the loss of one takes all replicas of the partition.',
    find: facts => {
      const brokers = facts.cluster?.brokers ?? []
      const rackOf = new Map(brokers.flatMap(({ id, rack }) => (rack === null ? [] : [[id, rack] as const])))
      if (new Set(rackOf.values()).size < 2) return []
      return forTopics(facts, topic => {
        const inOne = topic.partitions.filter(({ replicas }) => {
          const racks = replicas.map(id => rackOf.get(id))
          return replicas.length > 1 && racks.every(rack => rack !== undefined && rack === racks[0])
        })
        if (inOne.length === 0) return undefined
        const moves = inOne.map(({ index: partition, replicas }) => {
          const leader = replicas[0]!
          const away = brokers.find(({ id, rack }) => rack !== rackOf.get(leader) && !replicas.includes(id))!
          return { topic: topic.name, partition, replicas: [...replicas.slice(0, -1), away.id] }
        })
        return {
          evidence: `rack ${rackOf.get(inOne[0]!.replicas[0]!)}: ${listed(inOne.map(({ index }) => index))}`,
          fix: reassignment(facts.commands, moves),
        }
      })
    },
  },
]
