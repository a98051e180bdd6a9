// What the canary has counted so far. Plain data: it is posted to threads.
import type { BucketCounts } from '../../metrics/buckets.ts'
import type { GapReason } from '../gap.ts'
import type { CanaryCounts } from './ledger.ts'

export interface CanaryReport {
  readonly partitions: readonly PartitionBooks[]
  readonly brokers: readonly BrokerBooks[]
  readonly failures: readonly CanaryFailure[]
  readonly commitLatency: BucketCounts
}

export interface PartitionBooks {
  readonly partition: number
  /** Undefined while there is none. */
  readonly leader: number | undefined
  readonly counts: Readonly<CanaryCounts>
  readonly overdue: number
}

export interface BrokerBooks {
  readonly broker: number
  readonly isCovered: boolean
  readonly produceLatency: BucketCounts
  readonly endToEndLatency: BucketCounts
}

export type CanaryStep = 'produce' | 'fetch' | 'commit'

export interface CanaryFailure {
  /** Undefined: the coordinator, whoever that is. */
  readonly broker: number | undefined
  readonly step: CanaryStep
  readonly reason: GapReason
  readonly count: number
}
