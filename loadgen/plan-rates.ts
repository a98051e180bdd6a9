// How fast a run goes, as plain data.
import type { Striping } from './scenario/segment.ts'

/** Total over all workers, all of it in the unit of `kind`. Bytes count keys and values. */
export interface RatePlan {
  readonly kind: 'records' | 'bytes'
  /** The rate; of a shape its peak. */
  readonly perSec: number
  /** How the rate goes with time; absent: it is constant. Time counts from the start of the run, warm-up included. */
  readonly shape?: RateShape
  /**
   * Absent: evenly spaced, the first at once. Poisson arrivals are drawn from the plan's seed. `reached`, of stages: a record is
   * due when the area under the rate reaches its number, from 1 on (k6's ramping-arrival-rate).
   */
  readonly arrivals?: 'poisson' | 'reached'
  /** Which of the records are this process's, when a test is run in parts; absent: all. */
  readonly share?: Striping
}

export type RateShape = StagesShape | BurstShape | SineShape | ReplayShape

/** Straight pieces in a row; the last rate goes on after the end. `kind` says how the user put it. */
export interface StagesShape {
  readonly kind: 'ramp' | 'stages' | 'steps'
  readonly stages: readonly StagePlan[]
}

export interface StagePlan {
  readonly fromPerSec: number
  readonly toPerSec: number
  readonly durationMs: number
}

export interface BurstShape {
  readonly kind: 'burst'
  readonly basePerSec: number
  readonly peakPerSec: number
  /** Every period begins with a burst of this length. */
  readonly burstMs: number
  readonly periodMs: number
}

/** Records are due when those of a profile were; after its end it begins again. */
export interface ReplayShape {
  readonly kind: 'replay'
  readonly path: string
  /** Times as fast as captured. */
  readonly speed: number
  /** Of one round, at that speed. */
  readonly lengthMs: number
}

/** From the middle upwards. */
export interface SineShape {
  readonly kind: 'sine'
  readonly lowPerSec: number
  readonly highPerSec: number
  readonly periodMs: number
}
