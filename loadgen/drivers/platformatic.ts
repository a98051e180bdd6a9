// @platformatic/kafka under test: https://github.com/platformatic/kafka. It has no linger and no batches of its own for `send`,
// which gets the batches that millrace has made; its consumer is always a member of a group, and hands over record by record.
import { randomUUID } from 'node:crypto'
import {
  type CompressionAlgorithmValue,
  Consumer,
  type ConsumerOptions,
  type GroupAssignment,
  type Message,
  type MessagesStream,
  MessagesStreamFallbackModes,
  MessagesStreamModes,
  Producer,
  type ProducerOptions,
} from '@platformatic/kafka'
import type { ClientSettings, SaslSettings } from '../../wire/settings.ts'
import { certificateOptions, usesSasl, usesTls } from '../../wire/transport.ts'
import type { ConsumerOpening, Driver, DriverConsumer, DriverProducer, ProducerOpening, RecordSink } from '../driver.ts'
import { stampHeaderName } from '../payload/stamp.ts'
import type { StartPlan } from '../plan.ts'
import { transactionalIdOf } from '../transactional-id.ts'
import type { Assignment } from '../worker/contract.ts'
import { tokenOf } from './oauth.ts'
import { mapRecords } from './records.ts'
import { DriverTransactions } from './transactions.ts'

/** Until the delivery timeout, which is millrace's. */
const retriesMax = 2 ** 31 - 1
const autocommitMs = 5_000
/** Records that its stream may hold: more than one answer brings. */
const highWaterMark = 100_000
/** Its sessions; the time that members of a group may take to come. */
const sessionTimeoutMs = 45_000

type Stream = MessagesStream<Buffer, Buffer, Buffer, Buffer>

export const driver: Driver = { openProducer, openConsumer }

function baseOptions(client: ClientSettings, worker: number) {
  const tls = usesTls(client) ? { tls: { ...certificateOptions(client.tls) }, tlsServerName: true } : {}
  const sasl = usesSasl(client) && client.sasl !== undefined ? { sasl: saslOf(client.sasl) } : {}
  return {
    clientId: `${client.clientId}-${worker}`,
    bootstrapBrokers: client.bootstrap.map(({ host, port }) => ({ host, port })),
    connectTimeout: client.connectTimeoutMs,
    requestTimeout: client.requestTimeoutMs,
    timeout: client.requestTimeoutMs,
    retries: retriesMax,
    retryDelay: client.retryBackoffMs,
    metadataMaxAge: client.metadataMaxAgeMs,
    autocreateTopics: false,
    ...tls,
    ...sasl,
  }
}

function saslOf(sasl: SaslSettings) {
  if (sasl.mechanism !== 'OAUTHBEARER') return sasl
  const { mechanism, token, extensions } = sasl
  return { mechanism, token: () => tokenOf(token), ...(extensions && { oauthBearerExtensions: { ...extensions } }) }
}

// ---- producer ----

async function openProducer(opening: ProducerOpening): Promise<DriverProducer> {
  const { client, topic, plan, worker } = opening
  const { transactions: planned } = plan
  const transactionalId = planned && transactionalIdOf(planned, opening.worker)
  const options: ProducerOptions<Buffer, Buffer, Buffer, Buffer> = {
    ...baseOptions(client, worker),
    idempotent: plan.idempotent,
    maxInflights: plan.inFlightMax,
    compression: plan.compression as CompressionAlgorithmValue,
    ...(transactionalId !== undefined && { transactionalId }),
  }
  const producer = new Producer<Buffer, Buffer, Buffer, Buffer>(options)
  const { acks } = plan
  const transactions = new DriverTransactions(() => producer.beginTransaction())
  let timestampMs = -1
  let timestamp = 0n
  /** A bigint in its interface; records of a batch share it. */
  const bigOf = (ms: number) => {
    if (ms !== timestampMs) timestamp = BigInt(ms)
    timestampMs = ms
    return timestamp
  }
  // So that a run does not begin with opening connections.
  await producer.metadata({ topics: [topic] })
  await producer.connectToBrokers()
  return {
    async send(batches) {
      const messages = batches.flatMap(batch => {
        const { partition } = batch
        return mapRecords(batch, (key, value, headers, ms) => ({
          topic,
          partition,
          timestamp: bigOf(ms),
          ...(key === null ? {} : { key }),
          ...(value === null ? {} : { value }),
          ...(headers.length === 0
            ? {}
            : { headers: new Map(headers.map(({ key: name, value: text }) => [Buffer.from(name), text ?? nothing])) }),
        }))
      })
      const sender = transactionalId === undefined ? producer : await transactions.current
      await sender.send({ messages, acks })
    },
    endTransaction: how => transactions.end(how),
    close: () => producer.close(true),
  }
}

const nothing = Buffer.alloc(0)

// ---- consumer ----

async function openConsumer(opening: ConsumerOpening): Promise<DriverConsumer> {
  const { client, topic, plan, assignments, worker } = opening
  const { group } = plan
  const options: ConsumerOptions<Buffer, Buffer, Buffer, Buffer> = {
    ...baseOptions(client, worker),
    groupId: group ?? `millrace-${randomUUID()}`,
    sessionTimeout: sessionTimeoutMs,
    rebalanceTimeout: sessionTimeoutMs,
    ...(group === undefined ? { partitionAssigner: fixedAssigner(topic, assignments) } : {}),
    autocommit: group === undefined ? false : autocommitMs,
    minBytes: plan.fetchMinBytes,
    maxBytes: plan.fetchMaxBytes,
    maxBytesPerPartition: plan.partitionMaxBytes,
    maxWaitTime: plan.fetchMaxWaitMs,
    isolationLevel: plan.isolation === 'read_committed' ? 1 : 0,
    highWaterMark,
  }
  const consumer = new Consumer<Buffer, Buffer, Buffer, Buffer>(options)
  consumer.topics.trackAll(topic)
  await consumer.joinGroup({})
  let stream: Stream | undefined
  const start = async () => {
    stream = await consumer.consume({ topics: [topic], ...startOf(plan.group, plan.from, topic, assignments) })
    listen(stream, opening)
  }
  return {
    start: () => void start().catch(opening.failed),
    async commit() {
      stream?.pause()
      if (group !== undefined) await commit(consumer, topic, opening.sink)
    },
    async close() {
      await stream?.close()
      await consumer.close(true)
    },
  }
}

async function commit(consumer: Consumer<Buffer, Buffer, Buffer, Buffer>, topic: string, sink: RecordSink) {
  const offsets = [...sink.positions].map(([partition, offset]) => ({
    topic,
    partition,
    offset: BigInt(offset),
    leaderEpoch: -1,
  }))
  if (offsets.length > 0) await consumer.commit({ offsets })
}

function startOf(group: string | undefined, from: StartPlan, topic: string, assignments: readonly Assignment[]) {
  if (group !== undefined) {
    const { EARLIEST, LATEST } = MessagesStreamFallbackModes
    return { mode: MessagesStreamModes.COMMITTED, fallbackMode: from.kind === 'latest' ? LATEST : EARLIEST } as const
  }
  const offsets = assignments.map(({ partition, startOffset }) => ({ topic, partition, offset: BigInt(startOffset) }))
  return { mode: MessagesStreamModes.MANUAL, offsets } as const
}

function listen(stream: Stream, { topic, sink, failed }: ConsumerOpening): void {
  stream.on('data', message => handOver(message, sink))
  stream.on('fetch', () => {
    sink.fetched()
    // Also what it keeps to itself, markers of transactions; but not what still lies in its buffer.
    if (stream.readableLength > 0) return
    for (const [key, offset] of stream.offsetsToFetch) {
      sink.reached(Number(key.slice(topic.length + 1)), Number(offset))
    }
  })
  stream.on('error', failed)
}

function handOver(
  { partition, offset, key, value, headers, timestamp }: Message<Buffer, Buffer, Buffer, Buffer>,
  sink: RecordSink,
): void {
  const timestampMs = sink.wantsTimestamps ? Number(timestamp) : 0
  sink.record(partition, Number(offset), key?.length ?? 0, value, stampIn(headers), timestampMs)
}

const stampName = Buffer.from(stampHeaderName)

/** Its headers are a map by buffers, which are equal only to themselves. */
function stampIn(headers: ReadonlyMap<Buffer, Buffer>): Buffer | undefined {
  if (headers.size === 0) return undefined
  for (const [name, text] of headers) if (stampName.equals(name)) return text
  return undefined
}

/** One member, which gets exactly these partitions: there is no other way to choose them. */
const fixedAssigner =
  (topic: string, assignments: readonly Assignment[]) => (_current: string, members: ReadonlyMap<string, unknown>) =>
    [...members.keys()].map(memberId => {
      const partitions = assignments.map(({ partition }) => partition)
      return { memberId, assignments: new Map<string, GroupAssignment>([[topic, { topic, partitions }]]) }
    })
