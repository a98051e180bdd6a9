// Where handled records are written: batches by topic and partition, each sent when the one before it is answered. In transactions
// or without them; what is sent is waited for, so that offsets are committed behind it.
import { MillraceError } from '../../core/errors.ts'
import { initProducerId } from '../../wire/admin.ts'
import { produce } from '../../wire/apis/00-produce.ts'
import type { Cluster } from '../../wire/cluster.ts'
import { kafkaCode, kafkaError } from '../../wire/error-codes.ts'
import { buildBatch, type RecordInput } from '../../wire/record-batch/build.ts'
import { type Identity, TransactionalProducer } from '../../wire/transactions.ts'
import type { CompressionName } from '../plan.ts'

export interface OutputRecord {
  readonly topic: string
  readonly partition: number
  readonly record: RecordInput
}

export interface OutputSettings {
  readonly compression: CompressionName
  readonly deliveryTimeoutMs: number
  /** Absent: without transactions. */
  readonly transactional?: { readonly transactionalId: string; readonly timeoutMs: number }
}

/** As Kafka's own default for a batch is 16 KiB, and one for a request 1 MiB: a batch here is what lies between. */
const batchBytesMax = 256 * 1024

export class ProcessOutput {
  readonly transactional: TransactionalProducer | undefined
  readonly #cluster: Cluster
  readonly #settings: OutputSettings
  /** By topic and partition: the next sequence. */
  readonly #sequences = new Map<string, number>()
  readonly #announced = new Set<string>()
  #identity: Identity

  static async open(cluster: Cluster, settings: OutputSettings): Promise<ProcessOutput> {
    const transactional = settings.transactional && (await TransactionalProducer.open(cluster, settings.transactional))
    const identity = transactional?.identity ?? (await initProducerId(cluster))
    return new ProcessOutput(cluster, settings, transactional, identity)
  }

  private constructor(
    cluster: Cluster,
    settings: OutputSettings,
    transactional: TransactionalProducer | undefined,
    identity: Identity,
  ) {
    this.#cluster = cluster
    this.#settings = settings
    this.transactional = transactional
    this.#identity = identity
  }

  /** Resolves when all of it is acknowledged. */
  async send(records: readonly OutputRecord[]): Promise<void> {
    this.#takeIdentity()
    const byPartition = Map.groupBy(records, ({ topic, partition }) => `${topic} ${partition}`)
    for (const of of byPartition.values()) await this.#announce(of[0]!)
    const sent = await Promise.allSettled([...byPartition.values()].map(of => this.#sendAll(of)))
    const failed = sent.find(each => each.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }

  /** With a new identity brokers count anew; so they do after an abort, for batches that never arrived. */
  #takeIdentity(): void {
    const identity = this.transactional?.identity ?? this.#identity
    if (identity !== this.#identity) this.#sequences.clear()
    this.#identity = identity
  }

  /** The transaction is over: partitions are to be announced again. */
  ended(): void {
    this.#announced.clear()
  }

  async #announce({ topic, partition }: OutputRecord): Promise<void> {
    const key = `${topic} ${partition}`
    if (this.transactional?.announces !== true || this.#announced.has(key)) return
    this.#announced.add(key)
    await this.transactional.addPartitions(topic, [partition])
  }

  async #sendAll(records: readonly OutputRecord[]): Promise<void> {
    for (let next = 0; next < records.length; ) {
      let bytes = 0
      let end = next
      for (; end < records.length && (end === next || bytes < batchBytesMax); end++)
        bytes += bytesOf(records[end]!.record)
      await this.#sendBatch(records.slice(next, end))
      next = end
    }
  }

  async #sendBatch(batch: readonly OutputRecord[]): Promise<void> {
    const { topic, partition } = batch[0]!
    const key = `${topic} ${partition}`
    const baseSequence = this.#sequences.get(key) ?? 0
    this.#sequences.set(key, (baseSequence + batch.length) % 2 ** 31)
    const records = buildBatch({
      records: batch.map(({ record }) => record),
      codec: this.#settings.compression,
      ...{ ...this.#identity, baseSequence, transactional: this.transactional !== undefined },
    })
    await this.#cluster.retry(leftMs => this.#tryOnce(topic, partition, records, leftMs), {
      timeoutMs: this.#settings.deliveryTimeoutMs,
    })
  }

  async #tryOnce(topic: string, partition: number, records: Buffer, leftMs: number): Promise<void> {
    const { requestTimeoutMs } = this.#cluster.settings
    const { id: topicId } = await this.#cluster.topic(topic)
    const body = {
      ...{ transactionalId: this.transactional?.transactionalId ?? null, acks: -1, timeoutMs: requestTimeoutMs },
      topicData: [{ name: topic, topicId, partitionData: [{ index: partition, records }] }],
    }
    const versionMax = this.transactional?.produceVersionMax
    const { responses } = await this.#cluster.send({ leader: { topic, partition } }, produce, body, {
      timeoutMs: Math.min(leftMs, requestTimeoutMs),
      ...(versionMax === undefined ? {} : { versionMax }),
    })
    const where = `topic '${topic}' partition ${partition}`
    const answer = responses[0]?.partitionResponses[0]
    if (answer === undefined) throw new MillraceError('FRAME_CORRUPT', `produce response without ${where}`)
    // A duplicate is stored: by an attempt whose answer was lost.
    if (answer.errorCode === kafkaCode.NONE || answer.errorCode === kafkaCode.DUPLICATE_SEQUENCE_NUMBER) return
    throw kafkaError(answer.errorCode, where, answer.errorMessage)
  }
}

const bytesOf = ({ key, value }: RecordInput): number => (key?.length ?? 0) + (value?.length ?? 0)
