// Transactions as the cluster keeps them: the coordinator, the markers that an ending writes, and the timers.
//
// An ending waits where a partition has no leader or the memory is full, as in Kafka, and is tried again; until all its
// markers are there, the transaction is neither this nor that and its producer has to wait.
import { kafkaCode } from '../wire/error-codes.ts'
import type { ClusterState } from './cluster.ts'
import { makeGroupCoordinator } from './groups/of-cluster.ts'
import type { Partition } from './partition.ts'
import { type MarkerIdentity, makeProducerStates } from './producer-state.ts'
import type { Cancel } from './scheduler.ts'
import { type Ending, type TopicPartition, TransactionCoordinator } from './transactions.ts'

/** The coordinator never moves, so its epoch stays. */
const coordinatorEpoch = 0
const retryMs = 100
/** transaction.remove.expired.transaction.cleanup.interval.ms of Kafka. */
const cleanupMs = 3_600_000

export type MarkerKind = Ending['kind']

export class TransactionService {
  readonly coordinator: TransactionCoordinator
  readonly #cluster: ClusterState
  /** Markers that could not be written yet. */
  readonly #unwritten = new Map<Ending, readonly TopicPartition[]>()
  #timer: { readonly atMs: number; readonly cancel: Cancel } | undefined
  #isRetrying = false

  constructor(cluster: ClusterState) {
    this.#cluster = cluster
    this.coordinator = new TransactionCoordinator({
      nextProducerId: () => cluster.takeProducerId(),
      timeoutMsMax: () => cluster.configs.numberOf('transaction.max.timeout.ms'),
      idleMsMax: () => cluster.configs.numberOf('transactional.id.expiration.ms'),
    })
  }

  /** To be called when a transaction has begun: it may be the next to time out. */
  watchTimeout(transactionalId: string): void {
    const transaction = this.coordinator.get(transactionalId)
    if (transaction?.state === 'Ongoing') this.#arm(transaction.startedAtMs + transaction.timeoutMs)
  }

  /** Writes the markers of an ending, now or as soon as it can be done. */
  end(ending: Ending | undefined): void {
    if (ending === undefined) return
    // Like markers in the partition of the group's offsets, which is always there.
    this.#cluster.part(makeGroupCoordinator).offsets.complete(ending.producerId, ending.kind, ending.groups)
    this.#write(ending, ending.partitions)
  }

  /** One marker; NONE, or why it was not written. Watchers of the partition see the new last stable offset. */
  writeMarker(partition: Partition, marker: MarkerIdentity, kind: MarkerKind): number {
    if (partition.leaderId < 0) return kafkaCode.LEADER_NOT_AVAILABLE
    const states = partition.part(makeProducerStates)
    const errorCode = states.checkMarker(marker)
    if (errorCode !== kafkaCode.NONE) return errorCode
    if (partition.appendMarker({ ...marker, kind }) === undefined) return kafkaCode.KAFKA_STORAGE_ERROR
    states.appendMarker(marker, this.#cluster.nowMs)
    return kafkaCode.NONE
  }

  #write(ending: Ending, partitions: readonly TopicPartition[]): void {
    const left = partitions.filter(each => !this.#isWritten(ending, each))
    if (left.length > 0) {
      this.#unwritten.set(ending, left)
      return this.#retryLater()
    }
    this.#unwritten.delete(ending)
    this.coordinator.ended(ending, this.#cluster.nowMs)
  }

  #isWritten({ kind, producerId, producerEpoch }: Ending, { topic, partition: index }: TopicPartition): boolean {
    const partition = this.#cluster.partition(topic, index)
    // Deleted in between: there is nothing to decide any more.
    if (partition === undefined) return true
    const errorCode = this.writeMarker(partition, { producerId, producerEpoch, coordinatorEpoch }, kind)
    // A newer epoch has been here: whoever fenced this producer has ended its transaction.
    return errorCode === kafkaCode.NONE || errorCode === kafkaCode.INVALID_PRODUCER_EPOCH
  }

  #retryLater(): void {
    if (this.#isRetrying) return
    this.#isRetrying = true
    this.#cluster.scheduler.after(retryMs, () => {
      this.#isRetrying = false
      for (const [ending, partitions] of [...this.#unwritten]) this.#write(ending, partitions)
    })
  }

  #arm(atMs: number): void {
    if (this.#timer !== undefined && this.#timer.atMs <= atMs) return
    this.#timer?.cancel()
    const cancel = this.#cluster.scheduler.after(Math.max(1, atMs - this.#cluster.nowMs), () => this.#expire())
    this.#timer = { atMs, cancel }
  }

  #expire(): void {
    this.#timer = undefined
    const { nowMs } = this.#cluster
    for (const ending of this.coordinator.expire(nowMs)) this.end(ending)
    // Idle ids are forgotten now and then, as long as there are any.
    const isNeeded = this.coordinator.list().length > 0
    const nextMs = this.coordinator.nextDeadlineMs ?? (isNeeded ? nowMs + cleanupMs : undefined)
    if (nextMs !== undefined) this.#arm(nextMs)
  }
}

export const makeTransactions = (cluster: ClusterState): TransactionService => new TransactionService(cluster)

/** Clients of older versions know only this code for a producer that has been fenced (KIP-588). */
export const fencedFor = (errorCode: number, knowsFenced: boolean): number =>
  errorCode === kafkaCode.PRODUCER_FENCED && !knowsFenced ? kafkaCode.INVALID_PRODUCER_EPOCH : errorCode
