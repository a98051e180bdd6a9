// The cases of `npm run bench:latency`, each with what it must report.
import { type Baseline, type Expected, expectedOfSlowBroker, expectedOfStall, type Stall } from './model.ts'
import { type LatencyRun, type Measured, runOnce, warmupMs } from './runs.ts'

export interface Row {
  readonly percentile: string
  readonly reportedMs: number
  readonly expectedMs: number
  /** Share of the expected value. */
  readonly off: number
  /** Share of the expected value that is allowed: 2 %, and where the stall does not decide, the difference of two baselines. */
  readonly allowed: number
  readonly serviceMs: number
  readonly isOfStall: boolean
}

export interface CaseResult {
  readonly title: string
  readonly rows: readonly Row[]
  readonly offered: number
  readonly counted: number
}

const quantiles = [0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999]
const share = 0.02
const perSec = 100_000
const baselineSeconds = 10

interface StallCase {
  readonly title: string
  readonly seconds: number
  readonly stallSec: number
  readonly everySec?: number
}

export const stallCases: Readonly<Record<string, StallCase>> = {
  stall: { title: 'one stall of 2 s in 60 s', seconds: 60, stallSec: 2 },
  periodic: { title: 'a stall of 200 ms every 2 s', seconds: 30, stallSec: 0.2, everySec: 2 },
}

export async function runStallCase({ title, seconds, stallSec, everySec }: StallCase): Promise<CaseResult> {
  const capacity = await runOnce({ seconds: 3 })
  const before = await runOnce({ perSec, seconds: baselineSeconds })
  const every = everySec === undefined ? '' : `,every=${everySec * 1000}ms`
  // Well inside the measured time, whatever connecting takes.
  const afterMs = warmupMs + (everySec === undefined ? (seconds * 1000) / 3 : 0)
  const fault = `stall:api=Produce,after=${afterMs}ms,for=${stallSec * 1000}ms${every}`
  const stalled = await runOnce({ perSec, seconds, fault })
  const after = await runOnce({ perSec, seconds: baselineSeconds })
  const stall: Stall = {
    ...{ perSec, stallSec, periodSec: everySec ?? seconds },
    drainPerSec: capacity.result.produce!.recordsPerSec,
  }
  const baseline: Baseline = quantile => (before.response(quantile) + after.response(quantile)) / 2
  const expect = (quantile: number) => expectedOfStall(stall, quantile, baseline, baseline(0.5))
  const spread = (ms: number, quantile: number) => Math.abs(before.response(quantile) - after.response(quantile)) / ms
  return caseResult(title, stalled, expect, (expected, quantile) =>
    expected.isOfStall ? share : share + spread(expected.ms, Math.min(quantile, 0.99)),
  )
}

const slowServiceMs = 500

/** The broker's own time beside the delay is measured without it: one request in flight, as much in each as with it. */
export async function runSlowCase(): Promise<CaseResult> {
  const produce = { inFlightMax: 1, lingerMs: 1, batchBytes: 2 ** 20, requestBytesMax: 8 * 1024 * 1024 }
  const run: LatencyRun = { perSec, seconds: 20, produce }
  const slow = await runOnce({ ...run, fault: `delay:api=Produce,by=${slowServiceMs}ms` })
  return caseResult(
    `every request takes ${slowServiceMs} ms, one in flight`,
    slow,
    quantile => expectedOfSlowBroker(slowServiceMs, quantile),
    () => share,
  )
}

function caseResult(
  title: string,
  measured: Measured,
  expect: (quantile: number) => Expected,
  allow: (expected: Expected, quantile: number) => number,
): CaseResult {
  const { offered = 0, latency } = measured.result.produce!
  const rows = quantiles.map(quantile => {
    const expected = expect(quantile)
    const reportedMs = measured.response(quantile)
    return {
      percentile: `p${Number((quantile * 100).toFixed(2))}`,
      reportedMs,
      expectedMs: expected.ms,
      off: reportedMs / expected.ms - 1,
      allowed: allow(expected, quantile),
      serviceMs: measured.service(quantile),
      isOfStall: expected.isOfStall,
    }
  })
  return { title, rows, offered, counted: latency?.count ?? 0 }
}
