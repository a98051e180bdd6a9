// A test as people write it, whatever they write it in: k6-typed options, YAML and imported workloads all become this
// document, which one reader (read-model.ts) checks and turns into the model. Executors and their settings are k6's, by k6's
// names; what is said to Kafka has the names of the flags of `millrace bench` (recordSize is --record-size), so that there is
// one list of settings, one set of parsers and one help for all ways in.
import { z } from 'zod'
import type { Parsed } from '../../core/units.ts'
import { benchFlags } from './bench-flags.ts'
import type { FlagKey } from './bench-options.ts'
import type { Flag } from './flag.ts'
import { parseGoDuration } from './go-duration.ts'
import { parseSegment, parseSequence } from './segment.ts'

/** What the executor decides, and what is about the output of one bench run. */
const notForScenarios = [
  'rate',
  'duration',
  'records',
  'repeat',
  'out',
  'calibration',
  'hlog',
  'percentiles',
  'web',
  'prometheus',
  'json',
  'requireValid',
  'quiet',
  'threshold',
  'report',
  'books',
  'clockListen',
  'clockPeer',
] as const satisfies readonly FlagKey[]

export type KafkaKey = Exclude<FlagKey, (typeof notForScenarios)[number]>

export const kafkaKeys = (Object.keys(benchFlags) as FlagKey[]).filter(
  (key): key is KafkaKey => !notForScenarios.some(other => other === key),
)

type KafkaValue<Key extends KafkaKey> = (typeof benchFlags)[Key] extends { readonly kind: 'switch' }
  ? boolean
  : (typeof benchFlags)[Key] extends { readonly kind: 'list' }
    ? Readonly<Record<string, string | number | boolean>>
    : string | number | boolean | readonly string[]

/** `read-process-write`: a consumer that passes records on to `forwardTopic`, in transactions together with its offsets. */
export const scenarioRoles = ['produce', 'consume', 'roundtrip', 'read-process-write'] as const
export type ScenarioRole = (typeof scenarioRoles)[number]

/** Settings of `millrace bench` by the names of its flags in camelCase, as text ('64KiB', '5s') or as a plain value. */
export type KafkaSettings = { readonly [Key in KafkaKey]?: KafkaValue<Key> } & {
  /** What the messages of a scenario without a function do; `produce` when left out. */
  readonly role?: ScenarioRole
  /** `declarative`: an iteration is one message, also where the file has a default function. */
  readonly lane?: 'declarative' | 'scripted'
}

const plain = z.union([z.string(), z.number(), z.boolean()])

function kafkaValue(flag: Flag) {
  if (flag.kind === 'switch') return z.boolean()
  if (flag.kind === 'list') return z.record(z.string(), plain)
  return z.union([z.string(), z.number(), z.boolean(), z.array(z.string())])
}

const kafkaShape = Object.fromEntries(
  kafkaKeys.map(key => [key, kafkaValue(benchFlags[key]).optional().describe(benchFlags[key].help)]),
)

export const kafkaSettings = z.strictObject({
  ...kafkaShape,
  role: z
    .enum(scenarioRoles)
    .optional()
    .describe(
      'What the messages of a scenario without a function do; produce when left out. read-process-write: consume, and pass on to forwardTopic in transactions.',
    ),
  lane: z
    .enum(['declarative', 'scripted'])
    .optional()
    .describe('declarative: an iteration is one message, also where the file has a default function.'),
})

/** A value that is written as text and checked by one of our parsers. */
function parsed<In extends z.ZodType, Out>(input: In, parse: (given: z.output<In>) => Parsed<Out>) {
  return input.transform((given, context): Out => {
    const result = parse(given)
    if ('value' in result) return result.value
    context.addIssue({ code: 'custom', message: result.problem })
    return z.NEVER
  })
}

const duration = parsed(z.union([z.string(), z.number()]), parseGoDuration)
const atLeastMs = (minMs: number, words: string) =>
  duration.refine(given => given >= minMs, { message: `must be at least ${words}` })
const vus = z.number().int().min(1)
const whole = z.number().int().min(0)

const stage = z.strictObject({ duration, target: whole })
const stages = z.array(stage).min(1)

const everyScenario = {
  startTime: duration.optional().describe('From the start of the test to the start of this scenario.'),
  gracefulStop: duration.optional().describe('What is under way at the end may take so long; 30s when left out.'),
  exec: z.string().min(1).optional().describe('The exported function of this scenario; default when left out.'),
  env: z.record(z.string(), z.string()).optional(),
  tags: z.record(z.string(), z.string()).optional(),
  kafka: kafkaSettings.optional().describe('What is other than in the settings of the whole test.'),
}

const arrivalRate = {
  timeUnit: duration.refine(given => given > 0, { message: 'must be more than 0' }).optional(),
  preAllocatedVUs: whole,
  maxVUs: whole.optional(),
}

const iterations = { vus: vus.optional(), iterations: z.number().int().min(1).optional() }
const maxDuration = atLeastMs(1000, '1s').optional()

const executors = {
  'shared-iterations': { ...iterations, maxDuration },
  'per-vu-iterations': { ...iterations, maxDuration },
  'constant-vus': { vus: vus.optional(), duration: atLeastMs(1000, '1s') },
  'ramping-vus': { startVUs: whole.optional(), stages, gracefulRampDown: duration.optional() },
  'constant-arrival-rate': { rate: z.number().int().min(1), duration: atLeastMs(1000, '1s'), ...arrivalRate },
  'ramping-arrival-rate': { startRate: whole.optional(), stages, ...arrivalRate },
} as const

export const executorNames = Object.keys(executors) as (keyof typeof executors)[]

const scenarioOf = <Name extends keyof typeof executors>(name: Name) =>
  z.strictObject({ executor: z.literal(name), ...executors[name], ...everyScenario })

export const scenarioSchema = z.discriminatedUnion('executor', [
  scenarioOf('shared-iterations'),
  scenarioOf('per-vu-iterations'),
  scenarioOf('constant-vus'),
  scenarioOf('ramping-vus'),
  scenarioOf('constant-arrival-rate'),
  scenarioOf('ramping-arrival-rate'),
])

const threshold = z.union([
  z.string(),
  z.strictObject({
    threshold: z.string(),
    abortOnFail: z.boolean().optional(),
    delayAbortEval: duration.optional(),
  }),
])

export const timeUnits = ['s', 'ms', 'us'] as const

const topic = z.strictObject({
  partitions: z.number().int().min(1).max(100_000).optional(),
  replicationFactor: z.number().int().min(-1).max(32_767).optional(),
  configs: z.record(z.string(), plain).optional(),
  keep: z.boolean().optional().describe('Leave the topic when the test is over, if the test created it.'),
})

/** Those of k6; the ones of HTTP, which there is none of, ask for nothing. */
const systemTagNames = [
  ...['proto', 'subproto', 'status', 'method', 'url', 'name', 'group', 'check', 'error', 'error_code', 'tls_version'],
  ...['scenario', 'service', 'expected_response', 'iter', 'vu', 'ocsp_status', 'ip'],
]

const systemTags = z
  .array(z.enum(systemTagNames))
  .refine(names => ['scenario', 'group', 'check'].every(name => names.includes(name)), {
    message: 'must have scenario, group and check: samples here always carry these',
  })

const scenarioName = z.string().regex(/^[0-9a-zA-Z_-]+$/, 'a scenario is named with letters, digits, _ and -')

export const testDocument = z.strictObject({
  kafka: kafkaSettings.optional().describe('Connection, topic, records, producer and consumer, for all scenarios.'),
  topics: z
    .record(z.string(), topic)
    .optional()
    .describe('Topics that are created before the test where they do not exist, and deleted after it.'),
  scenarios: z.record(scenarioName, scenarioSchema),
  thresholds: z.record(z.string(), z.array(threshold)).optional(),
  tags: z.record(z.string(), z.string()).optional(),
  setupTimeout: duration.optional(),
  teardownTimeout: duration.optional(),
  handleSummaryTimeout: duration.optional(),
  minIterationDuration: duration.optional(),
  noSetup: z.boolean().optional(),
  noTeardown: z.boolean().optional(),
  summaryTrendStats: z.array(z.string()).optional(),
  summaryTimeUnit: z.enum(timeUnits).optional().describe('Of times in the summary; the one that fits when left out.'),
  systemTags: systemTags.optional(),
  executionSegment: parsed(z.string(), parseSegment).optional(),
  executionSegmentSequence: parsed(z.string(), parseSequence).optional(),
})

/** As it is written. */
export type TestDocument = z.input<typeof testDocument>
export type ScenarioDocument = z.input<typeof scenarioSchema>
/** As it is read: durations in milliseconds. */
export type ReadDocument = z.output<typeof testDocument>
export type ReadScenario = z.output<typeof scenarioSchema>
