// What both ways of gating have: what decides, how sure it has to be, and where the outcome goes.
import type { ConfigProblem } from '../../core/errors.ts'
import type { Parsed } from '../../core/units.ts'
import { type GateTarget, gateFormats, parseGateReports } from '../../loadgen/report/gate/formats.ts'
import type { GateChoice } from '../../loadgen/verdict/gate/metrics.ts'
import { type FlagTable, flag, parseText } from '../flag-table.ts'

const decision = 'Decision:'
const output = 'Output:'

export const sharedGateFlags = {
  gate: flag(
    decision,
    'list',
    'metrics that decide, as response_p99,produce_rate or response_p99:15%; others are reported (default: those marked in docs/gate.md)',
    parseGates,
    true,
  ),
  limit: flag(
    decision,
    'name=percent',
    'practical limit of a metric, as response_p99=15%; may be repeated',
    parseLimit,
    true,
  ),
  alpha: flag(decision, 'share', 'chance of any false finding (default: 0.05)', parseAlpha),
  accept: flag(decision, 'list', 'count what is left out otherwise: disturbed, other-machine', parseAccept, true),
  inconclusive: flag(
    decision,
    'fail|pass',
    'exit code when nothing could be decided: 14, or 0 (default: fail)',
    parseOneOf('fail', 'pass'),
  ),
  report: flag(
    output,
    'list',
    `reports to write: ${gateFormats.join(', ')}; as html=gate.html,markdown=-; a file name may say the format`,
    parseGateReports,
    true,
  ),
  out: flag(output, 'file', 'write the outcome there, as JSON', parseText),
  json: flag(output, undefined, 'print the outcome as JSON instead of the summary', parseText),
  quiet: { ...flag(output, undefined, 'only what is asked for', parseText), short: 'q' },
} as const satisfies FlagTable

const acceptable = ['disturbed', 'other-machine'] as const
type Acceptable = (typeof acceptable)[number]

export interface SharedGate {
  readonly gates: readonly GateChoice[]
  readonly limits: ReadonlyMap<string, number>
  readonly alpha: number
  readonly accepts: ReadonlySet<Acceptable>
  readonly isInconclusiveFailure: boolean
  readonly reports: readonly GateTarget[]
  readonly out: string | undefined
  readonly json: boolean
  readonly quiet: boolean
}

export const sharedGate = (values: Readonly<Record<string, unknown>>): SharedGate => ({
  gates: (values.gate as readonly (readonly GateChoice[])[]).flat(),
  limits: new Map(values.limit as readonly (readonly [string, number])[]),
  alpha: (values.alpha as number | undefined) ?? 0.05,
  accepts: new Set((values.accept as readonly (readonly Acceptable[])[]).flat()),
  isInconclusiveFailure: values.inconclusive !== 'pass',
  reports: (values.report as readonly (readonly GateTarget[])[]).flat(),
  out: values.out as string | undefined,
  json: values.json !== undefined,
  quiet: values.quiet !== undefined,
})

/** A metric that no run has is a slip, and one that would let everything pass. */
export function unknownMetrics({ gates, limits }: SharedGate, names: readonly string[]): ConfigProblem[] {
  const told = [
    ...gates.map(({ name }) => ({ path: '--gate', name })),
    ...[...limits.keys()].map(name => ({ path: '--limit', name })),
  ]
  return told
    .filter(({ name }) => !names.includes(name))
    .map(({ path, name }) => ({ path, message: `no run has "${name}"; there are: ${names.join(', ')}` }))
}

function parseGates(text: string): Parsed<readonly GateChoice[]> {
  const found: GateChoice[] = []
  for (const part of text.split(',').map(each => each.trim())) {
    const [name = '', ...words] = part.split(':')
    const choice: { name: string; better?: 'higher' | 'lower'; limitPercent?: number } = { name }
    if (name === '') return { problem: `"${text}" is not a list of metrics` }
    for (const word of words) {
      if (word === 'higher' || word === 'lower') choice.better = word
      else {
        const limit = parsePercent(word)
        if ('problem' in limit)
          return { problem: `"${word}" of "${part}" is neither a limit, as 10%, nor higher or lower (which is better)` }
        choice.limitPercent = limit.value
      }
    }
    found.push(choice)
  }
  return { value: found }
}

function parseLimit(text: string): Parsed<readonly [string, number]> {
  const at = text.lastIndexOf('=')
  if (at <= 0) return { problem: `"${text}" is not name=percent, as response_p99=15%` }
  const limit = parsePercent(text.slice(at + 1))
  return 'problem' in limit ? limit : { value: [text.slice(0, at).trim(), limit.value] }
}

function parsePercent(text: string): Parsed<number> {
  const value = Number(/^(\d+(?:\.\d+)?)\s*%?$/.exec(text.trim())?.[1] ?? Number.NaN)
  if (value > 0 && value < 100) return { value }
  return { problem: `"${text}" is not a percentage between 0 and 100` }
}

function parseAlpha(text: string): Parsed<number> {
  const value = Number(text)
  if (value >= 0.0001 && value <= 0.5) return { value }
  return { problem: `"${text}" is not between 0.0001 and 0.5` }
}

function parseAccept(text: string): Parsed<readonly Acceptable[]> {
  const words = text.split(',').map(word => word.trim())
  const unknown = words.find(word => !(acceptable as readonly string[]).includes(word))
  if (unknown !== undefined) return { problem: `"${unknown}" is not one of ${acceptable.join(', ')}` }
  return { value: words as Acceptable[] }
}

export function parseOneOf<const Word extends string>(...words: readonly Word[]) {
  return (text: string): Parsed<Word> =>
    (words as readonly string[]).includes(text)
      ? { value: text as Word }
      : { problem: `"${text}" is not one of ${words.join(', ')}` }
}
