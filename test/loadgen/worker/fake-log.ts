// Brokers in memory, as far as a consumer can tell: partitions with leaders, logs made of real record batches, and fetches
// that wait for records. What a broker refuses or loses is said by the test.

import { MillraceError } from '../../../core/errors.ts'
import type { FetchConnection } from '../../../loadgen/worker/leader-connections.ts'
import type { fetch } from '../../../wire/apis/01-fetch.ts'
import { kafkaCode } from '../../../wire/error-codes.ts'
import { type BatchInput, buildBatch } from '../../../wire/record-batch/build.ts'
import { at } from '../../../wire/record-batch/constants.ts'
import type { RequestOf } from '../../../wire/schema.ts'

type Body = RequestOf<typeof fetch>

interface Aborted {
  readonly producerId: number
  readonly firstOffset: number
}

interface Partition {
  leader: number
  startOffset: number
  batches: Buffer[]
  aborted: Aborted[]
}

export interface Asked {
  readonly brokerId: number
  readonly partition: number
  readonly offset: number
}

export class FakeLog {
  readonly partitions: Partition[]
  readonly asked: Asked[] = []
  readonly connections: FakeFetchConnection[] = []
  fetches = 0
  released = 0
  latencyMs = 1
  /** Bytes of one partition in one answer; batches are cut there. */
  partitionBytesMax = 1_000
  /** An error code instead of records. */
  refuse: (asked: Asked) => number = () => 0
  /** An error code of the whole answer, or 'lost'. */
  refuseAll: (brokerId: number) => number | 'lost' = () => 0
  refuseConnection: (brokerId: number) => MillraceError | undefined = () => undefined
  connectMs = 1

  constructor(leaders: readonly number[]) {
    this.partitions = leaders.map(leader => ({ leader, startOffset: 0, batches: [], aborted: [] }))
  }

  get leaders(): number[] {
    return this.partitions.map(({ leader }) => leader)
  }

  endOffset(partition: number): number {
    const last = this.partitions[partition]!.batches.at(-1)
    return last === undefined ? this.partitions[partition]!.startOffset : lastOffsetOf(last) + 1
  }

  /** A batch of so many records at the end of the log; each value is its offset in text. */
  append(partition: number, records: number, input: Partial<BatchInput> = {}): void {
    const baseOffset = input.baseOffset ?? this.endOffset(partition)
    const values = Array.from({ length: records }, (_, index) => ({
      key: null,
      value: Buffer.from(String(baseOffset + index)),
      timestampMs: 1_000,
    }))
    this.appendBatch(partition, buildBatch({ records: values, ...input, baseOffset }))
  }

  appendBatch(partition: number, batch: Buffer): void {
    this.partitions[partition]!.batches.push(batch)
  }

  async connect(brokerId: number): Promise<FetchConnection> {
    await new Promise(resolve => setTimeout(resolve, this.connectMs))
    const refused = this.refuseConnection(brokerId)
    if (refused !== undefined) throw refused
    const connection = new FakeFetchConnection(this, brokerId)
    this.connections.push(connection)
    return connection as unknown as FetchConnection
  }

  breakConnections(brokerId: number): void {
    for (const connection of this.connections) if (connection.brokerId === brokerId) connection.break()
  }

  /** Undefined: there is nothing to tell yet. */
  answer(brokerId: number, body: Body, isLast: boolean): unknown {
    const topic = body.topics[0]!
    const partitions = topic.partitions.map(({ partition, fetchOffset }) =>
      this.#partitionAnswer({ brokerId, partition, offset: fetchOffset }, body.isolationLevel ?? 0),
    )
    const hasNews = partitions.some(({ errorCode, records }) => errorCode !== 0 || records.length > 0)
    return hasNews || isLast ? { errorCode: 0, responses: [{ topic: 'orders', topicId: '', partitions }] } : undefined
  }

  #partitionAnswer(asked: Asked, isolationLevel: number) {
    const { leader, startOffset, batches, aborted } = this.partitions[asked.partition]!
    const answer = (errorCode: number, records = Buffer.alloc(0)) => ({
      partitionIndex: asked.partition,
      errorCode,
      records,
      highWatermark: this.endOffset(asked.partition),
      lastStableOffset: this.endOffset(asked.partition),
      logStartOffset: errorCode === 0 ? startOffset : -1,
      abortedTransactions: isolationLevel === 1 ? aborted : null,
    })
    if (leader !== asked.brokerId) return answer(kafkaCode.NOT_LEADER_OR_FOLLOWER)
    const refusal = this.refuse(asked)
    if (refusal !== 0) return answer(refusal)
    if (asked.offset < startOffset || asked.offset > this.endOffset(asked.partition)) {
      return answer(kafkaCode.OFFSET_OUT_OF_RANGE)
    }
    const rest = Buffer.concat(batches.filter(batch => lastOffsetOf(batch) >= asked.offset))
    // The first batch comes whole however large it is (KIP-74).
    const first = rest.length === 0 ? 0 : rest.readInt32BE(8) + 12
    return answer(0, rest.subarray(0, Math.max(first, this.partitionBytesMax)))
  }
}

export class FakeFetchConnection {
  readonly brokerId: number
  isOpen = true
  readonly #log: FakeLog
  readonly #waiting = new Set<(error: MillraceError) => void>()

  constructor(log: FakeLog, brokerId: number) {
    this.#log = log
    this.brokerId = brokerId
  }

  sendForFrame(_api: unknown, body: Body): Promise<unknown> {
    if (!this.isOpen) return Promise.reject(gone(this.brokerId))
    const log = this.#log
    log.fetches++
    for (const { partition, fetchOffset } of body.topics[0]!.partitions) {
      log.asked.push({ brokerId: this.brokerId, partition, offset: fetchOffset })
    }
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject)
      const deadlineMs = Date.now() + body.maxWaitMs
      const look = () => {
        if (!this.#waiting.has(reject)) return
        const refusal = log.refuseAll(this.brokerId)
        if (refusal === 'lost') return this.break()
        const isLast = refusal !== 0 || Date.now() >= deadlineMs
        const answer = refusal === 0 ? log.answer(this.brokerId, body, isLast) : { errorCode: refusal, responses: [] }
        if (answer === undefined) return void setTimeout(look, 5)
        this.#waiting.delete(reject)
        const release = () => {
          log.released++
        }
        resolve({ body: answer, release })
      }
      setTimeout(look, log.latencyMs)
    })
  }

  async close(): Promise<void> {
    this.break()
  }

  break(): void {
    this.isOpen = false
    for (const reject of [...this.#waiting]) reject(gone(this.brokerId))
    this.#waiting.clear()
  }
}

const lastOffsetOf = (batch: Buffer) =>
  Number(batch.readBigInt64BE(at.baseOffset)) + batch.readInt32BE(at.lastOffsetDelta)

const gone = (brokerId: number) =>
  new MillraceError('CONNECTION_CLOSED', `broker ${brokerId} is gone`, { retriable: true })
