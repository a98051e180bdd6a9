// The parts of the page about what is committed: transactions of producers, and what consumers have made of what they read.
import type { ProcessResult } from '../../../process/model.ts'
import type { LatencySummary, Result } from '../../../result.ts'
import type { TransactionsResult } from '../../../result-parts.ts'
import { countText, msText, rateNumberText, rateText } from '../../format.ts'
import { type Child, card, facts, value } from './dom.ts'
import type { Tile } from './tiles.ts'

type Entry = readonly [string, Child]

/** Where the result has the transactions of the run, if it has any. */
function transactionsOf({ produce, process }: Result): { path: string; transactions: TransactionsResult } | undefined {
  if (produce?.transactions !== undefined) return { path: 'produce.transactions', transactions: produce.transactions }
  return process?.transactions && { path: 'process.transactions', transactions: process.transactions }
}

/** Commits have times with transactions and without. */
export function commitLatencyOf(result: Result): { path: string; latency: LatencySummary } | undefined {
  const { path, transactions } = transactionsOf(result) ?? {}
  if (transactions?.commitLatency !== undefined) {
    return { path: `${path}.commitLatency`, latency: transactions.commitLatency }
  }
  const latency = result.process?.commitLatency
  return latency && { path: 'process.commitLatency', latency }
}

export function committedTiles(result: Result): Tile[] {
  const found = transactionsOf(result)
  const commit = commitLatencyOf(result)
  return [
    ...(result.process === undefined ? [] : processTiles(result.process)),
    ...(found === undefined ? [] : transactionTiles(found.path, found.transactions)),
    ...(commit === undefined
      ? []
      : (['p50Ms', 'p99Ms', 'maxMs'] as const).map(key => ({
          label: `commit ${key.replace('Ms', '')}`,
          path: `${commit.path}.${key}`,
          text: msText(commit.latency[key]),
          unit: 'ms',
        }))),
  ]
}

function transactionTiles(path: string, { committed, aborted, failed, committedPerSec }: TransactionsResult): Tile[] {
  const notes = [
    ...(committedPerSec === undefined ? [] : [`${countText(committed)} in all`]),
    ...(aborted === 0 ? [] : [`${countText(aborted)} aborted on purpose`]),
  ]
  const note = notes.length === 0 ? {} : { note: notes.join(', ') }
  const label = 'committed transactions'
  return [
    committedPerSec === undefined
      ? { label, path: `${path}.committed`, text: countText(committed), ...note }
      : {
          ...{ label, path: `${path}.committedPerSec`, unit: '/s', ...note },
          text: rateNumberText(committedPerSec),
        },
    ...(failed === 0
      ? []
      : [{ label: 'aborted by errors', path: `${path}.failed`, text: countText(failed), tone: 'bad' as const }]),
  ]
}

function processTiles({ forwardTopic, forwarded, forwardedPerSec, ...process }: ProcessResult): Tile[] {
  const { deadLetterTopic, deadLettered, proof, transactions } = process
  const rate = forwardedPerSec === undefined ? [] : [rateText(forwardedPerSec)]
  const note = (topic: string) => ({ note: [...rate, `to ${topic}`].join(' ') })
  const isProven =
    proof && proof.lost === 0 && (transactions === undefined || proof.duplicated + proof.unexpected === 0)
  return [
    ...(forwardTopic === undefined
      ? []
      : [{ label: 'passed on', path: 'process.forwarded', text: countText(forwarded), ...note(forwardTopic) }]),
    ...(deadLetterTopic === undefined
      ? []
      : [
          {
            ...{ label: 'dead letters', path: 'process.deadLettered', text: countText(deadLettered) },
            note: `to ${deadLetterTopic}`,
          },
        ]),
    ...(proof === undefined
      ? []
      : [
          {
            label: transactions === undefined ? 'at least once' : 'exactly once',
            path: 'process.proof.written',
            text: countText(proof.written),
            tone: isProven ? ('good' as const) : ('bad' as const),
            note: `found of ${countText(proof.expected)}`,
          },
        ]),
  ]
}

export function committed(result: Result): HTMLElement | undefined {
  const found = transactionsOf(result)
  const { process } = result
  if (found === undefined && process === undefined) return undefined
  const entries = [
    ...(process === undefined ? [] : processFacts(process)),
    ...(found === undefined ? [] : transactionFacts(found.path, found.transactions)),
  ]
  return card(process === undefined ? 'Transactions' : 'Read, process, write', facts(entries))
}

/** A count where the result has it. */
const counted = (name: string, path: string, count: number | undefined): Entry => [
  name,
  count === undefined ? undefined : value(path, countText(count)),
]

/** Of the measured time. */
const rated = (name: string, path: string, perSec: number | undefined): Entry => [
  name,
  perSec === undefined ? undefined : value(path, rateNumberText(perSec)),
]

const transactionFacts = (path: string, all: TransactionsResult): Entry[] => [
  counted('transactions committed', `${path}.committed`, all.committed),
  rated('committed a second', `${path}.committedPerSec`, all.committedPerSec),
  counted('aborted on purpose', `${path}.aborted`, all.aborted),
  rated('aborted a second', `${path}.abortedPerSec`, all.abortedPerSec),
  counted('aborted by errors', `${path}.failed`, all.failed),
  rated('aborted by errors a second', `${path}.failedPerSec`, all.failedPerSec),
  counted('records committed', `${path}.recordsCommitted`, all.recordsCommitted),
  rated('records committed a second', `${path}.recordsCommittedPerSec`, all.recordsCommittedPerSec),
  counted('records aborted', `${path}.recordsAborted`, all.recordsAborted),
]

const processFacts = (process: ProcessResult): Entry[] => [
  counted('records passed on', 'process.forwarded', process.forwarded),
  rated('passed on a second', 'process.forwardedPerSec', process.forwardedPerSec),
  counted('dead letters', 'process.deadLettered', process.deadLettered),
  counted('passed over', 'process.skipped', process.skipped),
  counted('tries failed', 'process.failedTries', process.failedTries),
  counted('to be found', 'process.proof.expected', process.proof?.expected),
  counted('found where they belong', 'process.proof.written', process.proof?.written),
  counted('lost', 'process.proof.lost', process.proof?.lost),
  counted('duplicated', 'process.proof.duplicated', process.proof?.duplicated),
  counted('found and not committed', 'process.proof.unexpected', process.proof?.unexpected),
]
