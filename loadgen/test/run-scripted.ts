// The functions of a script in a test: setup before anything begins, VUs beside the scenarios without functions, teardown when all is
// over, and handleSummary.
import { isMillraceError, type MillraceError } from '../../core/errors.ts'
import type { ScenarioModel, TestModel } from '../scenario/model.ts'
import type { WrittenByScript } from '../script/books.ts'
import type { ScriptHost } from '../script/host.ts'
import { ScriptedLane } from '../script/lane.ts'
import type { NamedSelector } from '../script/registry.ts'
import { ScriptSource } from '../script/script-source.ts'
import type { ThresholdPlan } from '../verdict/thresholds/grammar.ts'
import { shareOfScenario } from './bench-of-scenario.ts'
import { isDeclarative, scriptDefinitions } from './definitions.ts'
import { summaryData } from './k6-summary.ts'
import type { ScenarioResult, TestResult } from './result.ts'
import type { StartGate } from './start-gate.ts'
import type { TaggedSource } from './test-metrics.ts'

/** The script of a test, loaded. */
export interface ScriptOfTest {
  readonly host: ScriptHost
  /** Absolute. */
  readonly file: string
  readonly env: Readonly<Record<string, string>>
  readonly selectors: readonly NamedSelector[]
}

export interface ScriptedContext {
  readonly model: TestModel
  readonly script: ScriptOfTest
  readonly thresholds: readonly ThresholdPlan[]
  /** Aborted: what is under way is interrupted. */
  readonly stop: AbortController
  notice(text: string): void
  progress(text: string): void
  reason(code: string, message: string): void
  written(scenario: ScenarioModel, written: WrittenByScript): void
}

const progressEveryMs = 1_000

export class ScriptedPart {
  readonly source: ScriptSource
  readonly #context: ScriptedContext
  readonly #scenarios: readonly ScenarioModel[]
  #lane: ScriptedLane | undefined
  #setupData: unknown

  constructor(context: ScriptedContext) {
    const { model, script, thresholds } = context
    this.#context = context
    this.#scenarios = model.scenarios.filter(scenario => !isDeclarative(scenario))
    const definitions = scriptDefinitions(script.host.script.metrics)
    const windowMsMax = Math.max(0, ...thresholds.map(({ windowMs = 0 }) => windowMs))
    this.source = new ScriptSource(definitions, () => performance.now(), windowMsMax)
  }

  get tagged(): TaggedSource {
    return { tags: {}, definitions: scriptDefinitions(this.#context.script.host.script.metrics), source: this.source }
  }

  /** VUs are made and setup is called; then the test may begin. */
  async run(gate: StartGate): Promise<void> {
    const { model, script, stop, notice, reason } = this.#context
    const { host, ...rest } = script
    const lane = new ScriptedLane({
      ...{
        model,
        scenarios: this.#scenarios,
        share: executor => shareOfScenario(model, executor),
        ...rest,
        options: host.script.options,
        notice,
      },
      source: this.source,
      written: (name, written) => {
        const scenario = this.#scenarios.find(each => each.name === name)
        if (scenario !== undefined) this.#context.written(scenario, written)
      },
      aborted: text => {
        reason('SCRIPT_ABORTED', text)
        stop.abort()
      },
      failed: text => reason('SCRIPT_FAILED', text),
    })
    this.#lane = lane
    const timer = setInterval(() => this.#tellProgress(lane), progressEveryMs)
    try {
      await lane.ready()
      await this.#setup()
      gate.ready()
      await gate.opened
      lane.start(this.#setupData)
      const interrupt = () => lane.stop()
      if (stop.signal.aborted) interrupt()
      stop.signal.addEventListener('abort', interrupt)
      await lane.done().catch(error => this.#fail(error))
    } finally {
      clearInterval(timer)
      await lane.close()
    }
  }

  async teardown(): Promise<void> {
    const { model, script } = this.#context
    if (model.noTeardown || !script.host.has('teardown')) return
    try {
      const { gathered } = await script.host.call('teardown', this.#setupData, model.teardownTimeoutMs)
      this.source.add(gathered)
    } catch (error) {
      this.#fail(error)
    }
  }

  get results(): ScenarioResult[] {
    return this.#scenarios.map(({ name, executor, startTimeMs, tags, topic }) => ({
      name,
      executor: executor.kind,
      lane: 'scripted',
      ...(topic !== undefined && { topic: topic.name }),
      startSeconds: startTimeMs / 1000,
      tags: { ...tags },
      iterations: this.source.countOf('iterations', name),
      dropped: this.source.countOf('dropped_iterations', name),
      interrupted: this.#lane?.interrupted.get(name) ?? 0,
    }))
  }

  /** What handleSummary wants to be written, by path; undefined: there is none, or it has thrown. */
  async summary(result: TestResult): Promise<Readonly<Record<string, string>> | undefined> {
    const { model, script, notice } = this.#context
    if (!script.host.has('handleSummary')) return undefined
    try {
      const data = summaryData(result, model.summaryTrendStats, this.#setupData)
      const { value } = await script.host.call('handleSummary', data, model.handleSummaryTimeoutMs)
      return value as Record<string, string> | undefined
    } catch (error) {
      // As in k6: then it is the summary that everybody gets.
      notice(`handleSummary: ${(error as Error).message}`)
      return undefined
    }
  }

  async #setup(): Promise<void> {
    const { model, script } = this.#context
    if (model.noSetup || !script.host.has('setup')) return
    const { value, gathered } = await script.host.call('setup', undefined, model.setupTimeoutMs)
    this.#setupData = value
    this.source.add(gathered)
  }

  /** The test has begun, so what goes wrong is told in its result. */
  #fail(error: unknown): void {
    if (!isMillraceError(error)) throw error
    const { code, message }: MillraceError = error
    this.#context.reason(code, message)
    this.#context.stop.abort()
  }

  #tellProgress(lane: ScriptedLane): void {
    const { active, initialized } = lane.vus
    const iterations = this.#scenarios.reduce((sum, { name }) => sum + this.source.countOf('iterations', name), 0)
    if (initialized > 0) this.#context.progress(`${active}/${initialized} VUs, ${iterations} complete iterations`)
  }
}
