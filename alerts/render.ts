// Rules of Prometheus from areas and settings: files by area, and the same as a PrometheusRule of the Prometheus operator.
//
// Thresholds stand in the expressions as numbers. What an override is for becomes an expression of its own, narrowed to its labels,
// and the rest is narrowed to what no override is for: `lag{group!~"batch-.*"} > 300 or lag{group=~"batch-.*"} > 7200`. So the
// rules need no templating where they are loaded, and no series that carry thresholds.
//
// Two alerts of equal labels are one to Alertmanager: the end of one would resolve the other. So a time that a state has to last, which is
// the rule's and not the expression's, makes a rule that says in its label `override` whose it is.
import { writeYaml } from '../core/yaml-document.ts'
import { areas } from './areas.ts'
import { type Alert, type Area, promDuration, quoted, type Selecting } from './rule.ts'
import type { AlertSettings } from './settings.ts'
import { fitsEmpty, type Thresholds } from './thresholds.ts'

export interface RuleGroup {
  readonly name: string
  readonly interval: string
  readonly rules: readonly Rule[]
}

export type Rule =
  | { readonly record: string; readonly expr: string }
  | {
      readonly alert: string
      readonly expr: string
      readonly for?: string
      readonly labels: Readonly<Record<string, string>>
      readonly annotations: Readonly<Record<string, string>>
    }

const paces = { fast: '5s', steady: '30s' } as const

export function groupsOf(area: Area, settings: AlertSettings): RuleGroup[] {
  return (['fast', 'steady'] as const).flatMap(pace => {
    const rules = [
      ...area.recordings
        .filter(each => each.pace === pace)
        .map(({ record, expr }) => ({ record, expr: textOf([expr]) })),
      ...area.alerts.filter(each => each.pace === pace).flatMap(alert => rulesOf(alert, settings)),
    ]
    const name = pace === 'fast' ? `millrace-${area.name}-fast` : `millrace-${area.name}`
    return rules.length === 0 ? [] : [{ name, interval: paces[pace], rules }]
  })
}

/** One, and one for each override that changes for how long it has to last. */
function rulesOf(alert: Alert, settings: AlertSettings): Rule[] {
  const byOverride = Map.groupBy(variantsOf(alert, settings), variant => variant.override)
  return [...byOverride].map(([override, variants]) => ({
    alert: alert.name,
    expr: textOf(variants.map(({ expr }) => expr)),
    ...(variants[0]!.for === undefined ? {} : { for: variants[0]!.for }),
    labels: { severity: alert.severity, ...(override !== undefined && { override }) },
    annotations: {
      summary: override === undefined ? alert.summary : `${alert.summary} (${override})`,
      impact: alert.impact,
      runbook_url: `${settings.runbooks}${alert.name}.md`,
    },
  }))
}

const textOf = (exprs: readonly string[]) => `${exprs.join('\nor\n').trim()}\n`

interface Variant {
  readonly expr: string
  readonly for: string | undefined
  /** What it is for, when it is a rule of its own. */
  readonly override: string | undefined
}

type Matchers = readonly Matcher[]
interface Matcher {
  readonly label: string
  readonly isNot: boolean
  readonly pattern: string
}

function variantsOf(alert: Alert, { thresholds, overrides }: AlertSettings): Variant[] {
  const usual = variantOf(alert, [], thresholds)
  const applying = overrides.filter(({ match, thresholds: own, off }) => {
    const fits = Object.keys(match).every(label => alert.labels.includes(label))
    const after = variantOf(alert, [], { ...thresholds, ...own })
    return fits && (off.has(alert.name) || usual.expr !== after.expr || usual.for !== after.for)
  })
  let rest: Matchers[] = [[]]
  // What has no label is taken by the first one that fits the empty text, as if it were a series.
  let unlabelled = alert.unlabelled
  const variants = applying.flatMap(({ match, thresholds: own, off }) => {
    const matchers = matchersOf(alert, match)
    const taken = rest.flatMap(each => both(each, matchers))
    // What does not fit all of them fits the first ones and not the next.
    rest = rest.flatMap(each =>
      matchers.flatMap((last, at) => both(each, [...matchers.slice(0, at), { ...last, isNot: true }])),
    )
    const nameless = matchers.every(({ pattern }) => fitsEmpty(pattern)) ? unlabelled : undefined
    if (nameless !== undefined) unlabelled = undefined
    if (off.has(alert.name)) return []
    const found = withUnlabelled(
      taken.map(each => variantOf(alert, each, { ...thresholds, ...own })),
      nameless,
    )
    return found.map(each => (each.for === usual.for ? each : { ...each, override: nameOf(matchers) }))
  })
  return [
    ...withUnlabelled(
      rest.map(each => variantOf(alert, each, thresholds)),
      unlabelled,
    ),
    ...variants,
  ]
}

const withUnlabelled = (variants: Variant[], expr: string | undefined): Variant[] =>
  variants[0] === undefined || expr === undefined ? variants : [...variants, { ...variants[0], expr }]

/** In the order of the alert's labels, from the whole to its parts: what is summed over the last one is then cut by the others first. */
const matchersOf = ({ labels }: Alert, match: Readonly<Record<string, string>>): Matchers =>
  labels.flatMap(label => (match[label] === undefined ? [] : [{ label, isNot: false, pattern: match[label] }]))

/** None, if nothing can fit all of them. */
function both(some: Matchers, others: Matchers): Matchers[] {
  const isSame = (a: Matcher, b: Matcher) => a.label === b.label && a.pattern === b.pattern
  if (others.some(other => some.some(each => isSame(each, other) && each.isNot !== other.isNot))) return []
  return [[...some, ...others.filter(other => !some.some(each => isSame(each, other)))]]
}

/** As a label, which is a template too. */
const nameOf = (matchers: Matchers) =>
  matchers
    .map(({ label, pattern }) => `${label}=~${pattern}`)
    .join(', ')
    .replaceAll('{{', '{{ "{{" }}')

function variantOf(alert: Alert, matchers: Matchers, thresholds: Thresholds): Variant {
  const seconds = alert.for?.(thresholds)
  const expr = alert.expr(selectingOf(matchers), thresholds)
  return {
    expr,
    for: seconds === undefined || seconds === 0 ? undefined : promDuration(seconds),
    override: undefined,
  }
}

/** Only by labels that the metric has. */
function selectingOf(matchers: Matchers): Selecting {
  return (metric, own = '', suffix = '') => {
    const narrowed = matchers
      .filter(({ label }) => metric.labels.includes(label))
      .map(({ label, isNot, pattern }) => `${label}${isNot ? '!~' : '=~'}${quoted(pattern)}`)
    const all = [...(own === '' ? [] : [own]), ...narrowed].join(', ')
    return `${metric.name}${suffix}${all === '' ? '' : `{${all}}`}`
  }
}

const head =
  '# Made by `millrace alerts render` from alerts/ of millrace. Do not edit: set thresholds in a file, and render again.\n'

/** By file name. */
export function ruleFiles(settings: AlertSettings): ReadonlyMap<string, string> {
  return new Map(areas.map(area => [`${area.name}.rules.yaml`, head + writeYaml({ groups: groupsOf(area, settings) })]))
}

/** For the Prometheus operator. */
export function prometheusRule(settings: AlertSettings): string {
  return (
    head +
    writeYaml({
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PrometheusRule',
      metadata: { name: 'millrace', labels: { 'app.kubernetes.io/name': 'millrace', role: 'alert-rules' } },
      spec: { groups: areas.flatMap(area => groupsOf(area, settings)) },
    })
  )
}
