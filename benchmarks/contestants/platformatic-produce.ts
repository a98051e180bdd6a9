// @platformatic/kafka as a producer, as fast as its public API allows: batches of records for one partition a send,
// several sends in flight, buffers as they are (no serializers), its native CRC.
import { Producer } from '@platformatic/kafka'
import { produceArguments, produceFor } from './payload.ts'

const settings = produceArguments()
const { topic, acks } = settings
const producer = new Producer<Buffer, Buffer, Buffer, Buffer>({
  clientId: 'platformatic',
  bootstrapBrokers: [settings.bootstrap],
  autocreateTopics: false,
  maxInflights: settings.sendsInFlight,
  idempotent: settings.idempotent,
})

await produceFor(settings, (partition, values) =>
  producer.send({ acks, messages: values.map(value => ({ topic, partition, value })) }),
)
await producer.close()
