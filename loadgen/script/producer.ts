// A producer for scripts: messages of all VUs of a thread, in batches by partition. A batch leaves when the one before it of its
// partition is answered, so order is kept, and calls that come meanwhile share the next one. In transactions a VU has one of its
// own, whose records are of the transaction that is open.
import { isMillraceError, MillraceError } from '../../core/errors.ts'
import { initProducerId, type ProducerIdentity } from '../../wire/admin.ts'
import { produce } from '../../wire/apis/00-produce.ts'
import type { Cluster } from '../../wire/cluster.ts'
import { kafkaCode, kafkaError } from '../../wire/error-codes.ts'
import { buildBatch, type RecordInput } from '../../wire/record-batch/build.ts'
import { noProducer } from '../../wire/record-batch/constants.ts'
import type { TransactionalProducer } from '../../wire/transactions.ts'
import { murmur2, partitionOf } from '../payload/murmur2.ts'
import type { ProducePlan } from '../plan.ts'
import type { Data, Message, ProducedMessage } from './kafka.ts'

interface Waiting {
  readonly record: RecordInput
  readonly bytes: number
  resolve(sent: Sent): void
  reject(error: unknown): void
}

export interface Sent extends ProducedMessage {
  readonly bytes: number
}

/** A partition and what waits for it. */
interface Lane {
  readonly topic: string
  readonly topicId: string
  readonly partition: number
  readonly waiting: Waiting[]
  sequence: number
  sending: Promise<void> | undefined
}

/** Batches of more records than this are not made: JavaScript builds them one by one. */
const batchRecordsMax = 10_000

export class ScriptProducer {
  readonly #cluster: Cluster
  readonly #plan: ProducePlan
  readonly #lanes = new Map<string, Lane>()
  readonly #transactional: TransactionalProducer | undefined
  readonly #announced = new Set<Lane>()
  #identity: Promise<ProducerIdentity>
  #turn = 0
  #isClosed = false
  /** In the transaction that is open a batch was sent. */
  hasWritten = false

  constructor(cluster: Cluster, plan: ProducePlan, transactional?: TransactionalProducer) {
    this.#cluster = cluster
    this.#plan = plan
    this.#transactional = transactional
    const none = { producerId: noProducer as number, producerEpoch: noProducer as number }
    this.#identity = plan.idempotent && transactional === undefined ? initProducerId(cluster) : Promise.resolve(none)
    this.#identity.catch(() => {})
  }

  /** What is sent from now on is of the next transaction. Nothing of the one before is on its way any more. */
  async beginTransaction(): Promise<void> {
    const before = await this.#identity
    const identity = this.#transactional!.identity
    // Brokers count anew for a new identity.
    if (identity !== before) for (const lane of this.#lanes.values()) lane.sequence = 0
    this.#identity = Promise.resolve(identity)
    this.#announced.clear()
    this.hasWritten = false
  }

  async send(topic: string, message: Message): Promise<Sent> {
    const found = await this.#cluster.topic(topic)
    if (this.#isClosed) throw new MillraceError('SENDS_FAILED', 'the producer is closed')
    const key = bufferOf(message.key ?? null)
    const value = bufferOf(message.value)
    const partition = message.partition ?? this.#partitionOf(key, found.partitions.length)
    const headers = Object.entries(message.headers ?? {})
    const record: RecordInput = {
      key,
      value,
      timestampMs: Math.floor(message.timestamp ?? performance.timeOrigin + performance.now()),
      headers: headers.map(([name, text]) => ({ key: name, value: bufferOf(text) })),
    }
    const bytes = (key?.length ?? 0) + (value?.length ?? 0)
    return new Promise((resolve, reject) => {
      const lane = this.#laneOf(topic, found.id, partition)
      lane.waiting.push({ record, bytes, resolve, reject })
      lane.sending ??= this.#sendAll(lane)
    })
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all([...this.#lanes.values()].map(({ sending }) => sending))
  }

  #partitionOf(key: Buffer | null, partitions: number): number {
    if (key === null) return this.#turn++ % partitions
    const view = new DataView(key.buffer, key.byteOffset, key.byteLength)
    return partitionOf(murmur2(view, 0, key.length), partitions)
  }

  #laneOf(topic: string, topicId: string, partition: number): Lane {
    const name = `${topic} ${partition}`
    const known = this.#lanes.get(name)
    if (known !== undefined) return known
    const lane: Lane = { topic, topicId, partition, waiting: [], sequence: 0, sending: undefined }
    this.#lanes.set(name, lane)
    return lane
  }

  async #sendAll(lane: Lane): Promise<void> {
    // What is said in this turn of the event loop goes together.
    await new Promise(resolve => setImmediate(resolve))
    while (lane.waiting.length > 0) {
      const batch = this.#nextBatch(lane)
      try {
        const baseOffset = await this.#sendBatch(lane, batch)
        for (const [index, { bytes, resolve }] of batch.entries()) {
          const offset = baseOffset < 0 ? -1 : baseOffset + index
          resolve({ topic: lane.topic, partition: lane.partition, offset, bytes })
        }
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    lane.sending = undefined
  }

  /** With the first protocol of transactions a partition is announced before it is written to. */
  async #announce(lane: Lane): Promise<void> {
    if (this.#transactional?.announces !== true || this.#announced.has(lane)) return
    await this.#transactional.addPartitions(lane.topic, [lane.partition])
    this.#announced.add(lane)
  }

  #nextBatch({ waiting }: Lane): Waiting[] {
    let bytes = 0
    let count = 0
    while (count < waiting.length && count < batchRecordsMax) {
      bytes += waiting[count]!.bytes
      if (count > 0 && bytes > this.#plan.batchBytes) break
      count++
    }
    return waiting.splice(0, count)
  }

  async #sendBatch(lane: Lane, batch: readonly Waiting[]): Promise<number> {
    const { compression, deliveryTimeoutMs } = this.#plan
    const acks = this.#transactional === undefined ? this.#plan.acks : -1
    const { producerId, producerEpoch } = await this.#identity
    await this.#announce(lane)
    this.hasWritten = true
    const baseSequence = producerId === noProducer ? noProducer : lane.sequence
    lane.sequence += batch.length
    const records = buildBatch({
      records: batch.map(({ record }) => record),
      codec: compression,
      ...{ producerId, producerEpoch, baseSequence, transactional: this.#transactional !== undefined },
    })
    const { topic, topicId, partition } = lane
    const partitionData = [{ index: partition, records }]
    // Without an answer nothing would be known of the request's fate: acks 0 is sent as 1, and its answer not waited for.
    const body = {
      acks: acks === 0 ? 1 : acks,
      timeoutMs: this.#cluster.settings.requestTimeoutMs,
      transactionalId: this.#transactional?.transactionalId ?? null,
    }
    const request = { ...body, topicData: [{ name: topic, topicId, partitionData }] }
    const where = `topic '${topic}' partition ${partition}`
    let offset = -1
    const versionMax = this.#transactional?.produceVersionMax
    const sent = this.#cluster.sendWithRetry({ leader: { topic, partition } }, produce, request, {
      timeoutMs: deliveryTimeoutMs,
      ...(versionMax === undefined ? {} : { versionMax }),
      check: ({ responses }) => {
        const answer = responses[0]?.partitionResponses[0]
        if (answer === undefined) throw new MillraceError('FRAME_CORRUPT', `produce response without ${where}`)
        offset = answer.baseOffset
        // It is stored: an attempt before this one was, whose answer was lost.
        if (answer.errorCode === kafkaCode.NONE || answer.errorCode === kafkaCode.DUPLICATE_SEQUENCE_NUMBER) return
        throw kafkaError(answer.errorCode, where, answer.errorMessage)
      },
    })
    if (acks === 0) {
      sent.catch(error => {
        if (!isMillraceError(error)) throw error
      })
      return -1
    }
    await sent
    return offset
  }
}

function bufferOf(data: Data): Buffer | null {
  if (data === null) return null
  if (typeof data === 'string') return Buffer.from(data)
  if (data instanceof Uint8Array) return Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  return Buffer.from(JSON.stringify(data))
}
