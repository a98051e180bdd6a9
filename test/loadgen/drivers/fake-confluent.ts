// What the driver uses of @confluentinc/kafka-javascript, over a log in memory, after the source of its version 1.10.0
// (lib/kafkajs/_consumer.js, _producer.js): properties that librdkafka does not know are refused, nothing works before connect(), send
// takes no acks of its own, an assignment is the callback's if that makes one, and what is not resolved is handed over again.
import { readFileSync } from 'node:fs'
import type { ConfluentKafka, ConfluentPackage } from '../../../loadgen/drivers/confluent-driver.ts'

type Properties = Readonly<Record<string, unknown>>

interface Known {
  readonly global: readonly string[]
  readonly producer: readonly string[]
  readonly consumer: readonly string[]
}

const known: Known = JSON.parse(
  readFileSync(new URL('../../fixtures/librdkafka/properties.json', import.meta.url), 'utf8'),
)

const errorCodes = { ERR__ASSIGN_PARTITIONS: -175, ERR__REVOKE_PARTITIONS: -174, ERR__STATE: -172 } as const

const failure = (message: string, code: number) => Object.assign(new Error(message), { code })

/** librdkafka: "No such configuration property", before anything is connected. */
function checkProperties(properties: Properties, names: readonly string[]): void {
  for (const [name, value] of Object.entries(properties)) {
    if (!names.includes(name)) throw failure(`No such configuration property: "${name}"`, -186)
    if (value === undefined) throw failure(`Invalid value for configuration property "${name}"`, -186)
  }
}

export interface FakeMessage {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers?: Readonly<Record<string, Buffer | string>>
  readonly timestamp: number
}

interface Assigned {
  readonly topic: string
  readonly partition: number
  readonly offset?: number
}

type EachBatch = (payload: never) => Promise<void>

interface RunSettings {
  readonly eachBatchAutoResolve: boolean
  readonly partitionsConsumedConcurrently: number
  readonly eachBatch: EachBatch
}

const batchRecordsOfClient = 32

export class FakeConfluent {
  /** By topic and partition. */
  readonly logs = new Map<string, FakeMessage[][]>()
  readonly committed = new Map<string, string>()
  readonly producers: Properties[] = []
  readonly consumers: Properties[] = []
  /** Partitions that a member of a group is given. */
  given: readonly number[] = []
  /** What the next sends end with. */
  refusal: Error | undefined
  /** How often each record was handed over, by partition and offset. */
  readonly handedOver = new Map<string, number>()
  open = 0
  /** How each transaction has ended. */
  readonly transactions: ('commit' | 'abort')[] = []

  get package(): ConfluentPackage {
    const fake = this
    class Kafka implements ConfluentKafka {
      readonly #common: Properties
      constructor(common: Properties) {
        checkProperties(common, known.global)
        this.#common = common
      }
      producer(own: Properties) {
        checkProperties(own, [...known.global, ...known.producer])
        return fake.#producer({ ...this.#common, ...own })
      }
      consumer(own: Properties) {
        const { rebalance_cb: rebalance, 'js.consumer.max.batch.size': batchRecords, ...rest } = own
        checkProperties(rest, [...known.global, ...known.consumer])
        return fake.#consumer({ ...this.#common, ...own }, rebalance, batchRecords)
      }
    }
    return { KafkaJS: { Kafka: Kafka as never, ErrorCodes: errorCodes } }
  }

  partitionsOf(topic: string): FakeMessage[][] {
    const log = this.logs.get(topic) ?? []
    this.logs.set(topic, log)
    return log
  }

  #producer(properties: Properties): ReturnType<ConfluentKafka['producer']> {
    this.producers.push(properties)
    let isConnected = false
    let isOpen = false
    const send = async (record: { topic: string; messages: readonly object[] }) => {
      if (!isConnected) throw failure('Cannot send without awaiting connect()', errorCodes.ERR__STATE)
      const { topic, messages, ...rest } = record as { topic: string; messages: (FakeMessage & Assigned)[] }
      if (Object.keys(rest).length > 0) throw failure('acks, timeout and compression are not for send()', -186)
      if (this.refusal !== undefined) throw this.refusal
      for (const { partition, key, value, headers, timestamp } of messages) {
        const log = this.partitionsOf(topic)
        log[partition] ??= []
        // As native code does: what comes later may lie in the same memory.
        const copied = (bytes: Buffer | null) => (bytes === null ? null : Buffer.from(bytes))
        log[partition].push({ key: copied(key), value: copied(value), ...(headers && { headers }), timestamp })
      }
      return [{ topicName: topic, errorCode: 0 }]
    }
    return {
      connect: async () => {
        isConnected = true
        this.open++
      },
      // One at a time; of an aborted one nothing is kept.
      transaction: async () => {
        if (properties['transactional.id'] === undefined) throw failure('no transactional.id', errorCodes.ERR__STATE)
        if (isOpen) throw failure('there is a transaction already', errorCodes.ERR__STATE)
        isOpen = true
        const before = structuredClone(
          [...this.logs].map(([topic, log]) => [topic, log.map(({ length }) => length)] as const),
        )
        const end = (how: 'commit' | 'abort') => {
          isOpen = false
          this.transactions.push(how)
          if (how === 'commit') return
          const lengths = new Map(before)
          for (const [topic, log] of this.logs) {
            for (const [partition, messages] of log.entries()) messages?.splice(lengths.get(topic)?.[partition] ?? 0)
          }
        }
        return { send, commit: async () => end('commit'), abort: async () => end('abort') }
      },
      send,
      disconnect: async () => {
        isConnected = false
        this.open--
      },
    }
  }

  #consumer(properties: Properties, rebalance: unknown, batchRecords: unknown): ReturnType<ConfluentKafka['consumer']> {
    this.consumers.push(properties)
    let topics: readonly string[] | undefined
    let isConnected = false
    let reading: Promise<unknown> = Promise.resolve()
    const size = batchRecords === -1 ? Number.POSITIVE_INFINITY : Number(batchRecords ?? batchRecordsOfClient)
    return {
      connect: async () => {
        isConnected = true
        this.open++
      },
      subscribe: async subscription => {
        if (!isConnected) throw failure('Subscribe can only be called while connected.', errorCodes.ERR__STATE)
        topics = subscription.topics
      },
      run: async config => {
        if (topics === undefined)
          throw failure('Run must be called after a successful subscribe().', errorCodes.ERR__STATE)
        const [topic] = topics
        const assigned = await this.#assignmentOf(topic!, rebalance)
        const read = (one: Assigned) => this.#read(one, config as RunSettings, size, () => isConnected)
        reading = Promise.all(assigned.map(read))
      },
      commitOffsets: async offsets => {
        if (!isConnected) throw failure('commitOffsets can only be called while connected.', errorCodes.ERR__STATE)
        for (const { topic, partition, offset } of offsets) this.committed.set(`${topic}-${partition}`, offset)
      },
      disconnect: async () => {
        isConnected = false
        await reading
        this.open--
      },
    }
  }

  /** What the callback does not assign itself is assigned after it. */
  async #assignmentOf(topic: string, rebalance: unknown): Promise<readonly Assigned[]> {
    let own: readonly Assigned[] | undefined
    const given = this.given.map(partition => ({ topic, partition }))
    const how = {
      assign(assignment: readonly Assigned[]) {
        own ??= assignment
      },
      unassign() {},
      assignmentLost: () => false,
    }
    if (typeof rebalance === 'function') await rebalance({ code: errorCodes.ERR__ASSIGN_PARTITIONS }, given, how)
    return own ?? given
  }

  async #read(
    { topic, partition, offset = 0 }: Assigned,
    { eachBatch, eachBatchAutoResolve }: RunSettings,
    size: number,
    isConnected: () => boolean,
  ): Promise<void> {
    for (let next = offset; isConnected(); ) {
      const log = this.partitionsOf(topic)[partition] ?? []
      const messages = log.slice(next, next + size)
      await new Promise(resolve => setImmediate(resolve))
      if (messages.length === 0) continue
      let resolved = -1
      const from = next
      const converted = messages.map((message, index) => {
        const at = `${partition}@${from + index}`
        this.handedOver.set(at, (this.handedOver.get(at) ?? 0) + 1)
        return {
          ...message,
          timestamp: String(message.timestamp),
          offset: String(from + index),
          headers: message.headers ?? {},
        }
      })
      const batch = {
        topic,
        partition,
        highWatermark: String(log.length),
        messages: converted,
        lastOffset: () => converted.at(-1)!.offset,
      }
      const resolveOffset = (given: string) => {
        if (Number.isNaN(Number(given))) throw failure(`Invalid offset to resolve: ${given}`, -186)
        resolved = Math.max(resolved, Number(given))
      }
      await eachBatch({ batch, resolveOffset } as never)
      if (eachBatchAutoResolve) resolved = from + messages.length - 1
      // Not resolved: it is sought back to.
      next = resolved < 0 ? from : resolved + 1
    }
  }
}
