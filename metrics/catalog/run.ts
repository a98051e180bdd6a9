// A run while it goes on (--prometheus): of the bench, or each scenario without a function of a test, which then is a label. What
// is known of a test as a whole, functions of scripts included, has no topic.
import { metric } from '../metric.ts'

const counter = (name: string, help: string) =>
  metric({ name: `millrace_run_${name}_total`, type: 'counter', labels: ['mode', 'topic', 'scenario'], help })
const gauge = (name: string, help: string) =>
  metric({ name: `millrace_run_${name}`, type: 'gauge', labels: ['mode', 'topic', 'scenario'], help })
const quantiles = (name: string, help: string) =>
  metric({
    name: `millrace_run_${name}_seconds`,
    type: 'gauge',
    labels: ['mode', 'topic', 'scenario', 'quantile'],
    help,
  })
const histogram = (name: string, help: string) =>
  metric({ name: `millrace_run_${name}_seconds`, type: 'histogram', labels: ['mode', 'topic', 'scenario'], help })

const outcomes = (name: string, help: string) =>
  metric({
    name: `millrace_run_${name}_total`,
    type: 'counter',
    labels: ['mode', 'topic', 'scenario', 'outcome'],
    help,
  })

export const runMetrics = {
  runInfo: metric({
    name: 'millrace_run_info',
    type: 'info',
    labels: ['mode', 'topic', 'scenario', 'version'],
    help: 'The run that exposes these metrics.',
  }),
  runPhase: metric({
    name: 'millrace_run_phase',
    type: 'stateset',
    labels: ['mode', 'topic', 'scenario', 'phase'],
    help: 'Where the run is: warm-up, measuring or draining.',
  }),
  runElapsed: gauge('elapsed_seconds', 'Time since the start of the run, warm-up included.'),
  runOffered: counter('records_offered', 'Records that the schedule has asked for so far. No sample flat out.'),
  runSent: counter('records_sent', 'Records that were made and handed on to be sent.'),
  runProduced: counter('records_produced', 'Records that were acknowledged.'),
  runProducedBytes: counter('bytes_produced', 'Keys and values of acknowledged records.'),
  runErrors: counter('produce_errors', 'Records that were given up on.'),
  runRetries: counter('produce_retries', 'Batches that were sent again.'),
  runConsumed: counter('records_consumed', 'Records that were read.'),
  runConsumedBytes: counter('bytes_consumed', 'Keys and values of records that were read.'),
  runTransactions: outcomes(
    'transactions',
    'Transactions that have ended: committed, aborted (on purpose) or failed (aborted because of an error). No sample without transactions.',
  ),
  runTransactionRecords: outcomes(
    'transaction_records',
    'Records of transactions that have ended: committed or aborted, for whatever reason. No sample without transactions.',
  ),
  runHandled: outcomes(
    'records_handled',
    'Records that consumers have handled and committed: forwarded, dead_lettered or skipped. No sample where consumers only read.',
  ),
  runFailedTries: counter('failed_tries', 'Tries of consumers at a record that failed, retries among them.'),
  runInFlight: gauge('in_flight', 'Produce requests in flight.'),
  runLag: gauge('consumer_lag_offsets', 'Offsets that the consumers have still to read.'),
  runResponse: quantiles('response_time', 'Acknowledged minus intended time, quantiles of the last second.'),
  runE2e: quantiles('e2e_time', 'Read minus intended time, quantiles of the last second.'),
  runCommit: quantiles(
    'commit_time',
    'From asking for a commit, of a transaction or of the offsets behind what was written, to the answer, quantiles of the last second.',
  ),
  runResponseTimes: histogram(
    'response_distribution',
    'Acknowledged minus intended time of all records, for heat maps and quantiles over any time.',
  ),
  runE2eTimes: histogram(
    'e2e_distribution',
    'Read minus intended time of all records, for heat maps and quantiles over any time.',
  ),
  runCommitTimes: histogram(
    'commit_distribution',
    'From asking for a commit to the answer, of all commits, for heat maps and quantiles over any time.',
  ),
  runThreshold: metric({
    name: 'millrace_run_threshold_kept',
    type: 'gauge',
    labels: ['mode', 'topic', 'scenario', 'metric', 'expression'],
    help: 'Whether a threshold holds as of now: 1 or 0. Those of a test are of all its scenarios, without mode, topic and scenario.',
  }),
  runIterations: metric({
    name: 'millrace_run_iterations_total',
    type: 'counter',
    labels: ['scenario'],
    help: 'Complete iterations of a scenario of a test; without a function those are messages.',
  }),
  runDropped: metric({
    name: 'millrace_run_dropped_iterations_total',
    type: 'counter',
    labels: ['scenario'],
    help: 'Iterations of a scenario of a test that were to be and were not begun.',
  }),
  runChecks: metric({
    name: 'millrace_run_checks_total',
    type: 'counter',
    labels: ['check', 'result'],
    help: 'Checks of a script that held (pass) or did not (fail).',
  }),
  runTestMetric: metric({
    name: 'millrace_run_test_metric',
    type: 'gauge',
    labels: ['metric', 'stat', 'contains'],
    help: 'A metric of a test, those of its script included, as its summary tells it so far; contains time: in seconds, data: in bytes.',
  }),
  runCpu: gauge('generator_cpu_cores', 'CPU of the generator in the last second, in cores.'),
  runMemory: gauge('generator_resident_bytes', 'Memory of the generator.'),
  runLoopLate: gauge(
    'generator_loop_late_seconds',
    'How late the event loops of the generator were in the last second, 99th percentile: what it adds to latency by itself.',
  ),
} as const
