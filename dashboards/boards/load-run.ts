// A load test while it goes on (millrace bench or run, --prometheus): what was asked for and what came, latency, and whether the
// numbers are those of the brokers or of the generator.
import { metrics } from '../../metrics/catalog.ts'
import { type Board, row } from '../board.ts'
import { bad, heat, lines, stat, table, timeline, worse } from '../panels.ts'
import { max, ofJob, rate, sum } from '../queries.ts'
import { jobVariable, runTopicVariable } from '../variables.ts'

const chosen = 'topic=~"$topic"'
const of = (key: keyof typeof metrics, more = '') => ofJob(metrics[key], more === '' ? chosen : `${chosen},${more}`)
const buckets = (key: 'runResponseTimes' | 'runE2eTimes') => ofJob({ name: `${metrics[key].name}_bucket` }, chosen)
const quantiles = (key: 'runResponse' | 'runE2e' | 'runCommit') =>
  (
    [
      ['0.5', 'p50'],
      ['0.99', 'p99'],
      ['0.999', 'p99.9'],
      ['1', 'max'],
    ] as const
  ).map(([level, legend]) => ({ expr: max(of(key, `quantile="${level}"`)), legend }))
const phases = { 1: ['warm-up', 'yellow'], 2: ['measuring', 'green'], 3: ['draining', 'blue'] } as const
const phase = (...labels: readonly string[]) =>
  ['warm-up', 'measuring', 'draining']
    .map((name, at) => `${at + 1} * ${max(of('runPhase', `phase="${name}"`), ...labels)}`)
    .join(' + ')

export const loadRun: Board = {
  name: 'load-run',
  title: 'Kafka / Load run',
  description:
    'A millrace run while it goes on (--prometheus host:port): offered and achieved, latency, validity. Runs are marked on every graph.',
  time: 'now-15m',
  refresh: '5s',
  variables: [jobVariable(metrics.runInfo, 'Prometheus job of the run'), runTopicVariable],
  annotations: [
    {
      name: 'Runs',
      expr: `${max(of('runPhase', 'phase="measuring"'), 'mode', 'topic', 'scenario')} == 1`,
      title: '{{mode}} {{topic}} {{scenario}}',
      text: 'measured time',
      color: 'blue',
    },
  ],
  rows: [
    row(
      'Now',
      stat({
        title: 'Phase',
        does: 'Warm-up does not count, measuring does, draining waits for what is under way. Nothing: no run goes on, or Prometheus does not scrape it.',
        width: 4,
        expr: phase(),
        states: phases,
        noValue: 'no run',
      }),
      stat({
        title: 'Running for',
        does: 'Since the start, warm-up included.',
        width: 4,
        unit: 's',
        plain: true,
        expr: max(of('runElapsed')),
      }),
      stat({
        title: 'Acknowledged',
        does: 'Records a second. Below what is offered: the cluster does not keep up with the schedule; look at in flight and at the brokers.',
        width: 4,
        unit: 'ops',
        plain: true,
        expr: sum(rate(of('runProduced'))),
      }),
      stat({
        title: 'p99 of response time',
        does: 'From the moment a record was due to its acknowledgement, of the last second: waiting in the generator is in it, as a user would feel it.',
        width: 4,
        unit: 's',
        plain: true,
        expr: max(of('runResponse', 'quantile="0.99"')),
      }),
      stat({
        title: 'Errors',
        does: 'Records that were given up on. Any of them fails the run; the result says which error.',
        width: 4,
        unit: 'short',
        expr: sum(of('runErrors')),
        steps: bad(1),
      }),
      stat({
        title: 'Thresholds broken',
        does: 'Thresholds that do not hold as of now. They are listed below.',
        width: 4,
        expr: `sum(1 - ${of('runThreshold')})`,
        steps: bad(1),
        noValue: 'no thresholds',
      }),
    ),
    row(
      'Offered and achieved',
      lines({
        title: 'Records a second',
        does: 'What the schedule asks for, what was sent, acknowledged and read. Sent below offered: the generator is too slow (see Validity). Acknowledged below sent: the brokers are. Read below acknowledged: the consumers are.',
        width: 12,
        height: 9,
        unit: 'ops',
        queries: [
          { expr: sum(rate(of('runOffered'))), legend: 'offered' },
          { expr: sum(rate(of('runSent'))), legend: 'sent' },
          { expr: sum(rate(of('runProduced'))), legend: 'acknowledged' },
          { expr: sum(rate(of('runConsumed'))), legend: 'consumed' },
        ],
      }),
      lines({
        title: 'Bytes a second',
        does: 'Keys and values. At the speed of the network card or the disks the number of records cannot grow any more: use compression or larger machines.',
        width: 6,
        height: 9,
        unit: 'Bps',
        queries: [
          { expr: sum(rate(of('runProducedBytes'))), legend: 'acknowledged' },
          { expr: sum(rate(of('runConsumedBytes'))), legend: 'consumed' },
        ],
      }),
      lines({
        title: 'Waiting',
        does: 'Produce requests in flight and offsets still to be read. Both growing for the whole run: it is above what the cluster can take, and latency has no steady value.',
        width: 6,
        height: 9,
        unit: 'short',
        queries: [
          { expr: sum(of('runInFlight')), legend: 'requests in flight' },
          { expr: sum(of('runLag')), legend: 'consumer lag' },
          { expr: sum(rate(of('runRetries'))), legend: 'retries a second' },
        ],
      }),
    ),
    row(
      'Latency',
      lines({
        title: 'Response time',
        does: 'Acknowledged minus intended, quantiles of each second. p99 that climbs while p50 stays: pauses; both climb: saturation.',
        width: 12,
        unit: 's',
        log: true,
        queries: quantiles('runResponse'),
      }),
      lines({
        title: 'End to end',
        does: 'Read minus intended, quantiles of each second. Far above the response time: consumers wait (fetch.min.bytes, fetch.max.wait.ms) or are behind.',
        width: 12,
        unit: 's',
        log: true,
        queries: quantiles('runE2e'),
      }),
      heat({
        title: 'Response time, all records',
        does: 'Every record, by time and height. Vertical streaks are pauses (garbage collection, flush, leader change); two bands are two paths, as a slow broker among fast ones.',
        width: 12,
        height: 9,
        expr: sum(rate(buckets('runResponseTimes')), 'le'),
      }),
      heat({
        title: 'End to end, all records',
        does: 'Every record that was read. A slope upwards is a consumer that falls behind.',
        width: 12,
        height: 9,
        expr: sum(rate(buckets('runE2eTimes')), 'le'),
      }),
    ),
    row(
      'Transactions',
      lines({
        title: 'Transactions a second',
        does: 'How they ended; nothing in a run without them. Failed ones were aborted because of an error: the notices of the run say which; ten in a row end it.',
        width: 8,
        unit: 'ops',
        queries: [{ expr: sum(rate(of('runTransactions')), 'outcome'), legend: '{{outcome}}' }],
      }),
      lines({
        title: 'Commit time',
        does: 'From asking for a commit to the answer, quantiles of each second. It grows with the partitions of a transaction and with replication of __transaction_state; records wait behind it.',
        width: 8,
        unit: 's',
        log: true,
        queries: quantiles('runCommit'),
      }),
      lines({
        title: 'Records of transactions, and records handled',
        does: 'Records a second that were committed or aborted, and what consumers that pass records on have made of theirs. Aborted ones are work that nobody reads.',
        width: 8,
        unit: 'ops',
        queries: [
          { expr: sum(rate(of('runTransactionRecords')), 'outcome'), legend: '{{outcome}}' },
          { expr: sum(rate(of('runHandled')), 'outcome'), legend: 'handled: {{outcome}}' },
        ],
      }),
    ),
    row(
      'Iterations and checks of a test',
      lines({
        title: 'Iterations a second',
        does: 'Of each scenario of millrace run. Dropped were due and not begun: too few VUs for the rate, so what was measured is less than what was asked for. Raise preAllocatedVUs.',
        width: 12,
        unit: 'ops',
        noValue: 'not a test of millrace run',
        queries: [
          { expr: sum(rate(ofJob(metrics.runIterations)), 'scenario'), legend: '{{scenario}}' },
          { expr: sum(rate(ofJob(metrics.runDropped)), 'scenario'), legend: '{{scenario}}, dropped' },
        ],
      }),
      lines({
        title: 'Checks that did not hold',
        does: 'A second, by check. Zero is what you want; a threshold on checks makes the run fail by them.',
        width: 12,
        unit: 'ops',
        noValue: 'no checks',
        queries: [{ expr: sum(rate(ofJob(metrics.runChecks, 'result="fail"')), 'check'), legend: '{{check}}' }],
      }),
    ),
    row(
      'Can the numbers be believed?',
      lines({
        title: 'Schedule kept',
        does: 'Sent over offered. Below 1: the generator did not make what was asked for, and what it measures is itself. Give it more workers or cores, or a lower rate.',
        width: 6,
        unit: 'percentunit',
        steps: [
          ['red', null],
          ['green', 0.99],
        ],
        queries: [
          { expr: `${sum(rate(of('runSent')))} / (${sum(rate(of('runOffered')))} > 0)`, legend: 'sent of offered' },
        ],
      }),
      lines({
        title: 'Lateness of the generator',
        does: 'How late its event loops were, p99 of each second: it adds so much to latency by itself. Above a tenth of the latency you measure: fewer things on this machine, or more workers.',
        width: 6,
        unit: 's',
        queries: [{ expr: max(of('runLoopLate')), legend: 'late by' }],
        steps: worse(0.01, 0.05),
      }),
      lines({
        title: 'CPU of the generator',
        does: 'Cores in use. At the number of cores of the machine the generator is the limit, not the cluster; millrace calibrate tells its ceiling.',
        width: 6,
        unit: 'none',
        queries: [{ expr: sum(of('runCpu')), legend: 'cores' }],
      }),
      lines({
        title: 'Memory of the generator',
        does: 'Resident. Growing for the whole run: batches pile up because brokers do not answer.',
        width: 6,
        unit: 'bytes',
        queries: [{ expr: max(of('runMemory')), legend: 'resident' }],
      }),
      timeline({
        title: 'Phases',
        does: 'Compare only what lies in measuring.',
        width: 12,
        query: { expr: phase('mode', 'topic', 'scenario'), legend: '{{mode}} {{topic}} {{scenario}}' },
        states: phases,
      }),
      table({
        title: 'Thresholds',
        does: 'Each with whether it holds as of now. A broken one with abortOnFail ends the run.',
        width: 12,
        keys: [
          { label: 'metric', title: 'metric' },
          { label: 'expression', title: 'must hold' },
        ],
        columns: [
          {
            title: 'holds',
            expr: `min by (metric, expression) (${of('runThreshold')})`,
            states: { 0: ['no', 'red'], 1: ['yes', 'green'] },
          },
        ],
        noValue: 'no thresholds',
      }),
    ),
  ],
}
