// The side of a run that commits: producers of records in transactions, or consumers that pass records on. What windows tell of it is
// absent in runs that have none.
import type { Meter, MeterSide } from './meter.ts'
import { percentilesMs } from './meter-summaries.ts'
import type { BenchPlan } from './plan.ts'
import type { Handled, TransactionEnds } from './progress.ts'
import type { Window } from './result.ts'
import type { Counts } from './worker/slots.ts'

export interface Committer {
  readonly side: 'produce' | 'consume'
  /** false: offsets are committed behind what was written. */
  readonly inTransactions: boolean
  /** Records are passed on, left to the dead letter queue or passed over. */
  readonly handles: boolean
}

export function committerOf({ produce, consume }: Pick<BenchPlan, 'produce' | 'consume'>): Committer | undefined {
  if (produce?.transactions !== undefined) return { side: 'produce', inTransactions: true, handles: false }
  const handling = consume?.process?.handling
  if (handling === undefined) return undefined
  return { side: 'consume', inTransactions: handling.transactions !== undefined, handles: true }
}

export interface Committed {
  readonly transactions?: TransactionEnds
  readonly handled?: Handled
}

/** Up to this moment. */
export function committedSoFar(meter: Pick<Meter, 'soFar'>, { side, inTransactions, handles }: Committer): Committed {
  const of = (counter: keyof Counts) => meter.soFar(side, counter) ?? 0
  return {
    ...(inTransactions && {
      transactions: { committed: of('commits'), aborted: of('aborts'), failed: of('abortsForced') },
    }),
    ...(handles && {
      handled: { forwarded: of('forwarded'), deadLettered: of('deadLettered'), skipped: of('skipped') },
    }),
  }
}

export function committerWindow(
  { inTransactions, handles }: Committer,
  { commits, aborts, abortsForced, recordsCommitted, recordsAborted, ...handled }: Counts,
  { intervalCommit }: Pick<MeterSide, 'intervalCommit'>,
): Partial<Window> {
  const { forwarded, deadLettered, skipped, failedTries } = handled
  const counts = {
    ...(inTransactions && {
      ...{ transactionsCommitted: commits, transactionsAborted: aborts, transactionsFailed: abortsForced },
      ...{ recordsCommitted, recordsAborted },
    }),
    ...(handles && { forwarded, deadLettered, skipped, failedTries }),
  }
  if (intervalCommit.totalCount === 0) return counts
  const [commitP50Ms, commitP99Ms, commitP999Ms, commitMaxMs] = percentilesMs(intervalCommit)
  return { ...counts, commitP50Ms, commitP99Ms, commitP999Ms, commitMaxMs }
}
