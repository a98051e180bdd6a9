// The metrics of a scenario without a function: those of a bench run, and k6's names for what they mean here. An iteration is a
// message: iterations are the records that were acknowledged or read, and the duration of one is its response time.

import { vuLevels } from '../executor/vu-steps.ts'
import type { Meter } from '../meter.ts'
import type { BenchMode, BenchPlan } from '../plan.ts'
import type { Result } from '../result.ts'
import { maxVusOf, regularDurationMs, type ScenarioModel } from '../scenario/model.ts'
import type { Striping } from '../scenario/segment.ts'
import { scaled } from '../scenario/segment.ts'
import { type BenchMetricName, definitionsOf } from '../verdict/thresholds/bench-metrics.ts'
import { BenchSource, resultSource } from '../verdict/thresholds/bench-source.ts'
import type { Tags, ThresholdPlan } from '../verdict/thresholds/grammar.ts'
import type { MetricDefinition, MetricDefinitions, MetricSource, Reading } from '../verdict/thresholds/readings.ts'

type Alias = Readonly<Partial<Record<string, BenchMetricName>>>

const aliasesOf: Readonly<Record<BenchMode, Alias>> = {
  produce: { iterations: 'records_produced', iteration_duration: 'response_time', data_sent: 'bytes_produced' },
  consume: { iterations: 'records_consumed', data_received: 'bytes_consumed' },
  roundtrip: {
    iterations: 'records_produced',
    iteration_duration: 'response_time',
    data_sent: 'bytes_produced',
    data_received: 'bytes_consumed',
  },
}

const tags = ['scenario', 'topic', 'worker'] as const
const own = {
  dropped_iterations: { kind: 'counter', unit: 'count', help: 'Iterations that were to be and were not begun.', tags },
  vus: { kind: 'gauge', unit: 'count', help: 'VUs at work; without a function, requests that may be in flight.', tags },
  vus_max: { kind: 'gauge', unit: 'count', help: 'VUs that are there for it.', tags },
} as const satisfies Readonly<Record<string, MetricDefinition>>

/** What thresholds on such a scenario can name. */
export function declarativeDefinitions(role: BenchMode): MetricDefinitions {
  const bench = definitionsOf(role)
  const aliases = Object.entries(aliasesOf[role]).map(([name, meant]) => [name, bench[meant!]!] as const)
  return { ...bench, ...Object.fromEntries(aliases), ...own }
}

export class ScenarioSource implements MetricSource {
  readonly #scenario: ScenarioModel
  readonly #plan: BenchPlan
  readonly #share: Striping
  readonly #meter: Meter
  readonly #bench: BenchSource
  #result: Result | undefined
  #ending: MetricSource | undefined

  constructor(
    scenario: ScenarioModel,
    plan: BenchPlan,
    share: Striping,
    meter: Meter,
    thresholds: readonly ThresholdPlan[],
  ) {
    this.#scenario = scenario
    this.#plan = plan
    this.#share = share
    this.#meter = meter
    const meant = thresholds.map(threshold => ({ ...threshold, metric: this.#nameOf(threshold.metric) }))
    this.#bench = new BenchSource(meter, meant, { scenario: scenario.name, topic: plan.topic.name })
  }

  /** From now on what only the end knows is known too. */
  finish(result: Result): void {
    this.#result = result
    this.#ending = resultSource(result)
  }

  read(metric: string, given: Tags, windowMs?: number): Reading | undefined {
    // All that were complete, also those that were so after the end.
    if (metric === 'iterations' && windowMs === undefined && given.worker === undefined) {
      return { kind: 'counter', samples: 1, count: this.iterations, seconds: this.#meter.measuredSec }
    }
    if (metric === 'dropped_iterations') return this.#droppedReading()
    if (metric === 'vus' || metric === 'vus_max') return this.#vus(metric)
    return this.#bench.read(this.#nameOf(metric), given, windowMs) ?? this.#ending?.read(metric, given, windowMs)
  }

  #nameOf(metric: string): string {
    return aliasesOf[this.#plan.mode][metric] ?? metric
  }

  /** Iterations that were to be and were not begun; of a number of iterations only the end knows. */
  get dropped(): number {
    const total = this.#meter.produce?.total ?? this.#meter.consume?.total
    const unsent = this.#meter.produce?.total.dropped ?? 0
    const { records } = this.#plan
    const isOver = this.#result?.verdict === 'ok' && records !== undefined
    return unsent + (isOver ? Math.max(0, records - (total?.records ?? 0) - unsent) : 0)
  }

  get iterations(): number {
    return (this.#meter.produce ?? this.#meter.consume)?.total.records ?? 0
  }

  #droppedReading(): Reading {
    return { kind: 'counter', samples: 1, count: this.dropped, seconds: this.#meter.measuredSec }
  }

  #vus(metric: 'vus' | 'vus_max'): Reading {
    const { executor } = this.#scenario
    const max = scaled(maxVusOf(executor), this.#share)
    if (metric === 'vus_max' || executor.kind !== 'ramping-vus') return { kind: 'gauge', samples: 1, value: max }
    const elapsedNs = Math.min((this.#meter.windows.at(-1)?.sec ?? 0) * 1e9, regularDurationMs(executor) * 1e6)
    let value = 0
    for (const { atNs, vus } of vuLevels(executor, this.#share)) if (atNs <= elapsedNs) value = vus
    return { kind: 'gauge', samples: 1, value }
  }
}
