// kafkajs as a producer, as fast as its public API allows: batches of records for one partition a send, several sends in
// flight, no compression, its own partitioner out of the way.
import { Kafka, logLevel } from 'kafkajs'
import { produceArguments, produceFor } from './payload.ts'

const settings = produceArguments()
const kafka = new Kafka({ clientId: 'kafkajs', brokers: [settings.bootstrap], logLevel: logLevel.ERROR })
const producer = kafka.producer({
  allowAutoTopicCreation: false,
  idempotent: settings.idempotent,
  maxInFlightRequests: settings.sendsInFlight,
})
const { topic, acks } = settings

await producer.connect()
await produceFor(settings, (partition, values) =>
  producer.send({ topic, acks, messages: values.map(value => ({ value, partition })) }),
)
await producer.disconnect()
