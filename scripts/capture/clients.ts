// What is done to a broker while the proxy listens: Kafka's own tools, and kafkajs for the older request versions.
import { Kafka, logLevel } from 'kafkajs'
import { MillraceError } from '../../core/errors.ts'
import type { KafkaCluster } from '../../test/kafka/harness/index.ts'

const topic = 'fixtures'
const group = 'fixtures-group'

export interface Step {
  /** As the fixture names the client that sent the request. */
  readonly client: string
  run(): Promise<void>
}

export function javaSteps(kafka: KafkaCluster, configPath: string): readonly Step[] {
  const bootstrap = ['--bootstrap-server', kafka.bootstrap]
  const tool = (name: string, args: readonly string[], input = ''): Step => ({
    client: name,
    run: async () => {
      const result = await kafka.tool(name, [...bootstrap, ...args], { input, timeoutMs: 60_000 })
      if (result.code === 0) return
      throw new MillraceError('OUTPUT_FAILED', `${name} ended with ${result.code}\n${result.stderr}${result.stdout}`)
    },
  })
  const admin = ['--command-config', configPath]
  const consumer = ['--consumer.config', configPath, '--topic', topic, '--from-beginning', '--group', group]
  return [
    tool('kafka-topics', [...admin, '--create', '--topic', topic, '--partitions', '2']),
    tool('kafka-console-producer', ['--producer.config', configPath, '--topic', topic], 'one\ntwo\nthree\n'),
    tool('kafka-console-consumer', [...consumer, '--max-messages', '3']),
    tool('kafka-get-offsets', [...admin, '--topic', topic]),
    tool('kafka-consumer-groups', [...admin, '--describe', '--group', group]),
    tool('kafka-configs', [...admin, '--describe', '--entity-type', 'topics', '--entity-name', topic]),
    tool('kafka-log-dirs', [...admin, '--describe', '--topic-list', topic]),
    tool('kafka-topics', [...admin, '--describe', '--topic', topic]),
    tool('kafka-topics', [...admin, '--delete', '--topic', topic]),
  ]
}

export function kafkajsStep(kafka: KafkaCluster, user: { username: string; password: string }): Step {
  return { client: 'kafkajs', run: () => useKafkajs(kafka.bootstrap, user) }
}

async function useKafkajs(bootstrap: string, user: { username: string; password: string }): Promise<void> {
  const sasl = { mechanism: 'scram-sha-512' as const, ...user }
  const kafka = new Kafka({ brokers: [bootstrap], sasl, logLevel: logLevel.NOTHING })
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] })
  const producer = kafka.producer({ idempotent: true })
  await producer.connect()
  await producer.send({ topic, messages: [{ key: 'k', value: 'one' }, { value: 'two' }] })
  await producer.disconnect()
  await consumeTwo(kafka)
  await admin.fetchTopicOffsets(topic)
  await admin.fetchOffsets({ groupId: group, topics: [topic] })
  await admin.describeConfigs({ includeSynonyms: false, resources: [{ type: 2, name: topic }] })
  await admin.describeCluster()
  await admin.deleteTopics({ topics: [topic] })
  await admin.disconnect()
}

async function consumeTwo(kafka: Kafka): Promise<void> {
  const consumer = kafka.consumer({ groupId: group })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  let left = 2
  await new Promise<void>((resolve, reject) => {
    const eachMessage = async () => {
      left--
      if (left === 0) resolve()
    }
    consumer.run({ eachMessage }).catch(reject)
  })
  await consumer.disconnect()
}
