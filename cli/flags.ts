// Binds the table of flags to commander: the table is the only place that knows a flag. Values pass through as text, so
// that everything that is wrong with a command line is found in one go and not at the first slip.
import { type Command, Option } from 'commander'
import { nearestName } from '../core/config.ts'
import type { ConfigProblem } from '../core/errors.ts'
import type { BenchMode } from '../loadgen/plan.ts'
import { benchFlags } from '../loadgen/scenario/bench-flags.ts'
import { type FlagKey, flagKeys, flagPath, type GivenFlag } from '../loadgen/scenario/bench-options.ts'
import { type Flag, flagName } from '../loadgen/scenario/flag.ts'

/** Flags in the order of the command line; filled while commander parses. */
export const addFlags = (command: Command, mode: BenchMode): GivenFlag[] =>
  addKeyedFlags(
    command,
    flagKeys.filter(key => benchFlags[key].modes.some(other => other === mode)),
  )

export function addKeyedFlags(command: Command, keys: readonly FlagKey[]): GivenFlag[] {
  const given: GivenFlag[] = []
  for (const key of keys) {
    const flag: Flag = benchFlags[key]
    command.addOption(new Option(termOf(key, flag), helpOf(flag)).helpGroup(flag.group))
    command.on(`option:${flagName(key)}`, (text: string | null | undefined) => {
      if (flag.kind === 'switch') given.push({ key, text: '' })
      else given.push({ key, text: text ?? ('bare' in flag ? flag.bare : undefined) })
    })
  }
  return given
}

/** A value is optional to commander, because a missing one is reported with everything else that is wrong. */
const termOf = (key: FlagKey, flag: Flag): string =>
  flag.kind === 'switch' ? flagPath(key) : `${flagPath(key)} [${flag.placeholder}]`

function helpOf(flag: Flag): string {
  if (flag.kind !== 'value') return flag.help
  const fallback = flag.fallbackText ?? flag.fallback
  return fallback === undefined ? flag.help : `${flag.help} (default: ${fallback})`
}

/** What commander could not place: flags that do not exist (or not in this mode) and stray words. */
export function leftoverProblems(leftovers: readonly string[], mode: BenchMode): ConfigProblem[] {
  const problems: ConfigProblem[] = []
  leftovers.forEach((word, index) => {
    const before = leftovers[index - 1]
    if (word.startsWith('-') && word !== '-') problems.push(unknownFlag(word, mode))
    // The word after an unknown flag is taken for its value, and not complained about twice.
    else if (before === undefined || !before.startsWith('-') || before.includes('=')) {
      problems.push({ path: word, message: 'is not expected here: every setting is a --flag' })
    }
  })
  return problems
}

function unknownFlag(word: string, mode: BenchMode): ConfigProblem {
  const path = word.split('=')[0]!
  const key = flagKeys.find(candidate => flagPath(candidate) === path)
  if (key !== undefined) {
    const { kind, modes } = benchFlags[key]
    if (kind === 'switch' && modes.some(other => other === mode)) return { path, message: 'takes no value' }
    return { path, message: `belongs to bench ${modes.join(' and ')}, not to bench ${mode}` }
  }
  const near = nearestName(
    path,
    flagKeys.filter(candidate => benchFlags[candidate].modes.some(other => other === mode)).map(flagPath),
  )
  return { path, message: near === undefined ? 'is not a flag of this command' : `is not known; did you mean ${near}?` }
}
