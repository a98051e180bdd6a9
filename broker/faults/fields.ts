// The fields of a fault as a table: what each is called in text and in JSON, what it may hold, and which kinds have it.
// Both readers (text.ts and json.ts) and the help text are made from it.
import { type Parsed, parseDuration, parseSize, parseWhole } from '../../core/units.ts'
import { apis } from '../../wire/apis/index.ts'
import { kafkaErrors } from '../../wire/error-codes.ts'
import type { FaultKind } from './fault.ts'

type FieldValue = string | number

export interface FaultField {
  /** In text: `by=50ms`. */
  readonly text: string
  /** In JSON: `effect.ms`. */
  readonly path: readonly [key: string] | readonly [part: 'match' | 'effect', key: string]
  /** Undefined: every kind. */
  readonly kinds?: readonly FaultKind[]
  readonly isRequired?: boolean
  /** From the text form. */
  parse(text: string): Parsed<FieldValue>
  /** A value that JSON gave; undefined: it is one that `parse` could have given. */
  problemWith(value: unknown): string | undefined
}

const wholeMax = 2 ** 31 - 1

export const faultKinds: readonly FaultKind[] = [
  'delay',
  'stall',
  'error',
  'drop',
  'lose',
  'repeat',
  'truncate',
  'corrupt-crc',
  'throttle',
  'slow-disk',
  'move-leader',
  'shrink-isr',
  'expand-isr',
  'stop-broker',
  'start-broker',
]
const onBrokers = ['stop-broker', 'start-broker'] as const
const onPartitions = ['move-leader', 'shrink-isr', 'expand-isr'] as const
const onCluster: readonly FaultKind[] = [...onPartitions, ...onBrokers]
const onRequests = faultKinds.filter(kind => !onCluster.includes(kind))

/** Milliseconds in JSON, with a unit in text. */
const duration = { parse: parseDuration, problemWith: numberBetween(0, wholeMax) }
const period = { parse: positive(parseDuration), problemWith: numberBetween(1, wholeMax) }
const whole = (min: number) => ({ parse: parseWhole(min, wholeMax), problemWith: wholeFrom(min) })
const name = { parse: anyName, problemWith: nameProblem }

export const faultFields: readonly FaultField[] = [
  { text: 'api', path: ['match', 'api'], kinds: onRequests, ...oneOf(apis.map(api => api.name)) },
  { text: 'client', path: ['match', 'clientId'], kinds: onRequests, ...name },
  { text: 'topic', path: ['match', 'topic'], kinds: [...onRequests, ...onPartitions], ...name },
  { text: 'partition', path: ['match', 'partition'], kinds: [...onRequests, ...onPartitions], ...whole(0) },
  { text: 'broker', path: ['match', 'broker'], kinds: onRequests, ...whole(0) },
  { text: 'broker', path: ['match', 'broker'], kinds: onBrokers, isRequired: true, ...whole(0) },
  { text: 'by', path: ['effect', 'ms'], kinds: ['delay', 'throttle'], isRequired: true, ...duration },
  { text: 'jitter', path: ['effect', 'jitterMs'], kinds: ['delay'], ...duration },
  { text: 'code', path: ['effect', 'code'], kinds: ['error'], isRequired: true, ...oneOf(errorNames()) },
  { text: 'when', path: ['effect', 'when'], kinds: ['drop'], ...oneOf(['request', 'answer']) },
  { text: 'rate', path: ['effect', 'bytesPerSec'], kinds: ['slow-disk'], isRequired: true, ...byteRate() },
  { text: 'burst', path: ['effect', 'burstMs'], kinds: ['slow-disk'], ...duration },
  { text: 'to', path: ['effect', 'to'], kinds: ['move-leader'], ...whole(0) },
  { text: 'out', path: ['effect', 'out'], kinds: ['shrink-isr'], ...whole(0) },
  { text: 'times', path: ['times'], ...whole(1) },
  { text: 'percent', path: ['percent'], kinds: onRequests, ...percent() },
  { text: 'after', path: ['afterMs'], ...duration },
  { text: 'for', path: ['forMs'], ...period },
  { text: 'every', path: ['everyMs'], ...period },
]

export const fieldsOf = (kind: FaultKind): readonly FaultField[] =>
  faultFields.filter(({ kinds }) => kinds === undefined || kinds.includes(kind))

type Check = Pick<FaultField, 'parse' | 'problemWith'>

function errorNames(): string[] {
  return [...kafkaErrors.values()].filter(({ code }) => code !== 0).map(kind => kind.name)
}

/** Not a list of all of them in the message: there are more than a hundred errors. */
function oneOf(choices: readonly string[]): Check {
  const known = new Set(choices)
  const shown = choices.length > 5 ? `for instance ${choices.slice(0, 3).join(', ')}` : choices.join(' or ')
  const problemWith = (value: unknown) =>
    typeof value === 'string' && known.has(value) ? undefined : `"${value}" is not known here: ${shown}`
  return { parse: parsedBy(text => text, problemWith), problemWith }
}

function percent(): Check {
  const problemWith = numberBetween(0, 100)
  return { parse: parsedBy(text => Number(text.replace(/%$/, '')), problemWith), problemWith }
}

function byteRate(): Check {
  return { parse: positive(text => parseSize(text.replace(/\/s$/, ''))), problemWith: numberBetween(1, 2 ** 40) }
}

function parsedBy<T extends FieldValue>(read: (text: string) => T, problemWith: FaultField['problemWith']) {
  return (text: string): Parsed<T> => {
    const value = read(text)
    const problem = problemWith(value)
    return problem === undefined ? { value } : { problem }
  }
}

function positive(parse: (text: string) => Parsed<number>): (text: string) => Parsed<number> {
  return text => {
    const parsed = parse(text)
    return 'value' in parsed && parsed.value <= 0 ? { problem: 'must be more than zero' } : parsed
  }
}

function numberBetween(min: number, max: number): FaultField['problemWith'] {
  return value =>
    typeof value === 'number' && value >= min && value <= max ? undefined : `must be a number from ${min} to ${max}`
}

function wholeFrom(min: number): FaultField['problemWith'] {
  return value =>
    Number.isInteger(value) && (value as number) >= min && (value as number) <= wholeMax
      ? undefined
      : `must be a whole number from ${min}`
}

function nameProblem(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? undefined : 'must be a name'
}

function anyName(text: string): Parsed<string> {
  return text === '' ? { problem: 'must be a name' } : { value: text }
}
