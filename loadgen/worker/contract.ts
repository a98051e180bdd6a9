// What the main thread and a worker say to each other. Nothing here is said per record: counts and latencies go through
// shared memory (slots.ts), these messages mark the steps of a run and its rare events.

import type { ClockOrigin } from '../../core/clock.ts'
import type { ErrorCode } from '../../core/errors.ts'
import type { RunIdentity } from '../payload/stamp.ts'
import type { BenchPlan, RatePlan } from '../plan.ts'
import type { LedgerOutcome } from './ledger.ts'

export type WorkerRole = 'produce' | 'consume'

export interface WorkerStart {
  readonly role: WorkerRole
  readonly plan: BenchPlan
  readonly worker: number
  readonly slots: SharedArrayBuffer
  readonly health: SharedArrayBuffer
  readonly clock: ClockOrigin
  readonly run: RunIdentity
  readonly topic: { readonly name: string; readonly id: string }
  /** Leader of each partition. */
  readonly leaders: readonly number[]
  /** Consumers: what this worker reads. */
  readonly assignments: readonly Assignment[]
  /** Producers: the rate over all workers, in records; undefined: flat out. */
  readonly rate: RatePlan | undefined
  readonly recordsMax: number
  /** Consumers: what all of them together may count (record-limit.ts); absent: there is no limit. */
  readonly recordLimit?: SharedArrayBuffer
  /** Consumers: what the clocks of other runs are off (clock/shared-offsets.ts). */
  readonly offsets?: SharedArrayBuffer
  /** Consumers: how far all of them together have read (read-positions.ts); absent: nothing is read twice. */
  readonly readPositions?: SharedArrayBuffer
  /** Consumers that are members of a group: which of the run's, by number; absent: partitions are assigned by the plan. */
  readonly consumers?: readonly number[]
  /** And by partition: where one without a commit is read from. */
  readonly startOffsets?: readonly number[]
}

export interface Assignment {
  readonly partition: number
  readonly startOffset: number
  /** Read up to here; absent: on and on. */
  readonly endOffset?: number
}

export type ToWorker =
  | { readonly type: 'start'; readonly startNs: number; readonly stopNs: number }
  /** Producers make no more; consumers end after the fetch under way. */
  | { readonly type: 'stop' }
  /** Consumers: end when these offsets are reached (index = partition). */
  | { readonly type: 'until'; readonly endOffsets: readonly number[] }
  /** Consumers fetch no more until they are told to go on. */
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  /** Consumers go on from these offsets, each of the partitions that it has. */
  | { readonly type: 'seek'; readonly offsets: Positions }
  /** All workers have finished: members may leave their group, which they would disturb for the others before. */
  | { readonly type: 'leave' }
  /** A consumer leaves its group, with a goodbye or as if it had crashed, or comes back. */
  | { readonly type: 'member'; readonly consumer: number; readonly does: MemberChange }

export type FromWorker =
  | { readonly type: 'ready' }
  /** Retries since the last report, by code. */
  | { readonly type: 'retries'; readonly byCode: Readonly<Record<string, number>> }
  | { readonly type: 'notice'; readonly text: string }
  /** Its warm-up by count was over at this moment. */
  | { readonly type: 'measuring'; readonly fromNs: number }
  | { readonly type: 'ownership'; readonly event: Ownership }
  /** A member has committed its positions, or could not. */
  | { readonly type: 'committed'; readonly isDone: boolean }
  /** The consumer goes on from where it was told to. */
  | { readonly type: 'sought' }
  /** Next offset to read of every partition of this worker, for commits. */
  | { readonly type: 'positions'; readonly positions: Positions }
  | { readonly type: 'done'; readonly outcome: Outcome }
  | { readonly type: 'failed'; readonly error: PlainError; readonly outcome: Outcome }

export type MemberChange = 'leave' | 'kill' | 'join'

/** What has become of partitions of a group: got, being read, given up, gone without a word, left behind by a crash. */
export interface Ownership {
  readonly what: 'assigned' | 'fetching' | 'revoked' | 'lost' | 'killed'
  readonly partitions: readonly number[]
  readonly consumer: number
  readonly ns: number
  /** assigned: where each is read from. */
  readonly offsets?: Positions
}

export type Positions = Readonly<Record<number, number>>

/** What transactions have made of a producer's records of one partition. */
export interface TransactionBook {
  /** Sequences of aborted transactions, from and to (excluded). */
  readonly aborted: readonly (readonly [from: number, to: number])[]
  /** Aborted records beyond those ranges, which were too many to remember. */
  readonly forgotten: number
  /** Acknowledged, whatever became of the transaction: they are in the log. */
  readonly stored: number
  /** Of transactions, in the log beside the records. */
  readonly markers: number
  /** Offsets that may be in the log as well: markers that were asked for again, batches without an answer. */
  readonly uncertain: number
}

/** A producer's records of one partition. */
export interface PartitionBook {
  /** Their sequences are 0 to this, excluded. */
  readonly made: number
  /** In transactions: and committed. */
  readonly acked: number
  /** Sequences whose fate is not known, from and to (excluded): given up on, or without an answer when the run failed. */
  readonly unacknowledged: readonly (readonly [from: number, to: number])[]
  /** Absent: there were none. */
  readonly transactions?: TransactionBook
}

export interface Outcome {
  /** Producers: by partition. */
  readonly books: readonly PartitionBook[]
  /** Consumers: what they have seen of each producer and partition, when the run is over. */
  readonly ledgers: readonly LedgerOutcome[]
  readonly positions: Positions
  readonly reachedEnd: boolean
}

/** An error as plain data, since classes do not survive the way between threads. */
export interface PlainError {
  readonly code: ErrorCode
  readonly message: string
  readonly hint: string
  readonly kafkaCode: number | undefined
}
