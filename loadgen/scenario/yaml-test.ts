// A test in YAML: k6's options by k6's names, what is said to Kafka under `kafka` (of the whole test, or of a scenario), and topics.
// It has no functions, so each iteration is one message. Flags and K6_* variables come over it as over a script.
import { z } from 'zod'
import type { Environment } from '../../core/config.ts'
import { type ConfigProblem, configError, isMillraceError, MillraceError } from '../../core/errors.ts'
import { atTheirPlaces, readYaml, type YamlDocument } from '../../core/yaml-document.ts'
import type { GivenFlag } from './bench-options.ts'
import { testDocument } from './document.ts'
import { consolidate, type Json } from './k6-options.ts'
import type { TestModel } from './model.ts'
import { type ReadTest, readModel } from './read-model.ts'

export interface YamlTestInput {
  readonly file: string
  readonly readFile: (path: string) => Buffer
  /** Options of k6 that were given as flags. */
  readonly flags: Json
  /** Of `--config`. */
  readonly config?: Json
  readonly kafkaFlags: readonly GivenFlag[]
  readonly env: Environment
  readonly cpus: number
  readonly randomHex: () => string
  readonly noThresholds?: boolean
  /** What the reader of a model does not look at. */
  readonly check?: (model: TestModel) => readonly ConfigProblem[]
}

/** As it is written: a document, in which scenarios may be left out for one of k6's shortcuts. */
export const yamlTest = z.strictObject({
  ...testDocument.shape,
  scenarios: testDocument.shape.scenarios.optional(),
  vus: z
    .number()
    .int()
    .min(1)
    .optional()
    .describe('Shortcut: VUs of the one scenario; requests that may be in flight.'),
  duration: z.union([z.string(), z.number()]).optional().describe('Shortcut: constant-vus for so long, as 30s.'),
  iterations: z.number().int().min(1).optional().describe('Shortcut: shared-iterations, so many messages.'),
  stages: z
    .array(z.strictObject({ duration: z.union([z.string(), z.number()]), target: z.number().int().min(0) }))
    .optional()
    .describe('Shortcut: ramping-vus through these.'),
})

export type YamlTest = z.input<typeof yamlTest>

/** Throws CONFIG_INVALID with all that is wrong, each at its line and column. */
export function readYamlTest(input: YamlTestInput): ReadTest {
  const yaml = readYaml(input.readFile(input.file).toString('utf8'), input.file)
  if (typeof yaml.value !== 'object' || yaml.value === null || Array.isArray(yaml.value)) {
    throw configError([{ path: input.file, message: 'is not a test: it needs scenarios, or duration or iterations' }])
  }
  try {
    const test = read(input, yaml.value as Json)
    const problems = input.check?.(test.model) ?? []
    if (problems.length > 0) throw configError(problems)
    return test
  } catch (error) {
    if (!isMillraceError(error) || error.problems.length === 0) throw error
    const { problems, hint } = error
    throw new MillraceError(error.code, configError(placed(problems, yaml)).message, {
      hint,
      problems: placed(problems, yaml),
    })
  }
}

/** Paths of k6's options have a prefix where they come from a script. */
function placed(problems: readonly ConfigProblem[], yaml: YamlDocument): ConfigProblem[] {
  return atTheirPlaces(
    problems.map(({ path, message }) => ({ path: path.replace(/^options\./, ''), message })),
    yaml,
  )
}

function read(input: YamlTestInput, value: Json): ReadTest {
  const { flags, config, kafkaFlags, env, cpus, readFile, randomHex, noThresholds = false } = input
  const { kafka, topics, ...options } = value
  const consolidated = consolidate({ ...(config !== undefined && { config }), script: options, env, flags })
  const document = {
    ...consolidated.document,
    ...(kafka !== undefined && { kafka }),
    ...(topics !== undefined && { topics }),
    ...(noThresholds && { thresholds: undefined }),
  }
  const problems = [...consolidated.problems, ...functionProblems(consolidated.document.scenarios)]
  const rest = { flags: kafkaFlags, env, cpus, readFile, randomHex, isScripted: () => false }
  const { model, notices } = readModel({ document, problems, ...rest })
  return { model, notices: [...consolidated.notices, ...notices] }
}

function functionProblems(scenarios: unknown): ConfigProblem[] {
  if (typeof scenarios !== 'object' || scenarios === null) return []
  return Object.entries(scenarios).flatMap(([name, scenario]: [string, { readonly exec?: unknown } | null]) => {
    if (scenario?.exec === undefined) return []
    return [
      { path: `scenarios.${name}.exec`, message: 'a test in YAML has no functions: write it as a TypeScript module' },
    ]
  })
}
