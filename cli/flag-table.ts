// Flags of a command as a table: what each is called, how it is read, and where it stands in the help. All that is wrong with
// a command line is told at once.
import { type Command, Option } from 'commander'
import { nearestName } from '../core/config.ts'
import type { ConfigProblem } from '../core/errors.ts'
import type { Parsed } from '../core/units.ts'

export interface TableFlag<T = unknown> {
  /** undefined: the flag takes no value. */
  readonly placeholder: string | undefined
  readonly help: string
  readonly group: string
  readonly isRepeatable?: boolean
  /** One letter. */
  readonly short?: string
  /** What the flag means without a value. */
  readonly bare?: string
  readonly parse: (text: string) => Parsed<T>
}

export type FlagTable = Readonly<Record<string, TableFlag>>

type FlagValue<Flag extends TableFlag> = Extract<ReturnType<Flag['parse']>, { value: unknown }>['value']

/** What the flags of a table are read as: those that may be repeated (`Repeatable`) as lists, any other where it was given. */
export type FlagValues<Table extends FlagTable, Repeatable extends keyof Table = never> = {
  readonly [Key in Exclude<keyof Table, Repeatable>]?: FlagValue<Table[Key]>
} & { readonly [Key in Repeatable]: readonly FlagValue<Table[Key]>[] }

export interface GivenTableFlag {
  readonly key: string
  readonly text: string
}

export const flag = <T>(
  group: string,
  placeholder: string | undefined,
  help: string,
  parse: (text: string) => Parsed<T>,
  isRepeatable = false,
) => ({ group, placeholder, help, parse, isRepeatable })

export const parseText = (value: string): Parsed<string> =>
  value === '' ? { problem: 'must not be empty' } : { value }

const pathOf = (key: string) => `--${key}`

/** Filled while commander parses. */
export function addTableFlags(command: Command, table: FlagTable): GivenTableFlag[] {
  const given: GivenTableFlag[] = []
  for (const [key, { placeholder, help, group, short, bare }] of Object.entries(table)) {
    const names = short === undefined ? pathOf(key) : `-${short}, ${pathOf(key)}`
    const term = placeholder === undefined ? names : `${names} [${placeholder}]`
    command.addOption(new Option(term, help).helpGroup(group))
    command.on(`option:${key}`, (value: string | null | undefined) => {
      given.push({ key, text: placeholder === undefined ? 'true' : (value ?? bare ?? '') })
    })
  }
  command.usage('[flags]').allowUnknownOption().allowExcessArguments()
  return given
}

/** For commands that take words beside their flags. */
export const wordsAndFlags = (args: readonly string[]): { words: string[]; flags: string[] } => ({
  words: args.filter(word => !word.startsWith('-')),
  flags: args.filter(word => word.startsWith('-')),
})

/** Everything at once: the values, those of repeatable flags as lists, and the problems. */
export function readTableFlags(
  table: FlagTable,
  given: readonly GivenTableFlag[],
  leftovers: readonly string[],
): { values: Record<string, unknown>; problems: ConfigProblem[] } {
  const problems = leftovers.flatMap((word, index) => unknownWord(table, word, leftovers[index - 1]))
  const repeatable = Object.keys(table).filter(key => table[key]!.isRepeatable)
  const values: Record<string, unknown> = Object.fromEntries(repeatable.map(key => [key, []]))
  for (const { key, text: value } of given) {
    const { parse, isRepeatable } = table[key]!
    const parsed = parse(value)
    if ('problem' in parsed) problems.push({ path: pathOf(key), message: parsed.problem })
    else if (isRepeatable) (values[key] as unknown[]).push(parsed.value)
    else values[key] = parsed.value
  }
  return { values, problems }
}

function unknownWord(table: FlagTable, word: string, before: string | undefined): ConfigProblem[] {
  if (word.startsWith('-')) {
    const path = word.split('=')[0]!
    const near = nearestName(path, Object.keys(table).map(pathOf))
    return [
      { path, message: near === undefined ? 'is not a flag of this command' : `is not known; did you mean ${near}?` },
    ]
  }
  // The word after an unknown flag is taken for its value, and not complained about twice.
  if (before?.startsWith('-') && !before.includes('=')) return []
  return [{ path: word, message: 'is not expected here: every setting is a --flag' }]
}
