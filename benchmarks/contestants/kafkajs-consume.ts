// kafkajs as a consumer, as fast as its public API allows: whole batches, all partitions side by side, no commits. It
// does not check the CRC of what it reads.
import { randomUUID } from 'node:crypto'
import { Kafka, logLevel } from 'kafkajs'
import { consumeArguments, ReadCount } from './payload.ts'

const { bootstrap, topic, partitions, records, partitionBytes } = consumeArguments()
const kafka = new Kafka({ clientId: 'kafkajs', brokers: [bootstrap], logLevel: logLevel.ERROR })
const consumer = kafka.consumer({
  groupId: `kafkajs-${randomUUID()}`,
  maxBytesPerPartition: partitionBytes,
  maxBytes: partitionBytes * partitions,
})
const count = new ReadCount(records)
consumer.on(consumer.events.GROUP_JOIN, () => count.start())

await consumer.connect()
await consumer.subscribe({ topic, fromBeginning: true })
await consumer.run({
  autoCommit: false,
  partitionsConsumedConcurrently: partitions,
  eachBatchAutoResolve: true,
  eachBatch: async ({ batch }) => count.add(batch.messages.length),
})
await count.done
await consumer.disconnect()
