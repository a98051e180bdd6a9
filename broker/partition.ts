// One partition as the cluster keeps it: who leads it, who replicates it, who is in sync, and its log.
//
// All brokers share one log a partition, so a replica is in sync unless it is stopped or was taken out of the ISR on purpose.
import { kafkaCode } from '../wire/error-codes.ts'
import { buildMarker, type EndTransaction } from '../wire/record-batch/control.ts'
import { BatchHeader } from '../wire/record-batch/scan.ts'
import { type LogDeps, PartitionLog } from './log.ts'

export interface MarkerAppend {
  readonly kind: EndTransaction
  readonly producerId: number
  readonly producerEpoch: number
  readonly coordinatorEpoch: number
}

export class Partition {
  readonly topicName: string
  readonly topicId: string
  readonly index: number
  readonly log: PartitionLog
  readonly #nowMs: () => number
  readonly #parts = new Map<unknown, unknown>()
  readonly #watchers = new Set<() => void>()
  /** -1: none, the partition is offline. */
  leaderId = -1
  leaderEpoch = 0
  replicas: readonly number[]
  isr: readonly number[]
  /** Out of the ISR because somebody said so, until somebody says otherwise. */
  readonly heldOutOfIsr = new Set<number>()

  constructor(topic: { name: string; id: string }, index: number, replicas: readonly number[], deps: LogDeps) {
    this.topicName = topic.name
    this.topicId = topic.id
    this.index = index
    this.replicas = replicas
    this.isr = replicas
    this.leaderId = replicas[0] ?? -1
    this.log = new PartitionLog(deps)
    this.#nowMs = deps.nowMs
  }

  get isUnderReplicated(): boolean {
    return this.isr.length < this.replicas.length
  }

  /** What another module keeps for this partition (a producer's sequences): made at the first use. */
  part<T>(make: (partition: Partition) => T): T {
    let found = this.#parts.get(make)
    if (found === undefined) {
      found = make(this)
      this.#parts.set(make, found)
    }
    return found as T
  }

  /** Called after every change that a waiting request may care about; returns how to stop. */
  watch(changed: () => void): () => void {
    this.#watchers.add(changed)
    return () => this.#watchers.delete(changed)
  }

  /** Wakes who waits for this partition. */
  changed(): void {
    if (this.#watchers.size === 0) return
    for (const watcher of [...this.#watchers]) watcher()
  }

  /** Appends and wakes; undefined when there is no memory left. */
  append(batch: BatchHeader): number | undefined {
    const baseOffset = this.log.append(batch, this.leaderEpoch)
    if (baseOffset !== undefined) this.changed()
    return baseOffset
  }

  /** Ends a producer's transaction in this partition; the marker's offset, or undefined when there is no memory left. */
  appendMarker(marker: MarkerAppend): number | undefined {
    const batch = new BatchHeader()
    batch.read(buildMarker({ ...marker, timestampMs: this.#nowMs() }), 0)
    return this.append(batch)
  }

  // ---- leadership ----

  /** The code for a request at this broker: NONE when it leads, and the caller's epoch (-1: any) is the current one. */
  leadershipCode(brokerId: number, callerEpoch = -1): number {
    if (this.leaderId !== brokerId) return kafkaCode.NOT_LEADER_OR_FOLLOWER
    if (callerEpoch === -1 || callerEpoch === this.leaderEpoch) return kafkaCode.NONE
    return callerEpoch < this.leaderEpoch ? kafkaCode.FENCED_LEADER_EPOCH : kafkaCode.UNKNOWN_LEADER_EPOCH
  }

  setLeader(brokerId: number): void {
    if (brokerId === this.leaderId) return
    this.leaderId = brokerId
    this.leaderEpoch++
    this.changed()
  }

  /** Brings ISR and leader in line with which brokers are alive. */
  settle(isAlive: (brokerId: number) => boolean): void {
    const inSync = this.replicas.filter(id => isAlive(id) && !this.heldOutOfIsr.has(id))
    // An empty ISR keeps its last member, which alone may lead again: Kafka's rule for clean elections.
    const mayLead = this.isr.filter(isAlive)
    if (mayLead.length === 0) {
      if (this.leaderId >= 0) this.isr = [this.leaderId]
      return this.setLeader(-1)
    }
    if (inSync.length > 0) this.isr = inSync
    const successor = mayLead.find(id => this.isr.includes(id))
    if (!mayLead.includes(this.leaderId) || !this.isr.includes(this.leaderId)) this.setLeader(successor ?? this.isr[0]!)
    this.changed()
  }
}
