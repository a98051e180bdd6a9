// K6_* variables: which option each stands for, and how its text is read.
import { nearestName } from '../../core/config.ts'
import type { ConfigProblem } from '../../core/errors.ts'
import { type Parsed, parseBoolean, parseWhole } from '../../core/units.ts'
import { refusedOptions } from './k6-refused.ts'

export interface K6Variables {
  readonly options: Readonly<Record<string, unknown>>
  readonly problems: readonly ConfigProblem[]
  readonly notices: readonly string[]
}

const text = (value: string): Parsed<string> => ({ value })
const list = (value: string): Parsed<string[]> => ({ value: value.split(',').map(part => part.trim()) })

/** "30s:10,1m:0" */
export function parseStages(value: string): Parsed<{ duration: string; target: number }[]> {
  const stages: { duration: string; target: number }[] = []
  for (const part of value.split(',')) {
    const [, duration, target] = /^\s*([^:\s]+):(\d+)\s*$/.exec(part) ?? []
    if (duration === undefined) return { problem: `"${part}" is not duration:target: write 30s:10,1m:0` }
    stages.push({ duration, target: Number(target) })
  }
  return { value: stages }
}

/** Option to the reader of its text. */
const readers: Readonly<Record<string, (value: string) => Parsed<unknown>>> = {
  vus: parseWhole(1),
  duration: text,
  iterations: parseWhole(1),
  stages: parseStages,
  executionSegment: text,
  executionSegmentSequence: text,
  setupTimeout: text,
  teardownTimeout: text,
  handleSummaryTimeout: text,
  minIterationDuration: text,
  noSetup: parseBoolean,
  noTeardown: parseBoolean,
  noUsageReport: parseBoolean,
  summaryTrendStats: list,
  summaryTimeUnit: text,
  systemTags: list,
}

/** Read by the command itself. */
const ofTheCommand = ['K6_NO_THRESHOLDS', 'K6_CONFIG', 'K6_QUIET', 'K6_SUMMARY_EXPORT', 'K6_NO_COLOR']

export const variableOf = (option: string): string =>
  `K6_${option.replaceAll(/([a-z])([A-Z])/g, '$1_$2').toUpperCase()}`

export function readK6Variables(env: Readonly<Record<string, string | undefined>>): K6Variables {
  const byVariable = new Map(Object.keys(readers).map(option => [variableOf(option), option]))
  const refused = new Map([...refusedOptions].map(([option, reason]) => [variableOf(option), reason]))
  const options: Record<string, unknown> = {}
  const problems: ConfigProblem[] = []
  const notices: string[] = []
  for (const [variable, value] of Object.entries(env)) {
    if (!variable.startsWith('K6_') || value === undefined || value === '') continue
    const option = byVariable.get(variable)
    if (option !== undefined) {
      const parsed = readers[option]!(value)
      if ('value' in parsed) options[option] = parsed.value
      else problems.push({ path: variable, message: parsed.problem })
    } else if (refused.has(variable)) problems.push({ path: variable, message: refused.get(variable)! })
    else if (!ofTheCommand.includes(variable)) {
      const near = nearestName(variable, [...byVariable.keys(), ...ofTheCommand])
      notices.push(
        near === undefined ? `${variable} has no effect here` : `${variable} is not known; did you mean ${near}?`,
      )
    }
  }
  return { options, problems, notices }
}
