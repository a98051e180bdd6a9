// Shows what reports say of transactions and of records that were passed on.
import { expect, it } from 'vitest'
import type { ProcessResult } from '../../../loadgen/process/model.ts'
import { processLines } from '../../../loadgen/report/process-text.ts'
import { transactionLines, transactionNotes } from '../../../loadgen/report/transaction-text.ts'

const ms = { count: 41, meanMs: 5, minMs: 1, p50Ms: 4.19, p75Ms: 5, p90Ms: 6, p95Ms: 7, p99Ms: 62.6, p999Ms: 62.6 }
const commitLatency = { ...ms, p9999Ms: 62.6, maxMs: 70, from: 'commitAsked' } as const
const transactions = {
  committed: 41,
  aborted: 8,
  failed: 0,
  recordsCommitted: 24_229,
  recordsAborted: 5_771,
  commitLatency,
}
const process: ProcessResult = {
  ...{ forwardTopic: 'out', deadLetterTopic: 'dead', forwarded: 980, deadLettered: 20, skipped: 0, failedTries: 60 },
  ...{ transactions, proof: { expected: 1_000, written: 1_000, lost: 0, duplicated: 0, unexpected: 0 } },
}

it('transactions: how they ended, with how many records, and how long commits took', () => {
  expect(transactionLines({ ...transactions, failed: 2 }).map(text => text.trim())).toEqual([
    'transactions   41 committed, 8 aborted on purpose, 2 ABORTED BY ERRORS',
    '24,229 records committed, 5,771 aborted',
    'commit         p50 4.19 ms, p99 62.60 ms, max 70.00 ms: from asking for it to the answer',
  ])
  expect(transactionLines({ ...transactions, committedPerSec: 4.21 })[0]).toContain('41 committed (4.2/s), 8')
  expect(transactionLines(undefined)).toEqual([])
})

it('records that were passed on: where to, and the proof', () => {
  const text = processLines(process).map(each => each.trim())
  expect(text[0]).toBe('passed on      980 records to out')
  expect(text[1]).toBe('dead letters   20 records to dead')
  expect(text.at(-1)).toBe(
    'exactly once   1,000 of 1,000 found where they belong, 0 lost, 0 duplicated, 0 not committed',
  )
  const { transactions: _, ...without } = process
  expect(processLines(without).at(-1)).toContain('at least once')
})

it('in a phrase each', () => {
  expect(transactionNotes({ process })).toEqual([
    '41 transactions committed, 8 aborted, commit p99 62.60 ms',
    '980 passed on to out',
    '20 dead letters to dead',
    'exactly once: 1,000 of 1,000 found, 0 lost, 0 duplicated',
  ])
  expect(transactionNotes({})).toEqual([])
})
