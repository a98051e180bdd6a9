// Judges thresholds while a run is under way and at its end. Pure but for what it remembers: the time and the readings come
// from the caller. Over the whole measured time a threshold is judged as in k6: what counts is its state at the end. Over a
// window (which k6 has not) one window that fails is a failure for good.
import { compare, methodText, selectorText, type ThresholdPlan } from './grammar.ts'
import type { ThresholdResult } from './model.ts'
import { type MetricDefinitions, type MetricSource, methodsOf, type Reading, readingValue } from './readings.ts'

/** What is wrong with a threshold before any load, or undefined. */
export function thresholdProblem(plan: ThresholdPlan, definitions: MetricDefinitions): string | undefined {
  const definition = Object.hasOwn(definitions, plan.metric) ? definitions[plan.metric]! : undefined
  if (definition === undefined) {
    return `there is no metric ${plan.metric}; there are ${Object.keys(definitions).join(', ')}`
  }
  const { kind, tags, atEnd } = definition
  if (!methodsOf[kind].includes(plan.method)) {
    const fitting = methodsOf[kind].map(method => (method === 'p' ? 'p(N)' : method))
    return `${plan.metric} is a ${kind}: it has ${fitting.join(', ')}, not ${methodText(plan)}`
  }
  const strange = tags && Object.keys(plan.tags).filter(tag => !tags.includes(tag))
  if (strange !== undefined && strange.length > 0) {
    const known = tags!.length === 0 ? 'none' : tags!.join(', ')
    return `${plan.metric} has no tag ${strange.join(', ')}; its tags are: ${known}`
  }
  if (atEnd && (plan.windowMs !== undefined || plan.abortOnFail)) {
    return `${plan.metric} is known only at the end of the run: it has no window and cannot abort`
  }
  return undefined
}

export interface WatchSettings {
  readonly plans: readonly ThresholdPlan[]
  readonly definitions: MetricDefinitions
  readonly source: MetricSource
  /** For thresholds that do not say it themselves. `zero`: as in k6, a value of 0, and a rate that is kept. */
  readonly noSamples: NoSamples
}

export type NoSamples = 'pass' | 'fail' | 'zero'

interface Watched {
  readonly plan: ThresholdPlan
  worst: Judged | undefined
  failedAtSec: number | undefined
  aborted: boolean
}

interface Judged {
  readonly ok: boolean
  readonly value: number | undefined
  readonly samples: number
}

export class ThresholdWatch {
  readonly #settings: WatchSettings
  readonly #watched: readonly Watched[]

  constructor(settings: WatchSettings) {
    this.#settings = settings
    this.#watched = settings.plans.map(plan => ({ plan, worst: undefined, failedAtSec: undefined, aborted: false }))
  }

  /** Now and then during the measured time; true: a threshold asks for the end of the run. Metrics without samples wait. */
  check(measuredMs: number): boolean {
    let abort = false
    for (const watched of this.#watched) {
      const { plan } = watched
      if (this.#settings.definitions[plan.metric]?.atEnd) continue
      const judged = this.#judge(watched, measuredMs)
      if (judged === undefined || judged.samples === 0) continue
      if (judged.ok) {
        if (plan.windowMs === undefined) watched.failedAtSec = undefined
        continue
      }
      watched.failedAtSec ??= measuredMs / 1000
      if (!plan.abortOnFail || (plan.delayAbortEvalMs > 0 && measuredMs <= plan.delayAbortEvalMs)) continue
      watched.aborted = true
      abort = true
    }
    return abort
  }

  /** For people who watch: as of now, without samples neither crossed nor kept. */
  states(): ThresholdResult[] {
    return this.#watched.map(watched => this.#told(watched, this.#current(watched), 'pass'))
  }

  /** When everything is known. `source`: with what only the end knows. */
  finish(source: MetricSource = this.#settings.source): ThresholdResult[] {
    // Of a run that was shorter than its window all of it is judged.
    return this.#watched.map(watched => {
      const judged = watched.worst ?? this.#read(watched.plan, source, true)
      return this.#told(watched, judged, watched.plan.noSamples ?? this.#settings.noSamples)
    })
  }

  #judge(watched: Watched, measuredMs: number): Judged | undefined {
    const { windowMs } = watched.plan
    if (windowMs === undefined) return this.#read(watched.plan, this.#settings.source, true)
    // Half a second for windows that were closed a moment early.
    if (measuredMs + 500 < windowMs) return undefined
    const judged = this.#read(watched.plan, this.#settings.source, false)
    if (judged.samples > 0 && isWorse(judged, watched.worst, watched.plan)) watched.worst = judged
    return judged
  }

  #current({ plan, worst }: Watched): Judged {
    return worst ?? this.#read(plan, this.#settings.source, true)
  }

  #read(plan: ThresholdPlan, source: MetricSource, isWhole: boolean): Judged {
    const reading = source.read(plan.metric, plan.tags, isWhole ? undefined : plan.windowMs)
    return judge(plan, reading)
  }

  #told({ plan, failedAtSec, aborted }: Watched, judged: Judged, noSamples: NoSamples): ThresholdResult {
    const { value, samples } = judged
    const isEmpty = samples === 0
    return {
      metric: selectorText(plan),
      expression: plan.windowMs === undefined ? plan.text : `${plan.text}, over ${plan.windowMs / 1000}s`,
      method: methodText(plan),
      unit: unitOf(plan, this.#settings.definitions),
      limit: Number.isFinite(plan.limit) ? plan.limit : null,
      ok: isEmpty && noSamples !== 'zero' ? noSamples === 'pass' : judged.ok,
      value: isEmpty || value === undefined || !Number.isFinite(value) ? null : value,
      samples,
      ...(plan.windowMs === undefined ? {} : { windowSeconds: plan.windowMs / 1000 }),
      ...(failedAtSec === undefined || judged.ok ? {} : { failedAtSec }),
      noSamples,
      abortOnFail: plan.abortOnFail,
      aborted,
    }
  }
}

function judge(plan: ThresholdPlan, reading: Reading | undefined): Judged {
  if (reading === undefined) return { ok: false, value: undefined, samples: 0 }
  const value = readingValue(plan, reading)
  return { ok: value === undefined || compare(value, plan.comparison, plan.limit), value, samples: reading.samples }
}

/** The first failure stays; among those that hold, the nearest to the limit. */
function isWorse(judged: Judged, worst: Judged | undefined, { limit }: ThresholdPlan): boolean {
  if (worst === undefined) return true
  if (!worst.ok) return false
  if (!judged.ok) return true
  return Math.abs((judged.value ?? 0) - limit) < Math.abs((worst.value ?? 0) - limit)
}

function unitOf({ metric, method }: ThresholdPlan, definitions: MetricDefinitions): string {
  const definition = definitions[metric]
  if (definition === undefined) return 'none'
  return definition.kind === 'counter' && method === 'rate' ? `${definition.unit}/s` : definition.unit
}
