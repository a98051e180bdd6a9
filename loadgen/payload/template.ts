// Templates of text values, such as --payload 'json:{"id":"{{uuid}}","user":{{int:1..5000}},"type":"{{choice:view,buy}}"}'.
// A template is compiled once to a list of parts; unknown placeholders are all reported at once.
import { type ConfigProblem, configError } from '../../core/errors.ts'
import type { Random } from '../../core/random.ts'

export type Render = (sequence: number, wallUs: number) => string
type Maker = (argument: string, random: Random) => Render | string

/** Placeholder name to its maker; a maker that cannot use its argument answers with what would be right. */
const makers: Readonly<Record<string, Maker>> = {
  seq: () => sequence => String(sequence),
  timestampMs: () => (_sequence, wallUs) => String(Math.floor(wallUs / 1000)),
  timestampUs: () => (_sequence, wallUs) => String(wallUs),
  isoTime: () => (_sequence, wallUs) => new Date(wallUs / 1000).toISOString(),
  uuid: (_argument, random) => () => uuid(random),
  int: intBetween,
  hex: (argument, random) => repeated(argument, '16', () => hexDigits[random.next() >>> 28]!),
  text: (argument, random) => repeated(argument, '16', () => lowerCase[random.below(lowerCase.length)]!),
  choice: (argument, random) => {
    const choices = argument.split(',')
    return argument === '' ? 'a list, as in {{choice:view,click,buy}}' : () => choices[random.below(choices.length)]!
  },
  bool: (_argument, random) => () => (random.next() >>> 31 === 1 ? 'true' : 'false'),
}

const knownPlaceholders = `one of ${Object.keys(makers).join(', ')}`
const makerOf = (name: string): Maker | undefined => (Object.hasOwn(makers, name) ? makers[name] : undefined)

const problemWith = (placeholder: string, expected: string): ConfigProblem => {
  return { path: '--payload', message: `placeholder ${placeholder}: expected ${expected}` }
}

const hexDigits = '0123456789abcdef'
const lowerCase = 'abcdefghijklmnopqrstuvwxyz'

export function compileTemplate(template: string, random: Random): Render {
  const problems: ConfigProblem[] = []
  const parts: (string | Render)[] = []
  let from = 0
  for (const match of template.matchAll(/\{\{\s*(\w+)(?::([^}]*))?\s*\}\}/g)) {
    parts.push(template.slice(from, match.index))
    from = match.index + match[0].length
    const made = makerOf(match[1]!)?.((match[2] ?? '').trimEnd(), random) ?? knownPlaceholders
    if (typeof made === 'string') problems.push(problemWith(match[0], made))
    else parts.push(made)
  }
  parts.push(template.slice(from))
  // JSON never has two braces open in a row, so these are placeholders that are written wrong.
  for (const part of parts) {
    const stray = typeof part === 'string' ? part.match(/\{\{.{0,30}/s) : null
    if (stray !== null) problems.push(problemWith(stray[0], 'the form {{name}} or {{name:argument}}'))
  }
  if (problems.length > 0) throw configError(problems)
  return (sequence, wallUs) => {
    let text = ''
    for (const part of parts) text += typeof part === 'string' ? part : part(sequence, wallUs)
    return text
  }
}

function intBetween(argument: string, random: Random): Render | string {
  const [, low, high] = /^(-?\d+)\.\.(-?\d+)$/.exec(argument) ?? []
  const span = Number(high) - Number(low) + 1
  if (!(span >= 1)) return 'a range, as in {{int:1..5000}}'
  return () => String(Number(low) + random.below(span))
}

function repeated(argument: string, fallback: string, draw: () => string): Render | string {
  const length = Number(argument || fallback)
  if (!Number.isInteger(length) || length < 1 || length > 65_536) return 'a length from 1 to 65536'
  return () => {
    let text = ''
    for (let index = 0; index < length; index++) text += draw()
    return text
  }
}

/** The form of a version 4 UUID; seeded, so not for anything that must be unguessable. */
function uuid(random: Random): string {
  let hex = ''
  for (let word = 0; word < 4; word++) hex += random.next().toString(16).padStart(8, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`
}
