// The functions of a script in a test: setup before anything begins, VUs beside the scenarios without functions, teardown when all is
// over, and handleSummary.
import { isMillraceError, type MillraceError } from '../../core/errors.ts'
import type { Audit } from '../audit/model.ts'
import { maxVusOf, type ScenarioModel, type TestModel } from '../scenario/model.ts'
import type { WrittenByScript } from '../script/books.ts'
import type { ScriptHost } from '../script/host.ts'
import { ScriptedLane } from '../script/lane.ts'
import type { NamedSelector } from '../script/registry.ts'
import { type BrokersLook, ScriptAudit } from '../script/script-audit.ts'
import { ScriptSource } from '../script/script-source.ts'
import type { Validity } from '../verdict/model.ts'
import { judgeScript } from '../verdict/script-validity.ts'
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
  /** Rejects when a cluster cannot be asked. */
  look(): Promise<BrokersLook>
}

const progressEveryMs = 1_000

export class ScriptedPart {
  readonly source: ScriptSource
  readonly #context: ScriptedContext
  readonly #scenarios: readonly ScenarioModel[]
  #lane: ScriptedLane | undefined
  #setupData: unknown
  #audit: { readonly audit: Audit; readonly measuredSeconds: number } | undefined

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
    let watching: ScriptAudit | undefined
    try {
      await lane.ready()
      await this.#setup()
      watching = await this.#openAudit(lane)
      gate.ready()
      await gate.opened
      watching?.begin()
      lane.start(this.#setupData)
      const interrupt = () => lane.stop()
      if (stop.signal.aborted) interrupt()
      stop.signal.addEventListener('abort', interrupt)
      await lane.done().catch(error => this.#fail(error))
      watching?.end()
      if (watching !== undefined) {
        this.#audit = { audit: await watching.audit(), measuredSeconds: watching.measuredSec }
      }
    } finally {
      clearInterval(timer)
      watching?.close()
      await lane.close()
    }
  }

  /** Undefined: no scenario calls a function, or there was none to the end. */
  get audit(): Audit | undefined {
    return this.#audit?.audit
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
    return this.#scenarios.map(scenario => {
      const { name, executor, startTimeMs, tags, topic } = scenario
      const counts = {
        iterations: this.source.countOf('iterations', name),
        dropped: this.source.countOf('dropped_iterations', name),
        interrupted: this.#lane?.interrupted.get(name) ?? 0,
      }
      const validity = this.#validityOf(scenario, counts)
      return {
        name,
        executor: executor.kind,
        lane: 'scripted',
        ...(topic !== undefined && { topic: topic.name }),
        startSeconds: startTimeMs / 1000,
        tags: { ...tags },
        ...counts,
        ...(validity !== undefined && { validity }),
      }
    })
  }

  #validityOf(
    { name, executor }: ScenarioModel,
    counts: Pick<ScenarioResult, 'iterations' | 'dropped' | 'interrupted'>,
  ): Validity | undefined {
    if (this.#audit === undefined) return undefined
    const times = this.source.read('iteration_duration', { scenario: name })
    const lateness = this.#lane?.latenessOf(name)
    const msAt = (percentile: number) =>
      lateness!.totalCount === 0 ? 0 : lateness!.getValueAtPercentile(percentile) / 1e6
    return judgeScript({
      ...{ ...this.#audit, ...counts, executor: executor.kind, vusMax: maxVusOf(executor) },
      duration: times?.kind === 'trend' && times.samples > 0 ? { p50Ms: times.at(50), p99Ms: times.at(99) } : undefined,
      lateness: lateness && { p99Ms: msAt(99), maxMs: msAt(100) },
    })
  }

  /** Without scenarios there are no numbers to be judged; and a cluster that does not answer now is told by who needs it. */
  async #openAudit(lane: ScriptedLane): Promise<ScriptAudit | undefined> {
    if (this.#scenarios.length === 0) return undefined
    const bootstrap = this.#scenarios.flatMap(({ client }) => client.bootstrap)
    const none: BrokersLook = { addresses: [], views: new Map() }
    return await ScriptAudit.open({
      ...{ healths: lane.healths, bootstrap },
      look: () => this.#context.look().catch(() => none),
    })
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
