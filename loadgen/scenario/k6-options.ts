// k6's options from all the places in which k6 looks for them, as one document: a config file, then the script, then K6_*
// variables, then flags; a later place wins. What is said about execution (duration, iterations, stages, scenarios) in one place
// replaces all of it that was said before. Options that mean nothing to Kafka are refused by name: a test that runs other than
// it says is worse than one that does not run.
import type { ConfigProblem } from '../../core/errors.ts'
import { type K6Variables, readK6Variables } from './k6-env.ts'
import { refusedOptions } from './k6-refused.ts'

export type Json = Readonly<Record<string, unknown>>

/** Options as they stand in one place. */
export interface OptionsTier {
  /** In front of paths: `options.`, `--`, `K6_`. */
  readonly name: 'config' | 'script' | 'environment' | 'flags'
  readonly options: Json
}

export interface ConsolidatedInput {
  /** Of `--config`. */
  readonly config?: Json
  readonly script: Json
  readonly env: Readonly<Record<string, string | undefined>>
  readonly flags: Json
}

export interface Consolidated {
  readonly document: Json
  readonly problems: readonly ConfigProblem[]
  readonly notices: readonly string[]
}

const executionKeys = ['duration', 'iterations', 'stages', 'scenarios'] as const
/** What goes into the document as it is. */
const passedOn = [
  'thresholds',
  'tags',
  'setupTimeout',
  'teardownTimeout',
  'handleSummaryTimeout',
  'minIterationDuration',
  'noSetup',
  'noTeardown',
  'summaryTrendStats',
  'summaryTimeUnit',
  'systemTags',
  'executionSegment',
  'executionSegmentSequence',
] as const
/** What asks for nothing that is not so anyway. */
const withoutEffect = new Set(['noUsageReport'])

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
const isSet = (value: unknown) => value !== undefined && value !== null

export function consolidate(input: ConsolidatedInput): Consolidated {
  const variables: K6Variables = readK6Variables(input.env)
  const tiers: OptionsTier[] = [
    { name: 'config', options: input.config ?? {} },
    { name: 'script', options: input.script },
    { name: 'environment', options: variables.options },
    { name: 'flags', options: input.flags },
  ]
  const problems = [...variables.problems, ...tiers.flatMap(tierProblems)]
  const notices = [...variables.notices]
  let merged: Record<string, unknown> = {}
  for (const { name, options } of tiers) {
    const said = executionKeys.filter(key => isSet(options[key]))
    const lost = executionKeys.filter(key => isSet(merged[key]))
    if (said.length > 0) {
      if (lost.length > 0)
        notices.push(`${lost.join(' and ')} of a lower place give way to ${said.join(' and ')} of ${placeOf(name)}`)
      merged = Object.fromEntries(Object.entries(merged).filter(([key]) => !executionKeys.some(other => other === key)))
    }
    for (const [key, value] of Object.entries(options)) if (isSet(value)) merged[key] = value
  }
  if (isSet(merged.scenarios) && isSet(merged.vus)) notices.push('vus has no effect: each scenario says its own')
  const { kafka, topics, perScenario, problems: ofExt } = readExt(merged.ext)
  problems.push(...ofExt)
  const scenarios = withKafka(scenariosOf(merged), perScenario, problems)
  const rest = Object.fromEntries(passedOn.filter(key => isSet(merged[key])).map(key => [key, merged[key]]))
  return { document: { ...rest, ...kafka, ...topics, scenarios }, problems, notices }
}

const placeOf = (name: OptionsTier['name']) =>
  ({ config: 'the config file', script: 'the script', environment: 'K6_ variables', flags: 'the command line' })[name]

/** `minIterationDuration` is --min-iteration-duration. */
export const pathInFlags = (key: string): string => `--${key.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`

function pathIn(name: OptionsTier['name'], key: string): string {
  if (name === 'flags') return pathInFlags(key)
  if (name === 'environment') return `K6_${key.replace(/[A-Z]/g, letter => `_${letter}`).toUpperCase()}`
  return `${name === 'config' ? '--config ' : 'options.'}${key}`
}

/** In one place: what is not known or not supported, and what contradicts itself. */
function tierProblems({ name, options }: OptionsTier): ConfigProblem[] {
  const problems: ConfigProblem[] = []
  const known = new Set<string>([...executionKeys, ...passedOn, 'vus', 'ext'])
  for (const [key, value] of Object.entries(options)) {
    if (!isSet(value) || known.has(key) || withoutEffect.has(key)) continue
    problems.push({ path: pathIn(name, key), message: refusedOptions.get(key) ?? 'is not an option of k6' })
  }
  const said = executionKeys.filter(key => isSet(options[key]))
  const both = said.filter(key => key !== 'duration' || !said.includes('iterations'))
  if (both.length > 1) {
    const [first, ...others] = both
    problems.push({
      path: pathIn(name, first!),
      message: `cannot stand beside ${others.join(' and ')}: leave all out but one`,
    })
  }
  return problems
}

/** The shortcuts, as the scenario that they stand for. */
function scenariosOf(options: Json): unknown {
  const { vus, duration, iterations, stages, scenarios } = options
  if (isSet(scenarios)) return scenarios
  const withVus = isSet(vus) ? { vus } : {}
  if (isSet(iterations)) {
    const maxDuration = isSet(duration) ? { maxDuration: duration } : {}
    return { default: { executor: 'shared-iterations', ...withVus, iterations, ...maxDuration } }
  }
  if (isSet(duration)) return { default: { executor: 'constant-vus', ...withVus, duration } }
  if (isSet(stages)) return { default: { executor: 'ramping-vus', ...(isSet(vus) ? { startVUs: vus } : {}), stages } }
  if (isSet(vus)) return { default: { executor: 'shared-iterations', vus, iterations: vus } }
  return { default: { executor: 'per-vu-iterations' } }
}

interface Ext {
  readonly kafka: { readonly kafka?: Json }
  readonly topics: { readonly topics?: unknown }
  readonly perScenario: Json
  readonly problems: readonly ConfigProblem[]
}

/** `options.ext.millrace`: settings for all scenarios, beside them `topics` and `scenarios`. */
function readExt(ext: unknown): Ext {
  const nothing = { kafka: {}, topics: {}, perScenario: {} }
  if (!isSet(ext)) return { ...nothing, problems: [] }
  if (!isObject(ext)) return { ...nothing, problems: [{ path: 'options.ext', message: 'must be an object' }] }
  const problems: ConfigProblem[] = Object.keys(ext)
    .filter(name => name !== 'millrace')
    .map(name => ({ path: `options.ext.${name}`, message: 'is not supported: only ext.millrace is known here' }))
  const own = ext.millrace
  if (!isSet(own)) return { ...nothing, problems }
  if (!isObject(own)) {
    return { ...nothing, problems: [...problems, { path: 'options.ext.millrace', message: 'must be an object' }] }
  }
  const { topics, scenarios = {}, ...kafka } = own
  if (!isObject(scenarios)) problems.push({ path: 'options.ext.millrace.scenarios', message: 'must be an object' })
  return {
    kafka: { kafka },
    topics: topics === undefined ? {} : { topics },
    perScenario: isObject(scenarios) ? scenarios : {},
    problems,
  }
}

function withKafka(scenarios: unknown, perScenario: Json, problems: ConfigProblem[]): unknown {
  if (!isObject(scenarios)) return scenarios
  for (const name of Object.keys(perScenario)) {
    if (name in scenarios) continue
    const names = Object.keys(scenarios).join(', ')
    problems.push({ path: `options.ext.millrace.scenarios.${name}`, message: `is not among the scenarios: ${names}` })
  }
  return Object.fromEntries(
    Object.entries(scenarios).map(([name, scenario]) => [
      name,
      isObject(scenario) && name in perScenario ? { ...scenario, kafka: perScenario[name] } : scenario,
    ]),
  )
}

/** Where a part of the document stands in a script: `kafka.acks` is `options.ext.millrace.acks`. */
export function scriptPath(path: string): string {
  const inScenario = /^scenarios\.([^.]+)\.kafka\b(.*)$/.exec(path)
  if (inScenario !== null) return `options.ext.millrace.scenarios.${inScenario[1]}${inScenario[2]}`
  const [, ofAll] = /^(?:kafka|(?=topics))\b\.?(.*)$/s.exec(path) ?? []
  if (ofAll === undefined) return `options.${path}`
  return ofAll === '' ? 'options.ext.millrace' : `options.ext.millrace.${ofAll}`
}
