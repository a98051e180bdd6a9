// The finished search as a document: what was asked, every step, the answer.
import { z } from 'zod'
import type { Result } from '../../result.ts'
import { bracketOf } from './bracket.ts'
import { type Outcome, type SearchSettings, type SearchState, signalNames, type Trial } from './model.ts'
import { decide, usedBytes, usedSec } from './search.ts'

export interface About {
  readonly environment: Result['environment']
  /** Of the bench behind each trial; secrets left out. */
  readonly settings: Result['settings']
}

export interface SaturateReport extends Outcome {
  readonly kind: 'millrace-saturate-report'
  readonly version: 1
  readonly startedAt: string
  readonly search: SearchSettings
  readonly usedSec: number
  readonly usedBytes: number
  /** Offered rate from which on p99 is above twice its value at the lowest rate; undefined: it never was. */
  readonly kneePerSec: number | undefined
  readonly trials: readonly Trial[]
  readonly about: About | undefined
}

/** What the trials say; of a search that was broken off, as far as it came. */
export function saturateReport(state: SearchState, startedAt: string, about: About | undefined): SaturateReport {
  const { settings, trials } = state
  const decision = decide(settings, trials)
  const outcome: Outcome = decision.kind === 'done' ? decision.outcome : brokenOff(trials)

  return {
    kind: 'millrace-saturate-report',
    version: 1,
    startedAt,
    ...outcome,
    search: settings,
    usedSec: usedSec(settings, trials),
    usedBytes: Math.round(usedBytes(settings, trials)),
    kneePerSec: kneeOf(trials),
    trials,
    about,
  }
}

function brokenOff(trials: readonly Trial[]): Outcome {
  const { lower, upper } = bracketOf(trials)
  return {
    status: 'unconfirmed',
    interval: { low: lower?.ratePerSec ?? 0, high: upper?.ratePerSec },
    limiting: upper?.trial.signals.find(({ ok }) => !ok)?.name,
    why: 'the search was broken off',
  }
}

const kneeFactor = 2

/** Between the last rate below and the first above, by the latencies of both. */
export function kneeOf(trials: readonly Trial[]): number | undefined {
  const points = trials
    .flatMap(({ step, responseP99Ms, verdict }) => step.ratePerSec === undefined || responseP99Ms === undefined || verdict === 'disturbed' ? [] : [{ rate: step.ratePerSec, p99: responseP99Ms }]) // biome-ignore format: one line
    .sort((a, b) => a.rate - b.rate)
  const [first] = points
  if (first === undefined) return undefined
  const limit = kneeFactor * first.p99
  const index = points.findIndex(({ p99 }) => p99 > limit)
  if (index < 1) return undefined
  const [below, above] = [points[index - 1]!, points[index]!]
  const share = (limit - below.p99) / (above.p99 - below.p99)
  return Math.round(below.rate + Math.min(1, Math.max(0, share)) * (above.rate - below.rate))
}

// ---- the state of a search, as it is read back ----

const number = z.number()
const optionalNumber = z.number().optional()

const trialModel = z.object({
  step: z.object({
    phase: z.enum(['flood', 'climb', 'bisect', 'verify lower', 'verify upper', 'confirm', 'confirm above']),
    ratePerSec: optionalNumber,
    measuredSec: number,
    settleSec: number,
    recordsMax: optionalNumber,
  }),
  verdict: z.enum(['pass', 'fail', 'generator', 'disturbed']),
  achievedPerSec: number,
  responseP50Ms: optionalNumber,
  responseP99Ms: optionalNumber,
  e2eP99Ms: optionalNumber,
  signals: z.array(z.object({ name: z.enum(signalNames), ok: z.boolean(), told: z.string() })),
})

export const searchFileModel = z.object({
  kind: z.literal('millrace-saturate'),
  version: z.literal(1),
  startedAt: z.string(),
  /** Of everything that makes a trial what it is. */
  fingerprint: z.string(),
  trials: z.array(trialModel),
  about: z.unknown().optional(),
})

export type SearchFile = Omit<z.infer<typeof searchFileModel>, 'trials'> & { readonly trials: readonly Trial[] }
