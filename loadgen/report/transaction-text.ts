// The lines of a text report on transactions.
import type { TransactionsResult } from '../result-parts.ts'
import { countText, msText, plural } from './format.ts'
import { line } from './lines.ts'

export function transactionLines(transactions: TransactionsResult | undefined): string[] {
  if (transactions === undefined) return []
  const { committed, aborted, failed, recordsCommitted, recordsAborted, commitLatency } = transactions
  const parts = [
    `${countText(committed)} committed`,
    ...(aborted === 0 ? [] : [`${countText(aborted)} aborted on purpose`]),
    ...(failed === 0 ? [] : [`${countText(failed)} ABORTED BY ERRORS`]),
  ]
  const records = `${plural(recordsCommitted, 'record')} committed, ${countText(recordsAborted)} aborted`
  return [line('transactions', parts.join(', ')), line('', records), ...commitLines(commitLatency)]
}

export function commitLines(commit: TransactionsResult['commitLatency']): string[] {
  if (commit === undefined) return []
  const times = [`p50 ${msText(commit.p50Ms)} ms`, `p99 ${msText(commit.p99Ms)} ms`, `max ${msText(commit.maxMs)} ms`]
  return [line('commit', `${times.join(', ')}: from asking for it to the answer`)]
}
