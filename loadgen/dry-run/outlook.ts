// What a test will do, worked out without doing it: who sends how much when, and what that takes. Pure.

import { formatDuration } from '../../core/format.ts'
import { arrivalsOf } from '../executor/arrivals.ts'
import type { ConsumePlan, RatePlan, TransactionsPlan } from '../plan.ts'
import { meanRecordBytes } from '../rate.ts'
import {
  type ExecutorModel,
  maxVusOf,
  regularDurationMs,
  type ScenarioModel,
  type TestModel,
} from '../scenario/model.ts'
import { ratePlanOf } from '../scenario/read-executor.ts'
import { type Striping, scaled } from '../scenario/segment.ts'
import { describeRate } from '../schedule/describe.ts'
import { makeSchedule } from '../schedule/make.ts'
import { dueBefore } from '../schedule/schedule.ts'
import { shareOfScenario } from '../test/bench-of-scenario.ts'

export interface ScenarioOutlook {
  readonly name: string
  readonly executor: ExecutorModel['kind']
  readonly lane: ScenarioModel['lane']
  readonly role: ScenarioModel['role']
  /** Undefined: the script names its topics itself. */
  readonly topic: string | undefined
  readonly startMs: number
  /** No iteration begins after it. */
  readonly endMs: number
  /** What is under way is cut off then. */
  readonly latestEndMs: number
  /** Undefined: as many as there is time for. */
  readonly iterations: number | undefined
  /** In words; undefined: as fast as it goes. */
  readonly rate: string | undefined
  readonly vusMax: number
  readonly threads: number
  /** Keys and values of all iterations; undefined where their number or size is not known before. */
  readonly bytes: number | undefined
  /** For records that are not acknowledged yet, or answers that are being read, over all threads. */
  readonly memoryBytes: number
  /** What else is done with the records, in words. */
  readonly does: readonly string[]
}

export interface Outlook {
  readonly scenarios: readonly ScenarioOutlook[]
  readonly latestEndMs: number
  /** Undefined: of some scenario it is not known before. */
  readonly iterations: number | undefined
  readonly bytes: number | undefined
  readonly threads: number
  readonly memoryBytes: number
  readonly thresholds: readonly string[]
}

export function outlookOf(model: TestModel): Outlook {
  const scenarios = model.scenarios.map(scenario =>
    scenarioOutlook(scenario, shareOfScenario(model, scenario.executor)),
  )
  const sum = (of: (scenario: ScenarioOutlook) => number) => scenarios.reduce((total, each) => total + of(each), 0)
  return {
    scenarios,
    latestEndMs: Math.max(0, ...scenarios.map(({ latestEndMs }) => latestEndMs)),
    iterations: knownSum(scenarios.map(({ iterations }) => iterations)),
    bytes: knownSum(scenarios.map(({ bytes }) => bytes)),
    threads: sum(({ threads }) => threads),
    memoryBytes: sum(({ memoryBytes }) => memoryBytes),
    thresholds: Object.entries(model.thresholds).flatMap(([metric, all]) =>
      all.map(({ threshold, abortOnFail }) => `${metric}: ${threshold}${abortOnFail ? ' (ends the test)' : ''}`),
    ),
  }
}

const knownSum = (values: readonly (number | undefined)[]) =>
  values.some(value => value === undefined) ? undefined : values.reduce<number>((sum, value) => sum + value!, 0)

function scenarioOutlook(scenario: ScenarioModel, share: Striping): ScenarioOutlook {
  const { name, executor, lane, role, topic, startTimeMs: startMs, gracefulStopMs, produce } = scenario
  const endMs = startMs + regularDurationMs(executor)
  const paced = lane === 'declarative' ? produce?.rate : undefined
  const iterations = iterationsOf(executor, share) ?? (paced && dueOf(scenario, paced, share))
  const rate = ratePlanOf(executor) ?? paced
  const isWriting = lane === 'declarative' && produce !== undefined
  const recordBytes = isWriting ? meanRecordBytes(produce) : undefined
  const vusMax = scaled(maxVusOf(executor), share)
  const sides = role === 'roundtrip' ? 2 : 1
  const threads = Math.min(scenario.workers, Math.max(1, vusMax)) * sides
  return {
    name,
    executor: executor.kind,
    lane,
    role,
    topic: topic?.name,
    startMs,
    endMs,
    latestEndMs: endMs + gracefulStopMs,
    iterations,
    rate: rate === undefined ? undefined : rateText(describeRate(rate)),
    vusMax,
    threads,
    bytes: recordBytes === undefined || iterations === undefined ? undefined : Math.round(recordBytes * iterations),
    memoryBytes: memoryOf(scenario) * (threads / sides),
    does: lane === 'declarative' ? doesOf(scenario) : [],
  }
}

/** An executor has an end, and counts iterations. */
const rateText = (text: string) => text.replace(/; then on at .*$/, '').replaceAll('records/s', 'iterations/s')

/** Of one thread of each side. */
function memoryOf({ lane, produce, consume }: ScenarioModel): number {
  if (lane !== 'declarative') return 0
  return (produce?.bufferBytes ?? 0) + (consume?.fetchMaxBytes ?? 0)
}

function iterationsOf(executor: ExecutorModel, share: Striping): number | undefined {
  if (executor.kind === 'shared-iterations') return scaled(executor.iterations, share)
  if (executor.kind === 'per-vu-iterations') return executor.iterations * scaled(executor.vus, share)
  return arrivalsOf(executor, share)?.count
}

/** By the gaps of a profile, where the executor has no rate. */
function dueOf({ executor, seed }: ScenarioModel, rate: RatePlan, share: Striping): number {
  return scaled(dueBefore(makeSchedule(rate, seed), regularDurationMs(executor) / 1000), share)
}

function doesOf({ produce, consume }: ScenarioModel): string[] {
  const transactions = produce?.transactions ?? consume?.process?.handling?.transactions
  return [
    ...(transactions === undefined ? [] : [transactionsText(transactions)]),
    ...(consume === undefined ? [] : [...processTexts(consume), ...memberTexts(consume)]),
  ]
}

const percentText = (ratio: number): string => `${Number((ratio * 100).toPrecision(3))} %`

function transactionsText({ records, durationMs, abortRatio }: TransactionsPlan): string {
  const count = records === undefined ? '' : `${records} records or `
  const aborted = abortRatio === 0 ? '' : `, ${percentText(abortRatio)} of them aborted`
  return `in transactions of ${count}${formatDuration(durationMs)}${aborted}`
}

function processTexts({ process }: ConsumePlan): string[] {
  if (process === undefined) return []
  const { recordMs, batchMs, handling } = process
  const { forwardTo, deadLetterTo, errorRatio = 0, retries = 0 } = handling ?? {}
  const tries = retries === 0 ? '' : `, each tried ${retries + 1} times`
  const then = deadLetterTo === undefined ? 'passed over' : `left to ${deadLetterTo}`
  return [
    ...(recordMs + batchMs === 0 ? [] : [`works ${recordMs} ms on a record, ${batchMs} ms on an answer of a fetch`]),
    ...(forwardTo === undefined ? [] : [`passes records on to ${forwardTo}`]),
    ...(errorRatio === 0 ? [] : [`${percentText(errorRatio)} of the records cannot be processed${tries}: ${then}`]),
  ]
}

function memberTexts({ members, group }: ConsumePlan): string[] {
  if (members === undefined) return []
  const { consumers, churn, protocol } = members
  const [one, many] = churn?.how === 'kill' ? ['is killed', 'are killed'] : ['leaves', 'leave']
  const moves =
    churn === undefined
      ? ''
      : `; every ${formatDuration(churn.everyMs)} ${churn.count} ${churn.count === 1 ? one : many}`
  return [`${consumers} members of group ${group} (${protocol})${moves}`]
}
