// A test from beginning to end, on one page: topics, scenarios side by side, thresholds while they run, and one result of all.
import { setInterval as every } from 'node:timers/promises'
import { isMillraceError } from '../../core/errors.ts'
import { mismatchText } from '../accounting.ts'
import type { CalibrationFound } from '../headroom/headroom.ts'
import type { BenchPlan } from '../plan.ts'
import type { Progress, RunView, Tick, WindowTimes } from '../progress.ts'
import type { TestModel } from '../scenario/model.ts'
import { isWhole } from '../scenario/segment.ts'
import { planThreshold, type ThresholdPlan } from '../verdict/thresholds/grammar.ts'
import type { ThresholdResult } from '../verdict/thresholds/model.ts'
import type { MetricDefinitions } from '../verdict/thresholds/readings.ts'
import { crossedText } from '../verdict/thresholds/verdict.ts'
import { ThresholdWatch } from '../verdict/thresholds/watch.ts'
import { type DeclarativeScenario, shareOfScenario } from './bench-of-scenario.ts'
import { isDeclarative, taggedOf, testDefinitions } from './definitions.ts'
import type { TestResult } from './result.ts'
import { connectAheadMs, type DeclarativeOutcome, runDeclarative } from './run-declarative.ts'
import { ScriptedPart, type ScriptOfTest } from './run-scripted.ts'
import type { ScenarioSource } from './scenario-source.ts'
import { StartGate } from './start-gate.ts'
import { TestMetrics } from './test-metrics.ts'
import { scenarioResult, testResult } from './test-result.ts'
import { TestTopics } from './topics.ts'

export interface TestHooks {
  /** A scenario without a function connects, and will be run by this plan. */
  onBegin?(scenario: string, plan: BenchPlan): void
  /** Ten times a second, of a scenario without a function. */
  onTick?(scenario: string, tick: Tick): void
  /** After each finished second of a scenario without a function. */
  onView?(scenario: string, view: RunView): void
  /** Each finished second of a scenario without a function. */
  onProgress?(scenario: string, progress: Progress): void
  /** A scenario without a function is over, its books included. */
  onEnd?(scenario: string): void
  /** Latencies of each finished second of a scenario without a function, before its progress. */
  onWindowTimes?(scenario: string, times: WindowTimes): void
  /** Now and then, how the functions of the script are doing. */
  onScript?(text: string): void
  /** Once a second while scenarios run: the test as if it were over now, worked out only for who asks. */
  onState?(state: () => TestResult): void
  onNotice?(text: string): void
}

export interface TestControl {
  /** Aborting ends the test and still reports it, with the verdict `interrupted`. */
  readonly signal?: AbortSignal
  readonly calibration?: CalibrationFound
  /** The file, for the result. */
  readonly file?: string
  /** For scenarios that call functions, and for setup, teardown and handleSummary. */
  readonly script?: ScriptOfTest
}

export interface EndedTest {
  readonly result: TestResult
  /** What handleSummary wants to be written, by path, instead of the summary. */
  readonly summary?: Readonly<Record<string, string>>
}

/** As k6. */
const thresholdsEveryMs = 2_000
const stateEveryMs = 1_000

export const thresholdsOf = ({ thresholds }: TestModel): ThresholdPlan[] =>
  Object.entries(thresholds).flatMap(([metric, all]) =>
    all.flatMap(given => {
      const parsed = planThreshold(metric, given)
      return 'value' in parsed ? [parsed.value] : []
    }),
  )

export async function runTest(model: TestModel, hooks: TestHooks = {}, control: TestControl = {}): Promise<EndedTest> {
  const run = new TestRun(model, hooks, control)
  try {
    return await run.run()
  } finally {
    await run.close()
  }
}

class TestRun {
  readonly #model: TestModel
  readonly #hooks: TestHooks
  readonly #control: TestControl
  readonly #topics: TestTopics
  readonly #definitions: MetricDefinitions
  readonly #metrics: TestMetrics
  readonly #stop = new AbortController()
  readonly #thresholds: readonly ThresholdPlan[]
  readonly #reasons: TestResult['reasons'] = []
  readonly #scripted: ScriptedPart | undefined
  readonly #watch: ThresholdWatch
  readonly #sources = new Map<string, ScenarioSource>()
  readonly #startedAt = new Date()
  #isInterrupted = false

  constructor(model: TestModel, hooks: TestHooks, control: TestControl) {
    this.#model = model
    this.#hooks = hooks
    this.#control = control
    this.#topics = new TestTopics(text => hooks.onNotice?.(text))
    this.#thresholds = thresholdsOf(model)
    this.#definitions = testDefinitions(model, control.script?.host.script.metrics ?? [])
    this.#metrics = new TestMetrics(this.#definitions)
    const [plans, source] = [this.#thresholds, this.#metrics]
    this.#watch = new ThresholdWatch({ plans, definitions: this.#definitions, source, noSamples: 'zero' })
    this.#scripted = this.#scriptedPart()
    if (this.#scripted !== undefined && !model.scenarios.every(isDeclarative)) this.#metrics.add(this.#scripted.tagged)
    const interrupt = () => {
      this.#isInterrupted = true
      this.#stop.abort()
    }
    if (control.signal?.aborted) interrupt()
    control.signal?.addEventListener('abort', interrupt, { once: true })
  }

  #scriptedPart(): ScriptedPart | undefined {
    const { script } = this.#control
    return (
      script &&
      new ScriptedPart({
        ...{ model: this.#model, script, thresholds: this.#thresholds, stop: this.#stop },
        notice: text => this.#hooks.onNotice?.(text),
        progress: text => this.#hooks.onScript?.(text),
        reason: (code, message) => this.#addReason({ code, message }),
        look: () => this.#topics.look(),
        written: ({ client }, { written, uncertain }) => {
          for (const [topic, counts] of written) this.#topics.addSparse(client, topic, counts)
          this.#topics.share(client, uncertain)
        },
      })
    )
  }

  async run(): Promise<EndedTest> {
    await this.#prepareTopics()
    const scenarios = this.#model.scenarios.filter(isDeclarative)
    const early = scenarios.filter(({ startTimeMs }) => startTimeMs <= connectAheadMs)
    const scripted = this.#scripted
    const gate = new StartGate(early.length + (scripted === undefined ? 0 : 1), () => performance.now())
    const work = scenarios.map(scenario => this.#orNone(gate, this.#runOne(scenario, gate)))
    const functions = scripted && this.#orNone(gate, scripted.run(gate))
    // What cannot begin keeps the others from beginning; they end by themselves.
    const begun = gate.opened.then(openedMs => this.#whileItRuns(openedMs))
    begun.catch(() => {})
    const outcomes = await Promise.allSettled(work)
    const [ended] = await Promise.allSettled([functions])
    const endedMs = performance.now()
    this.#stop.abort()
    const failed = [...outcomes, ended].find(outcome => outcome.status === 'rejected')
    if (failed !== undefined) throw failed.reason
    await scripted?.teardown()
    const openedMs = await gate.opened
    await begun
    const delivery = await this.#confirm()
    const done = outcomes.flatMap(outcome => (outcome.status === 'fulfilled' ? [outcome.value] : []))
    for (const { scenario, result } of done) this.#addReasons(scenario.name, result)
    const thresholds = this.#watch.finish(this.#metrics)
    const crossed = thresholds.filter(({ ok }) => !ok)
    if (this.#isInterrupted) this.#addReason({ code: 'INTERRUPTED', message: 'stopped by a signal before its end' })
    if (crossed.length > 0) {
      const aborted = crossed.some(each => each.aborted) ? '; the test was ended by it' : ''
      this.#addReason({ code: 'THRESHOLDS_CROSSED', message: `${crossed.map(crossedText).join('; ')}${aborted}` })
    }
    const result = this.#result({ durationMs: endedMs - openedMs, thresholds, delivery, done })
    const summary = await scripted?.summary(result)
    return { result, ...(summary !== undefined && { summary }) }
  }

  #result(known: {
    readonly durationMs: number
    readonly thresholds: readonly ThresholdResult[]
    readonly delivery: TestResult['delivery']
    readonly done: readonly DeclarativeOutcome[]
  }): TestResult {
    const { thresholds, done, ...rest } = known
    const scripted = this.#scripted
    return testResult({
      ...{ ...rest, model: this.#model, metrics: this.#metrics, thresholds, plans: this.#thresholds },
      ...{ verdict: this.#verdict(), reasons: this.#reasons, startedAt: this.#startedAt },
      file: this.#control.file,
      checks: scripted?.source.checks ?? [],
      audit: scripted?.audit,
      scenarios: [...done.map(scenarioResult), ...(scripted?.results ?? [])],
    })
  }

  /** As if the test were over now. */
  #soFar(openedMs: number): TestResult {
    const durationMs = performance.now() - openedMs
    const done = this.#model.scenarios.filter(isDeclarative).map(scenario => {
      const source = this.#sources.get(scenario.name)
      return { scenario, ...(source !== undefined && { source }) }
    })
    return this.#result({ durationMs, thresholds: this.#watch.states(), delivery: {}, done })
  }

  #addReason(reason: TestResult['reasons'][number]): void {
    this.#reasons.push(reason)
  }

  /** What cannot begin keeps all others from beginning. */
  async #orNone<T>(gate: StartGate, work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (error) {
      gate.fail(error)
      this.#stop.abort()
      throw error
    }
  }

  async close(): Promise<void> {
    this.#stop.abort()
    await this.#topics.close()
  }

  async #prepareTopics(): Promise<void> {
    const [first] = this.#model.scenarios
    for (const topic of this.#model.topics) await this.#topics.prepare(first!.client, topic)
    for (const { client, topic } of this.#model.scenarios) {
      if (topic !== undefined) await this.#topics.prepare(client, topic)
    }
  }

  async #runOne(scenario: DeclarativeScenario, gate: StartGate): Promise<DeclarativeOutcome> {
    const { calibration } = this.#control
    const { onWindowTimes, onTick, onView } = this.#hooks
    const running = runDeclarative(scenario, {
      share: shareOfScenario(this.#model, scenario.executor),
      gate,
      topics: this.#topics,
      signal: this.#stop.signal,
      thresholds: this.#thresholds,
      calibration,
      onProgress: (name, progress) => this.#hooks.onProgress?.(name, progress),
      ...(onWindowTimes === undefined ? {} : { onWindowTimes }),
      ...(onTick === undefined ? {} : { onTick }),
      ...(onView === undefined ? {} : { onView }),
      onBegin: (name, plan) => this.#hooks.onBegin?.(name, plan),
      onNotice: text => this.#hooks.onNotice?.(text),
      onSource: source => {
        this.#sources.set(scenario.name, source)
        this.#metrics.add({ ...taggedOf(this.#model, scenario), source })
      },
    })
    return await running.finally(() => this.#hooks.onEnd?.(scenario.name))
  }

  /** Until the test is over: thresholds are judged now and then, and who watches is told. */
  async #whileItRuns(openedMs: number): Promise<void> {
    const { onState } = this.#hooks
    const { signal } = this.#stop
    const judged = this.#repeat(thresholdsEveryMs, this.#thresholds.length > 0, () => {
      if (this.#watch.check(performance.now() - openedMs)) this.#stop.abort()
    })
    const told = this.#repeat(stateEveryMs, onState !== undefined, () => onState?.(() => this.#soFar(openedMs)))
    await Promise.all([judged, told]).catch(error => {
      if (!signal.aborted) throw error
    })
  }

  async #repeat(everyMs: number, isWanted: boolean, work: () => void): Promise<void> {
    if (!isWanted) return
    for await (const _ of every(everyMs, undefined, { signal: this.#stop.signal })) work()
  }

  async #confirm(): Promise<TestResult['delivery']> {
    // The other parts write to the same topics: end offsets are of all of them together.
    if (!isWhole(this.#model.segment)) return {}
    try {
      const delivery = await this.#topics.confirm()
      for (const [topic, each] of Object.entries(delivery)) {
        if (each.confirmed) continue
        this.#reasons.push({ code: 'DELIVERY_MISMATCH', message: `${topic}: ${mismatchText(each)}` })
      }
      return delivery
    } catch (error) {
      if (!isMillraceError(error)) throw error
      this.#reasons.push({ code: error.code, message: error.message })
      return {}
    }
  }

  #addReasons(scenario: string, result: DeclarativeOutcome['result']): void {
    for (const { code, message } of result?.reasons ?? []) {
      // Told once, and of the whole test.
      if (code !== 'INTERRUPTED') this.#reasons.push({ code, message, scenario })
    }
  }

  #verdict(): TestResult['verdict'] {
    if (this.#reasons.some(({ code }) => code !== 'INTERRUPTED')) return 'failed'
    return this.#isInterrupted ? 'interrupted' : 'ok'
  }
}
