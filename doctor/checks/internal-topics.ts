// Topics that others stand on: offsets of groups, transactions, share groups, Connect, schemas.
import {
  allBrokerSettings,
  type Facts,
  replicasWanted,
  replicationFactor,
  type TopicFacts,
  topicNumber,
} from '../facts.ts'
import type { Check } from '../finding.ts'
import { replicasFix } from '../fixes.ts'
import { numberOf } from '../settings.ts'

const internalTopics = ({ cluster }: Facts): TopicFacts[] =>
  (cluster?.topics ?? []).filter(({ isInternal, partitions }) => isInternal && partitions.length > 0)

/** Setting to what stands on it. */
const factors = {
  'offsets.topic.replication.factor': '__consumer_offsets, the positions of all groups',
  'transaction.state.log.replication.factor': '__transaction_state, the state of all transactions',
  'share.coordinator.state.topic.replication.factor': '__share_group_state, the state of all share groups',
} as const

export const internalTopicChecks: readonly Check[] = [
  {
    id: 'internal-topic-single-replica',
    severity: 'critical',
    title: 'An internal topic has one replica',
    risk: 'While its broker is away no group can commit or join (or no transaction begin, no connector start); with its disk the positions are gone.',
    find: facts =>
      replicasWanted(facts) < 2
        ? []
        : internalTopics(facts)
            .filter(topic => replicationFactor(topic) === 1)
            .map(topic => ({
              subject: `topic ${topic.name}`,
              evidence: `replication factor 1 in a cluster of ${facts.cluster?.brokers.length}`,
              fix: replicasFix(
                facts.commands,
                topic.name,
                topic.partitions,
                facts.cluster?.brokers ?? [],
                replicasWanted(facts),
              ),
            })),
  },
  {
    id: 'internal-topic-min-insync-one',
    severity: 'warning',
    title: 'An internal topic is confirmed by one replica',
    risk: 'A commit or a transaction that was acknowledged may be forgotten by the next failure.',
    find: facts =>
      internalTopics(facts)
        .filter(topic => replicationFactor(topic) >= 3 && topicNumber(topic, 'min.insync.replicas') === 1)
        .map(topic => ({
          subject: `topic ${topic.name}`,
          evidence: `min.insync.replicas=1 with ${replicationFactor(topic)} replicas`,
          fix: facts.commands.configs('topics', topic.name, { 'min.insync.replicas': '2' }),
        })),
  },
  {
    id: 'internal-topic-not-compacted',
    severity: 'critical',
    title: 'An internal topic deletes by time',
    risk: 'Its newest value for each key is its content: with cleanup.policy=delete positions, connectors or schemas vanish after the retention.',
    find: facts =>
      internalTopics(facts)
        .filter(({ configs }) => configs?.get('cleanup.policy') === 'delete')
        .filter(({ name }) => isCompacted(name))
        .map(({ name }) => ({
          subject: `topic ${name}`,
          evidence: 'cleanup.policy=delete',
          fix: facts.commands.configs('topics', name, { 'cleanup.policy': 'compact' }),
        })),
  },
  {
    id: 'internal-replication-setting',
    severity: 'warning',
    title: 'Internal topics will be made with too few replicas',
    risk: 'They are made at their first use, and keep the number of replicas that they were made with.',
    find: facts =>
      allBrokerSettings(facts).flatMap(settings =>
        Object.entries(factors).flatMap(([name, what]) => {
          const factor = numberOf(settings, name)
          if (factor === undefined || factor >= replicasWanted(facts)) return []
          return [
            {
              subject: settings.where(name),
              evidence: `${name}=${factor} (${what})`,
              fix: settings.change(name, String(replicasWanted(facts))),
            },
          ]
        }),
      ),
  },
  {
    id: 'transaction-min-insync-one',
    severity: 'warning',
    title: 'Transactions are confirmed by one replica',
    risk: 'transaction.state.log.min.isr=1: after a failure a committed transaction may be unknown, and its records hang or are aborted.',
    find: facts =>
      replicasWanted(facts) < 3
        ? []
        : allBrokerSettings(facts).flatMap(settings =>
            numberOf(settings, 'transaction.state.log.min.isr') === 1
              ? [
                  {
                    subject: settings.where('transaction.state.log.min.isr'),
                    evidence: 'transaction.state.log.min.isr=1',
                    fix: settings.change('transaction.state.log.min.isr', '2'),
                  },
                ]
              : [],
          ),
  },
]

/** __share_group_state is pruned by its coordinator, not compacted. */
const compacted = /^(__consumer_offsets|__transaction_state|_schemas|connect-(offsets|configs|status))$/
const isCompacted = (name: string) => compacted.test(name)

/** What is no topic of Kafka itself, and yet nobody's data. */
export const isInternalName = (name: string): boolean =>
  /^(__\w+|_schemas|connect-(offsets|configs|status))$/.test(name)
