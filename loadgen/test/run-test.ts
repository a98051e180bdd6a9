// A test from beginning to end, on one page: topics, scenarios side by side, thresholds while they run, and one result of all.
import { setInterval as every } from 'node:timers/promises'
import { isMillraceError } from '../../core/errors.ts'
import { mismatchText } from '../accounting.ts'
import type { CalibrationFound } from '../headroom/headroom.ts'
import type { BenchPlan } from '../plan.ts'
import type { Progress, Tick, WindowTimes } from '../progress.ts'
import type { TestModel } from '../scenario/model.ts'
import { planThreshold, selectorText, type ThresholdPlan } from '../verdict/thresholds/grammar.ts'
import type { MetricDefinitions } from '../verdict/thresholds/readings.ts'
import { crossedText } from '../verdict/thresholds/verdict.ts'
import { ThresholdWatch } from '../verdict/thresholds/watch.ts'
import { type DeclarativeScenario, shareOf } from './bench-of-scenario.ts'
import { isDeclarative, taggedOf, testDefinitions } from './definitions.ts'
import { type ScenarioResult, type TestResult, testSchemaVersion } from './result.ts'
import { connectAheadMs, type DeclarativeOutcome, runDeclarative } from './run-declarative.ts'
import { ScriptedPart, type ScriptOfTest } from './run-scripted.ts'
import { StartGate } from './start-gate.ts'
import { TestMetrics } from './test-metrics.ts'
import { TestTopics } from './topics.ts'

export interface TestHooks {
  /** A scenario without a function connects, and will be run by this plan. */
  onBegin?(scenario: string, plan: BenchPlan): void
  /** Ten times a second, of a scenario without a function. */
  onTick?(scenario: string, tick: Tick): void
  /** Each finished second of a scenario without a function. */
  onProgress?(scenario: string, progress: Progress): void
  /** Latencies of each finished second of a scenario without a function, before its progress. */
  onWindowTimes?(scenario: string, times: WindowTimes): void
  /** Now and then, how the functions of the script are doing. */
  onScript?(text: string): void
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
  #isInterrupted = false

  constructor(model: TestModel, hooks: TestHooks, control: TestControl) {
    this.#model = model
    this.#hooks = hooks
    this.#control = control
    this.#topics = new TestTopics(text => hooks.onNotice?.(text))
    this.#thresholds = thresholdsOf(model)
    this.#definitions = testDefinitions(model, control.script?.host.script.metrics ?? [])
    this.#metrics = new TestMetrics(this.#definitions)
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
      })
    )
  }

  async run(): Promise<EndedTest> {
    const startedAt = new Date()
    await this.#prepareTopics()
    const scenarios = this.#model.scenarios.filter(isDeclarative)
    const early = scenarios.filter(({ startTimeMs }) => startTimeMs <= connectAheadMs)
    const scripted = this.#scripted
    const gate = new StartGate(early.length + (scripted === undefined ? 0 : 1), () => performance.now())
    const work = scenarios.map(scenario => this.#orNone(gate, this.#runOne(scenario, gate)))
    const functions = scripted && this.#orNone(gate, scripted.run(gate))
    // What cannot begin keeps the others from beginning; they end by themselves.
    const begun = gate.opened.then(openedMs => this.#watch(openedMs))
    begun.catch(() => {})
    const outcomes = await Promise.allSettled(work)
    const [ended] = await Promise.allSettled([functions])
    const endedMs = performance.now()
    this.#stop.abort()
    const failed = [...outcomes, ended].find(outcome => outcome.status === 'rejected')
    if (failed !== undefined) throw failed.reason
    await scripted?.teardown()
    const openedMs = await gate.opened
    const watch = await begun
    const delivery = await this.#confirm()
    const done = outcomes.flatMap(outcome => (outcome.status === 'fulfilled' ? [outcome.value] : []))
    for (const { scenario, result } of done) this.#addReasons(scenario.name, result)
    const thresholds = watch.finish(this.#metrics)
    const crossed = thresholds.filter(({ ok }) => !ok)
    if (this.#isInterrupted) this.#addReason({ code: 'INTERRUPTED', message: 'stopped by a signal before its end' })
    if (crossed.length > 0) {
      const aborted = crossed.some(each => each.aborted) ? '; the test was ended by it' : ''
      this.#addReason({ code: 'THRESHOLDS_CROSSED', message: `${crossed.map(crossedText).join('; ')}${aborted}` })
    }
    const narrowed = this.#thresholds.map(({ metric, tags }) => ({
      name: selectorText({ metric, tags }),
      metric,
      tags,
    }))
    const checks = scripted?.source.checks ?? []
    const result: TestResult = {
      kind: 'millrace-test',
      schemaVersion: testSchemaVersion,
      verdict: this.#verdict(),
      reasons: this.#reasons,
      ...(this.#control.file !== undefined && { script: this.#control.file }),
      startedAt: startedAt.toISOString(),
      durationSeconds: (endedMs - openedMs) / 1000,
      tags: { ...this.#model.tags },
      metrics: this.#metrics.summary(this.#model.summaryTrendStats, narrowed),
      ...(checks.length > 0 && { checks }),
      ...(thresholds.length > 0 && { thresholds }),
      delivery,
      scenarios: this.#inOrder([...done.map(scenarioResult), ...(scripted?.results ?? [])]),
    }
    const summary = await scripted?.summary(result)
    return { result, ...(summary !== undefined && { summary }) }
  }

  /** As they were written. */
  #inOrder(results: readonly ScenarioResult[]): ScenarioResult[] {
    return this.#model.scenarios.flatMap(({ name }) => results.find(result => result.name === name) ?? [])
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
    const { onWindowTimes, onTick } = this.#hooks
    return await runDeclarative(scenario, {
      share: shareOf(this.#model),
      gate,
      topics: this.#topics,
      signal: this.#stop.signal,
      thresholds: this.#thresholds,
      calibration,
      onProgress: (name, progress) => this.#hooks.onProgress?.(name, progress),
      ...(onWindowTimes === undefined ? {} : { onWindowTimes }),
      ...(onTick === undefined ? {} : { onTick }),
      onBegin: (name, plan) => this.#hooks.onBegin?.(name, plan),
      onNotice: text => this.#hooks.onNotice?.(text),
      onSource: source => this.#metrics.add({ ...taggedOf(this.#model, scenario), source }),
    })
  }

  /** Judges thresholds now and then, until the test is over. */
  async #watch(openedMs: number): Promise<ThresholdWatch> {
    const watch = new ThresholdWatch({
      plans: this.#thresholds,
      definitions: this.#definitions,
      source: this.#metrics,
      noSamples: 'zero',
    })
    if (this.#thresholds.length === 0) return watch
    const { signal } = this.#stop
    try {
      for await (const _ of every(thresholdsEveryMs, undefined, { signal })) {
        if (watch.check(performance.now() - openedMs)) this.#stop.abort()
      }
    } catch (error) {
      if (!signal.aborted) throw error
    }
    return watch
  }

  async #confirm(): Promise<TestResult['delivery']> {
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

function scenarioResult({ scenario, result, source }: DeclarativeOutcome): ScenarioResult {
  return {
    name: scenario.name,
    executor: scenario.executor.kind,
    lane: 'declarative',
    role: scenario.role,
    topic: scenario.topic.name,
    startSeconds: scenario.startTimeMs / 1000,
    tags: { ...scenario.tags },
    iterations: source?.iterations ?? 0,
    dropped: source?.dropped ?? 0,
    interrupted: result?.produce?.errors ?? 0,
    ...(result !== undefined && { result }),
  }
}
