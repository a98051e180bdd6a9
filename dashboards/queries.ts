// PromQL from the catalog: a query names its metric by the catalog's key, so that one which does not exist does not compile.
import type { Metric } from '../metrics/metric.ts'

/** `millrace_broker_up{cluster="$cluster",broker="1"}`; `more` are further matchers. */
export function of({ name, labels }: Metric, more = ''): string {
  const own = labels.includes('cluster') ? ['cluster="$cluster"'] : []
  return selector(name, [...own, more])
}

/** Of the targets that were chosen, for what has no label of its own for the cluster: runs, processes, JMX, kafka_exporter. */
export const ofJob = ({ name }: Pick<Metric, 'name'>, more = ''): string => selector(name, ['job=~"$job"', more])

/** Every process and JVM has such metrics: those of targets that have the other one too. */
export const ofTargetsWith = (marker: string, series: string): string => `(${series} and on (job, instance) ${marker})`

/** The buckets of a histogram. */
export const bucketsOf = (metric: Metric, more = ''): string => of({ ...metric, name: `${metric.name}_bucket` }, more)

function selector(name: string, matchers: readonly string[]): string {
  const given = matchers.filter(matcher => matcher !== '')
  return given.length === 0 ? name : `${name}{${given.join(',')}}`
}

/** A board takes the interval from the data source: four scrapes at least, so that a rate always has two samples. */
export const rate = (series: string): string => `rate(${series}[$__rate_interval])`
export const increase = (series: string, range = '$__rate_interval'): string => `increase(${series}[${range}])`

const by = (labels: readonly string[]) => (labels.length === 0 ? '' : ` by (${labels.join(', ')})`)
export const sum = (series: string, ...labels: readonly string[]): string => `sum${by(labels)} (${series})`
export const max = (series: string, ...labels: readonly string[]): string => `max${by(labels)} (${series})`
export const min = (series: string, ...labels: readonly string[]): string => `min${by(labels)} (${series})`
export const count = (series: string, ...labels: readonly string[]): string => `count${by(labels)} (${series})`

/** The largest: what keeps a board readable with a thousand topics. */
export const top = (size: number, series: string): string => `topk(${size}, ${series})`
export const bottom = (size: number, series: string): string => `bottomk(${size}, ${series})`

/** How many are 0 that should be 1. Without any there is no sample: an agent that is silent must not look healthy. */
export const countOfZeros = (series: string): string => `sum(1 - ${series})`

/** How many of these are so; 0 when none is, nothing when `all` has no series. */
export const countWhere = (condition: string, all: string): string => `(count(${condition}) or 0 * count(${all}))`

/** Quantile of a histogram over the interval, for each value of the labels. */
export const quantile = (level: number, buckets: string, ...labels: readonly string[]): string =>
  `histogram_quantile(${level}, ${sum(rate(buckets), ...labels, 'le')})`

/** A state set as a number, for a timeline: 1 for the first state, 2 for the second, ... Series that are in none of them are 0. */
export const stateNumber = (
  series: (state: string) => string,
  states: readonly string[],
  ...labels: readonly string[]
): string => states.map((state, index) => `${index + 1} * ${max(series(state), ...labels)}`).join(' + ')
