// kafkajs under test: https://kafka.js.org/docs/producing and /docs/consuming. It has no linger and no batches of its own, so
// `send` gets the batches that millrace has made; its consumer is always a member of a group.
import { randomUUID } from 'node:crypto'
import kafkajs, {
  type CompressionTypes,
  type Consumer,
  type EachBatchPayload,
  type Kafka,
  type KafkaConfig,
  type PartitionAssigner,
  type SASLOptions,
} from 'kafkajs'
import { type CodecName, codecs, decompress } from '../../wire/compression.ts'
import type { ClientSettings, SaslSettings } from '../../wire/settings.ts'
import { certificateOptions, usesSasl, usesTls } from '../../wire/transport.ts'
import type { ConsumerOpening, Driver, DriverConsumer, DriverProducer, ProducerOpening, RecordSink } from '../driver.ts'
import { stampHeaderName } from '../payload/stamp.ts'
import type { ConsumePlan } from '../plan.ts'
import { transactionalIdOf } from '../transactional-id.ts'
import type { Assignment } from '../worker/contract.ts'
import { Gate } from './gate.ts'
import { tokenOf } from './oauth.ts'
import { mapRecords } from './records.ts'
import { DriverTransactions } from './transactions.ts'

// A CommonJS module: Node does not find all of its names.
const { AssignerProtocol, CompressionCodecs, CompressionTypes: types, Kafka: KafkaClient, logLevel } = kafkajs

/** Until the delivery timeout, which is millrace's. */
const retriesMax = 2 ** 31 - 1
const autoCommitIntervalMs = 5_000

const compressionTypes: Readonly<Record<CodecName, CompressionTypes>> = {
  none: types.None,
  gzip: types.GZIP,
  snappy: types.Snappy,
  lz4: types.LZ4,
  zstd: types.ZSTD,
}

export const driver: Driver = { openProducer, openConsumer }

// ---- connection ----

function makeKafka(client: ClientSettings): Kafka {
  plugInCodecs()
  quietThrottleTimer()
  const tls = usesTls(client) ? { ssl: { ...certificateOptions(client.tls) } } : {}
  const sasl = usesSasl(client) && client.sasl !== undefined ? { sasl: saslOf(client.sasl) } : {}
  const config: KafkaConfig = {
    brokers: client.bootstrap.map(({ host, port }) => `${host}:${port}`),
    clientId: client.clientId,
    connectionTimeout: client.connectTimeoutMs,
    authenticationTimeout: client.connectTimeoutMs,
    requestTimeout: client.requestTimeoutMs,
    retry: {
      initialRetryTime: client.retryBackoffMs,
      maxRetryTime: client.reconnectBackoffMaxMs,
      retries: retriesMax,
    },
    logLevel: logLevel.NOTHING,
    ...tls,
    ...sasl,
  }
  return new KafkaClient(config)
}

function saslOf(sasl: SaslSettings): SASLOptions {
  if (sasl.mechanism === 'OAUTHBEARER') {
    const { token, extensions } = sasl
    const oauthBearerProvider = async () => ({ value: await tokenOf(token), ...(extensions && { extensions }) })
    return { mechanism: 'oauthbearer', oauthBearerProvider }
  }
  const { mechanism, username, password } = sasl
  const name = mechanism.toLowerCase() as 'plain' | 'scram-sha-256' | 'scram-sha-512'
  return { mechanism: name, username, password }
}

/** kafkajs brings gzip; for the others its documentation says to plug in a codec: these are millrace's own. */
function plugInCodecs(): void {
  for (const name of ['snappy', 'lz4', 'zstd'] as const) {
    const codecsByType = CompressionCodecs as unknown as Record<CompressionTypes, unknown>
    codecsByType[compressionTypes[name]] = () => ({
      compress: async ({ buffer }: { buffer: Buffer }) => codecs[name].compress(buffer),
      decompress: async (buffer: Buffer) => decompress(name, buffer),
    })
  }
}

let isQuiet = false

/** It sets its throttle timer to a moment that is over, of which Node warns once: in the middle of our output. */
function quietThrottleTimer(): void {
  if (isQuiet) return
  isQuiet = true
  const { emitWarning } = process
  process.emitWarning = (...args: unknown[]) => {
    const isIts = args[1] === 'TimeoutNegativeWarning' && new Error().stack?.includes('/kafkajs/src/network/')
    if (!isIts) Reflect.apply(emitWarning, process, args)
  }
}

// ---- producer ----

async function openProducer(opening: ProducerOpening): Promise<DriverProducer> {
  const { client, topic, plan } = opening
  const { transactions: planned } = plan
  const transactionalId = planned && transactionalIdOf(planned, opening.worker)
  const producer = makeKafka(client).producer({
    allowAutoTopicCreation: false,
    idempotent: plan.idempotent,
    maxInFlightRequests: plan.inFlightMax,
    metadataMaxAge: client.metadataMaxAgeMs,
    ...(transactionalId !== undefined && { transactionalId, transactionTimeout: planned!.timeoutMs }),
  })
  await producer.connect()
  const transactions = new DriverTransactions(() => producer.transaction())
  const { acks } = plan
  const compression = compressionTypes[plan.compression]
  const timeout = Math.min(client.requestTimeoutMs, plan.deliveryTimeoutMs)
  let timestampMs = -1
  let timestamp = ''
  /** Text in its interface; records of a batch share it. */
  const textOf = (ms: number) => {
    if (ms !== timestampMs) timestamp = String(ms)
    timestampMs = ms
    return timestamp
  }
  return {
    async send(batches) {
      const messages = batches.flatMap(batch => {
        const { partition } = batch
        return mapRecords(batch, (key, value, headers, ms) => {
          const message = { key, value, partition, timestamp: textOf(ms) }
          if (headers.length === 0) return message
          const named = headers.map(({ key: name, value: text }) => [name, text ?? undefined] as const)
          return { ...message, headers: Object.fromEntries(named) }
        })
      })
      const sender = transactionalId === undefined ? producer : await transactions.current
      await sender.send({ topic, acks, timeout, compression, messages })
    },
    endTransaction: how => transactions.end(how),
    close: () => producer.disconnect(),
  }
}

// ---- consumer ----

async function openConsumer(opening: ConsumerOpening): Promise<DriverConsumer> {
  const { client, topic, plan, assignments, sink } = opening
  const { group } = plan
  const consumer = makeKafka(client).consumer({
    groupId: group ?? `millrace-${randomUUID()}`,
    ...(group === undefined ? { partitionAssigners: [fixedAssigner(topic, assignments)] } : {}),
    minBytes: plan.fetchMinBytes,
    maxBytes: plan.fetchMaxBytes,
    maxBytesPerPartition: plan.partitionMaxBytes,
    maxWaitTimeInMs: plan.fetchMaxWaitMs,
    readUncommitted: plan.isolation === 'read_uncommitted',
    allowAutoTopicCreation: false,
    metadataMaxAge: client.metadataMaxAgeMs,
  })
  const gate = new Gate()
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: startsAtBeginning(plan) })
  const joined = Promise.withResolvers<void>()
  listen(consumer, opening, joined)
  await consumer.run({
    autoCommit: group !== undefined,
    autoCommitInterval: autoCommitIntervalMs,
    // As many as there are: each partition is handed over when it is there, and none waits for another.
    partitionsConsumedConcurrently: Math.max(1, assignments.length),
    eachBatchAutoResolve: false,
    eachBatch: async payload => {
      // Meanwhile others may join, and whoever sends no heartbeat is put out of the group.
      await gate.wait(() => payload.heartbeat())
      if (gate.isClosed) return
      handOver(payload, sink)
      payload.resolveOffset(payload.batch.lastOffset())
    },
  })
  await joined.promise
  return {
    start: () => gate.open(),
    async commit() {
      gate.close()
      // What it has read since its last own commit would be read again by the next member.
      if (group !== undefined) await commit(consumer, topic, sink)
    },
    close: () => consumer.disconnect(),
  }
}

const startsAtBeginning = ({ from }: ConsumePlan): boolean => from.kind === 'earliest'

function listen(
  consumer: Consumer,
  { topic, plan, assignments, sink, failed }: ConsumerOpening,
  joined: PromiseWithResolvers<void>,
): void {
  const { events } = consumer
  consumer.on(events.GROUP_JOIN, () => {
    // By hand: where to start. A member of a group starts where the group is.
    if (plan.group === undefined) {
      for (const { partition, startOffset } of assignments) {
        consumer.seek({ topic, partition, offset: String(startOffset) })
      }
    }
    joined.resolve()
  })
  consumer.on(events.CRASH, ({ payload }) => {
    // It starts anew by itself, and joins then: in a new cluster the first coordinator takes some seconds to load.
    if (payload.restart) return
    joined.reject(payload.error)
    failed(payload.error)
  })
  // Whoever waits for it may not have begun to.
  joined.promise.catch(() => {})
  consumer.on(events.REQUEST, ({ payload }) => {
    if (payload.apiName === 'Fetch') sink.fetched()
  })
  // Also for what it keeps to itself: markers of transactions, records of aborted ones.
  consumer.on(events.END_BATCH_PROCESS, ({ payload }) => {
    sink.reached(payload.partition, Number(payload.lastOffset) + 1, Number(payload.highWatermark))
  })
}

function handOver({ batch }: EachBatchPayload, sink: RecordSink): void {
  const { partition, messages } = batch
  sink.burst()
  for (const { offset, key, value, headers, timestamp } of messages) {
    const stamp = headers?.[stampHeaderName]
    const keyBytes = key === null ? 0 : key.length
    const timestampMs = sink.wantsTimestamps ? Number(timestamp) : 0
    sink.record(partition, Number(offset), keyBytes, value, stamp instanceof Buffer ? stamp : undefined, timestampMs)
  }
}

async function commit(consumer: Consumer, topic: string, sink: RecordSink): Promise<void> {
  const offsets = [...sink.positions].map(([partition, offset]) => ({ topic, partition, offset: String(offset) }))
  if (offsets.length > 0) await consumer.commitOffsets(offsets)
}

/** One member, which gets exactly these partitions: kafkajs knows no other way to choose them. */
const fixedAssigner =
  (topic: string, assignments: readonly Assignment[]): PartitionAssigner =>
  () => ({
    name: 'millrace-fixed',
    version: 0,
    assign: async ({ members }) =>
      members.map(({ memberId }) => ({
        memberId,
        memberAssignment: AssignerProtocol.MemberAssignment.encode({
          version: 0,
          assignment: { [topic]: assignments.map(({ partition }) => partition) },
          userData: Buffer.alloc(0),
        }),
      })),
    protocol: ({ topics }) => ({
      name: 'millrace-fixed',
      metadata: AssignerProtocol.MemberMetadata.encode({ version: 0, topics, userData: Buffer.alloc(0) }),
    }),
  })
