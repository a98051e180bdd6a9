// Reads topics as a member of a consumer group, in this thread: what the group gives is read, what it takes back is committed
// first. As one application of a Java consumer would: no worker threads, for the numbers are to be of one consumer.

import { setTimeout as pause } from 'node:timers/promises'
import type { Clock } from '../../core/clock.ts'
import { MillraceError } from '../../core/errors.ts'
import { fetchCommittedOffsets, listOffsets } from '../../wire/admin.ts'
import type { Cluster } from '../../wire/cluster.ts'
import { openConnection } from '../../wire/connection.ts'
import {
  type ClassicMemberOptions,
  type ConsumerMemberOptions,
  type GroupMember,
  joinConsumerGroup,
  type TopicPartitions,
} from '../../wire/group.ts'
import type { ConsumePlan } from '../plan.ts'
import { ConsumeStreams } from '../worker/consume-streams.ts'
import type { Assignment } from '../worker/contract.ts'
import { LeaderLookup } from '../worker/leaders.ts'
import type { RecordLimit } from '../worker/record-limit.ts'
import type { WorkerSlots } from '../worker/slots.ts'

export type MemberSettings =
  | Omit<ClassicMemberOptions, 'topics' | 'onAssigned' | 'onRevoked' | 'onLost'>
  | Omit<ConsumerMemberOptions, 'topics' | 'onAssigned' | 'onRevoked' | 'onLost'>

export interface GroupReadingSettings {
  readonly plan: ConsumePlan
  readonly member: MemberSettings
  readonly topics: readonly string[]
  /** Where a partition without a commit is begun. */
  readonly reset: 'earliest' | 'latest'
  /** 0: nothing is committed. */
  readonly commitEveryMs: number
}

export interface GroupReadingDeps {
  readonly cluster: Cluster
  readonly clock: Clock
  readonly slots: WorkerSlots
  readonly limit: RecordLimit
  readonly onNotice: (text: string) => void
  /** The group gives or takes; the reader owns something or nothing from now on. */
  readonly onShare: (ownsAny: boolean) => void
}

/** One topic's partitions being read. */
interface Reading {
  readonly streams: ConsumeStreams
  readonly done: Promise<void>
}

export class GroupReading {
  readonly #settings: GroupReadingSettings
  readonly #deps: GroupReadingDeps
  readonly #readings = new Map<string, Reading>()
  #member: GroupMember | undefined
  #timer: NodeJS.Timeout | undefined
  #committing: Promise<void> | undefined
  #fail!: (error: MillraceError) => void
  /** Rejects with what ends the reading before its time. */
  readonly failed: Promise<never>

  constructor(settings: GroupReadingSettings, deps: GroupReadingDeps) {
    this.#settings = settings
    this.#deps = deps
    this.failed = new Promise((_resolve, reject) => {
      this.#fail = reject
    })
    // Whoever waits for it hears of it; before that it is nobody's business.
    this.failed.catch(() => {})
  }

  async start(): Promise<void> {
    const { member, topics, commitEveryMs } = this.#settings
    const calls = {
      onAssigned: (given: TopicPartitions) => this.#assigned(given),
      onRevoked: (taken: TopicPartitions) => this.#revoked(taken),
      onLost: (lost: TopicPartitions) => this.#drop(lost),
    }
    this.#member = await joinConsumerGroup(this.#deps.cluster.settings, { ...member, topics, ...calls })
    void this.#member.ended.then(error => error !== undefined && this.#fail(error))
    if (commitEveryMs > 0) this.#timer = setInterval(() => this.#commitSoon(), commitEveryMs)
  }

  /** Commits what was read and leaves the group. */
  async end(): Promise<void> {
    clearInterval(this.#timer)
    await this.#committing
    await this.#member?.leave()
    await Promise.all([...this.#readings.keys()].map(topic => this.#stop(topic)))
  }

  // ---- what the group says ----

  async #assigned(given: TopicPartitions): Promise<void> {
    for (const [topic, partitions] of given) {
      const starts = new Map([...(await this.#stop(topic)), ...(await this.#startsOf(topic, [...partitions]))])
      await this.#read(topic, starts)
    }
    this.#deps.onShare(this.#readings.size > 0)
  }

  async #revoked(taken: TopicPartitions): Promise<void> {
    for (const [topic, partitions] of taken) {
      const positions = await this.#stop(topic)
      if (this.#settings.commitEveryMs > 0) await this.#commit(topic, only(positions, partitions))
      await this.#read(topic, without(positions, partitions))
    }
    this.#deps.onShare(this.#readings.size > 0)
  }

  async #drop(lost: TopicPartitions): Promise<void> {
    for (const [topic, partitions] of lost) await this.#read(topic, without(await this.#stop(topic), partitions))
    this.#deps.onShare(this.#readings.size > 0)
  }

  // ---- reading ----

  async #startsOf(topic: string, partitions: readonly number[]): Promise<Map<number, number>> {
    const { cluster } = this.#deps
    const { member, reset, plan } = this.#settings
    const committed = await fetchCommittedOffsets(cluster, member.groupId, topic, partitions)
    const fresh = partitions.filter(partition => (committed.get(partition)?.offset ?? -1) < 0)
    const found = fresh.length === 0 ? new Map() : await listOffsets(cluster, topic, fresh, reset, plan.isolation)
    return new Map(
      partitions.map(partition => [partition, found.get(partition)?.offset ?? committed.get(partition)!.offset]),
    )
  }

  async #read(topicName: string, starts: ReadonlyMap<number, number>): Promise<void> {
    if (starts.size === 0) return
    const { cluster, clock, slots, limit, onNotice } = this.#deps
    const { plan } = this.#settings
    const { id, partitions } = await cluster.retry(() => cluster.topic(topicName))
    const topic = { name: topicName, id }
    const lookup = new LeaderLookup(cluster, topic, partitions.length, () => clock.nowNs() / 1e6)
    const assignments: Assignment[] = [...starts].map(([partition, startOffset]) => ({ partition, startOffset }))
    const settings = {
      plan,
      topic,
      leaders: partitions.map(({ leader }) => leader),
      assignments,
      reading: { measureBy: 'nothing', startsAtZero: () => false } as const,
      retryBackoffMs: cluster.settings.retryBackoffMs,
    }
    const streams = new ConsumeStreams(settings, {
      clock,
      slots,
      limit,
      connect: brokerId => this.#connect(brokerId),
      refreshLeaders: () => lookup.ask(),
      earliestOffset: async partition =>
        (await listOffsets(cluster, topicName, [partition], 'earliest')).get(partition)!.offset,
      pause: ms => pause(ms),
      onRetry: () => {},
      onNotice,
    })
    const done = streams.run().catch(error => this.#fail(error as MillraceError))
    this.#readings.set(topicName, { streams, done })
  }

  async #connect(brokerId: number) {
    const { cluster, clock } = this.#deps
    const broker = (await cluster.metadata([], { allowCached: true })).brokers.get(brokerId)
    if (broker !== undefined) return openConnection(broker, cluster.settings, { clock, inFlightMax: 2 })
    throw new MillraceError('BROKER_UNREACHABLE', `broker ${brokerId} is not in the cluster's metadata`, {
      retriable: true,
    })
  }

  /** Where it had got to. */
  async #stop(topic: string): Promise<Map<number, number>> {
    const reading = this.#readings.get(topic)
    if (reading === undefined) return new Map()
    this.#readings.delete(topic)
    reading.streams.stop()
    await reading.done
    await reading.streams.close()
    return positionsOf(reading.streams)
  }

  // ---- commits ----

  /** One that is still under way holds the next one up: its positions would be old before they are sent. */
  #commitSoon(): void {
    this.#committing ??= this.#commitAll()
      .catch((error: Error) => this.#deps.onNotice(`not committed: ${error.message}`))
      .finally(() => {
        this.#committing = undefined
      })
  }

  async #commitAll(): Promise<void> {
    for (const [topic, { streams }] of this.#readings) await this.#commit(topic, positionsOf(streams))
  }

  async #commit(topic: string, positions: ReadonlyMap<number, number>): Promise<void> {
    if (positions.size > 0) await this.#member?.commit(new Map([[topic, positions]]))
  }
}

const positionsOf = (streams: ConsumeStreams): Map<number, number> =>
  new Map(Object.entries(streams.positions).map(([partition, offset]) => [Number(partition), offset]))

const only = (positions: ReadonlyMap<number, number>, wanted: ReadonlySet<number>): Map<number, number> =>
  new Map([...positions].filter(([partition]) => wanted.has(partition)))

const without = (positions: ReadonlyMap<number, number>, unwanted: ReadonlySet<number>): Map<number, number> =>
  new Map([...positions].filter(([partition]) => !unwanted.has(partition)))
