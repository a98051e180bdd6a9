// From a file and everything that was said beside it to a test that is ready to run, or one error with all that is wrong.
import type { Environment } from '../../core/config.ts'
import { type ConfigProblem, configError } from '../../core/errors.ts'
import { readYaml } from '../../core/yaml-document.ts'
import { readOmb } from '../omb/read.ts'
import type { OmbResultSettings } from '../omb/result.ts'
import { looksLikeWorkload } from '../omb/workload.ts'
import type { GivenFlag } from '../scenario/bench-options.ts'
import { consolidate, type Json, pathInFlags, scriptPath } from '../scenario/k6-options.ts'
import type { TestModel } from '../scenario/model.ts'
import { type ReadTest, readModel } from '../scenario/read-model.ts'
import { readYamlTest } from '../scenario/yaml-test.ts'
import { ScriptHost } from '../script/host.ts'
import type { NamedSelector } from '../script/registry.ts'
import { parseSelector, planThreshold, selectorText } from '../verdict/thresholds/grammar.ts'
import type { MetricDefinitions } from '../verdict/thresholds/readings.ts'
import { thresholdProblem } from '../verdict/thresholds/watch.ts'
import { testDefinitions } from './definitions.ts'
import type { ScriptOfTest } from './run-scripted.ts'
import { isTrendStat } from './test-metrics.ts'

export interface TestInput {
  /** Absolute path of the script. */
  readonly file: string
  /** k6's options of the command line. */
  readonly flags: Json
  /** Of a config file. */
  readonly config?: Json
  /** Flags that say something to Kafka, for all scenarios. */
  readonly kafkaFlags: readonly GivenFlag[]
  /** Found before: unknown flags, stray words. */
  readonly problems: readonly ConfigProblem[]
  readonly env: Environment
  /** __ENV of the script. */
  readonly scriptEnv: Readonly<Record<string, string>>
  readonly noThresholds: boolean
  /** The file is a workload of OMB, and this its driver file. */
  readonly ombDriver?: string
  readonly cpus: number
  readonly readFile: (path: string) => Buffer
  readonly randomHex: () => string
  /** What the script prints outside of VUs. */
  readonly onText?: (text: string) => void
}

export interface TestSetup {
  readonly model: TestModel
  /** Absent: there are no functions to call. */
  readonly script?: ScriptOfTest
  readonly notices: readonly string[]
  readonly selectors: readonly NamedSelector[]
  readonly definitions: MetricDefinitions
  /** Of an imported workload: what its result in OMB's form is made of. */
  readonly omb?: OmbResultSettings
}

export async function setUpTest(input: TestInput): Promise<TestSetup> {
  if (input.problems.length > 0) throw configError(input.problems)
  const { file, scriptEnv } = input
  if (/\.ya?ml$/.test(file)) return setUpYaml(input)
  if (input.ombDriver !== undefined) {
    throw configError([{ path: '--omb-driver', message: 'needs a workload file of OMB, in YAML' }])
  }
  const host = await ScriptHost.load({ file, env: scriptEnv, selectors: [] }, input.onText)
  try {
    return setUp(input, host)
  } catch (error) {
    await host.close()
    throw error
  }
}

function setUpYaml(input: TestInput): TestSetup {
  const { file, readFile, ombDriver, flags } = input
  const { value } = readYaml(readFile(file).toString('utf8'), file)
  if (!looksLikeWorkload(value) && ombDriver === undefined) {
    const check = (model: TestModel) => problemsOf(model, testDefinitions(model, []))
    return withoutScript(readYamlTest({ ...input, check }))
  }
  if (ombDriver === undefined) {
    const message = 'is a workload of the OpenMessaging Benchmark: give its driver file with --omb-driver'
    throw configError([{ path: file, message }])
  }
  const beside = Object.keys(flags).map(name => ({
    path: pathInFlags(name),
    message: 'is not taken with a workload of OMB, which says itself what is run',
  }))
  if (beside.length > 0) throw configError(beside)
  return setUpOmb(input, ombDriver)
}

function setUpOmb(input: TestInput, driverPath: string): TestSetup {
  const { file, readFile, kafkaFlags, env, cpus, randomHex } = input
  // A topic of one's own cluster may have fewer replicas than those for which the driver file was written.
  const replicas = kafkaFlags.find(({ key }) => key === 'replicationFactor')?.text
  const files = { workloadPath: file, driverPath, readFile, runId: randomHex() }
  const omb = readOmb({ ...files, ...(replicas !== undefined && { replicationFactor: Number(replicas) }) })
  const given = { document: omb.document, flags: kafkaFlags, env, cpus, readFile, randomHex, isScripted: () => false }
  const { model, notices } = readModel(given)
  const setup = withoutScript({ model, notices: [...omb.notices, ...notices] })
  return { ...setup, omb: { workload: omb.workload, driverName: omb.driverName } }
}

const withoutScript = ({ model, notices }: ReadTest): TestSetup => ({
  model,
  notices,
  selectors: selectorsOf(model),
  definitions: testDefinitions(model, []),
})

function setUp(input: TestInput, host: ScriptHost): TestSetup {
  const { flags, config, env, kafkaFlags, cpus, readFile, randomHex } = input
  const script = host.script.options as Json
  const { document, problems, notices } = consolidate({ script, env, flags, ...(config !== undefined && { config }) })
  const written = input.noThresholds ? { ...document, thresholds: undefined } : document
  const isScripted = (exec: string | undefined) => exec !== undefined || host.has('default')
  const given = { document: written, pathOf: scriptPath, isScripted, flags: kafkaFlags, problems }
  const read = readModel({ ...given, env, cpus, readFile, randomHex })
  const { model } = read
  const definitions = testDefinitions(model, host.script.metrics)
  const found = [...functionProblems(model, host), ...problemsOf(model, definitions)]
  if (found.length > 0) throw configError(found)
  const selectors = selectorsOf(model)
  const ofTest = { host, file: input.file, env: input.scriptEnv, selectors }
  return { model, script: ofTest, notices: [...notices, ...read.notices], selectors, definitions }
}

const problemsOf = (model: TestModel, definitions: MetricDefinitions): ConfigProblem[] => [
  ...thresholdProblems(model, definitions),
  ...statProblems(model),
]

function functionProblems({ scenarios }: TestModel, host: ScriptHost): ConfigProblem[] {
  return scenarios
    .filter(({ lane, exec }) => lane === 'scripted' && !host.has(exec))
    .map(({ name, exec }) => {
      const exported = host.script.functions.length === 0 ? 'none' : host.script.functions.join(', ')
      const path = scriptPath(`scenarios.${name}.exec`)
      return { path, message: `the file does not export a function ${exec}; it exports: ${exported}` }
    })
}

/** As in k6 a threshold on a metric that is not there is a mistake, and not one that holds. */
function thresholdProblems({ thresholds }: TestModel, definitions: MetricDefinitions): ConfigProblem[] {
  return Object.entries(thresholds).flatMap(([metric, all]) =>
    all.flatMap((given, index) => {
      const path = `options.thresholds.${metric}[${index}]`
      const parsed = planThreshold(metric, given)
      const message = 'problem' in parsed ? parsed.problem : thresholdProblem(parsed.value, definitions)
      return message === undefined ? [] : [{ path, message }]
    }),
  )
}

const statProblems = ({ summaryTrendStats }: TestModel): ConfigProblem[] =>
  summaryTrendStats
    .filter(stat => !isTrendStat(stat))
    .map(stat => ({
      path: 'options.summaryTrendStats',
      message: `"${stat}" is not one of avg, min, med, max, count and p(N)`,
    }))

/** What thresholds tell apart by tags. */
export function selectorsOf({ thresholds }: TestModel): NamedSelector[] {
  return Object.keys(thresholds).flatMap(text => {
    const parsed = parseSelector(text)
    if ('problem' in parsed || Object.keys(parsed.value.tags).length === 0) return []
    return [{ ...parsed.value, text: selectorText(parsed.value) }]
  })
}
