// A run of `millrace producer-perf-test`: the plan is run as any other, and told in the lines of Kafka's tool.
import { makeHistogram } from '../../core/histogram.ts'
import { autoCreateTopic } from '../../wire/admin.ts'
import { Cluster } from '../../wire/cluster.ts'
import { recordsHeld } from '../accounting.ts'
import type { BenchPlan } from '../plan.ts'
import type { Progress, RunHooks, WindowTimes } from '../progress.ts'
import { exitCodeOf } from '../report/exit-code.ts'
import type { Result } from '../result.ts'
import { runBench } from '../run.ts'
import { clientMetricsText, producerMetrics } from './metrics-text.ts'
import { ProducerStats } from './producer-stats.ts'

export interface ProducerPerfRun {
  readonly plan: BenchPlan
  readonly reportingIntervalMs: number
  readonly printMetrics: boolean
  readonly signal: AbortSignal
  /** Standard output: what Kafka's tool prints there. */
  readonly onLine: (line: string) => void
  /** Standard error: what it has no words for. */
  readonly onNotice: (text: string) => void
}

export interface PerfOutcome {
  readonly exitCode: number
  /** Present when the run went wrong. */
  readonly reason?: { readonly code: string; readonly message: string }
}

const windowMsMin = 50
const windowMsMax = 1_000
/** Later than this is worth a word. */
const latenessMsMax = 10

export async function runProducerPerf(run: ProducerPerfRun): Promise<PerfOutcome> {
  const { plan, signal, onLine, onNotice } = run
  await ensureTopic(plan)
  const { warmupRecords = 0 } = plan
  if (warmupRecords > 0) {
    onLine(`Warmup first ${warmupRecords} records. Steady state results will print after the complete test summary.`)
  }
  // A whole number of windows make an interval.
  const windowMs = Math.max(windowMsMin, run.reportingIntervalMs / Math.ceil(run.reportingIntervalMs / windowMsMax))
  const report = new ProducerReport(run, windowMs)
  const result = await runBench(plan, { ...report.hooks, onNotice }, { signal, windowMs })
  report.end()
  if (run.printMetrics) {
    onLine(clientMetricsText(producerMetrics(result, plan)))
    onNotice('metrics: those that this client has too; a Java client has more')
  }
  for (const text of latenessNotices(result)) onNotice(text)
  return outcomeOf(result, onNotice)
}

/** By a broker that makes topics on first use, as a Java producer has it done. */
async function ensureTopic({ client, topic }: BenchPlan): Promise<void> {
  const cluster = await Cluster.connect(client)
  try {
    await autoCreateTopic(cluster, topic.name)
  } finally {
    await cluster.close()
  }
}

class ProducerReport {
  readonly #run: ProducerPerfRun
  readonly #windowSec: number
  readonly #whole: ProducerStats
  #steady: ProducerStats | undefined
  readonly #warmupTimes = makeHistogram()
  readonly #measuredTimes = makeHistogram()
  #nowSec = 0

  constructor(run: ProducerPerfRun, windowMs: number) {
    this.#run = run
    this.#windowSec = windowMs / 1000
    this.#whole = this.#makeStats(false, 0)
  }

  get hooks(): RunHooks {
    return {
      onWindowTimes: times => this.#take(times),
      onMeasuring: sec => {
        this.#steady = this.#makeStats(true, sec)
      },
      onProgress: progress => this.#closeWindow(progress),
    }
  }

  #makeStats(isSteadyState: boolean, startSec: number): ProducerStats {
    const intervalSec = this.#run.reportingIntervalMs / 1000
    return new ProducerStats({ intervalSec, slackSec: this.#windowSec / 2, isSteadyState, startSec })
  }

  #take({ name, part, histogram }: WindowTimes): void {
    if (name === 'response') (part === 'measured' ? this.#measuredTimes : this.#warmupTimes).add(histogram)
  }

  #closeWindow({ window: { sec, produced = 0, produceBytes = 0 } }: Progress): void {
    this.#nowSec = sec
    const measured = this.#measuredTimes
    const warmup = this.#warmupTimes
    // Where both are in one window, bytes are told apart by count: exact for one record size.
    const measuredBytes = produced === 0 ? 0 : (produceBytes * measured.totalCount) / produced
    this.#whole.record(warmup, produceBytes - measuredBytes)
    this.#whole.record(measured, measuredBytes)
    this.#steady?.record(measured, measuredBytes)
    warmup.reset()
    measured.reset()
    // From the end of the warm-up on, Kafka's tool tells the steady state only.
    for (const line of (this.#steady ?? this.#whole).endWindow(sec)) this.#run.onLine(line)
  }

  end(): void {
    this.#run.onLine(this.#whole.totalLine(this.#nowSec))
    if (this.#steady !== undefined) this.#run.onLine(this.#steady.totalLine(this.#nowSec))
  }
}

function latenessNotices({ produce }: Result): string[] {
  const lateness = produce?.lateness
  if (lateness === undefined || lateness.maxMs <= latenessMsMax) return []
  const times = `99th percentile ${lateness.p99Ms.toFixed(1)} ms, at most ${lateness.maxMs.toFixed(1)} ms`
  return [
    `records were sent later than --throughput asks for: ${times}. The latencies above count from the sending, as those of kafka-producer-perf-test do; millrace bench produce --rate counts from when records were due.`,
  ]
}

/** Others may write to the topic at the same time, as Kafka's tool is often run several times over: more is no mismatch. */
function outcomeOf(result: Result, onNotice: (text: string) => void): PerfOutcome {
  const holdsAll = result.delivery?.partitions.every(partition => recordsHeld(partition) >= partition.acked)
  const [reason] = result.reasons
  if (reason === undefined) return { exitCode: exitCodeOf(result) }
  if (reason.code !== 'DELIVERY_MISMATCH' || holdsAll !== true) return { exitCode: exitCodeOf(result), reason }
  onNotice('others have written to the topic as well')
  return { exitCode: 0 }
}
