// A reader for scripts: one for each VU and topic. Without a group it reads its share of the partitions; as a member of a group it
// reads what the group gives it, and commits what it has handed out. What was fetched and not yet asked for is kept.
import { setTimeout as pause } from 'node:timers/promises'
import { fetchCommittedOffsets, listOffsets } from '../../wire/admin.ts'
import { fetch } from '../../wire/apis/01-fetch.ts'
import type { Cluster } from '../../wire/cluster.ts'
import { kafkaCode, kafkaError } from '../../wire/error-codes.ts'
import { type GroupMember, joinConsumerGroup, type TopicPartitions } from '../../wire/group.ts'
import type { BatchRecord } from '../../wire/record-batch/decode.ts'
import { seenBatches } from '../../wire/record-batch/visible.ts'
import type { ResponseOf } from '../../wire/schema.ts'
import { plannedStarts } from '../assignments.ts'
import type { ConsumePlan } from '../plan.ts'
import type { ConsumedMessage } from './kafka.ts'

export interface ReaderSettings {
  readonly plan: ConsumePlan
  readonly topic: string
  readonly group: string | undefined
  /** Of the partitions, without a group. */
  readonly share: { readonly index: number; readonly of: number }
}

/** Of a group that a script is a member of; what a Java consumer has too. */
const groupTimes = { sessionTimeoutMs: 45_000, heartbeatIntervalMs: 3_000, rebalanceTimeoutMs: 300_000 }
/** A fetch that would wait for longer holds up the end of an iteration. */
const fetchWaitMsMax = 500
const idleMs = 50

export class ScriptReader {
  readonly #cluster: Cluster
  readonly #settings: ReaderSettings
  readonly #next = new Map<number, number>()
  readonly #ready: ConsumedMessage[] = []
  #member: GroupMember | undefined
  #opening: Promise<void> | undefined
  #turn = 0

  constructor(cluster: Cluster, settings: ReaderSettings) {
    this.#cluster = cluster
    this.#settings = settings
  }

  /** Up to `max` messages, as soon as there are some; none when none came in time. */
  async read(max: number, timeoutMs: number, signal: AbortSignal): Promise<ConsumedMessage[]> {
    this.#opening ??= this.#open()
    await this.#opening
    const untilMs = performance.now() + timeoutMs
    while (this.#ready.length === 0 && !signal.aborted) {
      const leftMs = untilMs - performance.now()
      if (leftMs <= 0) break
      if (this.#next.size > 0) await this.#fetchSome(Math.min(leftMs, fetchWaitMsMax))
      if (this.#next.size === 0) await pause(Math.min(leftMs, idleMs), undefined, { signal }).catch(() => {})
    }
    const read = this.#ready.splice(0, max)
    if (this.#member !== undefined && read.length > 0) await this.#commit(read)
    return read
  }

  async close(): Promise<void> {
    await this.#member?.leave()
  }

  async #open(): Promise<void> {
    const { topic, group, share } = this.#settings
    const { partitions } = await this.#cluster.topic(topic)
    if (group === undefined) {
      const own = partitions.map(({ index }) => index).filter(index => index % share.of === share.index % share.of)
      return await this.#startAt(own, undefined)
    }
    const take = async (given: TopicPartitions) => this.#startAt([...(given.get(topic) ?? [])], group)
    const drop = (given: TopicPartitions) => {
      for (const partition of given.get(topic) ?? []) this.#next.delete(partition)
      const left = this.#ready.filter(({ partition }) => this.#next.has(partition))
      this.#ready.splice(0, this.#ready.length, ...left)
    }
    const callbacks = { onAssigned: take, onRevoked: drop, onLost: drop }
    const options = { protocol: 'classic', assignor: 'range', groupId: group, topics: [topic], ...groupTimes } as const
    this.#member = await joinConsumerGroup(this.#cluster.settings, { ...options, ...callbacks })
  }

  async #startAt(partitions: readonly number[], group: string | undefined): Promise<void> {
    const { topic, plan } = this.#settings
    if (partitions.length === 0) return
    const found = await this.#cluster.topic(topic)
    const shape = {
      name: topic,
      partitions: found.partitions.length,
      leaders: found.partitions.map(({ leader }) => leader),
    }
    const starts = await plannedStarts(this.#cluster, shape, plan.from, plan.isolation)
    const committed =
      group === undefined ? new Map() : await fetchCommittedOffsets(this.#cluster, group, topic, partitions)
    for (const partition of partitions) {
      const offset = committed.get(partition)?.offset ?? -1
      this.#next.set(partition, offset >= 0 ? offset : (starts.get(partition) ?? 0))
    }
  }

  async #commit(read: readonly ConsumedMessage[]): Promise<void> {
    const next = new Map<number, number>()
    for (const { partition, offset } of read) if (this.#next.has(partition)) next.set(partition, offset + 1)
    if (next.size > 0) await this.#member!.commit(new Map([[this.#settings.topic, next]]))
  }

  /** One fetch from one leader of its partitions. */
  async #fetchSome(waitMs: number): Promise<void> {
    const { topic } = this.#settings
    const found = await this.#cluster.topic(topic)
    const byLeader = new Map<number, number[]>()
    for (const partition of this.#next.keys()) {
      const leader = found.partitions.find(({ index }) => index === partition)?.leader ?? -1
      if (leader >= 0) byLeader.set(leader, [...(byLeader.get(leader) ?? []), partition])
    }
    // Leaders take turns, so that one without news does not hold up another.
    const leaders = [...byLeader]
    if (leaders.length === 0) return
    const [broker, partitions] = leaders[this.#turn++ % leaders.length]!
    const answer = await this.#ask(broker, found.id, partitions, leaders.length > 1 ? Math.min(waitMs, idleMs) : waitMs)
    for (const part of answer.responses[0]?.partitions ?? []) await this.#take(part)
  }

  #ask(broker: number, topicId: string, partitions: readonly number[], waitMs: number) {
    const { topic, plan } = this.#settings
    const body = {
      maxWaitMs: Math.ceil(waitMs),
      minBytes: plan.fetchMinBytes,
      maxBytes: plan.fetchMaxBytes,
      isolationLevel: plan.isolation === 'read_committed' ? 1 : 0,
      topics: [{ topic, topicId, partitions: partitions.map(partition => this.#asked(partition)) }],
    }
    return this.#cluster.sendWithRetry({ broker }, fetch, body)
  }

  #asked(partition: number) {
    const { partitionMaxBytes } = this.#settings.plan
    return { partition, fetchOffset: this.#next.get(partition)!, partitionMaxBytes }
  }

  async #take(part: ResponseOf<typeof fetch>['responses'][number]['partitions'][number]): Promise<void> {
    const { topic, plan } = this.#settings
    const { partitionIndex: partition, errorCode } = part
    const next = this.#next.get(partition)
    if (next === undefined) return
    if (errorCode === kafkaCode.OFFSET_OUT_OF_RANGE) {
      const found = await listOffsets(this.#cluster, topic, [partition], 'earliest')
      this.#next.set(partition, found.get(partition)!.offset)
      return
    }
    if (errorCode !== kafkaCode.NONE) {
      const error = kafkaError(errorCode, `topic '${topic}' partition ${partition}`)
      if (!error.retriable) throw error
      await this.#cluster.topic(topic, { allowCached: false })
      return
    }
    if (part.records === null) return
    for (const batch of seenBatches(part.records, part.abortedTransactions, { verifyCrc: plan.verifyCrc })) {
      for (const record of batch.control || batch.isAborted ? [] : batch.records) {
        if (record.offset < next) continue
        this.#ready.push(messageOf(topic, partition, record))
      }
      this.#next.set(partition, batch.lastOffset + 1)
    }
  }
}

function messageOf(topic: string, partition: number, record: BatchRecord): ConsumedMessage {
  const { offset, timestampMs, headers } = record
  // Views into an answer of a megabyte would keep all of it for one message.
  const own = (bytes: Buffer | null) => (bytes === null ? null : Buffer.from(bytes))
  const value = own(record.value)
  return {
    ...{ topic, partition, offset, timestamp: timestampMs, key: own(record.key), value },
    headers: Object.fromEntries(headers.map(({ key, value: text }) => [key, own(text)])),
    text: () => value?.toString('utf8') ?? '',
    json: () => JSON.parse(value?.toString('utf8') ?? 'null'),
  }
}
