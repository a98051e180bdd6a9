// What a worker does from its start to its end, and what it does it with.
import type { Clock } from '../../core/clock.ts'
import { MillraceError } from '../../core/errors.ts'
import type { Cluster } from '../../wire/cluster.ts'
import { type Connection, openConnection } from '../../wire/connection.ts'
import type { FromWorker, Outcome, Positions, ToWorker, WorkerStart } from './contract.ts'
import { LeaderLookup } from './leaders.ts'
import type { WorkerSlots } from './slots.ts'

export interface Job {
  run(startNs: number, stopNs: number): Promise<void>
  /** Anything but the start and the end. */
  hear(message: Exclude<ToWorker, { readonly type: 'start' | 'leave' }>): void
  positions(): Positions
  outcome(): Outcome
  close(): Promise<void>
  /** After its counts are told, and all workers have finished: what takes time and is not part of the run. */
  leave?(): Promise<void>
}

export interface JobContext {
  readonly start: WorkerStart
  readonly clock: Clock
  readonly slots: WorkerSlots
  readonly cluster: Cluster
  say(message: FromWorker): void
  onRetry(code: string): void
  onNotice(text: string): void
}

export const noOutcome: Outcome = { books: [], ledgers: [], positions: {}, reachedEnd: false }

export async function connectTo(context: JobContext, brokerId: number, inFlightMax: number): Promise<Connection> {
  const { start, clock, cluster } = context
  const { brokers } = await cluster.metadata([start.topic.name], { allowCached: true })
  const broker = brokers.get(brokerId)
  if (broker !== undefined) return openConnection(broker, start.plan.client, { clock, inFlightMax })
  throw new MillraceError('BROKER_UNREACHABLE', `broker ${brokerId} is not in the cluster's metadata`, {
    retriable: true,
  })
}

export const leaderLookup = ({ start, clock, cluster }: JobContext) =>
  new LeaderLookup(cluster, start.topic, start.leaders.length, () => clock.nowNs() / 1e6)
