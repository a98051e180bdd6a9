// What a report page holds: results as they are, and what only their distributions can tell, worked out beforehand because a
// browser has no HdrHistogram. The page carries it as JSON, from which `millrace report` reads it back.
import { decodeDistribution, type PercentileCurve, percentileCurve } from '../../../core/distribution.ts'
import type { Tick } from '../../progress.ts'
import type { Result } from '../../result.ts'
import type { ScenarioResult, TestResult } from '../../test/result.ts'
import type { LabelledResult } from '../comparison.ts'
import { pageTest } from './test-page.ts'

export interface PageModel {
  readonly kind: 'millrace-page'
  readonly version: 1
  /** The first is what the page is about; the others are drawn beside it. */
  readonly runs: readonly PageRun[]
  /** Of a test (`millrace run`): the runs are its scenarios without a function, as they were measured; there may be none. */
  readonly test?: PageTest
  /** While the run goes on: the page grows by these events. */
  readonly live?: { readonly events: string }
}

/** What stands in `runs` is not said twice. */
export interface PageTest extends Omit<TestResult, 'scenarios'> {
  readonly scenarios: readonly Omit<ScenarioResult, 'result'>[]
}

export interface PageRun {
  readonly label: string
  readonly result: Result
  /** By name of the distribution: response, service, lateness, e2e. */
  readonly curves: Readonly<Record<string, PercentileCurve>>
}

/** Server-sent events of a page that grows. */
export interface PageEvents {
  /** A second is over. `result`: without what grows, which comes by itself. */
  readonly second: PageSecond
  /** Ten times a second. */
  readonly tick: PageTick
  /** A second of a test is over. */
  readonly test: PageTest
  /** The run is over: the page is what it will be as a file. */
  readonly final: PageModel
  /** Another run of a set begins. */
  readonly next: Record<string, never>
}

export interface PageTick {
  readonly label: string
  readonly tick: Tick
}

export interface PageSecond {
  /** Which run; one that is not there yet has begun. */
  readonly label: string
  readonly result: Omit<Result, 'windows' | 'heatMaps'>
  /** From this index on. */
  readonly windowsFrom: number
  readonly windows: Result['windows']
  readonly heatMaps: NonNullable<Result['heatMaps']>
  readonly curves: PageRun['curves']
}

export const pageModel = (results: readonly LabelledResult[]): PageModel => ({
  kind: 'millrace-page',
  version: 1,
  runs: results.map(({ label, result }) => ({ label, result, curves: curvesOf(result) })),
})

/** A page of a test as a whole. */
export const testPageModel = (test: TestResult): PageModel => {
  const measured = test.scenarios.flatMap(({ name, result }) => (result === undefined ? [] : [{ label: name, result }]))
  return { ...pageModel(measured), test: pageTest(test) }
}

const curvesOf = ({ distributions = {} }: Result): PageRun['curves'] =>
  Object.fromEntries(
    Object.entries(distributions).map(([name, text]) => [name, percentileCurve(decodeDistribution(text))]),
  )
