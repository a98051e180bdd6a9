// The search for the highest rate that a cluster sustains under an SLO, as data: what is asked for, one trial, what came of it, and
// the answer. Rates are records a second.

export interface Slo {
  /** 99 % of the records are acknowledged so long after they were due; undefined: no limit. */
  readonly responseP99Ms: number | undefined
  /** 99 % are read so long after they were due. */
  readonly e2eP99Ms: number | undefined
  /** Acknowledged of what was offered, at least. */
  readonly achievedShareMin: number
  /** Records given up on, of those sent, at most. */
  readonly errorShareMax: number
  /** A lag or backlog that grows by more than this share of the rate is one that will not end. */
  readonly growthShareMax: number
}

export interface SearchSettings {
  readonly slo: Slo
  /** Width of the interval over its upper end. */
  readonly widthMax: number
  /** Everything together, pauses too. */
  readonly timeBudgetSec: number
  /** Keys and values that may be written; undefined: no limit. */
  readonly dataBudgetBytes: number | undefined
  readonly recordBytes: number
  readonly floodSec: number
  /** The shortest trial, when the bracket is wide. */
  readonly trialSec: number
  /** Of both ends of the interval. */
  readonly fullTrialSec: number
  /** At the lower end, the last word. */
  readonly confirmSec: number
  /** Of every trial, before it is measured. */
  readonly warmupSec: number
  /** Between trials; three times as long after one that failed. */
  readonly settleSec: number
  /** Below this nothing is searched. */
  readonly rateMin: number
}

export const searchDefaults = {
  slo: {
    responseP99Ms: undefined,
    e2eP99Ms: undefined,
    achievedShareMin: 0.995,
    errorShareMax: 0,
    growthShareMax: 0.005,
  },
  widthMax: 0.05,
  timeBudgetSec: 12 * 60,
  dataBudgetBytes: undefined,
  floodSec: 10,
  trialSec: 8,
  fullTrialSec: 30,
  confirmSec: 300,
  warmupSec: 2,
  settleSec: 1,
  rateMin: 1,
} as const satisfies Omit<SearchSettings, 'recordBytes'>

/** Why a trial did not sustain its rate, the first of them the reason that is told. */
export const signalNames = [
  'errors',
  'achieved',
  'response p99',
  'end-to-end p99',
  'lag slope',
  'backlog slope',
  'generator',
  'disturbed',
] as const
export type SignalName = (typeof signalNames)[number]

export interface Signal {
  readonly name: SignalName
  readonly ok: boolean
  /** What was measured, against what, in words with units. */
  readonly told: string
}

export type Phase = 'flood' | 'climb' | 'bisect' | 'verify lower' | 'verify upper' | 'confirm' | 'confirm above'

export interface Step {
  readonly phase: Phase
  /** Undefined: as fast as it goes. */
  readonly ratePerSec: number | undefined
  readonly measuredSec: number
  readonly settleSec: number
  /** Of a flood within a data budget: it ends with these, without a warm-up. */
  readonly recordsMax?: number | undefined
}

export interface Trial {
  readonly step: Step
  /** fail: the cluster did not sustain it. generator: this machine did not. disturbed: says nothing, and is repeated. */
  readonly verdict: 'pass' | 'fail' | 'generator' | 'disturbed'
  /** Acknowledged. */
  readonly achievedPerSec: number
  readonly responseP50Ms: number | undefined
  readonly responseP99Ms: number | undefined
  readonly e2eP99Ms: number | undefined
  readonly signals: readonly Signal[]
}

export interface Interval {
  /** Sustained, as shown by the trial at this rate. */
  readonly low: number
  /** Not sustained; undefined: nothing failed. */
  readonly high: number | undefined
}

export interface Outcome {
  /**
   * found: both ends are verified, the lower one confirmed. unconfirmed: the budget ended first. generator: the machine that makes
   * the load is what gave out. none: even the lowest rate was not sustained. disturbed: trials could not be judged.
   */
  readonly status: 'found' | 'unconfirmed' | 'generator' | 'none' | 'disturbed'
  readonly interval: Interval
  /** What gave out just above the interval. */
  readonly limiting: SignalName | undefined
  readonly why: string
}

export type Decision =
  | { readonly kind: 'step'; readonly step: Step }
  | { readonly kind: 'done'; readonly outcome: Outcome }

/** The search so far: enough to go on after a crash. */
export interface SearchState {
  readonly kind: 'millrace-saturate'
  readonly version: 1
  readonly settings: SearchSettings
  readonly trials: readonly Trial[]
}
