// Where the page of another exporter and that of the agent, by the other's names, say something else. Pure, but for who fetches.
//
// The other is read before and after ours, because offsets move: a value of ours that lies between is no disagreement.
import { kafkaExporterMetrics, kminionMetrics, lagExporterMetrics } from '../metrics/catalog/foreign.ts'
import type { Metric } from '../metrics/metric.ts'
import type { ProfileName } from './collector.ts'

export interface Disagreement {
  readonly series: string
  /** Undefined: it has no such series. */
  readonly theirs: number | undefined
  readonly ours: number | undefined
  readonly why: string
}

export interface Comparison {
  readonly agreeing: number
  readonly disagreements: readonly Disagreement[]
  /** Names on their page that the agent does not know by this profile. */
  readonly unknownNames: readonly string[]
}

const byProfile: Readonly<Record<Exclude<ProfileName, 'native'>, Readonly<Record<string, Metric>>>> = {
  kafka_exporter: kafkaExporterMetrics,
  'kafka-lag-exporter': lagExporterMetrics,
  kminion: kminionMetrics,
}

/** Whose names a page has; undefined: nobody's that is known. */
export function profileOf(page: string): Exclude<ProfileName, 'native'> | undefined {
  const seen = new Set([...samplesOf(page).keys()].map(nameOf))
  const known = Object.entries(byProfile).map(([profile, metrics]) => {
    return [profile, Object.values(metrics).filter(({ name }) => seen.has(name)).length] as const
  })
  const [best] = known.toSorted(([, a], [, b]) => b - a)
  return best === undefined || best[1] === 0 ? undefined : (best[0] as Exclude<ProfileName, 'native'>)
}

export function comparePages(
  profile: Exclude<ProfileName, 'native'>,
  theirs: { readonly before: string; readonly after: string },
  ours: string,
): Comparison {
  const names = new Set(Object.values(byProfile[profile]).map(({ name }) => name))
  const [before, after, own] = [samplesOf(theirs.before), samplesOf(theirs.after), samplesOf(ours)]
  const all = [...new Set([...before.keys(), ...after.keys(), ...own.keys()])].filter(series =>
    names.has(nameOf(series)),
  )
  const disagreements: Disagreement[] = []
  for (const series of all.sort()) {
    const [first, last, mine] = [before.get(series), after.get(series), own.get(series)]
    const why = disagreement(series, first, last, mine)
    if (why !== undefined) disagreements.push({ series, theirs: last ?? first, ours: mine, why })
  }
  const prefix = profile === 'kminion' ? 'kminion_kafka_' : 'kafka_'
  const foreignNames = new Set(
    [...after.keys()].map(nameOf).filter(name => name.startsWith(prefix) && !names.has(name)),
  )
  return { agreeing: all.length - disagreements.length, disagreements, unknownNames: [...foreignNames].sort() }
}

function disagreement(
  series: string,
  first: number | undefined,
  last: number | undefined,
  mine: number | undefined,
): string | undefined {
  const theirs = [first, last].filter(value => value !== undefined)
  if (mine === undefined) {
    if (theirs.some(value => value === -1 || Number.isNaN(value)))
      return 'they put -1 or NaN where nothing is known; we have no sample'
    return 'only they have it'
  }
  if (theirs.length === 0) return 'only we have it'
  const [low, high] = [Math.min(...theirs), Math.max(...theirs)]
  if (mine >= low && mine <= high) return undefined
  if (low < 0 && mine === 0)
    return 'a commit beyond the end: they show a negative lag, we count it apart (ahead_offsets)'
  if (/_seconds$/.test(nameOf(series))) return 'seconds are found in another way: ours are an upper bound'
  return 'another value'
}

const nameOf = (series: string) => /^[^{]*/.exec(series)![0]

/** `name{a="1",b="2"}`, labels in order of names, to value; labels without a value are none. */
export function samplesOf(page: string): Map<string, number> {
  const samples = new Map<string, number>()
  for (const line of page.split('\n')) {
    const match = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)/.exec(line)
    if (match === null) continue
    const labels = [...(match[2] ?? '').matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g)].filter(
      ([, , value]) => value !== '',
    )
    const sorted = labels.map(([, name, value]) => `${name}="${value}"`).sort()
    samples.set(`${match[1]}${sorted.length === 0 ? '' : `{${sorted.join(',')}}`}`, numberOf(match[3]!))
  }
  return samples
}

const numberOf = (text: string): number =>
  text === '+Inf' ? Number.POSITIVE_INFINITY : text === '-Inf' ? Number.NEGATIVE_INFINITY : Number(text)
