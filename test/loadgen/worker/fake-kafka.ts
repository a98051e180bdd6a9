// Brokers in memory, as far as a producer can tell: leaders, logs, and the sequence check of an idempotent producer (KIP-98).
// Time is the timers' (fake ones in tests), and whatever a broker can do wrong is asked of the test, batch by batch.

import { MillraceError } from '../../../core/errors.ts'
import type { ProduceConnection } from '../../../loadgen/worker/broker-link.ts'
import { produce } from '../../../wire/apis/00-produce.ts'
import { kafkaCode } from '../../../wire/error-codes.ts'
import { type Batch, decodeBatches } from '../../../wire/record-batch/decode.ts'
import type { RequestOf, ResponseOf } from '../../../wire/schema.ts'

/** What becomes of a batch that has reached its leader. */
export type Fate =
  | 'stored'
  /** Stored, but the connection breaks before the answer. */
  | 'answer lost'
  /** The connection breaks before the batch is read. */
  | 'request lost'
  /** No answer, and the connection stays. */
  | 'ignored'
  /** Refused with this code. */
  | number

export interface Arrival {
  readonly brokerId: number
  readonly partition: number
  readonly batch: Batch
}

type Body = RequestOf<typeof produce>
type Answer = ResponseOf<typeof produce>

/** Batches of a producer that a broker remembers, to tell a repeated one. */
const remembered = 5

interface Partition {
  leader: number
  readonly stored: Batch[]
  /** By producer and epoch: with a new epoch sequences begin anew. */
  readonly byProducer: Map<string, Batch[]>
}

export class FakeKafka {
  readonly partitions: Partition[]
  readonly requests: { readonly brokerId: number; readonly atMs: number; readonly arrivals: readonly Arrival[] }[] = []
  readonly connections: FakeConnection[] = []
  connectAttempts = 0
  latencyMs = 2
  fateOf: (arrival: Arrival) => Fate = () => 'stored'
  /** An error to refuse a connection with. */
  refuse: (brokerId: number) => MillraceError | undefined = () => undefined

  constructor(leaders: readonly number[]) {
    this.partitions = leaders.map(leader => ({ leader, stored: [], byProducer: new Map() }))
  }

  get leaders(): number[] {
    return this.partitions.map(({ leader }) => leader)
  }

  /** Values in the log of each partition, oldest first. */
  get logs(): Buffer[][] {
    return this.partitions.map(({ stored }) => stored.flatMap(batch => batch.records.map(record => record.value!)))
  }

  get recordCount(): number {
    return this.logs.reduce((sum, log) => sum + log.length, 0)
  }

  get openConnections(): FakeConnection[] {
    return this.connections.filter(connection => connection.isOpen)
  }

  async connect(brokerId: number, afterMs = 1): Promise<ProduceConnection> {
    this.connectAttempts++
    await new Promise(resolve => setTimeout(resolve, afterMs))
    const refused = this.refuse(brokerId)
    if (refused !== undefined) throw refused
    const connection = new FakeConnection(this, brokerId)
    this.connections.push(connection)
    return connection as unknown as ProduceConnection
  }

  /** Breaks every connection to a broker. */
  breakConnections(brokerId: number): void {
    for (const connection of this.connections) if (connection.brokerId === brokerId) connection.break()
  }

  /** Stores or refuses; undefined: the connection breaks now. */
  take(arrival: Arrival): { errorCode: number; fate: Fate } {
    const partition = this.partitions[arrival.partition]!
    if (partition.leader !== arrival.brokerId) {
      return { errorCode: kafkaCode.NOT_LEADER_OR_FOLLOWER, fate: 'stored' }
    }
    const fate = this.fateOf(arrival)
    if (typeof fate === 'number') return { errorCode: fate, fate }
    if (fate === 'request lost') return { errorCode: 0, fate }
    return { errorCode: this.#append(partition, arrival.batch), fate }
  }

  #append(partition: Partition, batch: Batch): number {
    const producer = `${batch.producerId} ${batch.producerEpoch}`
    const before = partition.byProducer.get(producer) ?? []
    if (batch.producerId >= 0) {
      if (before.some(known => known.baseSequence === batch.baseSequence)) return 0
      const last = before.at(-1)
      const next = last === undefined ? batch.baseSequence : (last.baseSequence + last.records.length) % 2 ** 31
      // A broker that knows nothing of the producer takes whatever comes first; this one is stricter and wants 0.
      const isNext = last === undefined ? batch.baseSequence === 0 : batch.baseSequence === next
      if (!isNext) return kafkaCode.OUT_OF_ORDER_SEQUENCE_NUMBER
      partition.byProducer.set(producer, [...before, batch].slice(-remembered))
    }
    partition.stored.push(batch)
    return 0
  }
}

export class FakeConnection {
  readonly brokerId: number
  isOpen = true
  readonly closed: Promise<MillraceError | undefined>
  #close!: (error: MillraceError | undefined) => void
  readonly #kafka: FakeKafka
  readonly #waiting = new Set<(error: MillraceError) => void>()

  constructor(kafka: FakeKafka, brokerId: number) {
    this.#kafka = kafka
    this.brokerId = brokerId
    this.closed = new Promise(resolve => {
      this.#close = resolve
    })
  }

  async send(api: unknown, body: Body): Promise<unknown> {
    if (!this.isOpen) throw gone(this.brokerId)
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject)
      const answer = (value: unknown) => {
        if (this.#waiting.delete(reject)) resolve(value)
      }
      if (api === produce) this.#produce(body, answer)
      else this.#after(() => answer({}))
    })
  }

  sendOneWay(_api: unknown, body: Body): void {
    if (!this.isOpen) throw gone(this.brokerId)
    this.#produce(body, () => {})
  }

  async drained(): Promise<void> {}

  async close(): Promise<void> {
    this.#close(undefined)
    this.break()
  }

  break(): void {
    this.isOpen = false
    this.#close(gone(this.brokerId))
    for (const reject of [...this.#waiting]) reject(gone(this.brokerId))
    this.#waiting.clear()
  }

  #produce(body: Body, answer: (value: Answer) => void): void {
    const arrivals = body.topicData[0]!.partitionData.map(({ index, records }) => {
      // What is on its way does not change when the producer's memory is used again.
      const [batch] = decodeBatches(Buffer.from(records as Buffer))
      return { brokerId: this.brokerId, partition: index, batch: batch! }
    })
    this.#kafka.requests.push({ brokerId: this.brokerId, atMs: Date.now(), arrivals })
    this.#after(() => this.#handle(arrivals, answer))
  }

  #handle(arrivals: readonly Arrival[], answer: (value: Answer) => void): void {
    if (!this.isOpen) return
    const taken = arrivals.map(arrival => ({ arrival, ...this.#kafka.take(arrival) }))
    if (taken.some(({ fate }) => fate === 'ignored')) return
    if (taken.some(({ fate }) => fate === 'answer lost' || fate === 'request lost')) return this.break()
    const partitionResponses = taken.map(({ arrival, errorCode }) => ({ index: arrival.partition, errorCode }))
    const response = { responses: [{ name: 'orders', topicId: '', partitionResponses }], throttleTimeMs: 0 }
    answer(response as unknown as Answer)
  }

  #after(work: () => void): void {
    setTimeout(work, this.#kafka.latencyMs)
  }
}

const gone = (brokerId: number) =>
  new MillraceError('CONNECTION_CLOSED', `broker ${brokerId} is gone`, { retriable: true })
