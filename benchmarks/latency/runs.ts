// One run against the embedded broker in a thread of its own, with a fault or without, and its whole distributions.
import { type EmbeddedCluster, parseFault, startBroker } from '../../broker/index.ts'
import type { BenchPlan, ProducePlan } from '../../loadgen/plan.ts'
import type { Times } from '../../loadgen/progress.ts'
import type { Result } from '../../loadgen/result.ts'
import { runBench } from '../../loadgen/run.ts'
import { producePlan } from '../../test/kafka/bench/plans.ts'

export interface LatencyRun {
  readonly perSec?: number
  readonly seconds: number
  readonly fault?: string
  readonly produce?: Partial<ProducePlan>
  readonly workers?: number
  readonly nullMode?: boolean
}

export interface Measured {
  readonly result: Result
  /** Milliseconds at a quantile between 0 and 1. */
  response(quantile: number): number
  service(quantile: number): number
}

export const warmupMs = 2_000
const partitions = 6

export async function runOnce(run: LatencyRun): Promise<Measured> {
  // A limit for what is kept, so that a long run does not fill the memory: old records go.
  const cluster = await startBroker({ memoryBytesMax: 512 * 2 ** 20, nullMode: run.nullMode ?? false })
  try {
    if (run.fault !== undefined) await cluster.faults.add(parseFault(run.fault))
    return await measured(planOf(cluster, run))
  } finally {
    await cluster.close()
  }
}

function planOf(cluster: EmbeddedCluster, { perSec, seconds, produce, workers = 2 }: LatencyRun): BenchPlan {
  const configs = { 'retention.bytes': String(16 * 2 ** 20) }
  return producePlan(cluster.bootstrap, {
    ...{ topic: 'latency', create: { partitions, configs }, workers, warmupMs, durationMs: seconds * 1000 },
    produce: {
      ...(perSec === undefined ? {} : { rate: { kind: 'records', perSec } }),
      ...{ batchBytes: 256 * 1024, bufferBytes: 64 * 2 ** 20, requestBytesMax: 2 ** 20, ...produce },
    },
  })
}

async function measured(plan: BenchPlan): Promise<Measured> {
  let times: readonly Times[] = []
  const result = await runBench(plan, {
    onMeasuredTimes: found => {
      times = found
    },
  })
  const [response, service] = ['response', 'service'].map(name => times.find(each => each.name === name)?.histogram)
  if (response === undefined || service === undefined || result.verdict !== 'ok')
    throw new Error(`the run failed: ${JSON.stringify(result.reasons)}`)
  return {
    result,
    response: quantile => response.getValueAtPercentile(quantile * 100) / 1e6,
    service: quantile => service.getValueAtPercentile(quantile * 100) / 1e6,
  }
}
