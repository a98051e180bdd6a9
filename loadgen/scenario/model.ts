// A test as plain data, whatever it was written in (k6-typed options, YAML, an imported workload): checked, with every default
// filled in and every quantity in one unit. read-model.ts makes it, run-test.ts runs it.
import type { ClientSettings } from '../../wire/settings.ts'
import type { BenchMode, ConsumePlan, DriverName, ProducePlan, TopicPlan } from '../plan.ts'
import type { Segment } from './segment.ts'

export interface TestModel {
  /** In the order in which they were written. */
  readonly scenarios: readonly ScenarioModel[]
  /** Topics that the test is to prepare besides those of its scenarios. */
  readonly topics: readonly TopicPlan[]
  /** By metric, with or without tags: `iterations`, `kafka_produce_latency{scenario:orders}`. */
  readonly thresholds: Readonly<Record<string, readonly ThresholdModel[]>>
  /** On every sample. */
  readonly tags: Readonly<Record<string, string>>
  readonly setupTimeoutMs: number
  readonly teardownTimeoutMs: number
  readonly handleSummaryTimeoutMs: number
  readonly minIterationDurationMs: number
  readonly noSetup: boolean
  readonly noTeardown: boolean
  readonly summaryTrendStats: readonly string[]
  /** Of times in the summary; absent: the one that fits. */
  readonly summaryTimeUnit?: 's' | 'ms' | 'us'
  /** Which part of the test this process runs. */
  readonly segment: Segment
  /** All parts, as far as they are known. */
  readonly segments: readonly Segment[]
}

export interface ThresholdModel {
  /** `p(95)<200` */
  readonly threshold: string
  readonly abortOnFail: boolean
  /** Before this time of the test a failing threshold does not abort it. */
  readonly delayAbortEvalMs: number
}

export interface ScenarioModel {
  readonly name: string
  readonly executor: ExecutorModel
  /** From the start of the test. */
  readonly startTimeMs: number
  /** What is under way when the executor's time is over may take so long. */
  readonly gracefulStopMs: number
  /** Name of the exported function, in the scripted lane. */
  readonly exec: string
  readonly env: Readonly<Record<string, string>>
  /** On every sample of this scenario, over those of the test. */
  readonly tags: Readonly<Record<string, string>>
  /** `declarative`: an iteration is one message, made by the workers; `scripted`: an iteration is one call of `exec`. */
  readonly lane: 'declarative' | 'scripted'
  readonly role: BenchMode
  readonly client: ClientSettings
  /** Client under test; absent: millrace's own. */
  readonly driver?: DriverName
  /** Absent: a script names its topics itself. */
  readonly topic?: TopicPlan
  readonly produce?: ProducePlan
  readonly consume?: ConsumePlan
  /** Scripted: of what functions do in `transaction`. */
  readonly transactional?: TransactionalIds
  /** Worker threads (in a roundtrip: of each side). */
  readonly workers: number
  readonly seed: number
  readonly warmupMs: number
}

export interface TransactionalIds {
  /** Of VU n: this, and -n. */
  readonly id: string
  /** transaction.timeout.ms */
  readonly timeoutMs: number
}

/** k6's executors with k6's names for their settings; times in milliseconds. */
export type ExecutorModel =
  | SharedIterations
  | PerVuIterations
  | ConstantVus
  | RampingVus
  | ConstantArrivalRate
  | RampingArrivalRate

export interface SharedIterations {
  readonly kind: 'shared-iterations'
  readonly vus: number
  /** Of all VUs together. */
  readonly iterations: number
  readonly maxDurationMs: number
}

export interface PerVuIterations {
  readonly kind: 'per-vu-iterations'
  readonly vus: number
  /** Of each VU. */
  readonly iterations: number
  readonly maxDurationMs: number
}

export interface ConstantVus {
  readonly kind: 'constant-vus'
  readonly vus: number
  readonly durationMs: number
}

export interface RampingVus {
  readonly kind: 'ramping-vus'
  readonly startVus: number
  readonly stages: readonly StageModel[]
  readonly gracefulRampDownMs: number
}

export interface ConstantArrivalRate {
  readonly kind: 'constant-arrival-rate'
  /** Iterations in each timeUnitMs. */
  readonly rate: number
  readonly timeUnitMs: number
  readonly durationMs: number
  readonly preAllocatedVus: number
  readonly maxVus: number
}

export interface RampingArrivalRate {
  readonly kind: 'ramping-arrival-rate'
  /** Iterations in each timeUnitMs, as the targets of the stages. */
  readonly startRate: number
  readonly timeUnitMs: number
  readonly stages: readonly StageModel[]
  readonly preAllocatedVus: number
  readonly maxVus: number
}

export interface StageModel {
  /** 0: the target is reached at once. */
  readonly durationMs: number
  /** VUs or iterations per time unit at the end of the stage. */
  readonly target: number
}

/** How long an executor starts new iterations, at most; what follows is the graceful stop. */
export function regularDurationMs(executor: ExecutorModel): number {
  if ('durationMs' in executor) return executor.durationMs
  if ('maxDurationMs' in executor) return executor.maxDurationMs
  return executor.stages.reduce((sum, { durationMs }) => sum + durationMs, 0)
}

/** The most VUs that an executor has at a time. */
export function maxVusOf(executor: ExecutorModel): number {
  if ('maxVus' in executor) return executor.maxVus
  if ('vus' in executor) return executor.vus
  return executor.stages.reduce((most, { target }) => Math.max(most, target), executor.startVus)
}
