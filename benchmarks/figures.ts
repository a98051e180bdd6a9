// The numbers behind the page: medians of the runs that count, and what they are in terms of millrace's.
import type { RunData, SuiteData } from './data.ts'
import { median, type Spread, spread } from './statistics.ts'

export const millrace = 'millrace'
export const ceilingId = 'ceiling'
/** The same two with one thread and one socket. */
export const oneWorkerId = 'millrace-1'
export const oneSocketId = 'ceiling-1'
/** With a thread more than there are processors: threads wait for their broker most of the time. */
export const moreWorkersId = 'millrace-more'

/** Undisturbed runs; all of them where every single one was disturbed, which the page then says. */
export function countedRuns(suite: SuiteData, id: string): readonly RunData[] {
  const runs = suite.runs.filter(run => run.contestant === id)
  const valid = runs.filter(run => run.void === null)
  return valid.length > 0 ? valid : runs
}

export const ratesOf = (suite: SuiteData, id: string): Spread | undefined =>
  spread(countedRuns(suite, id).map(run => run.recordsPerSec))

export type NumberKey = 'cpuUsPerRecord' | 'ownCpuUsPerRecord' | 'brokerCpuUsPerRecord'

export function medianOf(suite: SuiteData, id: string, key: NumberKey): number | undefined {
  const values = countedRuns(suite, id).map(run => run[key])
  return median(values.filter(value => value !== null))
}

/** How many times the throughput of a contestant millrace's is. */
export function timesOf(suite: SuiteData, id: string, ownId: string = millrace): number | undefined {
  const [own, other] = [ratesOf(suite, ownId), ratesOf(suite, id)]
  return own === undefined || other === undefined ? undefined : own.median / other.median
}

export interface Memory {
  readonly max: number
  readonly firstMinute: number
  readonly lastMinute: number
  readonly rss: readonly number[]
}

export function memoryOf(suite: SuiteData): Memory | undefined {
  const rss = suite.runs.findLast(run => run.contestant === millrace)?.perSecond?.rssBytes
  if (rss === undefined || rss.length === 0) return undefined
  const [firstMinute, lastMinute] = [median(rss.slice(0, 60))!, median(rss.slice(-60))!]
  return { rss, firstMinute, lastMinute, max: Math.max(...rss) }
}
