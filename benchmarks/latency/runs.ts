// One run against the embedded broker in a thread of its own, with a fault or without, and its whole distributions.
import { type EmbeddedCluster, parseFault, startBroker } from '../../broker/index.ts'
import { type Histogram, makeHistogram } from '../../core/histogram.ts'
import type { BenchPlan, ProducePlan } from '../../loadgen/plan.ts'
import type { Progress, RunHooks, Times, WindowTimes } from '../../loadgen/progress.ts'
import type { Result } from '../../loadgen/result.ts'
import { runBench } from '../../loadgen/run.ts'
import { producePlan } from '../../test/kafka/bench/plans.ts'

export interface LatencyRun {
  readonly perSec?: number
  readonly seconds: number
  readonly warmupMs?: number
  /** On from the start. */
  readonly fault?: string
  readonly produce?: Partial<ProducePlan>
  readonly workers?: number
  readonly nullMode?: boolean
  readonly hooks?: Pick<RunHooks, 'onTick' | 'onView'>
  /** Called once a second, with the broker at hand. */
  readonly onProgress?: (progress: Progress, cluster: EmbeddedCluster) => void
  /** Of which seconds of the run the response is wanted apart. */
  readonly isApart?: (fromSec: number, toSec: number) => boolean
}

export interface Measured {
  readonly result: Result
  /** Milliseconds at a quantile between 0 and 1; NaN where nothing was recorded. */
  response(quantile: number): number
  service(quantile: number): number
  /** Of the seconds that were wanted apart. */
  readonly apart: Histogram
}

export const warmupMs = 5_000
export const topic = 'latency'
const partitions = 6

export async function runOnce(run: LatencyRun): Promise<Measured> {
  // A limit for what is kept, so that a long run does not fill the memory: old records go.
  const cluster = await startBroker({ memoryBytesMax: 512 * 2 ** 20, nullMode: run.nullMode ?? false })
  try {
    if (run.fault !== undefined) await cluster.faults.add(parseFault(run.fault))
    return await measured(cluster, run)
  } finally {
    await cluster.close()
  }
}

function planOf(
  cluster: EmbeddedCluster,
  { perSec, seconds, produce, workers = 2, warmupMs: warmup = warmupMs }: LatencyRun,
): BenchPlan {
  const configs = { 'retention.bytes': String(16 * 2 ** 20) }
  return producePlan(cluster.bootstrap, {
    ...{ topic, create: { partitions, configs }, workers, warmupMs: warmup, durationMs: seconds * 1000 },
    produce: {
      ...(perSec === undefined ? {} : { rate: { kind: 'records', perSec } }),
      ...{ batchBytes: 256 * 1024, bufferBytes: 64 * 2 ** 20, requestBytesMax: 2 ** 20, ...produce },
    },
  })
}

async function measured(cluster: EmbeddedCluster, run: LatencyRun): Promise<Measured> {
  let times: readonly Times[] = []
  const apart = makeHistogram()
  const result = await runBench(planOf(cluster, run), {
    ...run.hooks,
    onMeasuredTimes: found => {
      times = found
    },
    ...(run.onProgress && { onProgress: progress => run.onProgress!(progress, cluster) }),
    ...(run.isApart && {
      onWindowTimes: ({ name, part, histogram, fromSec, toSec }: WindowTimes) => {
        if (name === 'response' && part === 'measured' && run.isApart!(fromSec, toSec)) apart.add(histogram)
      },
    }),
  })
  if (result.verdict !== 'ok') throw new Error(`the run failed: ${JSON.stringify(result.reasons)}`)
  const at = (name: string) => {
    const histogram = times.find(each => each.name === name)?.histogram
    return (quantile: number) => (histogram?.getValueAtPercentile(quantile * 100) ?? Number.NaN) / 1e6
  }
  return { result, response: at('response'), service: at('service'), apart }
}
