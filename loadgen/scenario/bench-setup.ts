// From everything that the user wrote anywhere to a bench run that is ready to start, or one error with all that is
// wrong.
import { type Environment, envNameOf, nearestName, type Setting } from '../../core/config.ts'
import { type ConfigProblem, configError, isMillraceError, type MillraceError } from '../../core/errors.ts'
import type { ListenAddress } from '../../core/listen.ts'
import { makeRandom } from '../../core/random.ts'
import { type ClientConfig, type PropertyFlag, readClientConfig } from '../../wire/client-config.ts'
import { understoodNames } from '../../wire/client-properties.ts'
import { clientDefaults } from '../../wire/settings.ts'
import { encodePool, tryEncoded } from '../payload/encoded/pool.ts'
import { keyBytesMax, type Profile, sizeOfProfile } from '../payload/profile.ts'
import { parseProfile } from '../payload/profile-text.ts'
import { compileTemplate } from '../payload/template.ts'
import { sizeOf, valuesIn } from '../payload/value-file.ts'
import type { BenchMode, BenchPlan, EncodedPayload, KeyPlan, PayloadPlan, SizePlan } from '../plan.ts'
import type { ReportTarget } from '../report/targets.ts'
import { crossProblems } from './bench-checks.ts'
import {
  type BenchOptions,
  envPath,
  type FlagKey,
  flagKeys,
  flagPath,
  type GivenFlag,
  readOptions,
} from './bench-options.ts'
import { planBench } from './bench-plan.ts'
import type { EncodedChoice, PayloadChoice } from './parsers.ts'
import { type RegistrySettings, readRegistry, registryNames } from './registry-settings.ts'
import { profileProblems, withReplayRate } from './replay-checks.ts'

export interface BenchInput {
  readonly mode: BenchMode
  readonly flags: readonly GivenFlag[]
  /** Found before the flags could be read: unknown ones, stray words. */
  readonly problems: readonly ConfigProblem[]
  readonly env: Environment
  /** Of a test document. */
  readonly settings?: readonly Setting[]
  readonly cpus: number
  readonly readFile: (path: string) => Buffer
  /** Eight hex digits for the name of a generated topic. */
  readonly randomHex: () => string
}

export interface BenchSetup {
  readonly plan: BenchPlan
  readonly out: string | undefined
  readonly reports: readonly ReportTarget[]
  /** Where the calibration is; `none`: the run is to do without. */
  readonly calibration: string | undefined
  /** Where the page that grows is served. */
  readonly web: ListenAddress | undefined
  readonly prometheus: ListenAddress | undefined
  readonly json: boolean
  readonly quiet: boolean
  readonly requireValid: boolean
  readonly repeat: number
  readonly hlog: string | undefined
  readonly percentiles: string | undefined
  /** To be mentioned before the run: what was given and has no effect. */
  readonly notices: readonly string[]
}

export function setUpBench(input: BenchInput): BenchSetup {
  const { mode, flags, env, settings = [] } = input
  const connection = readOptions({ mode, flags, env, settings, hints: new Map() })
  const client = tryClientConfig(input, connection.options, connection.paths)
  const read = readOptions({
    ...{ mode, flags, env, settings },
    hints: client.config?.clientHints ?? new Map(),
  })
  const { paths, problems } = read
  const payload = readPayload(read.options.payload, input)
  const options = withReplayRate(read.options, payload.profile)
  const registry = readRegistry(client.config?.others ?? new Map())
  const usesRegistry = payload.plan.kind === 'encoded'
  const requestTimeoutMs = client.config?.settings.requestTimeoutMs ?? clientDefaults.requestTimeoutMs
  const checked = { mode, options, requestTimeoutMs, given: (key: FlagKey) => paths.has(key) }
  // Contradictions are told only between values that could be read: a value that fell back to its default is no party.
  const unread = new Set(problems.map(({ path }) => path))
  const crossed = crossProblems(checked, paths).filter(({ path }) => !unread.has(path))
  const found = [
    ...input.problems,
    ...client.problems,
    ...problems,
    ...payload.problems,
    ...(usesRegistry ? registry.problems : []),
    ...(payload.profile === undefined ? [] : profileProblems(payload.profile, options)),
    ...crossed,
  ]
  if (client.error !== undefined && found.length === client.problems.length) throw client.error
  if (found.length > 0) throw configError(found, client.error === undefined ? {} : { hint: client.error.hint })
  const { cpus, randomHex } = input
  const content = {
    payload: withStrategy(payload.plan, registry),
    size: payload.size ?? options.recordSize,
    keys: payload.keys ?? options.keys,
  }
  const planned = planBench({ ...checked, client: client.config!.settings, ...content, cpus, randomHex })
  const plan = usesRegistry && registry.registry ? { ...planned, registry: registry.registry } : planned
  const { out, calibration, json, quiet, requireValid, repeat, hlog, percentiles } = options
  const { web, prometheus } = options
  const output = { out, web, prometheus, reports: options.report.flat(), json, quiet, requireValid, hlog, percentiles }
  return { plan, ...output, calibration, repeat, notices: noticesOf(input, client.config!, usesRegistry) }
}

const withStrategy = (payload: PayloadPlan, { subjectStrategy }: RegistrySettings): PayloadPlan =>
  payload.kind === 'encoded' ? { ...payload, subjectStrategy } : payload

interface TriedClient {
  readonly config?: ClientConfig
  readonly error?: MillraceError
  readonly problems: readonly ConfigProblem[]
}

function tryClientConfig(input: BenchInput, options: BenchOptions, paths: ReadonlyMap<FlagKey, string>): TriedClient {
  const { commandConfig } = options
  const flags = propertyFlags(input, options, paths)
  const filePath = commandConfig === undefined ? {} : { filePath: commandConfig }
  try {
    const config = readClientConfig({ ...filePath, env: input.env, flags, readFile: input.readFile })
    return { config, problems: [] }
  } catch (error) {
    if (!isMillraceError(error)) throw error
    const problems = error.problems.length > 0 ? error.problems : [{ path: 'client settings', message: error.message }]
    return { error, problems }
  }
}

/** Weakest first, because the last of one property counts: environment, --property, then the flags of their own. */
function propertyFlags(
  { flags }: BenchInput,
  { bootstrap, property, requestTimeout }: BenchOptions,
  paths: ReadonlyMap<FlagKey, string>,
): PropertyFlag[] {
  const strengthOf = (key: FlagKey) => (flags.some(flag => flag.key === key) ? (key === 'property' ? 1 : 2) : 0)
  const entry = (key: FlagKey, property: string, value: string, suffix = '') => ({
    strength: strengthOf(key),
    named: { flag: `${paths.get(key) ?? flagPath(key)}${suffix}`, property, value },
  })
  const entries = [
    ...property.map(({ name, value }) => entry('property', name, value, ` ${name}`)),
    ...(bootstrap === undefined ? [] : [entry('bootstrap', 'bootstrap.servers', bootstrap)]),
    ...(requestTimeout === undefined ? [] : [entry('requestTimeout', 'request.timeout.ms', `${requestTimeout}ms`)]),
  ]
  return entries.sort((one, other) => one.strength - other.strength).map(({ named }) => named)
}

interface ReadPayload {
  readonly plan: PayloadPlan
  /** Where the values have sizes of their own. */
  readonly size?: SizePlan
  /** Where they come with the values. */
  readonly keys?: KeyPlan
  readonly profile?: Profile
  readonly problems: readonly ConfigProblem[]
}

/** Reads what lies behind --payload, and tries a template out, so that its mistakes show before a broker is asked. */
function readPayload(choice: PayloadChoice, { readFile }: BenchInput): ReadPayload {
  const path = flagPath('payload')
  try {
    switch (choice.kind) {
      case 'random':
      case 'text':
        return { plan: { kind: choice.kind }, problems: [] }
      case 'file':
        return {
          plan: { kind: 'file', path: choice.path },
          problems: readFile(choice.path).length > 0 ? [] : [{ path, message: `${choice.path} is empty` }],
        }
      case 'lines':
        return valuesPlan(choice.path, readFile, '\\r?\\n')
      case 'whole':
        return valuesPlan(choice.path, readFile)
      case 'replay':
        return profilePlan(choice.path, readFile)
      case 'json':
        return templatePlan(choice.template)
      case 'json-file':
        return templatePlan(readFile(choice.path).toString('utf8').trim())
      case 'avro':
      case 'protobuf':
        return encodedPlan(choice, readFile)
    }
  } catch (error) {
    const problems = isMillraceError(error)
      ? error.problems
      : [{ path, message: `cannot read the file: ${(error as Error).message}` }]
    return { plan: { kind: 'random' }, problems }
  }
}

function valuesPlan(path: string, readFile: BenchInput['readFile'], delimiter?: string): ReadPayload {
  const values = valuesIn(readFile(path), delimiter)
  const plan = { kind: 'values', path, ...(delimiter !== undefined && { delimiter }) } as const
  if (values.length > 0) return { plan, size: sizeOf(values), problems: [] }
  return { plan, problems: [{ path: flagPath('payload'), message: `${path} is empty` }] }
}

function profilePlan(path: string, readFile: BenchInput['readFile']): ReadPayload {
  const profile = parseProfile(readFile(path).toString('utf8'), path)
  const plan = { kind: 'replay', path } as const
  const keys: KeyPlan = keyBytesMax(profile) < 0 ? { kind: 'none' } : plan
  return { plan, size: sizeOfProfile(profile), keys, profile, problems: [] }
}

function encodedPlan({ kind, path, message, template }: EncodedChoice, readFile: BenchInput['readFile']): ReadPayload {
  const text = template?.startsWith('@') ? readFile(template.slice(1)).toString('utf8').trim() : template
  const plan: EncodedPayload = {
    ...{ kind: 'encoded', format: kind, schema: readFile(path).toString('utf8'), subjectStrategy: 'topic' },
    ...(message !== undefined && { message }),
    ...(text !== undefined && { template: text }),
  }
  const at = flagPath('payload')
  try {
    const problems = tryEncoded(plan).map(problem => ({ path: at, message: problem }))
    // With the frame that a registry asks for; without one the values are a little shorter.
    return {
      plan,
      ...(problems.length === 0 && { size: sizeOf(encodePool({ ...plan, schemaId: 0 }, 0, 0, Date.now())) }),
      problems,
    }
  } catch (error) {
    if (isMillraceError(error) && error.problems.length > 0) throw error
    return { plan, problems: [{ path: at, message: `${path}: ${(error as Error).message}` }] }
  }
}

function templatePlan(template: string): ReadPayload {
  compileTemplate(template, makeRandom(0))
  return { plan: { kind: 'json', template }, problems: [] }
}

function noticesOf({ mode, env }: BenchInput, client: ClientConfig, usesRegistry: boolean): string[] {
  const { clientHints } = client
  const used: readonly string[] = usesRegistry ? registryNames : []
  const ignored = client.ignored.filter(name => !used.includes(name))
  const notices = ignored.length === 0 ? [] : [`without effect here: ${ignored.join(', ')}`]
  // Committing to the group of somebody's application, because its properties file was at hand, would lose its place.
  if (mode === 'consume' && clientHints.has('group.id')) {
    notices.push('group.id is not taken from client properties: give --group to read and commit as a group')
  }
  return [...notices, ...mistypedVariables(env)]
}

/** Only likely slips of the keyboard: the environment holds other programs' variables as well. */
function mistypedVariables(env: Environment): string[] {
  const prefix = 'MILLRACE_'
  const known = new Set([...flagKeys.map(envPath), ...understoodNames.map(envNameOf)])
  const endings = [...known].map(name => name.slice(prefix.length))
  return Object.keys(env).flatMap(name => {
    if (!name.startsWith(prefix) || known.has(name)) return []
    const meant = nearestName(name.slice(prefix.length), endings)
    return meant === undefined ? [] : [`${name} is not known; did you mean ${prefix}${meant}?`]
  })
}
