// How a side of a gate is started, as `--base KEY=VALUE` says it, one setting a flag. What is none of the keys here is a flag of
// `millrace run`: --base client=kafkajs runs the base with --client=kafkajs.
import { nearestName } from '../../core/config.ts'
import type { ConfigProblem } from '../../core/errors.ts'
import { parseDuration } from '../../core/units.ts'
import { bounded } from '../../loadgen/scenario/parsers.ts'
import { parseBootstrap } from '../../wire/bootstrap.ts'

export const sideKeys = {
  label: 'what the side is called',
  broker: 'embedded: a broker of its own for each run; flags of millrace broker may follow the word',
  start: 'a command that is a broker: begun before each run, ended after it',
  ready: 'how long a broker of its own may take until it answers (default: 2m)',
  up: 'a command that has to succeed before each run, as docker compose up -d --wait',
  down: 'a command after each run, as docker compose down',
  rev: 'a git revision: the scenario file as it was there, in a work tree of its own',
  prepare: 'a command in that work tree, once, as npm ci',
  millrace: 'another millrace: its folder, or its main.js',
  script: 'another scenario file',
} as const

export type SideKey = keyof typeof sideKeys

export interface SideSpec {
  readonly own: Readonly<Partial<Record<SideKey, string>>>
  /** env.NAME=VALUE */
  readonly env: Readonly<Record<string, string>>
  /** Flags of millrace run. */
  readonly flags: readonly (readonly [name: string, value: string])[]
}

const readyDefaultMs = 120_000
const parseReady = bounded(parseDuration, 100, 3_600_000, 'between 100ms and 1h')

export function readyMsOf({ own: { ready } }: SideSpec): number {
  const parsed = ready === undefined ? undefined : parseReady(ready)
  return parsed !== undefined && 'value' in parsed ? parsed.value : readyDefaultMs
}

/** Where a broker of the side is reached: what it says itself comes before what both say. */
export const bootstrapOf = (side: Pick<SideSpec, 'flags'>, both?: Pick<SideSpec, 'flags'>): string | undefined =>
  [...(both?.flags ?? []), ...side.flags].findLast(([name]) => name === 'bootstrap')?.[1]

/**
 * `localhost:9092` alone is bootstrap=localhost:9092, and `embedded` is broker=embedded. With what is said for both sides, which each has
 * as well.
 */
export function readSide(
  path: string,
  words: readonly string[],
  runFlags: readonly string[],
  both?: SideSpec,
): { readonly spec: SideSpec; readonly problems: readonly ConfigProblem[] } {
  const own: Partial<Record<SideKey, string>> = {}
  const env: Record<string, string> = {}
  const flags: (readonly [string, string])[] = []
  const problems: ConfigProblem[] = []
  for (const word of words) {
    const [key, value] = pairOf(word)
    if (key === '' || value === '') problems.push({ path, message: `"${word}" is not KEY=VALUE` })
    else if (key.startsWith('env.')) env[key.slice('env.'.length)] = value
    else if (Object.hasOwn(sideKeys, key)) own[key as SideKey] = value
    else if (ofGate.has(key)) problems.push({ path, message: `${key} is set by the gate itself` })
    else if (runFlags.includes(key)) flags.push([key, value])
    else {
      const near = nearestName(key, [...Object.keys(sideKeys), ...runFlags])
      const hint =
        near === undefined
          ? 'a key of sides (millrace gate run --help), or a flag of millrace run'
          : `did you mean ${near}?`
      problems.push({ path, message: `"${key}" is not known; ${hint}` })
    }
  }
  return {
    spec: { own, env, flags },
    problems: [...problems, ...contradictions(path, own, [...(both?.flags ?? []), ...flags])],
  }
}

function pairOf(word: string): [key: string, value: string] {
  if (/^embedded\b/.test(word)) return ['broker', word]
  if (/^[^=\s]+:\d+(,[^=\s]+:\d+)*$/.test(word)) return ['bootstrap', word]
  const at = word.indexOf('=')
  return at < 0 ? [word, ''] : [word.slice(0, at).replace(/^--/, ''), word.slice(at + 1)]
}

/** What every run is given already. */
const ofGate: ReadonlySet<string> = new Set([
  'out',
  'json',
  'quiet',
  'report',
  'prometheus',
  'summary-export',
  'dry-run',
])

function contradictions(
  path: string,
  { broker, start, ready, up, down, prepare, rev }: Partial<Record<SideKey, string>>,
  flags: SideSpec['flags'],
): ConfigProblem[] {
  const problems: ConfigProblem[] = []
  const problem = (message: string) => problems.push({ path, message })
  const bootstrap = bootstrapOf({ flags })
  const hasBootstrap = bootstrap !== undefined || flags.some(([name]) => name === 'command-config')
  if (broker !== undefined && !/^embedded(\s|$)/.test(broker)) {
    problem(`broker=${broker}: there is embedded only; another broker is a command: start=...`)
  }
  if (broker !== undefined && (hasBootstrap || start !== undefined || up !== undefined)) {
    problem('broker=embedded brings its own bootstrap: not beside bootstrap, start or up')
  }
  const address = start === undefined || bootstrap === undefined ? undefined : parseBootstrap(bootstrap)
  if (address !== undefined && 'problem' in address) problem(`bootstrap=${bootstrap}: ${address.problem}`)
  if (start !== undefined && bootstrap === undefined) problem('start=... needs bootstrap=host:port')
  const readiness = ready === undefined ? undefined : parseReady(ready)
  if (readiness !== undefined && 'problem' in readiness) problem(`ready=${ready}: ${readiness.problem}`)
  if (ready !== undefined && start === undefined && broker === undefined)
    problem('ready=... needs start=... or broker=...')
  if (down !== undefined && up === undefined) problem('down=... needs up=...')
  if (prepare !== undefined && rev === undefined) problem('prepare=... needs rev=...')
  return problems
}

const isSecret = /password|secret|jaas|token|credential/i
const shown = (name: string, value: string): string => (isSecret.test(`${name}=${value}`) ? '***' : value)
const labelLengthMax = 80

/** What a side is called when nobody says. */
export function labelOfSide({ own, flags }: SideSpec, fallback: string): string {
  const { label, rev, broker, start, millrace, script } = own
  const parts = [rev, broker, start, millrace, script].filter(part => part !== undefined)
  const words = [...parts, ...flags.map(([name, value]) => `${name}=${shown(name, value)}`)]
  return label ?? (words.join(' ').slice(0, labelLengthMax) || fallback)
}

export const aboutSide = ({ own, env, flags }: SideSpec): Record<string, string> => ({
  ...own,
  ...Object.fromEntries(flags.map(([name, value]) => [name, shown(name, value)])),
  // Values of the environment may be anybody's secrets.
  ...Object.fromEntries(Object.keys(env).map(name => [`env.${name}`, 'set'])),
})
