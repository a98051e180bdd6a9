// What a script says to Kafka: one producer for all VUs of a scenario in a thread, and a reader for each VU.

import { MillraceError } from '../../core/errors.ts'
import { Cluster } from '../../wire/cluster.ts'
import type { ClientSettings } from '../../wire/settings.ts'
import type { ConsumePlan, ProducePlan } from '../plan.ts'
import type { TransactionalIds } from '../scenario/model.ts'
import { ScriptBooks } from './books.ts'
import { throwIfInterrupted, type VuContext } from './context.ts'
import { ScriptProducer } from './producer.ts'
import { ScriptReader } from './reader.ts'
import { sampleTags } from './samples.ts'
import { type Transaction, TransactionsOfVu } from './transactions.ts'

/** Text is sent as UTF-8; an object as JSON. */
export type Data = string | Uint8Array | object | null

export interface Message {
  readonly value: Data
  readonly key?: string | Uint8Array | null
  readonly headers?: Readonly<Record<string, string | Uint8Array>>
  /** By the key, or in turn, when left out. */
  readonly partition?: number
  /** Milliseconds since the epoch; now when left out. */
  readonly timestamp?: number
  /** The topic of the scenario when left out. */
  readonly topic?: string
}

export interface ProduceOptions {
  /** The topic of the scenario when left out. */
  readonly topic?: string
}

export interface ProducedMessage {
  readonly topic: string
  readonly partition: number
  /** -1 with acks 0. */
  readonly offset: number
}

export interface ConsumeOptions {
  readonly topic?: string
  /** As a member of this group, committing what was read; without, each VU reads its share of the partitions. */
  readonly group?: string
  /** The scenario's `from` when left out. */
  readonly from?: 'earliest' | 'latest'
  /** 1 when left out. */
  readonly max?: number
  /** 1000 when left out. */
  readonly timeoutMs?: number
}

export interface ConsumedMessage {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** Milliseconds since the epoch. */
  readonly timestamp: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: Readonly<Record<string, Buffer | null>>
  /** The value as text, and as JSON. */
  text(): string
  json(): unknown
}

export interface KafkaSettingsOfScenario {
  readonly client: ClientSettings
  readonly topic: string | undefined
  readonly produce: ProducePlan
  readonly consume: ConsumePlan
  /** VU n has the transactional id `<id>-<n>`. */
  readonly transactional: TransactionalIds
  /** How many VUs the scenario has at most, for the shares of partitions. */
  readonly vus: number
}

export class ScriptKafka {
  readonly #settings: KafkaSettingsOfScenario
  readonly #cluster: Promise<Cluster>
  readonly #readers = new Map<string, ScriptReader>()
  readonly #transactions = new Map<number, TransactionsOfVu>()
  readonly books = new ScriptBooks()
  #producer: ScriptProducer | undefined

  constructor(settings: KafkaSettingsOfScenario) {
    this.#settings = settings
    this.#cluster = Cluster.connect(settings.client)
    this.#cluster.catch(() => {})
  }

  /** Rejects when no broker can be reached. */
  async ready(): Promise<void> {
    await this.#cluster
  }

  async produce(messages: readonly Message[], options: ProduceOptions, caller: VuContext): Promise<ProducedMessage[]> {
    const { produce: plan } = this.#settings
    const { transaction } = caller
    transaction?.throwIfOver()
    const producer = transaction ?? (await this.#withoutTransactions())
    const beginMs = performance.now()
    const topic = options.topic ?? this.#settings.topic
    const sent = await Promise.allSettled(
      messages.map(message => producer.send(this.#topicOf(message.topic ?? topic, 'produce'), message)),
    )
    // Also of an iteration that counts no more: it is in the topic.
    for (const [index, each] of sent.entries()) {
      if (each.status === 'fulfilled' && plan.acks !== 0) this.books.acked(each.value.topic, each.value.partition)
      else this.books.uncertain(messages[index]!.topic ?? topic!)
    }
    throwIfInterrupted(caller)
    const { registry } = caller
    const tags = sampleTags(caller, topic === undefined ? {} : { topic })
    const done = sent.filter(each => each.status === 'fulfilled').map(({ value }) => value)
    const failed = sent.filter(each => each.status === 'rejected')
    registry.add('response_time', performance.now() - beginMs, tags)
    if (done.length > 0) registry.add('records_produced', done.length, tags)
    if (done.length > 0)
      registry.add(
        'data_sent',
        done.reduce((sum, { bytes }) => sum + bytes, 0),
        tags,
      )
    for (const each of sent) registry.add('produce_failed', each.status === 'rejected' ? 1 : 0, tags)
    if (failed.length === 0) return done.map(({ partition, offset, topic: to }) => ({ topic: to, partition, offset }))
    registry.add('produce_errors', failed.length, tags)
    throw failed[0]!.reason
  }

  async #withoutTransactions(): Promise<ScriptProducer> {
    const cluster = await this.#cluster
    this.#producer ??= new ScriptProducer(cluster, this.#settings.produce)
    return this.#producer
  }

  /** In a transaction of this VU, which ends with the function. */
  async transaction<Result>(work: (tx: Transaction) => Result | Promise<Result>, caller: VuContext): Promise<Result> {
    const { produce: plan, transactional } = this.#settings
    if (plan.acks !== -1) throw new MillraceError('SCRIPT_EXCEPTION', `transaction needs acks all, not ${plan.acks}`)
    const cluster = await this.#cluster
    let ofVu = this.#transactions.get(caller.id)
    if (ofVu === undefined) {
      const { id, timeoutMs } = transactional
      ofVu = new TransactionsOfVu(cluster, {
        plan,
        transactionalId: `${id}-${caller.id}`,
        timeoutMs,
        books: this.books,
      })
      this.#transactions.set(caller.id, ofVu)
    }
    return await ofVu.run(work, caller)
  }

  async consume(options: ConsumeOptions, caller: VuContext): Promise<ConsumedMessage[]> {
    const { consume: plan, vus } = this.#settings
    const topic = this.#topicOf(options.topic ?? this.#settings.topic, 'consume')
    const group = options.group ?? plan.group
    if (group !== undefined && caller.transaction !== undefined) {
      const message = `consume with a group would commit its offsets beside the transaction, and not in it: call it before, or use a scenario without a function (role: read-process-write)`
      throw new MillraceError('SCRIPT_EXCEPTION', message)
    }
    const key = `${caller.id} ${topic} ${group ?? ''}`
    let reader = this.#readers.get(key)
    if (reader === undefined) {
      const from = options.from === undefined ? plan.from : ({ kind: options.from } as const)
      const share = { index: (caller.id - 1) % vus, of: vus }
      reader = new ScriptReader(await this.#cluster, { plan: { ...plan, from }, topic, group, share })
      this.#readers.set(key, reader)
    }
    const beginMs = performance.now()
    const messages = await reader.read(options.max ?? 1, options.timeoutMs ?? 1_000, caller.signal)
    throwIfInterrupted(caller)
    const tags = sampleTags(caller, { topic })
    const { registry } = caller
    registry.add('consume_time', performance.now() - beginMs, tags)
    if (messages.length === 0) return messages
    const nowMs = performance.timeOrigin + performance.now()
    registry.add('records_consumed', messages.length, tags)
    const bytes = messages.reduce((sum, { key: own, value }) => sum + (own?.length ?? 0) + (value?.length ?? 0), 0)
    registry.add('data_received', bytes, tags)
    for (const { timestamp } of messages) registry.add('e2e_time', Math.max(0, nowMs - timestamp), tags)
    return messages
  }

  #topicOf(topic: string | undefined, what: string): string {
    if (topic !== undefined) return topic
    const message = `${what} was not told a topic: name one in the call, or in options.ext.millrace.topic`
    throw new MillraceError('SCRIPT_EXCEPTION', message)
  }

  /** Waits for what is on its way, and leaves groups. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.#readers.values()].map(reader => reader.close()))
    await Promise.allSettled([...this.#transactions.values()].map(transactions => transactions.close()))
    await this.#producer?.close()
    const cluster = await this.#cluster.catch(() => undefined)
    await cluster?.close()
  }
}
