// From the words of `millrace run` to a test that is ready: the file, the flags beside it, and what they make of it.
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { type ConfigProblem, configError } from '../core/errors.ts'
import type { GivenFlag } from '../loadgen/scenario/bench-options.ts'
import type { TestSetup } from '../loadgen/test/set-up-test.ts'
import { type GivenTableFlag, readTableFlags } from './flag-table.ts'
import type { Io } from './program.ts'
import { envOfFlags, optionsOfFlags, type RunFlagValues, runFlags } from './run-flags.ts'

export interface RunWords {
  readonly values: RunFlagValues
  readonly file: string
  readonly ombDriver: string | undefined
  readonly config: Record<string, unknown> | undefined
}

/** Throws everything that is wrong with them at once; `found`: what is wrong besides. */
export function readRunWords(
  given: readonly GivenTableFlag[],
  words: readonly string[],
  io: Io,
  found: readonly ConfigProblem[] = [],
): RunWords {
  const [word, ...others] = splitFile(words)
  const read = readTableFlags(runFlags, given, others)
  const values: RunFlagValues = read.values
  const workload = values['omb-workload'] as string | undefined
  const ombDriver = values['omb-driver'] as string | undefined
  const file = workload ?? word
  const problems: ConfigProblem[] = [...found, ...read.problems]
  if (file === undefined) problems.push({ path: 'FILE', message: 'is required: millrace run test.ts' })
  else if (!existsSync(file)) problems.push({ path: file, message: 'there is no such file' })
  if (workload !== undefined && word !== undefined) {
    problems.push({ path: word, message: 'cannot stand beside --omb-workload' })
  }
  if (values['omb-out'] !== undefined && ombDriver === undefined) {
    problems.push({ path: '--omb-out', message: 'needs a workload of OMB and --omb-driver' })
  }
  const config = readConfig((values.config ?? io.env.K6_CONFIG) as string | undefined, problems)
  if (problems.length > 0) throw configError(problems)
  return { values, file: file!, ombDriver, config }
}

/** The script that belongs to it, where there is one, is loaded: `script.host` is to be closed. */
export async function setUpRun(
  { values, file, ombDriver, config }: RunWords,
  kafkaFlags: readonly GivenFlag[],
  io: Io,
): Promise<TestSetup> {
  // Loaded here, so that help and mistakes are answered without it.
  const { setUpTest } = await import('../loadgen/test/set-up-test.ts')
  const env = Object.fromEntries(
    Object.entries(io.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
  return await setUpTest({
    file: resolve(file),
    flags: optionsOfFlags(values),
    ...(config !== undefined && { config }),
    ...(ombDriver !== undefined && { ombDriver: resolve(ombDriver) }),
    kafkaFlags,
    problems: [],
    env: io.env,
    scriptEnv: { ...env, ...envOfFlags(values) },
    noThresholds: values['no-thresholds'] !== undefined || io.env.K6_NO_THRESHOLDS === 'true',
    cpus: availableParallelism(),
    readFile: path => readFileSync(path),
    randomHex: () => randomBytes(4).toString('hex'),
    onText: text => void io.stderr.write(`${text}\n`),
  })
}

/** The file is the word that belongs to no flag. */
function splitFile(words: readonly string[]): [string | undefined, ...string[]] {
  const at = words.findIndex((word, index) => !word.startsWith('-') && !words[index - 1]?.startsWith('-'))
  if (at < 0) return [undefined, ...words]
  return [words[at], ...words.slice(0, at), ...words.slice(at + 1)]
}

function readConfig(path: string | undefined, problems: ConfigProblem[]): Record<string, unknown> | undefined {
  if (path === undefined || path === '') return undefined
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
  } catch (error) {
    problems.push({ path: '--config', message: `cannot be read as JSON: ${(error as Error).message}` })
    return undefined
  }
}
