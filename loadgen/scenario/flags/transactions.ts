// How a bench run produces in transactions.
import { parseDuration, parseFraction, parseWhole } from '../../../core/units.ts'
import { optional, withDefault } from '../flag.ts'
import { bounded, parseText } from '../parsers.ts'
import { all, dayMs, int32Max, msToText, timer } from './shared.ts'

const transactions = { group: 'Transactions:', modes: all }

export const transactionFlags = {
  transactionalId: optional({
    ...transactions,
    placeholder: 'prefix',
    help: 'write in transactions: one producer for each worker (or consumer with --forward-topic), with this and its number as its id',
    parse: parseText,
    fallbackText: 'none, or one for the run where another of these flags is given',
  }),
  transactionRecords: optional({
    ...transactions,
    placeholder: 'count',
    help: 'a transaction is committed after so many records of its producer',
    parse: parseWhole(1, int32Max),
  }),
  transactionDuration: optional({
    ...transactions,
    placeholder: 'time',
    help: 'or when its first record is this old',
    parse: bounded(parseDuration, 1, dayMs, 'between 1ms and 1d'),
    fallbackText: '3s; with --transaction-records half of the timeout',
  }),
  abortRatio: withDefault('0', {
    ...transactions,
    placeholder: 'share',
    help: 'share of the transactions that are aborted instead, 0 to 1, drawn by --seed',
    parse: parseFraction,
  }),
  transactionTimeout: withDefault('1m', {
    ...transactions,
    placeholder: 'time',
    help: 'the coordinator aborts a transaction that is open for longer, and fences its producer',
    parse: timer,
    property: { name: 'transaction.timeout.ms', toText: msToText },
  }),
} as const
