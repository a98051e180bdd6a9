// The metrics of a run that thresholds can name: the same things that the result tells, the live page shows and --prometheus
// exposes (metrics/catalog.ts: millrace_run_...). Times are milliseconds.
import type { BenchMode } from '../../plan.ts'
import type { Counts, TimeName } from '../../worker/slots.ts'
import type { MetricDefinition, MetricDefinitions } from './readings.ts'

export type Side = 'produce' | 'consume'

/** Where a value comes from; absent: from the result, when the run is over. */
export type Origin =
  | { readonly side: Side; readonly time: TimeName }
  /** `measured`: of the measured time; `total`: of the whole run, as the result counts what went wrong. */
  | { readonly side: Side; readonly counter: keyof Counts; readonly of: 'measured' | 'total' }
  | { readonly side: Side; readonly failed: true }
  | { readonly gauge: 'consumer_lag' | 'in_flight' | 'cpu_percent' | 'rss_bytes' }

export interface BenchMetric extends MetricDefinition {
  /** Absent: any. */
  readonly side?: Side
  /** Of the side that commits: `side` is the producers', of consumers that pass records on it is theirs. */
  readonly ofCommits?: boolean
  readonly origin?: Origin
}

const common = ['scenario', 'topic'] as const
const byWorker = ['worker', ...common] as const

const trend = (side: Side, time: TimeName, help: string): BenchMetric => ({
  kind: 'trend',
  unit: 'ms',
  help,
  tags: byWorker,
  side,
  origin: { side, time },
})

const counter = (
  side: Side,
  name: keyof Counts,
  unit: 'records' | 'bytes' | 'count',
  help: string,
  of: 'measured' | 'total' = 'measured',
): BenchMetric => ({ kind: 'counter', unit, help, tags: byWorker, side, origin: { side, counter: name, of } })

const ofCommits = (metric: BenchMetric): BenchMetric => ({ ...metric, ofCommits: true })

const atEnd = (
  kind: MetricDefinition['kind'],
  unit: MetricDefinition['unit'],
  help: string,
  side?: Side,
): BenchMetric => ({ kind, unit, help, tags: common, atEnd: true, ...(side && { side }) })

export const benchMetrics = {
  response_time: trend(
    'produce',
    'latency',
    'Acknowledged minus intended time (--rate), or minus appending (flat out).',
  ),
  service_time: trend('produce', 'service', 'Acknowledged minus first sent.'),
  lateness: trend('produce', 'lateness', 'Sent minus intended time; no samples flat out.'),
  commit_time: ofCommits(
    trend(
      'produce',
      'commit',
      'From asking for a commit to the answer: of a transaction, or of offsets behind what was passed on.',
    ),
  ),
  e2e_time: trend('consume', 'latency', 'Read by the consumer minus intended by the producer.'),
  processing_time: trend('consume', 'service', 'From the answer of a fetch to its records being read, one an answer.'),

  records_produced: counter('produce', 'records', 'records', 'Records that were acknowledged.'),
  bytes_produced: counter('produce', 'bytes', 'bytes', 'Keys and values of acknowledged records.'),
  batches_produced: counter('produce', 'batches', 'count', 'Batches that were acknowledged.'),
  produce_requests: counter('produce', 'requests', 'count', 'Produce requests that were answered.'),
  produce_errors: counter('produce', 'errors', 'records', 'Records that were given up on, in the whole run.', 'total'),
  produce_retries: counter('produce', 'retries', 'count', 'Batches sent again, in the whole run.', 'total'),
  transactions_committed: ofCommits(counter('produce', 'commits', 'count', 'Transactions, in the whole run.', 'total')),
  transactions_aborted: ofCommits(
    counter('produce', 'aborts', 'count', 'Aborted on purpose, in the whole run.', 'total'),
  ),
  transactions_failed: ofCommits(
    counter('produce', 'abortsForced', 'count', 'Aborted by an error, in the whole run.', 'total'),
  ),
  records_consumed: counter('consume', 'records', 'records', 'Records that were read.'),
  bytes_consumed: counter('consume', 'bytes', 'bytes', 'Keys and values of records that were read.'),
  fetches: counter('consume', 'requests', 'count', 'Fetches that were answered.'),
  records_forwarded: counter(
    'consume',
    'forwarded',
    'records',
    'Records that consumers have passed on and committed, in the whole run.',
    'total',
  ),
  records_dead_lettered: counter(
    'consume',
    'deadLettered',
    'records',
    'Records left to the dead letter queue and committed, in the whole run.',
    'total',
  ),
  consume_retries: counter('consume', 'retries', 'count', 'Fetches tried again, in the whole run.', 'total'),

  produce_failed: {
    kind: 'rate',
    unit: 'share',
    help: 'Of all records that were made, acknowledged or given up on: those that were given up on.',
    tags: byWorker,
    side: 'produce',
    origin: { side: 'produce', failed: true },
  },
  consumer_lag: {
    kind: 'gauge',
    unit: 'records',
    help: 'Offsets that the consumers have still to read; over a window the mean.',
    tags: common,
    side: 'consume',
    origin: { gauge: 'consumer_lag' },
  },
  in_flight: {
    kind: 'gauge',
    unit: 'count',
    help: 'Produce requests in flight; over a window the mean.',
    tags: common,
    side: 'produce',
    origin: { gauge: 'in_flight' },
  },
  cpu_percent: {
    kind: 'gauge',
    unit: 'percent',
    help: 'CPU of the generator in the last second, 100 = one core; over a window the mean.',
    tags: common,
    origin: { gauge: 'cpu_percent' },
  },
  rss_bytes: {
    kind: 'gauge',
    unit: 'bytes',
    help: 'Memory of the generator; over a window the mean.',
    tags: common,
    origin: { gauge: 'rss_bytes' },
  },

  achieved: atEnd(
    'rate',
    'share',
    'Of the records that the schedule asked for: those that were acknowledged in time.',
    'produce',
  ),
  records_dropped: atEnd('counter', 'records', 'Of the offered: never sent, because they were too late.', 'produce'),
  records_lost: atEnd('counter', 'records', 'Records that must be there and were not read.', 'consume'),
  records_duplicated: atEnd('counter', 'records', 'Records that were read more than once.', 'consume'),
  records_reordered: atEnd(
    'counter',
    'records',
    'Records that were read behind a later one of their producer.',
    'consume',
  ),
  delivery_confirmed: atEnd('gauge', 'none', '1: the brokers hold exactly what they acknowledged.', 'produce'),
  cpu_us_per_record: atEnd('gauge', 'us', 'CPU time of the generator for each record, microseconds.'),
  valid: atEnd('gauge', 'none', '1: the verdict on the numbers is valid; 0: it is anything else.'),
} as const satisfies Readonly<Record<string, BenchMetric>>

export type BenchMetricName = keyof typeof benchMetrics

/** Names of xk6-kafka, so that thresholds written for it go on working. */
export const aliases: Readonly<Record<string, BenchMetricName>> = {
  kafka_writer_message_count: 'records_produced',
  kafka_writer_message_bytes: 'bytes_produced',
  kafka_writer_error_count: 'produce_errors',
  kafka_writer_retries_count: 'produce_retries',
  kafka_reader_message_count: 'records_consumed',
  kafka_reader_message_bytes: 'bytes_consumed',
  kafka_reader_fetches_count: 'fetches',
  kafka_reader_lag: 'consumer_lag',
}

export const benchMetricOf = (name: string): BenchMetric | undefined => definitionsOf('roundtrip')[name]

/** A metric of the side that commits, where consumers do. */
export function ofConsumers(metric: BenchMetric): BenchMetric {
  const { origin } = metric
  if (!metric.ofCommits || origin === undefined || !('side' in origin)) return metric
  return { ...metric, side: 'consume', origin: { ...origin, side: 'consume' } }
}

/** What a run of this mode has. */
export function definitionsOf(mode: BenchMode): Readonly<Record<string, BenchMetric>> {
  const sides: readonly (Side | undefined)[] = mode === 'roundtrip' ? ['produce', 'consume'] : [mode]
  const own = Object.entries<BenchMetric>(benchMetrics).filter(
    ([, { side, ofCommits: isOfBoth }]) => side === undefined || isOfBoth || sides.includes(side),
  )
  const known: Record<string, BenchMetric> = Object.fromEntries(own)
  for (const [alias, name] of Object.entries(aliases)) if (known[name] !== undefined) known[alias] = known[name]
  return known
}

export type { MetricDefinitions }
