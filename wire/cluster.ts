// A Kafka cluster as a client sees it: found through any of its bootstrap addresses, asked by role (a broker, a leader, a
// coordinator) instead of by address, and asked again when the answer is that the role has moved.
import { setTimeout as delay } from 'node:timers/promises'
import { type Clock, makeClock } from '../core/clock.ts'
import { MillraceError } from '../core/errors.ts'
import { type AnyBrokerOptions, firstAnswer } from './any-broker.ts'
import { metadata } from './apis/03-metadata.ts'
import { coordinatorType, findCoordinator } from './apis/10-find-coordinator.ts'
import {
  type ClusterSnapshot,
  metadataRequest,
  snapshotOf,
  type TopicMetadata,
  type TopicSelection,
} from './cluster-metadata.ts'
import { type Connection, type ConnectionDeps, openConnection, type SendOptions } from './connection.ts'
import { kafkaCode, kafkaError, kafkaErrorKind } from './error-codes.ts'
import { allFailed, closedHere, Links } from './links.ts'
import { MetadataCache } from './metadata-cache.ts'
import { type RetryDeps, retry } from './retry.ts'
import type { Api, RequestOf, ResponseOf } from './schema.ts'
import type { ClientSettings, HostPort } from './settings.ts'
import { nameOf } from './transport-errors.ts'

export type Target =
  | 'any'
  | 'controller'
  | { readonly broker: number }
  | { readonly leader: { readonly topic: string; readonly partition: number } }
  | { readonly coordinator: 'group' | 'transaction'; readonly key: string }

export interface ClusterDeps {
  readonly open?: typeof openConnection
  readonly clock?: Clock
  /** In [0, 1): spreads reconnects and retries. */
  readonly random?: () => number
  readonly pause?: (durationMs: number, signal: AbortSignal) => Promise<void>
  /** How the patience with a slow broker passes; resolves early, and does not reject, when the signal says so. */
  readonly wait?: (durationMs: number, signal: AbortSignal) => Promise<void>
  readonly connection?: Pick<ConnectionDeps, 'inFlightMax' | 'framePool'>
}

export interface RetrySettings<Answer> {
  /** All tries and pauses together; `requestTimeoutMs` when left out. */
  readonly timeoutMs?: number
  /** Throws what the answer holds as an error: where the codes are differs from API to API. */
  readonly check?: (answer: Answer) => void
  readonly isWorthAnotherTry?: (error: MillraceError) => boolean
  /** A pause of its own before the next try; undefined: the usual one. */
  readonly pauseMsOf?: (error: MillraceError) => number | undefined
  /** The newest version of the API that may be spoken, where a newer one would mean something else. */
  readonly versionMax?: number
}

/** A broker that any other can stand in for is not waited for longer than this before another one is asked too. */
const patienceMaxMs = 1_000
/** KIP-580: retry.backoff.max.ms of the Java clients. */
const retryBackoffMaxMs = 1_000

export class Cluster {
  readonly settings: ClientSettings
  readonly #deps: RetryDeps
  readonly #waiting: Pick<AnyBrokerOptions, 'nowMs' | 'wait'>
  readonly #links: Links
  readonly #closing = new AbortController()
  readonly #cache: MetadataCache
  readonly #coordinators = new Map<string, HostPort>()
  readonly #asking = new Map<string, Promise<ClusterSnapshot>>()

  /** Resolves once one bootstrap address has answered; otherwise the error names what every address said. */
  static async connect(settings: ClientSettings, deps: ClusterDeps = {}): Promise<Cluster> {
    const cluster = new Cluster(settings, deps)
    try {
      await cluster.metadata([])
      return cluster
    } catch (error) {
      await cluster.close()
      throw error
    }
  }

  private constructor(settings: ClientSettings, deps: ClusterDeps) {
    const { clock = makeClock(), random = Math.random, pause = sleep, open = openConnection } = deps
    this.settings = settings
    this.#deps = {
      nowMs: () => clock.nowNs() / 1e6,
      random,
      pause: durationMs => pause(durationMs, this.#closing.signal),
    }
    this.#cache = new MetadataCache(this.#deps.nowMs, settings.metadataMaxAgeMs)
    this.#waiting = { nowMs: this.#deps.nowMs, wait: deps.wait ?? waited }
    this.#links = new Links(settings, {
      ...this.#deps,
      open: (node, signal) => open(node, settings, { ...deps.connection, clock, random, signal }),
    })
  }

  // ---- metadata ----

  /** From the cache unless `allowCached` is false, when all of it was heard within `metadataMaxAgeMs` and still holds. */
  async metadata(
    selection: TopicSelection = [],
    { allowCached = true }: { allowCached?: boolean } = {},
  ): Promise<ClusterSnapshot> {
    const cached = allowCached ? this.#cache.find(selection) : undefined
    return cached ?? this.#ask(selection)
  }

  /** A topic that exists, or the broker's error for it: TOPIC_UNKNOWN, AUTHORIZATION_FAILED. */
  async topic(name: string, options?: { allowCached?: boolean }): Promise<TopicMetadata> {
    const topic = (await this.metadata([name], options)).topics.get(name)
    if (topic === undefined) throw kafkaError(kafkaCode.UNKNOWN_TOPIC_OR_PARTITION, `topic ${name}`)
    if (topic.errorCode !== kafkaCode.NONE) throw kafkaError(topic.errorCode, `topic ${name}`)
    return topic
  }

  /** Those who ask the same thing while it is being asked share the answer. */
  #ask(selection: TopicSelection): Promise<ClusterSnapshot> {
    const key = JSON.stringify([selection, this.#cache.generation])
    const asking = this.#asking.get(key) ?? this.#fetch(selection).finally(() => this.#asking.delete(key))
    this.#asking.set(key, asking)
    return asking
  }

  async #fetch(selection: TopicSelection): Promise<ClusterSnapshot> {
    const { generation } = this.#cache
    const answer = await this.#sendToAny(metadata, metadataRequest(selection))
    if (answer.errorCode !== kafkaCode.NONE) throw kafkaError(answer.errorCode, 'cluster metadata')
    const latest = this.#cache.keep(selection, snapshotOf(answer), generation)
    this.#links.keepOnly([...latest.brokers.values(), ...this.#coordinators.values(), ...this.settings.bootstrap])
    return latest
  }

  // ---- connections ----

  async connection(brokerId: number): Promise<Connection> {
    return this.#links.connection(await this.#addressOf(brokerId))
  }

  async #addressOf(brokerId: number): Promise<HostPort> {
    const known = (await this.metadata()).brokers.get(brokerId)
    const node = known ?? (await this.metadata([], { allowCached: false })).brokers.get(brokerId)
    if (node !== undefined) return node
    const ids = [...this.#cache.latest.brokers.keys()].join(', ')
    throw new MillraceError('BROKER_UNREACHABLE', `broker ${brokerId} is not in the cluster (brokers: ${ids})`, again)
  }

  async #connectionTo(target: Exclude<Target, 'any'>): Promise<Connection> {
    if (target === 'controller') return this.connection(await this.#controllerId())
    if ('broker' in target) return this.connection(target.broker)
    if ('leader' in target) return this.connection(await this.#leaderOf(target.leader))
    return this.#links.connection(await this.#coordinatorOf(target))
  }

  async #controllerId(): Promise<number> {
    const { controllerId } = await this.metadata()
    if (controllerId >= 0) return controllerId
    throw kafkaError(kafkaCode.NOT_CONTROLLER, 'the cluster has no controller')
  }

  async #leaderOf({ topic, partition }: { topic: string; partition: number }): Promise<number> {
    const found = (await this.topic(topic)).partitions.find(({ index }) => index === partition)
    const where = `partition ${partition} of topic ${topic}`
    if (found === undefined) throw kafkaError(kafkaCode.UNKNOWN_TOPIC_OR_PARTITION, where)
    if (found.leader < 0) throw kafkaError(kafkaCode.LEADER_NOT_AVAILABLE, where)
    return found.leader
  }

  async #coordinatorOf({ coordinator, key }: { coordinator: 'group' | 'transaction'; key: string }): Promise<HostPort> {
    const cacheKey = `${coordinator} ${key}`
    const known = this.#coordinators.get(cacheKey)
    if (known !== undefined) return known
    const body = { key, keyType: coordinatorType[coordinator], coordinatorKeys: [key] }
    const answer = await this.#sendToAny(findCoordinator, body)
    const found = answer.coordinators[0] ?? answer
    if (found.errorCode !== kafkaCode.NONE) throw kafkaError(found.errorCode, cacheKey, found.errorMessage)
    const node = { host: found.host, port: found.port }
    this.#coordinators.set(cacheKey, node)
    return node
  }

  // ---- requests ----

  /** One try. `any` goes through the brokers until one answers; use it for what may be asked twice. */
  async send<A extends Api>(target: Target, api: A, body: RequestOf<A>, options?: SendOptions): Promise<ResponseOf<A>> {
    if (target === 'any') return this.#sendToAny(api, body, options)
    return (await this.#connectionTo(target)).send(api, body, options)
  }

  /** Until it succeeds, the error is final, or the time is over; what an error shows to be stale is looked up again. */
  sendWithRetry<A extends Api>(
    target: Target,
    api: A,
    body: RequestOf<A>,
    { check, versionMax, ...settings }: RetrySettings<ResponseOf<A>> = {},
  ): Promise<ResponseOf<A>> {
    return this.retry(async leftMs => {
      const timeoutMs = Math.min(leftMs, this.settings.requestTimeoutMs)
      const options = { timeoutMs, ...(versionMax === undefined ? {} : { versionMax }) }
      const answer = await this.send(target, api, body, options)
      check?.(answer)
      return answer
    }, settings)
  }

  /** The same for work of more than one request. */
  retry<T>(
    attempt: (leftMs: number) => Promise<T>,
    settings: Omit<RetrySettings<never>, 'check' | 'versionMax'> = {},
  ): Promise<T> {
    const { timeoutMs = this.settings.requestTimeoutMs, isWorthAnotherTry, pauseMsOf } = settings
    const options = {
      timeoutMs,
      backoff: { initialMs: this.settings.retryBackoffMs, maxMs: retryBackoffMaxMs },
      onFailure: (error: MillraceError) => this.forget(error),
      ...(isWorthAnotherTry === undefined ? {} : { isWorthAnotherTry }),
      ...(pauseMsOf === undefined ? {} : { pauseMsOf }),
    }
    return retry(attempt, options, this.#deps)
  }

  /** Drops from the cache what an error proves wrong; the next one who needs it asks. */
  forget(error: MillraceError): void {
    const isNetworkTrouble = error.kafkaCode === undefined
    const { refresh } = kafkaErrorKind(error.kafkaCode ?? kafkaCode.NONE)
    if (isNetworkTrouble || refresh === 'coordinator') this.#coordinators.clear()
    if (isNetworkTrouble || refresh === 'metadata') this.#cache.outdate()
  }

  async close(): Promise<void> {
    this.#closing.abort(closedHere())
    await this.#links.close()
  }

  async #sendToAny<A extends Api>(api: A, body: RequestOf<A>, options?: SendOptions): Promise<ResponseOf<A>> {
    const giveUpMs = this.settings.requestTimeoutMs
    const patienceMs = Math.min(patienceMaxMs, giveUpMs / 4)
    const ask = async (node: HostPort) => (await this.#links.connection(node)).send(api, body, options)
    try {
      return await firstAnswer(this.#candidates(), ask, { patienceMs, giveUpMs, ...this.#waiting }, allFailed)
    } catch (error) {
      if (this.#closing.signal.aborted) throw closedHere()
      throw error
    }
  }

  /** Known brokers, those first that work; after all of them the bootstrap addresses, as in the beginning (KIP-899). */
  #candidates(): Iterable<HostPort> {
    const brokers = [...this.#cache.latest.brokers.values()].map(node => ({ node, order: this.#deps.random() }))
    brokers.sort((a, b) => this.#links.rankOf(a.node) - this.#links.rankOf(b.node) || a.order - b.order)
    const nodes: HostPort[] = [...brokers.map(({ node }) => node), ...this.settings.bootstrap]
    return new Map(nodes.map(node => [nameOf(node), node])).values()
  }
}

const again = { retriable: true }

async function sleep(durationMs: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(durationMs, undefined, { signal })
  } catch {
    // The timer has one way to fail: it was called off.
    throw closedHere()
  }
}

const waited = (durationMs: number, signal: AbortSignal) => delay(durationMs, undefined, { signal }).catch(() => {})
