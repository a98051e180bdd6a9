// The command line of the peer comparison, checked as a whole.
import { parseArgs } from 'node:util'
import { type ConfigProblem, configError } from '../core/errors.ts'
import { workersDefault } from './settings.ts'
import { type SuiteId, suiteIds, suiteIdsDefault } from './suites.ts'

export const help = `Runs millrace beside other tools on one real Apache Kafka, and writes benchmarks/results and RESULTS.md.

  npm run bench:peers -- [options]

  --suite NAME,...       ${suiteIds.join(', ')} (default ${suiteIdsDefault.join(',')})
  --only ID,...          contestants, such as millrace,java,rdkafka (default all)
  --rounds N             runs of each contestant that count (default 5)
  --seconds N            length of a run (default 10)
  --warmup N             seconds before it that do not count (default 5)
  --warm-broker N        seconds of load before the first suite (default 60)
  --workers N            threads of millrace (default ${workersDefault})
  --fill N               records in the topic that consumers read (default 40000000, 4.4 GB)
  --steal-limit N        percent of steal that make a run void (default 10)
  --others-limit N       percent of the machine, taken by other processes, that make it void (default 10)
  --repeats N            void runs repeated for each contestant and suite (default 5)
  --dry-run              write no files
  --help
`

export interface PeerFlags {
  readonly suites: readonly SuiteId[]
  readonly only: readonly string[]
  readonly rounds: number
  readonly seconds: number
  readonly warmupSeconds: number
  readonly warmBrokerSeconds: number
  readonly workers: number
  readonly fillRecords: number
  readonly limits: { readonly stealPercent: number; readonly othersPercent: number; readonly repeats: number }
  readonly dryRun: boolean
}

const numbers = {
  rounds: { fallback: 5, min: 1 },
  seconds: { fallback: 10, min: 1 },
  // Equal for all that have a warm-up. V8 and the JVM still compile in the third second at full rate.
  warmup: { fallback: 5, min: 1 },
  'warm-broker': { fallback: 60, min: 0 },
  workers: { fallback: workersDefault, min: 1 },
  fill: { fallback: 40_000_000, min: 1_000_000 },
  'steal-limit': { fallback: 10, min: 0 },
  'others-limit': { fallback: 10, min: 0 },
  repeats: { fallback: 5, min: 0 },
} as const

type NumberName = keyof typeof numbers

export function parsePeerFlags(argv: readonly string[]): PeerFlags | 'help' {
  const values = parsed(argv)
  if (values.help) return 'help'
  const problems: ConfigProblem[] = []
  const number = (name: NumberName): number => {
    const { fallback, min } = numbers[name]
    const value = Number(values[name] ?? fallback)
    if (!(value >= min)) problems.push({ path: `--${name}`, message: `must be a number, at least ${min}` })
    return value
  }
  const suites = list(values.suite) ?? suiteIdsDefault
  for (const id of suites) {
    if (!suiteIds.some(known => known === id)) {
      problems.push({ path: '--suite', message: `"${id}" is none of ${suiteIds.join(', ')}` })
    }
  }
  const flags: PeerFlags = {
    suites: suites as readonly SuiteId[],
    only: list(values.only) ?? [],
    rounds: number('rounds'),
    seconds: number('seconds'),
    warmupSeconds: number('warmup'),
    warmBrokerSeconds: number('warm-broker'),
    workers: number('workers'),
    fillRecords: number('fill'),
    limits: { stealPercent: number('steal-limit'), othersPercent: number('others-limit'), repeats: number('repeats') },
    dryRun: values['dry-run'] ?? false,
  }
  if (problems.length > 0) throw configError(problems)
  return flags
}

const list = (text: string | undefined): string[] | undefined => text?.split(',').map(part => part.trim())

function parsed(argv: readonly string[]) {
  const value = { type: 'string' } as const
  try {
    return parseArgs({
      args: [...argv],
      options: {
        ...{ suite: value, only: value, rounds: value, seconds: value, warmup: value, 'warm-broker': value },
        ...{ workers: value, fill: value, 'steal-limit': value, 'others-limit': value, repeats: value },
        'dry-run': { type: 'boolean' },
        help: { type: 'boolean' },
      },
    }).values
  } catch (cause) {
    throw configError([{ path: 'argv', message: cause instanceof Error ? cause.message : String(cause) }], { cause })
  }
}

/** What a run of this length will take, for a user who has to plan: rounds, trials, the starts of processes. */
export function estimatedMinutes(
  { rounds, seconds, warmupSeconds, warmBrokerSeconds }: PeerFlags,
  suites: readonly {
    readonly contestants: readonly unknown[]
    readonly seconds?: number
    readonly roundsMax?: number
  }[],
): number {
  const overheadSeconds = 4
  const total = suites.reduce((sum, suite) => {
    const runs = Math.min(rounds, suite.roundsMax ?? rounds)
    const each = (suite.seconds ?? seconds) + warmupSeconds + overheadSeconds
    return sum + suite.contestants.length * (runs * each + warmupSeconds + 2 * overheadSeconds)
  }, warmBrokerSeconds)
  return Math.ceil(total / 60)
}
