// Command lines as Kafka's own tools take them: `--flag value`, `--flag=value`, several values after one flag, and a flag
// by any beginning of its name that fits no other. All that is wrong is told at once.
import { nearestName } from '../../core/config.ts'
import type { ConfigProblem } from '../../core/errors.ts'

export interface KafkaFlag {
  /** `optional`: the flag may stand alone, and means its default then. */
  readonly takes: 'nothing' | 'one' | 'optional' | 'many'
  readonly placeholder?: string
  readonly help: string
  /** Name in 4.2 and later; the old one is still taken, as Kafka takes it. */
  readonly deprecatedFor?: string
}

export type KafkaFlags = Readonly<Record<string, KafkaFlag>>

export interface KafkaArguments<Name extends string> {
  /** Values of each flag that was given, in order; empty for one that takes nothing. */
  readonly given: ReadonlyMap<Name, readonly string[]>
  readonly stray: readonly string[]
  readonly problems: ConfigProblem[]
}

/** A negative number is a value, as after --throughput. */
const isFlag = (word: string) => word.startsWith('-') && !/^-\d/.test(word) && word !== '-'

export function parseKafkaArguments<Flags extends KafkaFlags>(
  flags: Flags,
  args: readonly string[],
): KafkaArguments<keyof Flags & string> {
  const given = new Map<keyof Flags & string, string[]>()
  const stray: string[] = []
  const problems: ConfigProblem[] = []
  for (let at = 0; at < args.length; ) {
    const word = args[at++]!
    if (!isFlag(word)) {
      stray.push(word)
      continue
    }
    const [path = '', inline] = cutOnce(word, '=')
    const found = findFlag(flags, path)
    if ('problem' in found) {
      problems.push({ path, message: found.problem })
      // What follows an unknown flag is taken for its values, and not complained about as well.
      while (at < args.length && !isFlag(args[at]!)) at++
      continue
    }
    const values = inline === undefined ? [] : [inline]
    const { takes } = flags[found.name]!
    const most = takes === 'nothing' ? 0 : takes === 'many' ? Number.POSITIVE_INFINITY : 1
    while (values.length < most && at < args.length && !isFlag(args[at]!)) values.push(args[at++]!)
    const problem = valueProblem(takes, values)
    if (problem !== undefined) problems.push({ path, message: problem })
    else given.set(found.name, [...(given.get(found.name) ?? []), ...values])
  }
  return { given, stray, problems }
}

function valueProblem(takes: KafkaFlag['takes'], values: readonly string[]): string | undefined {
  if (takes === 'nothing') return values.length > 0 ? 'takes no value' : undefined
  return takes !== 'optional' && values.length === 0 ? 'expected one argument' : undefined
}

type Found<Flags> = { readonly name: keyof Flags & string } | { readonly problem: string }

function findFlag<Flags extends KafkaFlags>(flags: Flags, path: string): Found<Flags> {
  const names = Object.keys(flags) as (keyof Flags & string)[]
  const wanted = path.replace(/^--/, '')
  if (path.startsWith('--') && names.includes(wanted)) return { name: wanted }
  const begun = path.startsWith('--') && wanted !== '' ? names.filter(name => name.startsWith(wanted)) : []
  if (begun.length === 1) return { name: begun[0]! }
  if (begun.length > 1) return { problem: `could be ${begun.map(name => `--${name}`).join(' or ')}` }
  const near = nearestName(
    path,
    names.map(name => `--${name}`),
  )
  return {
    problem: near === undefined ? 'is not a recognized option' : `is not a recognized option; did you mean ${near}?`,
  }
}

function cutOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}

/** Reads the values of flags that are given once; every mistake becomes a problem. */
export class KafkaArgumentReader<Name extends string> {
  readonly problems: ConfigProblem[]
  readonly #given: ReadonlyMap<Name, readonly string[]>

  constructor({ given, problems, stray }: KafkaArguments<Name>) {
    this.#given = given
    this.problems = problems
    for (const word of stray) problems.push({ path: word, message: 'is not expected here' })
  }

  has(name: Name): boolean {
    return this.#given.has(name)
  }

  all(name: Name): readonly string[] {
    return this.#given.get(name) ?? []
  }

  /** Of a flag that is given more than once the last counts. */
  text(name: Name): string | undefined {
    return this.#given.get(name)?.at(-1)
  }

  required(name: Name): string {
    if (!this.has(name)) this.problem(name, 'is required')
    return this.text(name) ?? ''
  }

  /** A whole number within the bounds; the fallback stands in for one that is not given or not right. */
  whole(name: Name, { min, max = Number.MAX_SAFE_INTEGER }: { min: number; max?: number }, fallback: number): number {
    const text = this.text(name)
    if (text === undefined) return fallback
    const value = /^[+-]?\d+$/.test(text.trim()) ? Number(text) : Number.NaN
    if (!Number.isSafeInteger(value)) this.problem(name, `could not convert '${text}' to a whole number`)
    else if (value < min) this.problem(name, min === 1 ? 'should be greater than zero' : `should be at least ${min}`)
    else if (value > max) this.problem(name, `should be at most ${max}`)
    else return value
    return fallback
  }

  decimal(name: Name, fallback: number): number {
    const text = this.text(name)
    if (text === undefined) return fallback
    const value = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text.trim()) ? Number(text) : Number.NaN
    if (Number.isFinite(value)) return value
    this.problem(name, `could not convert '${text}' to a number`)
    return fallback
  }

  problem(name: Name, message: string): void {
    this.problems.push({ path: `--${name}`, message })
  }
}
