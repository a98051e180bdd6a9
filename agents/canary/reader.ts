// The reading half of the canary: from the end of each partition on, with one long fetch a broker for all partitions that it leads,
// so that no fetch waits behind another.
import { isMillraceError } from '../../core/errors.ts'
import { listOffsets } from '../../wire/admin.ts'
import { fetch } from '../../wire/apis/01-fetch.ts'
import type { Cluster } from '../../wire/cluster.ts'
import { kafkaCode, kafkaError } from '../../wire/error-codes.ts'
import { decodeBatches } from '../../wire/record-batch/decode.ts'
import type { ResponseOf } from '../../wire/schema.ts'
import type { CanaryBooks } from './books.ts'
import type { CanaryClock } from './canary.ts'
import { decodeProbe } from './probe-record.ts'
import { reasonOf } from './sender.ts'

/** A broker answers at once when there is a record; this is how long it may have nothing to say. */
const waitMaxMs = 500
const partitionMaxBytes = 256 * 1024

export interface ReaderDeps {
  readonly cluster: Cluster
  readonly topic: { readonly name: string; readonly id: string }
  readonly run: string
  readonly timeoutMs: number
  readonly books: CanaryBooks
  readonly clock: CanaryClock
}

type FetchedPartition = ResponseOf<typeof fetch>['responses'][number]['partitions'][number]

export class CanaryReader {
  readonly #deps: ReaderDeps
  readonly #positions = new Map<number, number>()

  constructor(deps: ReaderDeps) {
    this.#deps = deps
  }

  /** Next offset to read of each partition. */
  get positions(): ReadonlyMap<number, number> {
    return this.#positions
  }

  /** Where reading begins: before the first record is sent, so that none is missed. */
  async begin(partitions: readonly number[]): Promise<void> {
    const { cluster, topic } = this.#deps
    const missing = partitions.filter(partition => !this.#positions.has(partition))
    if (missing.length === 0) return
    for (const [partition, { offset }] of await listOffsets(cluster, topic.name, missing, 'latest'))
      this.#positions.set(partition, offset)
  }

  /** One fetch. Resolves to whether it worked: who has failed should wait before trying again. */
  async readOnce(broker: number, led: readonly number[]): Promise<boolean> {
    const { cluster, books } = this.#deps
    try {
      const answers = await this.#fetch(broker, led)
      const receivedMs = this.#deps.clock.nowMs()
      for (const answer of answers) await this.#take(broker, answer, receivedMs)
      return true
    } catch (error) {
      if (!isMillraceError(error)) throw error
      cluster.forget(error)
      books.fail('fetch', broker, reasonOf(error))
      return false
    }
  }

  async #fetch(broker: number, led: readonly number[]): Promise<readonly FetchedPartition[]> {
    const { cluster, topic, timeoutMs } = this.#deps
    const partitions = led
      .filter(partition => this.#positions.has(partition))
      .map(partition => ({ partition, fetchOffset: this.#positions.get(partition)!, partitionMaxBytes }))
    const topics = [{ topic: topic.name, topicId: topic.id, partitions }]
    const body = { maxWaitMs: waitMaxMs, minBytes: 1, sessionId: 0, topics, forgottenTopicsData: [], rackId: '' }
    const answer = await cluster.send({ broker }, fetch, body, { timeoutMs: timeoutMs + waitMaxMs })
    if (answer.errorCode !== undefined && answer.errorCode !== kafkaCode.NONE)
      throw kafkaError(answer.errorCode, `fetch of ${topic.name}`)
    return answer.responses[0]?.partitions ?? []
  }

  async #take(broker: number, answer: FetchedPartition, receivedMs: number): Promise<void> {
    const { partitionIndex: partition, errorCode, records } = answer
    const { topic, run, books } = this.#deps
    if (errorCode === kafkaCode.OFFSET_OUT_OF_RANGE) return this.#findBack(partition)
    if (errorCode !== kafkaCode.NONE) throw kafkaError(errorCode, `${topic.name}-${partition}`)
    let position = this.#positions.get(partition)!
    for (const batch of decodeBatches(records ?? Buffer.alloc(0))) {
      for (const { offset, value } of batch.control ? [] : batch.records) {
        const probe = offset < position ? undefined : decodeProbe(value)
        if (probe?.run !== run) continue
        const tookMs = books.ledger(partition).receive(probe.sequence, receivedMs)
        if (tookMs !== undefined) books.latencies(broker).endToEnd.observe(tookMs / 1000)
      }
      position = Math.max(position, batch.lastOffset + 1)
    }
    this.#moveTo(partition, position)
  }

  /** Deleted before it was read, or cut off by an election: on from where there is something. */
  async #findBack(partition: number): Promise<void> {
    const { cluster, topic } = this.#deps
    const endOf = async (end: 'earliest' | 'latest') =>
      (await listOffsets(cluster, topic.name, [partition], end)).get(partition)!.offset
    const start = await endOf('earliest')
    this.#moveTo(partition, this.#positions.get(partition)! < start ? start : await endOf('latest'))
  }

  #moveTo(partition: number, position: number): void {
    this.#positions.set(partition, position)
    this.#deps.books.ledger(partition).passTo(position)
  }
}
