// The lines of a text report on transactions.
import type { ProcessResult } from '../process/model.ts'
import type { Result } from '../result.ts'
import type { TransactionsResult } from '../result-parts.ts'
import { countText, msText, plural, rateText } from './format.ts'
import { line } from './lines.ts'

export function transactionLines(transactions: TransactionsResult | undefined): string[] {
  if (transactions === undefined) return []
  const { committed, aborted, failed, recordsCommitted, recordsAborted, commitLatency, committedPerSec } = transactions
  const parts = [
    `${countText(committed)} committed${committedPerSec === undefined ? '' : ` (${rateText(committedPerSec)})`}`,
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

/** In a phrase each, for reports that have no room for more. */
export function transactionNotes({ produce, process }: Pick<Result, 'produce' | 'process'>): string[] {
  const transactions = produce?.transactions ?? process?.transactions
  return [
    ...(transactions === undefined ? [] : [endsText(transactions)]),
    ...(process === undefined ? [] : processNotes(process)),
  ]
}

function endsText({ committed, aborted, failed, commitLatency }: TransactionsResult): string {
  const by = failed === 0 ? '' : `, ${countText(failed)} aborted by errors`
  const times = commitLatency === undefined ? '' : `, commit p99 ${msText(commitLatency.p99Ms)} ms`
  return `${plural(committed, 'transaction')} committed, ${countText(aborted)} aborted${by}${times}`
}

function processNotes({ forwardTopic, forwarded, deadLetterTopic, deadLettered, proof, transactions }: ProcessResult) {
  const { expected = 0, written = 0, lost = 0, duplicated = 0 } = proof ?? {}
  const promise = transactions === undefined ? 'at least once' : 'exactly once'
  const found = `${countText(written)} of ${countText(expected)} found, ${countText(lost)} lost, ${countText(duplicated)} duplicated`
  return [
    ...(forwardTopic === undefined ? [] : [`${countText(forwarded)} passed on to ${forwardTopic}`]),
    ...(deadLetterTopic === undefined ? [] : [`${countText(deadLettered)} dead letters to ${deadLetterTopic}`]),
    ...(proof === undefined ? [] : [`${promise}: ${found}`]),
  ]
}
