// Where the page of another exporter and that of the agent, by the other's names, say something else. Pure.
//
// The other is read before and after ours, because offsets move: a value of ours that lies between is no disagreement.
import { kafkaExporterMetrics, kminionMetrics, lagExporterMetrics } from '../metrics/catalog/foreign.ts'
import type { Metric } from '../metrics/metric.ts'
import { Evidence } from './diff-evidence.ts'
import { type Difference, type DiffRule, type ForeignProfile, notOffered, ruleFor } from './diff-rules.ts'
import { nameOf, samplesOf } from './samples.ts'

export interface Disagreement extends Difference {
  /** That explains it; undefined: one of the two is wrong, or the cluster changed meanwhile. */
  readonly rule: DiffRule | undefined
}

export interface Comparison {
  readonly agreeing: number
  readonly disagreements: readonly Disagreement[]
  /** Names on their page that the profile does not have, with the reason; undefined: they are not known. */
  readonly otherNames: readonly { readonly name: string; readonly why: string | undefined }[]
}

const byProfile: Readonly<Record<ForeignProfile, Readonly<Record<string, Metric>>>> = {
  kafka_exporter: kafkaExporterMetrics,
  'kafka-lag-exporter': lagExporterMetrics,
  kminion: kminionMetrics,
}

/** Whose names a page has; undefined: nobody's that is known. */
export function profileOf(page: string): ForeignProfile | undefined {
  const seen = new Set([...samplesOf(page).keys()].map(nameOf))
  const known = Object.entries(byProfile).map(([profile, metrics]) => {
    return [profile, Object.values(metrics).filter(({ name }) => seen.has(name)).length] as const
  })
  const [best] = known.toSorted(([, a], [, b]) => b - a)
  return best === undefined || best[1] === 0 ? undefined : (best[0] as ForeignProfile)
}

export function comparePages(
  profile: ForeignProfile,
  theirs: { readonly before: string; readonly after: string },
  ours: string,
): Comparison {
  const names = new Set(Object.values(byProfile[profile]).map(({ name }) => name))
  const [before, after, own] = [samplesOf(theirs.before), samplesOf(theirs.after), samplesOf(ours)]
  const all = [...new Set([...before.keys(), ...after.keys(), ...own.keys()])].filter(series =>
    names.has(nameOf(series)),
  )
  const evidence = new Evidence(after, own)
  const disagreements = all.sort().flatMap((series): Disagreement[] => {
    const [first, last, mine] = [before.get(series), after.get(series), own.get(series)]
    if (isBetween(mine, first, last)) return []
    const difference = { series, theirs: last ?? first, ours: mine }
    return [{ ...difference, rule: ruleFor(profile, difference, evidence) }]
  })
  const prefix = profile === 'kminion' ? 'kminion_' : 'kafka_'
  const foreign = new Set([...after.keys()].map(nameOf).filter(name => name.startsWith(prefix) && !names.has(name)))
  const otherNames = [...foreign]
    .sort()
    .map(name => ({ name, why: notOffered.find(each => each.names.test(name))?.why }))
  return { agreeing: all.length - disagreements.length, disagreements, otherNames }
}

function isBetween(mine: number | undefined, first: number | undefined, last: number | undefined): boolean {
  // It came or went between the two readings.
  if (mine === undefined) return first === undefined || last === undefined
  const theirs = [first, last].filter(value => value !== undefined)
  if (theirs.length === 0) return false
  return mine >= Math.min(...theirs) && mine <= Math.max(...theirs)
}
