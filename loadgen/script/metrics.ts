// The metrics that every script has: k6's by k6's names, and what millrace's own produce and consume add.
import type { MetricDefinition } from '../verdict/thresholds/readings.ts'

const counter = (help: string, unit: 'count' | 'bytes' | 'records' = 'count'): MetricDefinition => ({
  kind: 'counter',
  unit,
  help,
})
const time = (help: string): MetricDefinition => ({ kind: 'trend', unit: 'ms', help })

export const builtInMetrics = {
  iterations: counter('Iterations that were complete.'),
  iteration_duration: time('From the call of the function to its end.'),
  dropped_iterations: counter('Iterations that were to be and were not begun.'),
  checks: { kind: 'rate', unit: 'share', help: 'Checks that held.' },
  vus: { kind: 'gauge', unit: 'count', help: 'VUs at work.' },
  vus_max: { kind: 'gauge', unit: 'count', help: 'VUs that are there.' },
  group_duration: time('From the beginning of a group to its end.'),
  data_sent: counter('Keys and values of acknowledged records.', 'bytes'),
  data_received: counter('Keys and values of records that were read.', 'bytes'),
  records_produced: counter('Records that were acknowledged.', 'records'),
  transactions_committed: counter('Transactions of functions that were committed.'),
  transactions_aborted: counter('Aborted by the function: by abort(), or because it threw.'),
  transactions_failed: counter('Aborted by an error, or nobody knows how they ended.'),
  records_committed: counter('Acknowledged records of transactions that were committed.', 'records'),
  records_aborted: counter('Acknowledged records of transactions that were aborted or have failed.', 'records'),
  records_consumed: counter('Records that were read.', 'records'),
  produce_errors: counter('Records that were given up on.', 'records'),
  produce_failed: {
    kind: 'rate',
    unit: 'share',
    help: 'Of all records that were produced: those that were given up on.',
  },
  response_time: time('Of produce: from the call to the acknowledgement.'),
  commit_time: time('From asking for the commit of a transaction to the answer.'),
  consume_time: time('Of consume: from the call to its answer.'),
  e2e_time: time('Of a record that was read: from its timestamp to its being read, by the clocks of both ends.'),
  script_exceptions: counter('Iterations that ended with an exception; they count as complete, as in k6.'),
} as const satisfies Readonly<Record<string, MetricDefinition>>
