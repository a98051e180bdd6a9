// Incremental fetch sessions (KIP-227): the broker remembers which partitions a consumer follows, so that a fetch names only
// what changed and the answer holds only what is new.
import { kafkaCode } from '../wire/error-codes.ts'
import type { ClusterState } from './cluster.ts'

/** One partition of a fetch, as asked for; in a session it stays and is written over. */
export interface FetchPartition {
  readonly topic: string
  readonly topicId: string
  readonly partition: number
  fetchOffset: number
  currentLeaderEpoch: number
  partitionMaxBytes: number
  /** What the session's client was told last; -1: nothing yet. */
  toldHighWatermark: number
  toldLogStart: number
}

export interface FetchSession {
  readonly id: number
  /** Topics by id (v13) or by name; a session cannot change. */
  readonly usesIds: boolean
  readonly partitions: Map<string, FetchPartition>
  epoch: number
  usedMs: number
}

/** min.incremental.fetch.session.eviction.ms of Kafka. */
const evictionMs = 120_000
const epochMax = 0x7fff_ffff

/** Epochs with a meaning of their own. */
export const sessionEpoch = { none: -1, initial: 0 } as const

export const partitionKey = ({ topic, topicId, partition }: Pick<FetchPartition, 'topic' | 'topicId' | 'partition'>) =>
  `${topic}/${topicId}/${partition}`

export class FetchSessions {
  readonly #cluster: ClusterState
  /** Least recently used first. */
  readonly #sessions = new Map<number, FetchSession>()

  constructor(cluster: ClusterState) {
    this.#cluster = cluster
  }

  get size(): number {
    return this.#sessions.size
  }

  /** A new session over these partitions; undefined when there is no room, and the client goes on without one. */
  create(usesIds: boolean, partitions: Map<string, FetchPartition>): FetchSession | undefined {
    if (this.#sessions.size >= this.#slots && !this.#evictOldest()) return undefined
    const session = { id: this.#newId(), usesIds, partitions, epoch: 1, usedMs: this.#cluster.nowMs }
    this.#sessions.set(session.id, session)
    return session
  }

  /** The session of an incremental fetch, moved on to its next epoch; or the code. */
  use(id: number, epoch: number, usesIds: boolean): FetchSession | number {
    const session = this.#sessions.get(id)
    if (session === undefined) return kafkaCode.FETCH_SESSION_ID_NOT_FOUND
    if (session.usesIds !== usesIds) return kafkaCode.FETCH_SESSION_TOPIC_ID_ERROR
    if (session.epoch !== epoch) return kafkaCode.INVALID_FETCH_SESSION_EPOCH
    session.epoch = epoch === epochMax ? 1 : epoch + 1
    session.usedMs = this.#cluster.nowMs
    this.#sessions.delete(id)
    this.#sessions.set(id, session)
    return session
  }

  /** Without using it: for those who only look on. */
  peek(id: number): FetchSession | undefined {
    return this.#sessions.get(id)
  }

  remove(id: number): void {
    this.#sessions.delete(id)
  }

  get #slots(): number {
    return this.#cluster.configs.numberOf('max.incremental.fetch.session.cache.slots')
  }

  #evictOldest(): boolean {
    const oldest = this.#sessions.values().next().value
    if (oldest === undefined || this.#cluster.nowMs - oldest.usedMs < evictionMs) return false
    return this.#sessions.delete(oldest.id)
  }

  #newId(): number {
    for (;;) {
      const id = 1 + this.#cluster.random.below(0x7fff_fffe)
      if (!this.#sessions.has(id)) return id
    }
  }
}

/** To be given to ClusterState.part. A session is bound to the broker that made it by its random id. */
export const makeFetchSessions = (cluster: ClusterState): FetchSessions => new FetchSessions(cluster)
