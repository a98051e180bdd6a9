// All state of the embedded cluster: brokers, topics, who leads what, settings, memory, time. One thread owns it, so there
// are no locks, and every change is whole before anybody sees it.
//
// Groups, transactions and whatever else has state of its own hang on with `part`: cluster.part(makeGroupCoordinator) makes
// it at the first use and gives the same one ever after, so that this file needs to know none of them.
import { makeRandom, type Random } from '../core/random.ts'
import { BrokerConfigs } from './broker-configs.ts'
import type { Interceptor } from './handler.ts'
import { MemoryBudget } from './memory.ts'
import type { Partition } from './partition.ts'
import { makeScheduler, type Scheduler } from './scheduler.ts'
import { Topics } from './topics.ts'

/** `client` is the one that TLS and users protect; `plain`, if there is one, has neither. */
export type ListenerName = 'client' | 'plain'

export interface BrokerState {
  readonly id: number
  readonly host: string
  /** By listener; known once that is open. */
  readonly ports: Record<ListenerName, number>
  readonly rack: string | null
  isAlive: boolean
}

export interface ClusterOptions {
  /** How many; 1 when left out. Their ids count from `firstBrokerId`. */
  readonly brokers?: number
  readonly firstBrokerId?: number
  readonly host?: string
  readonly racks?: readonly string[]
  /** Broker settings by Kafka's names: num.partitions, auto.create.topics.enable, log.retention.ms and so on. */
  readonly configs?: Readonly<Record<string, string>>
  /** For all logs together; 1 GiB when left out. */
  readonly memoryBytesMax?: number
  /** Acks without storing, serves synthetic records. */
  readonly nullMode?: boolean
  /** Value size of those records; 100 when left out. */
  readonly nullRecordBytes?: number
  /** For faults that strike a share of the requests; the same one when left out. */
  readonly faultSeed?: number
  /** Present: clients must authenticate. */
  readonly sasl?: SaslOptions
}

export interface SaslOptions {
  /** Password by user name. */
  readonly users: Readonly<Record<string, string>>
  /** What is offered; all that sasl.ts knows when left out. */
  readonly mechanisms?: readonly string[]
  /** After so long a client has to authenticate again (KIP-368); never when left out. */
  readonly sessionLifetimeMs?: number
}

export interface ClusterDeps {
  readonly scheduler?: Scheduler
  readonly random?: Random
  /** One line for the log, for people. */
  readonly onNotice?: (line: string) => void
}

/** What is served, as ApiVersions says it; filled in by whoever knows the handlers. */
export interface ServedApi {
  readonly apiKey: number
  readonly minVersion: number
  readonly maxVersion: number
}

const memoryBytesDefault = 1024 * 1024 * 1024
/** Also for tests that watch a topic shrink; Kafka looks every five minutes. */
const retentionCheckMs = 1_000
const noticeEveryMs = 1_000

export class ClusterState {
  readonly clusterId: string
  readonly options: ClusterOptions
  readonly brokers: ReadonlyMap<number, BrokerState>
  readonly configs: BrokerConfigs
  readonly memory: MemoryBudget
  readonly topics: Topics
  readonly scheduler: Scheduler
  readonly random: Random
  readonly isNull: boolean
  served: readonly ServedApi[] = []
  interceptor: Interceptor | undefined
  readonly #onNotice: (line: string) => void
  readonly #parts = new Map<unknown, unknown>()
  readonly #brokerWatchers = new Set<(broker: BrokerState) => void>()
  #nextProducerId = 0
  #nextConnectionId = 0
  #memoryNoticedMs = Number.NEGATIVE_INFINITY
  #cancelRetention = () => {}

  constructor(options: ClusterOptions = {}, { scheduler, random, onNotice }: ClusterDeps = {}) {
    this.options = options
    this.scheduler = scheduler ?? makeScheduler()
    this.random = random ?? makeRandom(Date.now() >>> 0)
    this.clusterId = this.newUuid()
    this.isNull = options.nullMode ?? false
    this.brokers = new Map(makeBrokers(options).map(broker => [broker.id, broker]))
    const replicas = String(Math.min(3, this.brokers.size))
    const given = { 'default.replication.factor': replicas, ...options.configs }
    this.configs = new BrokerConfigs(new Map(Object.entries(given)))
    this.memory = new MemoryBudget(options.memoryBytesMax ?? memoryBytesDefault)
    this.topics = new Topics(this)
    this.#onNotice = onNotice ?? (() => {})
    this.memory.reclaim = () => this.applyRetention()
  }

  get nowMs(): number {
    return this.scheduler.nowMs()
  }

  notice(line: string): void {
    this.#onNotice(line)
  }

  /** What another module keeps for the cluster: made at the first use. */
  part<T>(make: (cluster: ClusterState) => T): T {
    let found = this.#parts.get(make)
    if (found === undefined) {
      found = make(this)
      this.#parts.set(make, found)
    }
    return found as T
  }

  // ---- brokers ----

  get aliveBrokers(): BrokerState[] {
    return [...this.brokers.values()].filter(broker => broker.isAlive)
  }

  /** With KRaft any live broker serves as the controller that clients are told of. */
  get controllerId(): number {
    return this.aliveBrokers[0]?.id ?? -1
  }

  readonly isAlive = (brokerId: number): boolean => this.brokers.get(brokerId)?.isAlive ?? false

  /** The broker in charge of a group or a transactional id; the next one alive when it is down. */
  coordinatorOf(key: string): BrokerState | undefined {
    const all = [...this.brokers.values()]
    const first = hashOf(key) % all.length
    const inOrder = [...all.slice(first), ...all.slice(0, first)]
    return inOrder.find(broker => broker.isAlive)
  }

  isCoordinator(brokerId: number, key: string): boolean {
    return this.coordinatorOf(key)?.id === brokerId
  }

  /** Leadership moves away, its replicas leave the ISR; the server closes its port and its connections. */
  stopBroker(brokerId: number): void {
    this.#setAlive(brokerId, false)
  }

  startBroker(brokerId: number): void {
    this.#setAlive(brokerId, true)
  }

  /** Called when a broker has been stopped or started; returns how to stop. */
  watchBrokers(changed: (broker: BrokerState) => void): () => void {
    this.#brokerWatchers.add(changed)
    return () => this.#brokerWatchers.delete(changed)
  }

  #setAlive(brokerId: number, isAlive: boolean): void {
    const broker = this.brokers.get(brokerId)
    if (broker === undefined || broker.isAlive === isAlive) return
    broker.isAlive = isAlive
    for (const partition of this.partitions()) partition.settle(this.isAlive)
    this.notice(`broker ${brokerId} ${isAlive ? 'started' : 'stopped'}`)
    for (const watcher of [...this.#brokerWatchers]) watcher(broker)
  }

  // ---- partitions ----

  *partitions(): Generator<Partition, void, undefined> {
    for (const topic of this.topics) yield* topic.partitions
  }

  partition(topicName: string, index: number): Partition | undefined {
    return this.topics.byName(topicName)?.partitions[index]
  }

  /** Moves the leader to a live member of the ISR, the next one when none is named; false when it cannot be. */
  moveLeader(partition: Partition, brokerId?: number): boolean {
    const { isr, leaderId } = partition
    const target = brokerId ?? isr.find(id => id !== leaderId && this.isAlive(id))
    if (target === undefined || !isr.includes(target) || !this.isAlive(target)) return false
    partition.setLeader(target)
    return true
  }

  /** Takes a replica out of the ISR until `restoreIsr`. The last one cannot be taken out. */
  shrinkIsr(partition: Partition, brokerId: number): boolean {
    if (!partition.isr.includes(brokerId) || partition.isr.length === 1) return false
    partition.heldOutOfIsr.add(brokerId)
    partition.settle(this.isAlive)
    return true
  }

  restoreIsr(partition: Partition): void {
    partition.heldOutOfIsr.clear()
    partition.settle(this.isAlive)
  }

  // ---- memory ----

  /** A produce request found no room: said once a second at most, because it will be said often. */
  noticeMemory({ topicName, index }: Partition): void {
    if (this.nowMs - this.#memoryNoticedMs < noticeEveryMs) return
    this.#memoryNoticedMs = this.nowMs
    const { usedBytes, limitBytes } = this.memory
    this.notice(
      `memory limit reached (${usedBytes} of ${limitBytes} bytes): ${topicName}-${index} refuses records with KAFKA_STORAGE_ERROR; ` +
        'set retention.bytes or retention.ms on the topic, or raise the limit',
    )
  }

  applyRetention(): void {
    for (const { log } of this.partitions()) log.applyRetention()
  }

  /** From now on retention is applied at intervals, until `close`. */
  keepRetention(): void {
    this.#cancelRetention = this.scheduler.after(retentionCheckMs, () => {
      this.applyRetention()
      this.keepRetention()
    })
  }

  close(): void {
    this.#cancelRetention()
  }

  // ---- ids ----

  takeConnectionId(): number {
    return this.#nextConnectionId++
  }

  takeProducerId(): number {
    return this.#nextProducerId++
  }

  newUuid(): string {
    const bytes = Buffer.from(Array.from({ length: 16 }, () => this.random.below(256)))
    // Version 4, and never a leading dash, which tools would read as a flag.
    bytes[6] = (bytes[6]! & 0x0f) | 0x40
    bytes[0]! &= 0x7f
    bytes[8] = (bytes[8]! & 0x3f) | 0x80
    return bytes.toString('base64url')
  }
}

function makeBrokers({ brokers = 1, firstBrokerId = 1, host = '127.0.0.1', racks }: ClusterOptions): BrokerState[] {
  return Array.from({ length: brokers }, (_, index) => {
    const ports = { client: 0, plain: 0 }
    return { id: firstBrokerId + index, host, ports, rack: racks?.[index] ?? null, isAlive: true }
  })
}

/** java.lang.String.hashCode, made positive: what Kafka spreads coordinators by. */
function hashOf(text: string): number {
  let hash = 0
  for (let index = 0; index < text.length; index++) hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0
  return hash & 0x7fff_ffff
}
