// Reads a fault from text (`stall:api=Produce,for=2s,after=10s`) and from JSON, with every problem at once.
import { nearestName } from '../../core/config.ts'
import { type ConfigProblem, configError } from '../../core/errors.ts'
import { type Fault, type FaultEffect, type FaultKind, isClusterEffect } from './fault.ts'
import { type FaultField, faultKinds, fieldsOf } from './fields.ts'

interface Draft {
  match: Record<string, unknown>
  effect: Record<string, unknown>
  [general: string]: unknown
}

/** For one rule of the command line; `path` is where it stands, for messages. */
export function parseFault(text: string, path = '--fault'): Fault {
  const [kindText = '', ...rest] = text.split(':')
  const problems: ConfigProblem[] = []
  const kind = kindOf(kindText.trim(), path, problems)
  const draft: Draft = { match: {}, effect: { kind } }
  for (const pair of rest.join(':').split(',')) {
    if (pair.trim() === '') continue
    const [key = '', ...value] = pair.split('=')
    if (kind !== undefined) readPair(draft, kind, key.trim(), value.join('=').trim(), path, problems)
  }
  return finished(draft, kind, path, problems)
}

function readPair(
  draft: Draft,
  kind: FaultKind,
  key: string,
  text: string,
  path: string,
  problems: ConfigProblem[],
): void {
  const fields = fieldsOf(kind)
  const field = fields.find(each => each.text === key)
  if (field === undefined) return void problems.push({ path, message: unknown(`${kind} has no ${key}`, key, fields) })
  const parsed = field.parse(text)
  if ('value' in parsed) put(draft, field, parsed.value)
  else problems.push({ path, message: `${key}: ${parsed.problem}` })
}

/** For what came over the control endpoint, or from a caller without types. */
export function readFault(input: unknown, path = 'fault'): Fault {
  const problems: ConfigProblem[] = []
  if (!isObject(input) || !isObject(input.effect)) {
    throw configError([{ path, message: 'must be an object with an effect, like {"effect": {"kind": "stall"}}' }])
  }
  const kind = kindOf(String(input.effect.kind), `${path}.effect.kind`, problems)
  const draft: Draft = { match: {}, effect: { kind } }
  if (kind !== undefined) copyFields(draft, kind, input, path, problems)
  return finished(draft, kind, path, problems)
}

function copyFields(draft: Draft, kind: FaultKind, input: object, path: string, problems: ConfigProblem[]): void {
  const byPath = new Map(fieldsOf(kind).map(field => [field.path.join('.'), field]))
  for (const [where, value] of leavesOf(input)) {
    const field = byPath.get(where)
    if (where === 'effect.kind' || value === undefined) continue
    const problem = field === undefined ? `is nothing that ${kind} has` : field.problemWith(value)
    if (problem !== undefined) problems.push({ path: `${path}.${where}`, message: problem })
    else put(draft, field!, value)
  }
}

function* leavesOf(input: object): Generator<[where: string, value: unknown]> {
  for (const [key, value] of Object.entries(input)) {
    if ((key === 'match' || key === 'effect') && isObject(value)) {
      for (const [inner, leaf] of Object.entries(value)) yield [`${key}.${inner}`, leaf]
    } else yield [key, value]
  }
}

function put(draft: Draft, { path }: FaultField, value: unknown): void {
  if (path.length === 1) draft[path[0]] = value
  else draft[path[0]][path[1]] = value
}

function kindOf(text: string, path: string, problems: ConfigProblem[]): FaultKind | undefined {
  const kind = faultKinds.find(each => each === text)
  if (kind === undefined) problems.push({ path, message: `"${text}" is no fault: there are ${faultKinds.join(', ')}` })
  return kind
}

function finished(draft: Draft, kind: FaultKind | undefined, path: string, problems: ConfigProblem[]): Fault {
  for (const field of kind === undefined ? [] : fieldsOf(kind)) {
    const isGiven = field.path.length === 1 || draft[field.path[0]][field.path[1]] !== undefined
    if (field.isRequired && !isGiven) problems.push({ path, message: `${kind} needs ${field.text}` })
  }
  problems.push(...timingProblems(draft, path))
  if (problems.length > 0) throw configError(problems, { hint: 'docs/broker.md lists the faults and their fields.' })
  // Every field was checked against the table of its kind.
  return draft as unknown as Fault
}

function timingProblems({ everyMs, forMs, times, effect }: Draft, path: string): ConfigProblem[] {
  if (typeof everyMs !== 'number') return []
  // A change of the cluster is done in an instant; anything else would be on all the time.
  const isInstant = isClusterEffect(effect as unknown as FaultEffect)
  if (forMs === undefined && times === undefined && !isInstant) {
    return [{ path, message: 'every needs for (how long each lasts) or times (how often each happens)' }]
  }
  if (typeof forMs !== 'number' || forMs < everyMs) return []
  return [{ path, message: 'for must be shorter than every, or it never stops' }]
}

function unknown(what: string, key: string, fields: readonly FaultField[]): string {
  const nearest = nearestName(
    key,
    fields.map(({ text }) => text),
  )
  const known = `it has ${fields.map(({ text }) => text).join(', ')}`
  return nearest === undefined ? `${what}; ${known}` : `${what}: did you mean ${nearest}?`
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
