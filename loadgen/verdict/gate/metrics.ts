// What two sides are compared by, one row a metric: which way is better, how much of a change anybody would care about, and where the
// number stands. A run gives one number a metric; the latencies inside a run depend on one another and are no evidence of their own.
import type { LatencySummary, Result } from '../../result.ts'
import type { TestResult } from '../../test/result.ts'

export type Direction = 'higher' | 'lower'

export interface GateMetric {
  readonly name: string
  readonly help: string
  readonly unit: string
  readonly better: Direction
  /** A change of less than this is not worth stopping anybody for, however real. */
  readonly limitPercent: number
  /** Decides, unless --gate says which do. The others are reported. */
  readonly isGated: boolean
  of(result: Result): number | undefined
}

const latency = (
  side: 'produce' | 'consume',
  name: string,
  what: string,
  key: keyof LatencySummary & `${string}Ms`,
  limitPercent: number,
  isGated: boolean,
): GateMetric => ({
  name,
  help: what,
  unit: 'ms',
  better: 'lower',
  limitPercent,
  isGated,
  of: result => result[side]?.latency?.[key],
})

export const gateMetrics: readonly GateMetric[] = [
  {
    name: 'produce_rate',
    help: 'records acknowledged',
    unit: 'msg/s',
    better: 'higher',
    limitPercent: 5,
    isGated: true,
    of: ({ produce }) => produce?.recordsPerSec,
  },
  {
    name: 'consume_rate',
    help: 'records read',
    unit: 'msg/s',
    better: 'higher',
    limitPercent: 5,
    isGated: true,
    of: ({ consume }) => consume?.recordsPerSec,
  },
  latency('produce', 'response_p50', 'median response time', 'p50Ms', 10, true),
  latency('produce', 'response_p99', '99th percentile of the response time', 'p99Ms', 10, true),
  latency('produce', 'response_p999', '99.9th percentile of the response time', 'p999Ms', 20, false),
  latency('consume', 'e2e_p50', 'median time end to end', 'p50Ms', 10, true),
  latency('consume', 'e2e_p99', '99th percentile of the time end to end', 'p99Ms', 10, true),
  latency('consume', 'e2e_p999', '99.9th percentile of the time end to end', 'p999Ms', 20, false),
  {
    name: 'cpu_us_per_record',
    help: 'CPU time of the generator for a record',
    unit: 'µs',
    better: 'lower',
    limitPercent: 5,
    isGated: true,
    of: ({ cpuUsPerRecord }) => cpuUsPerRecord ?? undefined,
  },
  {
    name: 'rss_bytes_max',
    help: 'memory of the generator',
    unit: 'B',
    better: 'lower',
    limitPercent: 10,
    isGated: false,
    of: ({ memory }) => memory.rssBytesMax,
  },
]

/** What a test in script is compared by; `METRIC.STAT` names any other of its summary. */
const scriptedMetrics = {
  'iterations.rate': { unit: '/s', better: 'higher', limitPercent: 5, isGated: true },
  'iteration_duration.med': { unit: 'ms', better: 'lower', limitPercent: 10, isGated: true },
  'iteration_duration.p(95)': { unit: 'ms', better: 'lower', limitPercent: 10, isGated: true },
} as const satisfies Record<string, Omit<GateMetric, 'name' | 'help' | 'of'>>

export type MetricTraits = Omit<GateMetric, 'of'>
/** Of one run, by name of the metric. */
export type RunNumbers = ReadonlyMap<string, number>

/** A metric that stands in no table is a time or a share of failures: less is better, until --gate says otherwise. */
export function traitsOf(name: string): MetricTraits {
  // A scenario of a test: SCENARIO/metric.
  const own = name.slice(name.lastIndexOf('/') + 1)
  const known = gateMetrics.find(metric => metric.name === own)
  if (known !== undefined) {
    const { of: _, ...traits } = known
    return { ...traits, name }
  }
  const scripted = scriptedMetrics[own as keyof typeof scriptedMetrics]
  if (scripted !== undefined) return { name, help: 'of the iterations of the script', ...scripted }
  const isRate = own.endsWith('.rate') || own.endsWith('.count')
  return {
    name,
    help: 'of the summary of the test',
    unit: '',
    better: isRate ? 'higher' : 'lower',
    limitPercent: isRate ? 5 : 10,
    isGated: false,
  }
}

export function numbersOfResult(result: Result, prefix = ''): Map<string, number> {
  const found = new Map<string, number>()
  for (const { name, of } of gateMetrics) {
    const value = of(result)
    if (value !== undefined) found.set(`${prefix}${name}`, value)
  }
  return found
}

/** Scenarios without a function as bench runs are; with one, what is in the summary. One scenario alone needs no prefix. */
export function numbersOfTest(test: TestResult): Map<string, number> {
  const measured = test.scenarios.filter(({ result }) => result !== undefined)
  const found = new Map<string, number>()
  for (const { name, result } of measured) {
    const prefix = test.scenarios.length === 1 ? '' : `${name}/`
    for (const [metric, value] of numbersOfResult(result!, prefix)) found.set(metric, value)
  }
  // What the summary says of declarative scenarios has been told above, by its own names.
  if (!test.scenarios.some(({ lane }) => lane === 'scripted')) return found
  for (const [metric, { type, values }] of Object.entries(test.metrics)) {
    for (const [stat, value] of Object.entries(values)) {
      // How often is a matter of how long; how often a second is not.
      if (!(type === 'counter' && stat === 'count')) found.set(`${metric}.${stat}`, value)
    }
  }
  return found
}

export interface GateChoice {
  readonly name: string
  readonly better?: Direction
  readonly limitPercent?: number
}

/** What decides, and by which limits: what `--gate` names; without it all that decide by themselves. `limits`: --limit. */
export function chosenMetrics(
  names: readonly string[],
  gates: readonly GateChoice[],
  limits: ReadonlyMap<string, number>,
): MetricTraits[] {
  const chosen = new Map(gates.map(gate => [gate.name, gate]))
  return names.map(traitsOf).map(traits => {
    const gate = chosen.get(traits.name)
    return {
      ...traits,
      isGated: gates.length === 0 ? traits.isGated : gate !== undefined,
      better: gate?.better ?? traits.better,
      limitPercent: gate?.limitPercent ?? limits.get(traits.name) ?? traits.limitPercent,
    }
  })
}
