// `--prometheus`: the metrics of the run as Prometheus reads them, by the shared catalog. A scrape tells what the last window and the
// last tick have told, and never makes the run wait.
import { eachRecorded, type Histogram } from '../../core/histogram.ts'
import { packageVersion } from '../../core/version.ts'
import { LatencyBuckets } from '../../metrics/buckets.ts'
import { runMetrics } from '../../metrics/catalog/run.ts'
import { type Dialect, Family, setState } from '../../metrics/exposition.ts'
import type { Metric } from '../../metrics/metric.ts'
import { Page } from '../../metrics/page.ts'
import { processMetrics } from '../../metrics/process-metrics.ts'
import { type MetricsServer, serveMetrics } from '../../metrics/server.ts'
import type { HostPort } from '../../wire/settings.ts'
import { type Committer, committerOf } from '../committer.ts'
import type { BenchPlan } from '../plan.ts'
import type { Progress, Tick } from '../progress.ts'
import type { Window } from '../result.ts'
import type { TestResult } from '../test/result.ts'

type RunLabel = 'mode' | 'topic' | 'scenario'
type RunLabels = Readonly<Record<RunLabel, string>>

const phases = ['warm-up', 'measuring', 'draining'] as const

export class RunMetrics {
  readonly #labels: RunLabels
  /** Counts of windows add up here, because a scraper comes when it likes. */
  readonly #totals = {
    offered: 0,
    sent: 0,
    produced: 0,
    producedBytes: 0,
    errors: 0,
    retries: 0,
    consumed: 0,
    consumedBytes: 0,
    failedTries: 0,
  }
  readonly #transactions = { committed: 0, aborted: 0, failed: 0 }
  readonly #transactionRecords = { committed: 0, aborted: 0 }
  readonly #handled = { forwarded: 0, dead_lettered: 0, skipped: 0 }
  readonly #times = { response: new LatencyBuckets(), e2e: new LatencyBuckets(), commit: new LatencyBuckets() }
  readonly #sides: { readonly produce: boolean; readonly consume: boolean; readonly rate: boolean }
  readonly #committer: Committer | undefined
  #progress: Progress | undefined
  #tick: Tick | undefined

  /** `scenario`: of a test. */
  constructor({ mode, topic, produce, consume }: BenchPlan, scenario?: string) {
    this.#committer = committerOf({ produce, consume })
    // A label without a value is none: of a bench run there is no scenario.
    this.#labels = { mode, topic: topic.name, scenario } as RunLabels
    this.#sides = { produce: produce !== undefined, consume: consume !== undefined, rate: produce?.rate !== undefined }
  }

  onTick(tick: Tick): void {
    this.#tick = tick
  }

  onProgress(progress: Progress): void {
    this.#progress = progress
    const { window } = progress
    const totals = this.#totals
    totals.offered += window.offered ?? 0
    totals.sent += window.sent ?? 0
    totals.produced += window.produced ?? 0
    totals.producedBytes += window.produceBytes ?? 0
    totals.errors += window.produceErrors ?? 0
    totals.retries += window.produceRetries ?? 0
    totals.consumed += window.consumed ?? 0
    totals.consumedBytes += window.consumeBytes ?? 0
    totals.failedTries += window.failedTries ?? 0
    this.#addEnds(window)
    addTimes(this.#times.response, progress.latencies?.response)
    addTimes(this.#times.e2e, progress.latencies?.e2e)
    addTimes(this.#times.commit, progress.latencies?.commit)
  }

  #addEnds(window: Window): void {
    this.#transactions.committed += window.transactionsCommitted ?? 0
    this.#transactions.aborted += window.transactionsAborted ?? 0
    this.#transactions.failed += window.transactionsFailed ?? 0
    this.#transactionRecords.committed += window.recordsCommitted ?? 0
    this.#transactionRecords.aborted += window.recordsAborted ?? 0
    this.#handled.forwarded += window.forwarded ?? 0
    this.#handled.dead_lettered += window.deadLettered ?? 0
    this.#handled.skipped += window.skipped ?? 0
  }

  /** One of each metric. */
  families(): Family[] {
    const labels = this.#labels
    const { produce, consume, rate } = this.#sides
    const totals = this.#totals
    const one = (metric: Metric<RunLabel>, value: number | undefined, isKnown = true) =>
      new Family(metric).set(labels, isKnown ? value : undefined)
    const times = (metric: typeof runMetrics.runResponseTimes, buckets: LatencyBuckets, isKnown: boolean) =>
      isKnown ? [new Family(metric).setHistogram(labels, buckets.read())] : []
    const info = new Family(runMetrics.runInfo).set({ ...labels, version: packageVersion() }, 1)
    return [
      info,
      ...this.#moving(),
      one(runMetrics.runOffered, totals.offered, rate),
      one(runMetrics.runSent, totals.sent, produce),
      one(runMetrics.runProduced, totals.produced, produce),
      one(runMetrics.runProducedBytes, totals.producedBytes, produce),
      one(runMetrics.runErrors, totals.errors, produce),
      one(runMetrics.runRetries, totals.retries, produce),
      one(runMetrics.runConsumed, totals.consumed, consume),
      one(runMetrics.runConsumedBytes, totals.consumedBytes, consume),
      ...times(runMetrics.runResponseTimes, this.#times.response, produce),
      ...this.#ends(),
      ...times(runMetrics.runE2eTimes, this.#times.e2e, consume),
      ...times(runMetrics.runCommitTimes, this.#times.commit, this.#committer !== undefined),
    ] as Family[]
  }

  /** How transactions have ended, and what has become of records that consumers handle. */
  #ends(): Family[] {
    const { inTransactions = false, handles = false } = this.#committer ?? {}
    const byOutcome = (metric: Metric<RunLabel | 'outcome'>, counts: Readonly<Record<string, number>>) => {
      const family = new Family(metric)
      for (const [outcome, count] of Object.entries(counts)) family.set({ ...this.#labels, outcome }, count)
      return family as Family
    }
    return [
      ...(inTransactions
        ? [
            byOutcome(runMetrics.runTransactions, this.#transactions),
            byOutcome(runMetrics.runTransactionRecords, this.#transactionRecords),
          ]
        : []),
      ...(handles
        ? [
            byOutcome(runMetrics.runHandled, this.#handled),
            new Family(runMetrics.runFailedTries).set(this.#labels, this.#totals.failedTries) as Family,
          ]
        : []),
    ]
  }

  /** What there is only while the run goes on. */
  #moving(): Family[] {
    if (this.#progress === undefined) return []
    const { phase, elapsedSec, window, thresholds } = this.#progress
    const labels = this.#labels
    const one = (metric: Metric<RunLabel>, value: number | undefined) => new Family(metric).set(labels, value)
    const state = new Family(runMetrics.runPhase)
    setState(state, 'phase', labels, phases, phase)
    const kept = new Family(runMetrics.runThreshold)
    for (const { metric, expression, ok } of thresholds) kept.set({ ...labels, metric, expression }, ok ? 1 : 0)
    const lateMs = this.#tick?.loopLateMs
    return [
      state,
      one(runMetrics.runElapsed, elapsedSec),
      one(runMetrics.runInFlight, this.#sides.produce ? (this.#tick?.inFlight ?? this.#progress.inFlight) : undefined),
      one(runMetrics.runLag, window.consumeLag),
      this.#quantiles(runMetrics.runResponse, window, [
        'produceP50Ms',
        'produceP99Ms',
        'produceP999Ms',
        'produceMaxMs',
      ]),
      this.#quantiles(runMetrics.runE2e, window, ['e2eP50Ms', 'e2eP99Ms', 'e2eP999Ms', 'e2eMaxMs']),
      this.#quantiles(runMetrics.runCommit, window, ['commitP50Ms', 'commitP99Ms', 'commitP999Ms', 'commitMaxMs']),
      kept,
      one(runMetrics.runCpu, window.cpuPercent / 100),
      one(runMetrics.runMemory, window.rssBytes),
      one(runMetrics.runLoopLate, lateMs === undefined ? undefined : lateMs / 1000),
    ] as Family[]
  }

  #quantiles(metric: typeof runMetrics.runResponse, window: Window, keys: readonly (keyof Window)[]): Family {
    const family = new Family(metric)
    for (const [index, quantile] of ['0.5', '0.99', '0.999', '1'].entries()) {
      const ms = window[keys[index]!]
      family.set({ ...this.#labels, quantile }, typeof ms === 'number' ? ms / 1000 : undefined)
    }
    return family as Family
  }
}

const addTimes = (buckets: LatencyBuckets, times: Histogram | undefined): void => {
  if (times !== undefined) eachRecorded(times, (ns, count) => buckets.observe(ns / 1e9, count))
}

/** What tells its metrics while it goes on: a run, or a test as a whole. */
export interface MetricsTeller {
  families(): Family[]
}

/** A test as it stands: of all scenarios together, functions of scripts included. Worked out when it is asked for. */
export const testMetricsOf = (state: () => TestResult): MetricsTeller => ({ families: () => testFamilies(state()) })

function testFamilies({ scenarios, thresholds = [], checks = [], metrics }: TestResult): Family[] {
  const iterations = new Family(runMetrics.runIterations)
  const dropped = new Family(runMetrics.runDropped)
  for (const { name: scenario, ...counts } of scenarios) {
    iterations.set({ scenario }, counts.iterations)
    dropped.set({ scenario }, counts.dropped)
  }
  const held = new Family(runMetrics.runChecks)
  for (const { name: check, passes, fails } of checks) {
    held.set({ check, result: 'pass' }, passes)
    held.set({ check, result: 'fail' }, fails)
  }
  const kept = new Family(runMetrics.runThreshold)
  const ofAll = {} as RunLabels
  for (const { metric, expression, ok } of thresholds) kept.set({ ...ofAll, metric, expression }, ok ? 1 : 0)
  const told = new Family(runMetrics.runTestMetric)
  for (const [name, { contains, values }] of Object.entries(metrics)) {
    for (const [stat, value] of Object.entries(values)) {
      const isTime = contains === 'time' && stat !== 'count'
      told.set({ metric: name, stat, contains }, isTime ? value / 1000 : value)
    }
  }
  return [iterations, dropped, held, kept, told] as Family[]
}

/** Of runs side by side: all that they have of one metric stands together. */
export function runMetricsText(runs: readonly MetricsTeller[], dialect: Dialect): string {
  const byMetric = Map.groupBy(
    runs.flatMap(run => run.families()),
    ({ metric }) => metric,
  )
  return [...byMetric.values()].map(families => Family.join(families, dialect)).join('')
}

/** `runs`: those that go on at the moment. */
export function serveRunMetrics(
  { host, port }: HostPort,
  runs: () => readonly MetricsTeller[],
  onNotice: (text: string) => void,
): Promise<MetricsServer> {
  const ofProcess = processMetrics()
  return serveMetrics({
    host,
    port,
    page: new Page(),
    freshText: async dialect => (await ofProcess.text(dialect)) + runMetricsText(runs(), dialect),
    notReady: () => (runs().length === 0 ? ['the run is about to begin'] : []),
    onNotice,
  })
}
