// What topics do with their records: where they go, how long they stay, and what the brokers do to them.
import { topicNumber } from '../facts.ts'
import type { Check } from '../finding.ts'
import { quoted } from '../fixes.ts'
import { forTopics, setting } from './for-topics.ts'

/** Less is no traffic to judge by. */
const skewRecordsMin = 1_000
const skewTimes = 2

export const recordChecks: readonly Check[] = [
  {
    id: 'topic-partition-skew',
    severity: 'warning',
    title: 'One partition has far more records than the others',
    risk: 'One consumer, one leader and one disk carry what was meant for all: the topic is as fast as its fullest partition.',
    find: facts =>
      forTopics(facts, topic => {
        const records = topic.records
        if (records === undefined || records.length < 3) return undefined
        const total = records.reduce((sum, count) => sum + count, 0)
        const most = Math.max(...records)
        const mean = total / records.length
        if (total < skewRecordsMin || most < skewTimes * mean) return undefined
        return {
          evidence: `partition ${records.indexOf(most)} holds ${most} of ${total} offsets, ${(most / mean).toFixed(1)} times the mean of ${records.length} partitions`,
          fix: `${facts.commands.millrace('capture', `--topic ${quoted(topic.name)}`)}   # which keys are hot: then another key, or a salt`,
        }
      }),
  },
  {
    id: 'topic-unbounded',
    severity: 'warning',
    title: 'Nothing is ever deleted',
    risk: 'With cleanup.policy=delete and neither retention.ms nor retention.bytes the topic grows until a disk is full, which stops the broker.',
    find: facts =>
      forTopics(facts, topic =>
        topic.configs?.get('cleanup.policy') === 'delete' &&
        topicNumber(topic, 'retention.ms') === -1 &&
        topicNumber(topic, 'retention.bytes') === -1
          ? {
              evidence: 'cleanup.policy=delete, retention.ms=-1, retention.bytes=-1',
              fix: setting(facts, topic, 'retention.ms', '604800000'),
            }
          : undefined,
      ),
  },
  {
    id: 'topic-segment-outlives-retention',
    severity: 'notice',
    title: 'Records stay much longer than retention says',
    risk: 'Whole segments are deleted, by their newest record: with segments that roll far less often than retention.ms, records outlive what was promised.',
    find: facts =>
      forTopics(facts, topic => {
        const [segment, retention] = [topicNumber(topic, 'segment.ms'), topicNumber(topic, 'retention.ms')]
        if (segment === undefined || retention === undefined || retention <= 0 || segment <= 2 * retention)
          return undefined
        if (topic.configs?.get('cleanup.policy')?.includes('delete') !== true) return undefined
        return {
          evidence: `segment.ms=${segment}, retention.ms=${retention}`,
          fix: setting(facts, topic, 'segment.ms', String(retention)),
        }
      }),
  },
  {
    id: 'topic-recompression',
    severity: 'warning',
    title: 'The broker compresses what producers have compressed',
    risk: 'With compression.type other than producer every batch that comes otherwise is unpacked and packed again by the broker, with its CPU and without zero copy.',
    find: facts =>
      forTopics(facts, topic => {
        const codec = topic.configs?.get('compression.type')
        if (codec === undefined || codec === 'producer') return undefined
        return { evidence: `compression.type=${codec}`, fix: setting(facts, topic, 'compression.type', 'producer') }
      }),
  },
  {
    id: 'topic-forced-flush',
    severity: 'warning',
    title: 'Every few records are flushed to disk',
    risk: 'Kafka is durable by replicas; flush.messages makes every producer wait for the disk, and costs most of the throughput.',
    find: facts =>
      forTopics(facts, topic => {
        const messages = topicNumber(topic, 'flush.messages')
        if (messages === undefined || messages > 10_000) return undefined
        return {
          evidence: `flush.messages=${messages}`,
          fix: facts.commands.tool(
            'kafka-configs',
            `--alter --entity-type topics --entity-name ${quoted(topic.name)} --delete-config flush.messages`,
          ),
        }
      }),
  },
]
