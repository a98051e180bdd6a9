// The cases of `npm run bench:latency`, each with what it must report.
import { parseFault } from '../../broker/index.ts'
import type { Histogram } from '../../core/histogram.ts'
import { median } from '../statistics.ts'
import { type Drain, DrainWatch } from './drain-watch.ts'
import { type Baseline, type Expected, expectedOfDrains, expectedOfSlowBroker, expectedOfStall } from './model.ts'
import { type LatencyRun, type Measured, runOnce, topic, warmupMs } from './runs.ts'

export interface Row {
  readonly percentile: string
  readonly reportedMs: number
  readonly expectedMs: number
  /** Share of the expected value. */
  readonly off: number
  readonly serviceMs: number
  readonly isOfStall: boolean
}

export interface CaseResult {
  readonly title: string
  readonly rows: readonly Row[]
  readonly offered: number
  readonly counted: number
  readonly notes: readonly string[]
}

const quantiles = [0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999]
/** The bar. */
export const shareMax = 0.02
const perSec = 100_000

interface StallCase {
  readonly title: string
  readonly seconds: number
  readonly stallSec: number
  readonly everySec?: number
  /** From a second of the run to the stall, seconds. */
  readonly leadSec: number
}

export const stallCases: Readonly<Record<string, StallCase>> = {
  stall: { title: 'one stall of 2 s in 60 s', seconds: 60, stallSec: 2, leadSec: 20.3 },
  periodic: { title: 'a stall of 1 s every 6 s', seconds: 60, stallSec: 1, everySec: 6, leadSec: 0.3 },
}

/**
 * Little in flight: what is in flight when the broker goes on is answered only when all of it has been worked off, and the line of the
 * model knows of no such wait.
 */
const littleInFlight = { batchBytes: 32 * 1024, requestBytesMax: 128 * 1024, inFlightMax: 2 }

/** Around a stall: nothing of these seconds says how it is without one. */
const marginSec = { before: 0.2, after: 1 }
const watchedSec = { before: 0.5, after: 1.5 }

/**
 * The percentiles that a stall does not decide are those of the seconds in which there was none, of the same run: a machine is not
 * the same from one run to the next. How long the broker takes to catch up is seen from its own end offsets.
 */
export async function runStallCase({ title, seconds, stallSec, everySec, leadSec }: StallCase): Promise<CaseResult> {
  const periodSec = everySec ?? seconds
  let firstSec = Number.NaN
  const drains: Drain[] = []
  const onProgress: NonNullable<LatencyRun['onProgress']> = ({ elapsedSec, phase }, cluster) => {
    if (!Number.isNaN(firstSec) || phase !== 'measuring') return
    firstSec = elapsedSec + leadSec
    const every = everySec === undefined ? '' : `,every=${everySec * 1000}ms`
    const fault = `stall:api=Produce,after=${leadSec * 1000}ms,for=${stallSec * 1000}ms${every}`
    void cluster.faults.add(parseFault(fault))
    const first = leadSec - watchedSec.before
    const watched = everySec === undefined ? [first] : [1, 2, 3, 4, 5, 6, 7, 8].map(stall => first + stall * everySec)
    for (const atSec of watched) setTimeout(() => void watchOne(cluster.bootstrap), atSec * 1000)
  }
  const watchOne = async (bootstrap: string) => {
    const watch = await DrainWatch.open(bootstrap)
    watch.start(topic)
    await new Promise(resolve => setTimeout(resolve, (watchedSec.before + stallSec + watchedSec.after) * 1000))
    drains.push(await watch.drain(perSec))
  }
  const isApart = (fromSec: number, toSec: number): boolean => {
    if (Number.isNaN(firstSec)) return false
    const since = (sec: number) => (everySec === undefined ? sec - firstSec : mod(sec - firstSec, everySec))
    const isBefore = toSec < firstSec - marginSec.before
    const isClear = since(fromSec) > stallSec + marginSec.after
    return isBefore || (isClear && (everySec === undefined || since(toSec) > since(fromSec)))
  }
  const run = await runOnce({ perSec, seconds, onProgress, isApart, produce: littleInFlight })
  const affectedSec = median(drains.map(drain => drain.affectedSec))!
  const leadOfRecordSec = run.apart.mean / 1e9
  const stalls = everySec === undefined ? 1 : Math.floor((warmupMs / 1000 + seconds - firstSec) / everySec) + 1
  const stall = { stallSec, periodSec: seconds / stalls, affectedSec, leadSec: leadOfRecordSec }
  const baseline = baselineOf(run.apart)
  const onLine = quantiles.map(quantile => expectedOfStall(stall, quantile, baseline).ms.toFixed(0))
  const notes = [
    `Behind the schedule for ${(affectedSec * 1000).toFixed(0)} ms by the broker's end offsets, of which it stood still for ${stallSec * 1000}; ${stalls} in ${seconds} s (every ${periodSec} s).`,
    `Had it stood still for exactly that long and caught up evenly: ${onLine.join(', ')} ms.`,
  ]
  return caseResult(title, run, quantile => expectedOfDrains(drains, { perSec, ...stall }, quantile, baseline), notes)
}

const mod = (value: number, by: number): number => ((value % by) + by) % by

/** Between the values of a histogram the share falls evenly. */
function baselineOf(histogram: Histogram): Baseline {
  return ms => {
    let [low, high] = [0, 100]
    for (let step = 0; step < 40; step++) {
      const middle = (low + high) / 2
      if (histogram.getValueAtPercentile(middle) / 1e6 <= ms) low = middle
      else high = middle
    }
    return 1 - low / 100
  }
}

const slowServiceMs = 500

/**
 * What a request takes beside the delay, its bytes on their way and its records appended, is seen from the broker's end offsets: by one
 * worker, one request in flight, they grow once a cycle. Records that are asked for while a request is under way leave with the
 * next one, and wait for it as well.
 */
export async function runSlowCase(): Promise<CaseResult> {
  const produce: LatencyRun['produce'] = {
    ...{ inFlightMax: 1, lingerMs: 1, batchBytes: 2 ** 20, requestBytesMax: 8 * 1024 * 1024 },
    size: { kind: 'fixed', bytes: 40 },
  }
  const seconds = 60
  let watching: Promise<DrainWatch> | undefined
  const onProgress: NonNullable<LatencyRun['onProgress']> = ({ phase }, { bootstrap }) => {
    if (phase !== 'measuring') return
    watching ??= DrainWatch.open(bootstrap).then(watch => {
      watch.start(topic)
      return watch
    })
  }
  const fault = `delay:api=Produce,by=${slowServiceMs}ms`
  const slow = await runOnce({ perSec, seconds, produce, workers: 1, fault, onProgress })
  const cyclesMs = (await (await watching!).growthsSec()).map(sec => sec * 1000).slice(0, -2)
  const sorted = cyclesMs.toSorted((a, b) => a - b)
  const title = `every request takes ${slowServiceMs} ms, one in flight`
  const notes = [
    `With its own bytes and records a request took ${sorted[0]!.toFixed(0)} to ${sorted.at(-1)!.toFixed(0)} ms, by the broker's end offsets.`,
  ]
  return caseResult(title, slow, quantile => expectedOfSlowBroker(cyclesMs, quantile), notes)
}

function caseResult(
  title: string,
  measured: Measured,
  expect: (quantile: number) => Expected,
  notes: readonly string[],
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
      serviceMs: measured.service(quantile),
      isOfStall: expected.isOfStall,
    }
  })
  return { title, rows, offered, counted: latency?.count ?? 0, notes }
}
