// @confluentinc/kafka-javascript under test: librdkafka behind an interface made after kafkajs's
// (https://github.com/confluentinc/confluent-kafka-javascript). It batches by itself, so it gets --linger-ms and --batch-bytes,
// and records are handed to it as they are made. The package is optional and has native parts: confluent.ts loads it, and what is
// used of it is described here.
import { randomUUID } from 'node:crypto'
import { configError } from '../../core/errors.ts'
import type { ClientSettings, SaslSettings, TlsSettings } from '../../wire/settings.ts'
import { usesSasl, usesTls } from '../../wire/transport.ts'
import type { ConsumerOpening, Driver, DriverConsumer, DriverProducer, ProducerOpening, RecordSink } from '../driver.ts'
import { stampHeaderName } from '../payload/stamp.ts'
import { transactionalIdOf } from '../transactional-id.ts'
import { Gate } from './gate.ts'
import { mapRecords } from './records.ts'
import { type DriverTransaction, DriverTransactions } from './transactions.ts'

type Properties = Record<string, string | number | boolean | object>

interface Headers {
  readonly [name: string]: Buffer | string | readonly (Buffer | string)[] | undefined
}

interface Batch {
  readonly partition: number
  readonly highWatermark: string
  readonly messages: readonly {
    readonly offset: string
    readonly key: Buffer | null
    readonly value: Buffer | null
    readonly headers?: Headers
    readonly timestamp: string
  }[]
  lastOffset(): string
}

interface TopicPartition {
  readonly topic: string
  readonly partition: number
  readonly offset?: number
}

export interface ConfluentKafka {
  producer(config: Properties): {
    connect(): Promise<void>
    send(record: { topic: string; messages: readonly object[] }): Promise<unknown>
    transaction(): Promise<
      DriverTransaction & { send(record: { topic: string; messages: readonly object[] }): Promise<unknown> }
    >
    disconnect(): Promise<void>
  }
  consumer(config: Properties): {
    connect(): Promise<void>
    subscribe(subscription: { topics: readonly string[] }): Promise<void>
    run(config: {
      eachBatchAutoResolve: boolean
      partitionsConsumedConcurrently: number
      eachBatch: (payload: { batch: Batch; resolveOffset(offset: string): void }) => Promise<void>
    }): Promise<void>
    commitOffsets(offsets: readonly { topic: string; partition: number; offset: string }[]): Promise<void>
    disconnect(): Promise<void>
  }
}

interface Rebalancing {
  assign(assignment: readonly TopicPartition[]): void
}

export interface ConfluentPackage {
  readonly KafkaJS: {
    readonly Kafka: new (config: Properties) => ConfluentKafka
    readonly ErrorCodes: { readonly ERR__ASSIGN_PARTITIONS: number }
  }
}

const sessionTimeoutMs = 45_000
const autoCommitIntervalMs = 5_000
/** Records that one call hands over at most: its default of 32 is for work that takes its time. */
const batchRecordsMax = -1
/** librdkafka counts messages as well; only bytes are to bound a batch. */
const messagesMax = 1_000_000
const kib = 1024

/** With the package as it is installed; tests bring one of their own. */
export function confluentDriver({ KafkaJS }: ConfluentPackage): Driver {
  return {
    openProducer: opening => openProducer(new KafkaJS.Kafka(connectionOf(opening.client)), opening),
    openConsumer: opening => openConsumer(KafkaJS, opening),
  }
}

// ---- connection: librdkafka's own names ----

function connectionOf(client: ClientSettings): Properties {
  return {
    'bootstrap.servers': client.bootstrap.map(({ host, port }) => `${host}:${port}`).join(','),
    'client.id': client.clientId,
    'security.protocol': client.securityProtocol.toLowerCase(),
    'socket.connection.setup.timeout.ms': Math.max(1_000, client.connectTimeoutMs),
    'socket.timeout.ms': client.requestTimeoutMs,
    'reconnect.backoff.ms': client.reconnectBackoffMs,
    'reconnect.backoff.max.ms': client.reconnectBackoffMaxMs,
    'retry.backoff.ms': client.retryBackoffMs,
    'metadata.max.age.ms': client.metadataMaxAgeMs,
    log_level: 0,
    ...(usesTls(client) ? tlsOf(client.tls) : {}),
    ...(usesSasl(client) && client.sasl !== undefined ? saslOf(client.sasl) : {}),
  }
}

function tlsOf(tls: TlsSettings | undefined): Properties {
  if (tls === undefined) return {}
  const { caPem, certificatePem, keyPem, keyPassphrase, verifyHostname } = tls
  return {
    ...(caPem === undefined ? {} : { 'ssl.ca.pem': caPem }),
    ...(certificatePem === undefined ? {} : { 'ssl.certificate.pem': certificatePem }),
    ...(keyPem === undefined ? {} : { 'ssl.key.pem': keyPem }),
    ...(keyPassphrase === undefined ? {} : { 'ssl.key.password': keyPassphrase }),
    'ssl.endpoint.identification.algorithm': verifyHostname ? 'https' : 'none',
  }
}

function saslOf(sasl: SaslSettings): Properties {
  if (sasl.mechanism === 'OAUTHBEARER') {
    const message = 'OAUTHBEARER is not supported with --client confluent: use PLAIN, SCRAM or TLS certificates'
    throw configError([{ path: 'sasl.mechanism', message }])
  }
  const { mechanism, username, password } = sasl
  return { 'sasl.mechanisms': mechanism, 'sasl.username': username, 'sasl.password': password }
}

// ---- producer ----

async function openProducer(kafka: ConfluentKafka, opening: ProducerOpening): Promise<DriverProducer> {
  const { client, topic, plan } = opening
  const { transactions: planned } = plan
  const transactionalId = planned && transactionalIdOf(planned, opening.worker)
  const producer = kafka.producer({
    acks: plan.acks,
    'enable.idempotence': plan.idempotent,
    'compression.type': plan.compression,
    'batch.size': plan.batchBytes,
    'batch.num.messages': messagesMax,
    'linger.ms': plan.lingerMs,
    'max.in.flight.requests.per.connection': plan.inFlightMax,
    'queue.buffering.max.kbytes': Math.max(1, Math.ceil(plan.bufferBytes / kib)),
    'queue.buffering.max.messages': 0,
    'message.max.bytes': Math.max(1_000, plan.batchBytes + 1_000),
    'request.timeout.ms': Math.min(client.requestTimeoutMs, plan.deliveryTimeoutMs),
    'delivery.timeout.ms': plan.deliveryTimeoutMs,
    'allow.auto.create.topics': false,
    ...(transactionalId !== undefined && {
      'transactional.id': transactionalId,
      'transaction.timeout.ms': planned!.timeoutMs,
    }),
  })
  await producer.connect()
  const transactions = new DriverTransactions(() => producer.transaction())
  return {
    async send(batches) {
      const messages = batches.flatMap(batch => {
        const { partition } = batch
        return mapRecords(batch, (key, value, headers, timestamp) => {
          const message = { key, value, partition, timestamp }
          if (headers.length === 0) return message
          const named = headers.map(({ key: name, value: text }) => [name, text ?? ''] as const)
          return { ...message, headers: Object.fromEntries(named) }
        })
      })
      const sender = transactionalId === undefined ? producer : await transactions.current
      await sender.send({ topic, messages })
    },
    endTransaction: how => transactions.end(how),
    close: () => producer.disconnect(),
  }
}

// ---- consumer ----

async function openConsumer(
  { Kafka, ErrorCodes }: ConfluentPackage['KafkaJS'],
  opening: ConsumerOpening,
): Promise<DriverConsumer> {
  const { client, topic, plan, assignments, sink } = opening
  const { group } = plan
  const joined = Promise.withResolvers<void>()
  const byHand = assignments.map(({ partition, startOffset }) => ({ topic, partition, offset: startOffset }))
  const consumer = new Kafka(connectionOf(client)).consumer({
    'group.id': group ?? `millrace-${randomUUID()}`,
    'session.timeout.ms': sessionTimeoutMs,
    'auto.offset.reset': plan.from.kind === 'latest' ? 'latest' : 'earliest',
    'enable.auto.commit': group !== undefined,
    'auto.commit.interval.ms': autoCommitIntervalMs,
    'isolation.level': plan.isolation,
    'check.crcs': plan.verifyCrc,
    'fetch.min.bytes': plan.fetchMinBytes,
    'fetch.max.bytes': plan.fetchMaxBytes,
    'fetch.wait.max.ms': plan.fetchMaxWaitMs,
    'max.partition.fetch.bytes': plan.partitionMaxBytes,
    'allow.auto.create.topics': false,
    'js.consumer.max.batch.size': batchRecordsMax,
    rebalance_cb: (event: { readonly code: number }, _assignment: readonly TopicPartition[], how: Rebalancing) => {
      if (event.code !== ErrorCodes.ERR__ASSIGN_PARTITIONS) return
      // Without a group of the user's: one member, which takes exactly these partitions, whatever it was given.
      if (group === undefined) how.assign(byHand)
      joined.resolve()
    },
  })
  const gate = new Gate()
  await consumer.connect()
  await consumer.subscribe({ topics: [topic] })
  await consumer.run({
    eachBatchAutoResolve: false,
    partitionsConsumedConcurrently: Math.max(1, assignments.length),
    eachBatch: async ({ batch, resolveOffset }) => {
      await gate.opened
      if (gate.isClosed) return
      handOver(batch, sink)
      resolveOffset(batch.lastOffset())
    },
  })
  await joined.promise
  return {
    start: () => gate.open(),
    async commit() {
      gate.close()
      const offsets = [...sink.positions].map(([partition, offset]) => ({ topic, partition, offset: String(offset) }))
      if (group !== undefined && offsets.length > 0) await consumer.commitOffsets(offsets)
    },
    close() {
      // A call that waits for the beginning of the run would keep the client from leaving.
      gate.close()
      return consumer.disconnect()
    },
  }
}

function handOver(batch: Batch, sink: RecordSink): void {
  const { partition, messages, highWatermark } = batch
  sink.burst()
  for (const { offset, key, value, headers, timestamp } of messages) {
    const timestampMs = sink.wantsTimestamps ? Number(timestamp) : 0
    const stamp = headers?.[stampHeaderName]
    const bytes = stamp instanceof Buffer ? stamp : undefined
    sink.record(partition, Number(offset), key?.length ?? 0, value, bytes, timestampMs)
  }
  const end = Number(highWatermark)
  sink.reached(partition, Number(batch.lastOffset()) + 1, ...(end >= 0 ? [end] : []))
}
