// What is known of a test, put together: at its end, and of one that goes on for who watches it.
import type { TestModel } from '../scenario/model.ts'
import { selectorText, type ThresholdPlan } from '../verdict/thresholds/grammar.ts'
import type { ThresholdResult } from '../verdict/thresholds/model.ts'
import { type ScenarioResult, type TestResult, testSchemaVersion } from './result.ts'
import type { DeclarativeOutcome } from './run-declarative.ts'
import type { TestMetrics } from './test-metrics.ts'

export interface KnownOfTest {
  readonly model: TestModel
  readonly file: string | undefined
  readonly verdict: TestResult['verdict']
  readonly reasons: TestResult['reasons']
  readonly startedAt: Date
  readonly durationMs: number
  readonly metrics: TestMetrics
  readonly checks: NonNullable<TestResult['checks']>
  readonly plans: readonly ThresholdPlan[]
  readonly thresholds: readonly ThresholdResult[]
  readonly delivery: TestResult['delivery']
  readonly audit: TestResult['audit']
  /** In any order. */
  readonly scenarios: readonly ScenarioResult[]
}

export function testResult(known: KnownOfTest): TestResult {
  const { model, file, checks, thresholds, scenarios } = known
  const narrowed = known.plans.map(({ metric, tags }) => ({ name: selectorText({ metric, tags }), metric, tags }))
  return {
    kind: 'millrace-test',
    schemaVersion: testSchemaVersion,
    verdict: known.verdict,
    reasons: [...known.reasons],
    ...(file !== undefined && { script: file }),
    startedAt: known.startedAt.toISOString(),
    durationSeconds: known.durationMs / 1000,
    tags: { ...model.tags },
    metrics: known.metrics.summary(model.summaryTrendStats, narrowed),
    ...(model.summaryTimeUnit !== undefined && { summaryTimeUnit: model.summaryTimeUnit }),
    ...(checks.length > 0 && { checks }),
    ...(thresholds.length > 0 && { thresholds: [...thresholds] }),
    delivery: known.delivery,
    // As they were written.
    scenarios: model.scenarios.flatMap(({ name }) => scenarios.find(scenario => scenario.name === name) ?? []),
    ...(known.audit !== undefined && { audit: known.audit }),
  }
}

export const scenarioResult = ({ scenario, result, source }: DeclarativeOutcome): ScenarioResult => ({
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
})
