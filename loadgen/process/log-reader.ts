// Reads partitions record by record: for consumers that handle each of them, and for the proof at the end. Not for the data plane.
import { listOffsets } from '../../wire/admin.ts'
import { fetch } from '../../wire/apis/01-fetch.ts'
import type { Cluster } from '../../wire/cluster.ts'
import { kafkaCode, kafkaError } from '../../wire/error-codes.ts'
import type { BatchRecord } from '../../wire/record-batch/decode.ts'
import { seenBatches } from '../../wire/record-batch/visible.ts'
import type { ResponseOf } from '../../wire/schema.ts'
import type { ConsumePlan } from '../plan.ts'

export interface ReadRecord extends BatchRecord {
  readonly partition: number
  readonly isAborted: boolean
}

export interface ReadPart {
  readonly partition: number
  /** Aborted ones among them, markers not. */
  readonly records: readonly ReadRecord[]
  /** Where the next fetch begins. */
  readonly nextOffset: number
}

export type LogReaderPlan = Pick<
  ConsumePlan,
  'isolation' | 'verifyCrc' | 'fetchMinBytes' | 'fetchMaxBytes' | 'partitionMaxBytes'
>

type PartitionAnswer = ResponseOf<typeof fetch>['responses'][number]['partitions'][number]

export class LogReader {
  readonly #cluster: Cluster
  readonly #topic: string
  readonly #plan: LogReaderPlan

  constructor(cluster: Cluster, topic: string, plan: LogReaderPlan) {
    this.#cluster = cluster
    this.#topic = topic
    this.#plan = plan
  }

  /** What there is from these offsets on, of all leaders; a leader without news is waited for up to `waitMs`. */
  async read(positions: ReadonlyMap<number, number>, waitMs: number): Promise<ReadPart[]> {
    const found = await this.#cluster.topic(this.#topic)
    const leaderOf = (partition: number) => found.partitions.find(({ index }) => index === partition)?.leader ?? -1
    const byLeader = Map.groupBy(positions.keys(), leaderOf)
    const asked = [...byLeader].flatMap(([leader, partitions]) =>
      leader < 0 ? [] : [this.#ask(leader, found.id, partitions, positions, waitMs)],
    )
    // Without any leader there is nothing to wait for at the brokers.
    if (asked.length === 0) await this.#cluster.topic(this.#topic, { allowCached: false })
    const answers = (await Promise.all(asked)).flat()
    return (await Promise.all(answers.map(answer => this.#take(answer, positions)))).flat()
  }

  async #ask(
    broker: number,
    topicId: string,
    partitions: readonly number[],
    positions: ReadonlyMap<number, number>,
    waitMs: number,
  ): Promise<readonly PartitionAnswer[]> {
    const { isolation, fetchMinBytes, fetchMaxBytes, partitionMaxBytes } = this.#plan
    const wanted = partitions.map(partition => ({
      ...{ partition, fetchOffset: positions.get(partition)!, partitionMaxBytes },
    }))
    const body = {
      ...{ maxWaitMs: Math.ceil(waitMs), minBytes: fetchMinBytes, maxBytes: fetchMaxBytes },
      isolationLevel: isolation === 'read_committed' ? 1 : 0,
      topics: [{ topic: this.#topic, topicId, partitions: wanted }],
    }
    const answer = await this.#cluster.sendWithRetry({ broker }, fetch, body)
    return answer.responses[0]?.partitions ?? []
  }

  async #take(answer: PartitionAnswer, positions: ReadonlyMap<number, number>): Promise<ReadPart[]> {
    const { partitionIndex: partition, errorCode } = answer
    const from = positions.get(partition)!
    if (errorCode === kafkaCode.OFFSET_OUT_OF_RANGE) {
      const first = await listOffsets(this.#cluster, this.#topic, [partition], 'earliest')
      return [{ partition, records: [], nextOffset: first.get(partition)!.offset }]
    }
    if (errorCode !== kafkaCode.NONE) {
      const error = kafkaError(errorCode, `topic '${this.#topic}' partition ${partition}`)
      if (!error.retriable) throw error
      await this.#cluster.topic(this.#topic, { allowCached: false })
      return []
    }
    if (answer.records === null) return []
    const records: ReadRecord[] = []
    let nextOffset = from
    for (const batch of seenBatches(answer.records, answer.abortedTransactions, this.#plan)) {
      const { isAborted } = batch
      nextOffset = Math.max(nextOffset, batch.lastOffset + 1)
      if (batch.control) continue
      for (const record of batch.records) if (record.offset >= from) records.push({ ...record, partition, isAborted })
    }
    return [{ partition, records, nextOffset }]
  }
}
