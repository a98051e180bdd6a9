// What a producer is told, and what it needs from outside: the loop itself knows no thread, no socket and no metadata.
import type { Clock } from '../../core/clock.ts'
import type { RunIdentity } from '../payload/stamp.ts'
import type { ProducePlan } from '../plan.ts'
import type { Schedule, Stripe } from '../schedule/schedule.ts'
import type { ProducerIdentity } from './batch-builder.ts'
import type { LinkEvents, ProducerLink } from './broker-link.ts'
import type { WorkerSlots } from './slots.ts'
import type { CycleOf, TransactionCycle } from './transaction-cycle.ts'

export interface ProduceLoopSettings {
  readonly plan: ProducePlan
  readonly topic: string
  /** Leader of each partition, by partition. */
  readonly leaders: readonly number[]
  readonly stripe: Stripe
  readonly seed: number
  /** Records whose time comes before this are of the warm-up. */
  readonly warmupMs: number
  /** So many records, over all producers, are of the warm-up; absent: time decides. */
  readonly warmupRecords?: number
  readonly run: RunIdentity
  /** Absent: flat out. */
  readonly schedule?: Schedule
  /** Total over all workers. */
  readonly recordsMax: number
  readonly producer: ProducerIdentity
  readonly retryBackoffMs: number
}

export interface ProduceLoopDeps {
  readonly clock: Clock
  readonly slots: WorkerSlots
  makeLink(brokerId: number, events: LinkEvents): ProducerLink
  /** Asks for leaders anew; resolves with the leader of each partition (-1: none at the moment). */
  refreshLeaders(): Promise<readonly number[]>
  /** Makes the transactions of the loop; absent: there are none. */
  transactions?(of: CycleOf): TransactionCycle
  onRetry(code: string): void
  /** The warm-up by count is over: what is made from this moment on is measured. */
  onMeasuring?(nowNs: number): void
}
