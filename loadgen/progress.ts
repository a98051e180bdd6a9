// What a run tells while it is under way, once a second: enough for a live line, a panel, or a metrics endpoint.
import type { Histogram } from '../core/histogram.ts'
import type { Window } from './result.ts'
import type { ThresholdResult } from './verdict/thresholds/model.ts'

export interface Progress {
  readonly phase: 'warm-up' | 'measuring' | 'draining'
  readonly elapsedSec: number
  /** Undefined when the run ends by record count or at the end of the log. */
  readonly totalSec: number | undefined
  readonly window: Window
  readonly producedTotal: number
  readonly consumedTotal: number
  /** Produce requests and fetches in flight, bytes in unacknowledged batches. */
  readonly inFlight: number
  readonly errorsByCode: Readonly<Record<string, number>>
  /** As of now; none without --threshold. */
  readonly thresholds: readonly ThresholdResult[]
}

/** response, service, lateness, e2e, processing. */
export interface Times {
  readonly name: string
  /** Nanoseconds. Valid only during the call: the next window is recorded into the same memory. */
  readonly histogram: Histogram
}

export interface WindowTimes extends Times {
  /** Measured time, or what does not count: warm-up, and records that were read while the run was draining. */
  readonly part: 'measured' | 'warmup' | 'drain'
  /** Second 0 of the run, milliseconds since the epoch. */
  readonly startedAtMs: number
  /** Seconds since the start of the run. */
  readonly fromSec: number
  readonly toSec: number
}

export interface RunHooks {
  /** Each finished one-second window. */
  onProgress?(progress: Progress): void
  /** One-off notices: topic created, leader moved, connection lost and back. */
  onNotice?(text: string): void
  /** A warm-up by count (`warmupRecords`) is over, so many seconds after the start; once for each worker. */
  onMeasuring?(sec: number): void
  /** Latencies of each window, one call for each kind that has any. */
  onWindowTimes?(times: WindowTimes): void
  /** Latencies of the measured time, once at the end: what the percentiles of the result are of. */
  onMeasuredTimes?(times: readonly Times[]): void
}
