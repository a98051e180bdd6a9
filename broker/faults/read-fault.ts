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

/** What is being read, and what was wrong with it so far. */
interface Reading {
  readonly path: string
  readonly draft: Draft
  readonly given: Set<FaultField>
  readonly problems: ConfigProblem[]
}

const start = (path: string): Reading => ({
  path,
  draft: { match: {}, effect: {} },
  given: new Set(),
  problems: [],
})

/** For one rule of the command line; `path` is where it stands, for messages. */
export function parseFault(text: string, path = '--fault'): Fault {
  const reading = start(path)
  const [kindText = '', ...rest] = text.split(':')
  const kind = kindOf(kindText.trim(), path, reading)
  if (kind === undefined) throw failed(reading)
  for (const pair of rest.join(':').split(',')) {
    const [key = '', ...value] = pair.split('=')
    if (pair.trim() !== '') readPair(reading, kind, key.trim(), value.join('=').trim())
  }
  return finished(reading, kind)
}

function readPair(reading: Reading, kind: FaultKind, key: string, text: string): void {
  const { path, problems, given } = reading
  const fields = fieldsOf(kind)
  const field = fields.find(each => each.text === key)
  if (field === undefined) return void problems.push({ path, message: unknown(`${kind} has no ${key}`, key, fields) })
  given.add(field)
  const parsed = field.parse(text)
  if ('value' in parsed) put(reading.draft, field, parsed.value)
  else problems.push({ path, message: `${key}: ${parsed.problem}` })
}

/** For what came over the control endpoint, or from a caller without types. */
export function readFault(input: unknown, path = 'fault'): Fault {
  const reading = start(path)
  if (!isObject(input) || !isObject(input.effect)) {
    reading.problems.push({ path, message: 'must be an object with an effect, like {"effect": {"kind": "stall"}}' })
    throw failed(reading)
  }
  const kind = kindOf(String(input.effect.kind), `${path}.effect.kind`, reading)
  if (kind === undefined) throw failed(reading)
  copyFields(reading, kind, input)
  return finished(reading, kind)
}

function copyFields({ path, draft, given, problems }: Reading, kind: FaultKind, input: object): void {
  const byPath = new Map(fieldsOf(kind).map(field => [field.path.join('.'), field]))
  for (const [where, value] of leavesOf(input)) {
    if (where === 'effect.kind' || value === undefined) continue
    const field = byPath.get(where)
    if (field === undefined) {
      problems.push({ path: `${path}.${where}`, message: `is nothing that ${kind} has` })
      continue
    }
    given.add(field)
    const problem = field.problemWith(value)
    if (problem !== undefined) problems.push({ path: `${path}.${where}`, message: problem })
    else put(draft, field, value)
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

function kindOf(text: string, path: string, { draft, problems }: Reading): FaultKind | undefined {
  const kind = faultKinds.find(each => each === text)
  if (kind === undefined) problems.push({ path, message: `"${text}" is no fault: there are ${faultKinds.join(', ')}` })
  draft.effect.kind = kind
  return kind
}

function finished(reading: Reading, kind: FaultKind): Fault {
  const { path, draft, given, problems } = reading
  for (const field of fieldsOf(kind)) {
    if (field.isRequired && !given.has(field)) problems.push({ path, message: `${kind} needs ${field.text}` })
  }
  problems.push(...timingProblems(draft, path))
  if (problems.length > 0) throw failed(reading)
  // Every field was checked against the table of its kind.
  return draft as unknown as Fault
}

const failed = ({ problems }: Reading) =>
  configError(problems, { hint: 'docs/broker.md lists the faults and their fields.' })

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
