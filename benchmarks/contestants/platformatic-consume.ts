// @platformatic/kafka as a consumer, as fast as its public API allows: the stream's data events (a for-await loop is
// slower), buffers as they are, no commits. It does not check the CRC of what it reads.
import { randomUUID } from 'node:crypto'
import { Consumer, MessagesStreamModes } from '@platformatic/kafka'
import { consumeArguments, ReadCount } from './payload.ts'

const { bootstrap, topic, partitions, records, partitionBytes } = consumeArguments()
const consumer = new Consumer<Buffer, Buffer, Buffer, Buffer>({
  clientId: 'platformatic',
  groupId: `platformatic-${randomUUID()}`,
  bootstrapBrokers: [bootstrap],
  autocommit: false,
})
const count = new ReadCount(records)
consumer.once('consumer:group:join', () => count.start())
const stream = await consumer.consume({
  topics: [topic],
  mode: MessagesStreamModes.EARLIEST,
  maxBytes: partitionBytes * partitions,
  maxBytesPerPartition: partitionBytes,
  highWaterMark: 100_000,
})
stream.on('data', () => count.add(1))
await count.done
await stream.close()
await consumer.close(true)
