// From a document to the model: checked, completed, or one error with everything that is wrong and where it stands.
import { type Environment, Setting } from '../../core/config.ts'
import { type ConfigProblem, configError, isMillraceError } from '../../core/errors.ts'
import type { BenchMode, BenchPlan, TopicPlan } from '../plan.ts'
import { benchFlags } from './bench-flags.ts'
import { envPath, type FlagKey, flagKeys, type GivenFlag } from './bench-options.ts'
import { setUpBench } from './bench-setup.ts'
import {
  type KafkaKey,
  type KafkaSettings,
  kafkaKeys,
  type ReadDocument,
  type ReadScenario,
  testDocument,
} from './document.ts'
import { pathText, problemsOf } from './document-problems.ts'
import { settingsOf } from './document-settings.ts'
import type { ExecutorModel, ScenarioModel, StageModel, TestModel } from './model.ts'
import { executorOf, ratePlanOf } from './read-executor.ts'
import { forMode, isForScript, ofRole, transactionalOf, withoutFunction } from './role-settings.ts'
import { segmentText, stripingOf, wholeSegment } from './segment.ts'
import { topicProblems } from './topic-checks.ts'

export interface ModelInput {
  /** As it was written: any value; what is not a test is told. */
  readonly document: unknown
  /** Where a place in the document was written, when it was not written as a document: for the paths of problems. */
  readonly pathOf?: (path: string) => string
  /** The scenarios that have a function to call: those are of the scripted lane. */
  readonly isScripted: (exec: string | undefined) => boolean
  /** Flags of the command line that say what the document leaves open or say it otherwise, for every scenario. */
  readonly flags: readonly GivenFlag[]
  /** Found before the document could be read. */
  readonly problems?: readonly ConfigProblem[]
  readonly env: Environment
  readonly cpus: number
  readonly readFile: (path: string) => Buffer
  readonly randomHex: () => string
}

export interface ReadTest {
  readonly model: TestModel
  /** To be mentioned before the run: what was given and has no effect. */
  readonly notices: readonly string[]
}

const defaults = {
  gracefulStopMs: 30_000,
  setupTimeoutMs: 60_000,
  teardownTimeoutMs: 60_000,
  handleSummaryTimeoutMs: 120_000,
  summaryTrendStats: ['avg', 'min', 'med', 'max', 'p(90)', 'p(95)'],
  partitions: 6,
}

export function readModel(input: ModelInput): ReadTest {
  const { pathOf = path => path } = input
  const found = testDocument.safeParse(input.document)
  if (!found.success) {
    const problems = found.error.issues.flatMap(issue => problemsOf(issue, pathOf, input.document))
    throw configError([...(input.problems ?? []), ...problems])
  }
  const reader = new ModelReader(input, found.data, pathOf)
  const read = reader.read()
  const problems = [...(input.problems ?? []), ...reader.problems]
  if (problems.length > 0) throw configError(unique(problems))
  return read
}

/** What is wrong with the settings of the whole test is found once in each scenario. */
function unique(problems: readonly ConfigProblem[]): ConfigProblem[] {
  return [...new Map(problems.map(problem => [`${problem.path}\n${problem.message}`, problem])).values()]
}

class ModelReader {
  readonly problems: ConfigProblem[] = []
  readonly #input: ModelInput
  readonly #document: ReadDocument
  readonly #pathOf: (path: string) => string
  readonly #notices = new Set<string>()

  constructor(input: ModelInput, document: ReadDocument, pathOf: (path: string) => string) {
    this.#input = input
    this.#document = document
    this.#pathOf = pathOf
  }

  read(): ReadTest {
    const { scenarios, topics = {}, thresholds = {}, ...rest } = this.#document
    const names = Object.keys(scenarios)
    if (names.length === 0) this.#problem(['scenarios'], 'needs one scenario at least')
    const model: TestModel = {
      scenarios: names.flatMap(name => this.#scenario(name, scenarios[name]!) ?? []),
      topics: Object.keys(topics).map(name => this.#topic(name)!),
      thresholds: Object.fromEntries(Object.entries(thresholds).map(([metric, all]) => [metric, all.map(threshold)])),
      tags: rest.tags ?? {},
      setupTimeoutMs: rest.setupTimeout ?? defaults.setupTimeoutMs,
      teardownTimeoutMs: rest.teardownTimeout ?? defaults.teardownTimeoutMs,
      handleSummaryTimeoutMs: rest.handleSummaryTimeout ?? defaults.handleSummaryTimeoutMs,
      minIterationDurationMs: rest.minIterationDuration ?? 0,
      noSetup: rest.noSetup ?? false,
      noTeardown: rest.noTeardown ?? false,
      summaryTrendStats: rest.summaryTrendStats ?? defaults.summaryTrendStats,
      ...(rest.summaryTimeUnit !== undefined && { summaryTimeUnit: rest.summaryTimeUnit }),
      segment: rest.executionSegment ?? wholeSegment,
      segments: rest.executionSegmentSequence ?? [],
    }
    for (const { path, message } of topicProblems(model)) this.problems.push({ path: this.#pathOf(path), message })
    if (stripingOf(model.segment, model.segments) === undefined) {
      this.#problem(['executionSegment'], `${segmentText(model.segment)} is not a part of executionSegmentSequence`)
    }
    return { model, notices: [...this.#notices] }
  }

  #problem(path: readonly PropertyKey[], message: string): void {
    this.problems.push({ path: this.#pathOf(pathText(path)), message })
  }

  #topic(name: string): TopicPlan | undefined {
    const topic = this.#document.topics?.[name]
    if (topic === undefined) return undefined
    const { partitions = defaults.partitions, replicationFactor = -1, configs = {}, keep = false } = topic
    const texts = Object.fromEntries(Object.entries(configs).map(([key, value]) => [key, String(value)]))
    return { name, create: { partitions, replicationFactor, configs: texts, keep } }
  }

  #scenario(name: string, scenario: ReadScenario): ScenarioModel | undefined {
    const path = ['scenarios', name]
    const executor = executorOf(scenario)
    this.#checkExecutor(executor, path)
    const kafka = { ...this.#document.kafka, ...scenario.kafka } as KafkaSettings
    const lane = kafka.lane ?? (this.#input.isScripted(scenario.exec) ? 'scripted' : 'declarative')
    const role = kafka.role === 'read-process-write' ? 'consume' : (kafka.role ?? 'produce')
    if (kafka.role === 'read-process-write' && kafka.forwardTopic === undefined && !this.#isFlagGiven('forwardTopic')) {
      this.#problem([...path, 'kafka', 'forwardTopic'], 'is required to read, process and write')
    }
    if (lane === 'declarative' && role === 'consume' && kafka.topic === undefined && !this.#isFlagGiven('topic')) {
      this.#problem([...path, 'kafka', 'topic'], 'is required to consume')
      return undefined
    }
    this.#checkKeys(scenario.kafka as KafkaSettings | undefined, role, lane, path)
    if (lane === 'scripted' && !this.#isForScripts(kafka, path)) return undefined
    // A script may do both, so it has settings for both.
    const modes: readonly BenchMode[] = lane === 'scripted' ? ['produce', 'consume'] : [role]
    const plans = modes.map(mode => this.#bench(name, scenario, mode, executor, lane))
    if (plans.includes(undefined)) return undefined
    const { client, driver, topic, workers, seed, warmupMs, produce, consume } = Object.assign(
      {},
      ...plans,
    ) as BenchPlan
    if (lane === 'scripted' && driver !== undefined) {
      this.#problem(
        [...path, 'kafka', 'client'],
        `${driver} runs scenarios without a function: functions of a script send and read with millrace's own client`,
      )
    }
    const isNamed = kafka.topic !== undefined || this.#isFlagGiven('topic')
    return {
      name,
      executor,
      startTimeMs: scenario.startTime ?? 0,
      gracefulStopMs: scenario.gracefulStop ?? defaults.gracefulStopMs,
      exec: scenario.exec ?? 'default',
      env: scenario.env ?? {},
      tags: scenario.tags ?? {},
      lane,
      role,
      client,
      ...(driver !== undefined && { driver }),
      ...((isNamed || lane === 'declarative') && { topic: this.#topic(topic.name) ?? topic }),
      ...(produce !== undefined && { produce }),
      ...(consume !== undefined && { consume }),
      ...(lane === 'scripted' && { transactional: transactionalOf(name, produce, this.#input.randomHex) }),
      workers,
      seed,
      warmupMs,
    }
  }

  #checkKeys(
    kafka: KafkaSettings | undefined,
    role: BenchMode,
    lane: ScenarioModel['lane'],
    path: readonly string[],
  ): void {
    if (kafka === undefined || lane === 'scripted') return
    for (const key of kafkaKeys.filter(candidate => candidate in kafka)) {
      const { modes } = benchFlags[key]
      if (modes.some(mode => mode === role)) continue
      this.#problem([...path, 'kafka', key], `belongs to ${modes.join(' and ')}, not to a scenario that is to ${role}`)
    }
  }

  /** A function says itself what it does with a message. */
  #isForScripts(kafka: KafkaSettings, path: readonly string[]): boolean {
    const given = [...withoutFunction].filter(([key]) => key in kafka)
    for (const [key, message] of given) this.#problem([...path, 'kafka', key], message)
    return given.length === 0
  }

  #isFlagGiven(key: FlagKey): boolean {
    return this.#input.flags.some(flag => flag.key === key) || Boolean(this.#input.env[envPath(key)])
  }

  /** What is said to Kafka goes the way of the flags of a bench run: the same parsers, defaults and checks. */
  #bench(
    name: string,
    scenario: ReadScenario,
    mode: BenchMode,
    executor: ExecutorModel,
    lane: ScenarioModel['lane'],
  ): BenchPlan | undefined {
    const { flags, env, cpus, readFile, randomHex } = this.#input
    const rate = lane === 'declarative' && mode !== 'consume' ? ratePlanOf(executor) : undefined
    const at = (key: string) => this.#pathOf(pathText(['scenarios', name, key]))
    const common = this.#document.kafka as KafkaSettings | undefined
    const own = scenario.kafka as KafkaSettings | undefined
    // The profile says when messages are due, and the executor how many may be on their way and when it ends.
    const has = (key: KafkaKey) => ({ ...common, ...own })[key] !== undefined || this.#isFlagGiven(key)
    const isWanted = (key: string) => lane === 'declarative' || isForScript(key, mode)
    const needed = [
      new Setting('warmup', 'file', at('kafka.warmup'), '0s'),
      // The executor has its own; without any, a consumer would stop at the end of the log.
      new Setting('duration', 'file', at('duration'), '1h'),
      // Made late, or not at all: k6 has no queue of iterations that nobody has time for.
      ...(rate === undefined && !has('replaySpeed') ? [] : [new Setting('late', 'file', at('kafka.late'), 'drop')]),
      ...(rate === undefined ? [] : [new Setting('rate', 'file', at('rate'), `${Math.max(rate.perSec, 1)}/s`)]),
      // A script names its topics where it uses them.
      ...(lane === 'scripted' ? [new Setting('topic', 'file', at('kafka.topic'), 'named-by-the-script')] : []),
      ...(lane === 'scripted' && has('transactionTimeout')
        ? [new Setting('transactionalId', 'file', at('kafka.transactionalId'), `millrace-test-${randomHex()}`)]
        : []),
    ]
    const settings = [
      ...needed,
      ...ofRole(mode, { ...common, ...own }, executor).map(
        ([key, text]) => new Setting(key, 'file', at(`kafka.${key}`), text),
      ),
      ...settingsOf(forMode(common, { ...common, ...own }, mode), this.#pathOf(pathText(['kafka']))),
      ...settingsOf(own, at('kafka')),
    ].filter(({ name: key }) => isWanted(key))
    const applies = (key: FlagKey) => isWanted(key) && benchFlags[key].modes.some(other => other === mode)
    const others = new Set([...variablesOfBench, ...kafkaKeys.filter(key => !isWanted(key)).map(envPath)])
    const ownEnv = Object.fromEntries(Object.entries(env).filter(([variable]) => !others.has(variable)))
    try {
      const given = { mode, flags: flags.filter(({ key }) => applies(key)), problems: [], settings, env: ownEnv }
      const { plan, notices } = setUpBench({ ...given, cpus, readFile, randomHex })
      for (const notice of notices) this.#notices.add(notice)
      return rate === undefined ? plan : { ...plan, produce: { ...plan.produce!, rate } }
    } catch (error) {
      if (!isMillraceError(error)) throw error
      const problems = error.problems.length > 0 ? error.problems : [{ path: at('kafka'), message: error.message }]
      this.problems.push(...problems)
      return undefined
    }
  }

  #checkExecutor(executor: ExecutorModel, path: readonly string[]): void {
    if (executor.kind === 'shared-iterations' && executor.iterations < executor.vus) {
      this.#problem([...path, 'iterations'], `${executor.iterations} is less than vus, ${executor.vus}`)
    }
    if ('maxVus' in executor) {
      if (executor.maxVus < executor.preAllocatedVus) {
        this.#problem(
          [...path, 'maxVUs'],
          `${executor.maxVus} is less than preAllocatedVUs, ${executor.preAllocatedVus}`,
        )
      }
      if (executor.maxVus < 1) this.#problem([...path, 'preAllocatedVUs'], 'with no VU at all no iteration is run')
    }
    if (executor.kind === 'ramping-vus' && executor.startVus === 0 && executor.stages.every(isZero)) {
      this.#problem([...path, 'stages'], 'startVUs or the target of one stage must be more than 0')
    }
  }
}

const isZero = ({ target }: StageModel) => target === 0

const variablesOfBench = new Set(flagKeys.filter(key => !kafkaKeys.some(other => other === key)).map(envPath))

const threshold = (given: NonNullable<ReadDocument['thresholds']>[string][number]) =>
  typeof given === 'string'
    ? { threshold: given, abortOnFail: false, delayAbortEvalMs: 0 }
    : {
        threshold: given.threshold,
        abortOnFail: given.abortOnFail ?? false,
        delayAbortEvalMs: given.delayAbortEval ?? 0,
      }
