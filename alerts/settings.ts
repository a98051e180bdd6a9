// What a user sets: thresholds for all, and for what has certain labels. A file of YAML; every problem in it is told at once, with its
// place.
import { type ConfigProblem, configError } from '../core/errors.ts'
import { atTheirPlaces, readYaml } from '../core/yaml-document.ts'
import { alertNames, areas } from './areas.ts'
import { type Alert, usesThreshold } from './rule.ts'
import { parseRunbooks, runbooksDefault } from './runbooks.ts'
import {
  parseThreshold,
  patternProblem,
  type ThresholdName,
  type Thresholds,
  thresholdDefaults,
  thresholdNames,
} from './thresholds.ts'

export interface AlertSettings {
  /** What the name of an alert and `.md` are put behind, for its runbook_url. An address, with a slash at its end. */
  readonly runbooks: string
  readonly thresholds: Thresholds
  /** Of those that fit, the first counts. */
  readonly overrides: readonly Override[]
}

export interface Override {
  /** Label to a regular expression that fits all of its value; all of them must. */
  readonly match: Readonly<Record<string, string>>
  readonly thresholds: Partial<Thresholds>
  /** Alerts that are left out. */
  readonly off: ReadonlySet<string>
}

export const settingsDefault: AlertSettings = {
  runbooks: runbooksDefault,
  thresholds: thresholdDefaults,
  overrides: [],
}

/** Throws CONFIG_INVALID with all problems. */
export function readAlertSettings(text: string, file: string): AlertSettings {
  const document = readYaml(text, file)
  const problems: ConfigProblem[] = []
  const settings = settingsOf(document.value ?? {}, problems)
  if (problems.length > 0) throw configError(atTheirPlaces(problems, document))
  return settings
}

type Problems = ConfigProblem[]

function settingsOf(value: unknown, problems: Problems): AlertSettings {
  const root = mapOf(value, '', ['runbooks', 'thresholds', 'overrides'], problems)
  const { runbooks = settingsDefault.runbooks, thresholds, overrides = [] } = root
  const folder = parseRunbooks(String(runbooks))
  if ('problem' in folder) problems.push({ path: 'runbooks', message: folder.problem })
  if (!Array.isArray(overrides)) problems.push({ path: 'overrides', message: 'must be a list' })
  return {
    runbooks: 'value' in folder ? folder.value : runbooksDefault,
    thresholds: { ...thresholdDefaults, ...thresholdsOf(thresholds, 'thresholds', problems) },
    overrides: (Array.isArray(overrides) ? overrides : []).map((each, at) =>
      overrideOf(each, `overrides[${at}]`, problems),
    ),
  }
}

function overrideOf(value: unknown, path: string, problems: Problems): Override {
  const { match, thresholds, off } = mapOf(value, path, ['match', 'thresholds', 'off'], problems)
  const override = {
    match: matchOf(match, `${path}.match`, problems),
    thresholds: thresholdsOf(thresholds, `${path}.thresholds`, problems),
    off: offOf(off, `${path}.off`, problems),
  }
  if (off === undefined && thresholds === undefined)
    problems.push({ path, message: 'changes nothing: it needs thresholds, off, or both' })
  problems.push(...inVain(override, path, off === 'all'))
  return override
}

/** What reaches no alert: a threshold, or an alert that is off, of which the labels are others than those that are matched. */
function inVain({ match, thresholds, off }: Override, path: string, isAllOff: boolean): ConfigProblem[] {
  const labels = Object.keys(match)
  const has = (alert: Alert) => labels.every(label => alert.labels.includes(label))
  const among = areas.flatMap(({ alerts }) => alerts)
  // No alert at all has them: that has been told.
  if (!among.some(has)) return []
  const named = ({ name, labels: own }: Alert) => `${name} (${own.join(', ')})`
  const reached = (at: string, reachable: readonly Alert[]): ConfigProblem[] =>
    reachable.length === 0 || reachable.some(has)
      ? []
      : [
          {
            path: `${path}.${at}`,
            message: `reaches no alert by ${labels.join(', ')}: match labels of ${reachable.map(named).join(', ')}`,
          },
        ]
  return [
    ...(Object.keys(thresholds) as ThresholdName[]).flatMap(name =>
      reached(
        `thresholds.${name}`,
        among.filter(alert => usesThreshold(alert, name)),
      ),
    ),
    ...[...(isAllOff ? [] : off)].flatMap(name =>
      reached(
        'off',
        among.filter(alert => alert.name === name),
      ),
    ),
  ]
}

const labelsKnown = [...new Set(areas.flatMap(({ alerts }) => alerts.flatMap(({ labels }) => labels)))].sort()

function matchOf(value: unknown, path: string, problems: Problems): Readonly<Record<string, string>> {
  const entries = Object.entries(mapOf(value, path, labelsKnown, problems))
  if (entries.length === 0)
    problems.push({ path, message: `is empty: name at least one label of ${labelsKnown.join(', ')}` })
  for (const [label, pattern] of entries) {
    const wrong = patternProblem(String(pattern))
    if (wrong !== undefined) problems.push({ path: `${path}.${label}`, message: wrong.problem })
  }
  const labels = entries.map(([label]) => label)
  if (
    labels.length > 0 &&
    !areas.some(({ alerts }) => alerts.some(alert => labels.every(label => alert.labels.includes(label))))
  )
    problems.push({ path, message: `no alert has all of the labels ${labels.join(', ')}` })
  return Object.fromEntries(entries.map(([label, pattern]) => [label, String(pattern)]))
}

function thresholdsOf(value: unknown, path: string, problems: Problems): Partial<Thresholds> {
  const given = mapOf(value ?? {}, path, thresholdNames, problems)
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, text]) => {
      const parsed = parseThreshold(name as ThresholdName, String(text))
      if ('value' in parsed) return [[name, parsed.value]]
      problems.push({ path: `${path}.${name}`, message: parsed.problem })
      return []
    }),
  )
}

/** A list of alerts, or `all`. */
function offOf(value: unknown, path: string, problems: Problems): ReadonlySet<string> {
  if (value === undefined) return new Set()
  if (value === 'all') return new Set(alertNames)
  const names: unknown[] = Array.isArray(value) ? value : [value]
  for (const name of names)
    if (!alertNames.includes(String(name))) problems.push({ path, message: `there is no alert ${String(name)}` })
  return new Set(names.map(String))
}

/** What is no map is one problem, each key that is not known another. */
function mapOf(value: unknown, path: string, known: readonly string[], problems: Problems): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    problems.push({ path, message: `must be a map with ${known.join(', ')}` })
    return {}
  }
  const isKnown = ([key]: [string, unknown]) => known.includes(key)
  const unknown = Object.entries(value).filter(entry => !isKnown(entry))
  for (const [key] of unknown)
    problems.push({
      path: path === '' ? key : `${path}.${key}`,
      message: `is not known here: there are ${known.join(', ')}`,
    })
  return Object.fromEntries(Object.entries(value).filter(isKnown))
}
