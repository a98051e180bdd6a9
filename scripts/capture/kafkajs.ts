// kafkajs, for the older request versions.
import { type Admin, type Consumer, Kafka, logLevel } from 'kafkajs'
import type { KafkaCluster } from '../../test/kafka/harness/index.ts'
import { group, type Step, topic } from './step.ts'

export function kafkajsStep(kafka: KafkaCluster, user: { username: string; password: string }): Step {
  return { client: 'kafkajs', run: () => useKafkajs(kafka.bootstrap, user) }
}

async function useKafkajs(bootstrap: string, user: { username: string; password: string }): Promise<void> {
  const sasl = { mechanism: 'scram-sha-512' as const, ...user }
  const kafka = new Kafka({ brokers: [bootstrap], sasl, logLevel: logLevel.NOTHING })
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] })
  await admin.createPartitions({ topicPartitions: [{ topic, count: 2 }] })
  await produceTwo(kafka)
  await consumeTwo(kafka, admin)
  await commitAndAbort(kafka)
  await admin.fetchTopicOffsets(topic)
  await admin.fetchOffsets({ groupId: group, topics: [topic] })
  await admin.describeConfigs({ includeSynonyms: false, resources: [{ type: 2, name: topic }] })
  const configEntries = [{ name: 'retention.ms', value: '3600000' }]
  await admin.alterConfigs({ validateOnly: false, resources: [{ type: 2, name: topic, configEntries }] })
  await admin.describeCluster()
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '1' }] })
  await admin.listGroups()
  await admin.deleteGroups([group])
  await admin.deleteTopics({ topics: [topic] })
  await admin.disconnect()
}

async function produceTwo(kafka: Kafka): Promise<void> {
  const producer = kafka.producer({ idempotent: true })
  await producer.connect()
  const messages = [
    { key: 'k', value: 'one', partition: 0 },
    { value: 'two', partition: 0 },
  ]
  await producer.send({ topic, messages })
  await producer.disconnect()
}

/** The group is described while it has its member; the member says goodbye. */
async function consumeTwo(kafka: Kafka, admin: Admin): Promise<void> {
  const consumer = kafka.consumer({ groupId: group, heartbeatInterval: 1 })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await untilRead(consumer, 2)
  await admin.describeGroups([group])
  await consumer.disconnect()
}

async function untilRead(consumer: Consumer, count: number): Promise<void> {
  let left = count
  await new Promise<void>((resolve, reject) => {
    const eachMessage = async ({ heartbeat }: { heartbeat(): Promise<void> }) => {
      await heartbeat()
      left--
      if (left === 0) resolve()
    }
    consumer.run({ eachMessage }).catch(reject)
  })
}

async function commitAndAbort(kafka: Kafka): Promise<void> {
  const producer = kafka.producer({ transactionalId: 'fixtures-kafkajs', idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  const committed = await producer.transaction()
  await committed.send({ topic, messages: [{ value: 'three', partition: 0 }] })
  const topics = [{ topic, partitions: [{ partition: 0, offset: '2' }] }]
  await committed.sendOffsets({ consumerGroupId: group, topics })
  await committed.commit()
  const aborted = await producer.transaction()
  await aborted.send({ topic, messages: [{ value: 'four', partition: 1 }] })
  await aborted.abort()
  await producer.disconnect()
}
