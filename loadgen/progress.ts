// What a run tells while it is under way, once a second: enough for a live line, a panel, or a metrics endpoint.
import type { PercentileCurve } from '../core/distribution.ts'
import type { Histogram } from '../core/histogram.ts'
import type { Result, Window } from './result.ts'
import type { ThresholdResult } from './verdict/thresholds/model.ts'

/** Ten times a second: rates over the last second, and what stands at the moment. */
export interface Tick {
  readonly phase: 'warm-up' | 'measuring' | 'draining'
  readonly elapsedSec: number
  readonly totalSec: number | undefined
  /** Records per second; of a side that the run does not have, and of an offer that is none, undefined. */
  readonly offeredPerSec: number | undefined
  readonly sentPerSec: number | undefined
  readonly ackedPerSec: number | undefined
  readonly consumedPerSec: number | undefined
  readonly inFlight: number | undefined
  /** Offsets that the consumers have still to read. */
  readonly lag: number | undefined
  /** Of runs in transactions. */
  readonly transactionsPerSec?: TransactionEnds
  /** Of consumers that handle what they read: records a second, committed. */
  readonly handledPerSec?: Handled
  /** Records that were given up on, in the whole run. */
  readonly errors: number
  /** Of the generator in the last window, 100 = one core. */
  readonly cpuPercent: number
  /** 99th percentile of how late the timers of its threads were in the last window: what it does to others by itself. */
  readonly loopLateMs: number | undefined
}

/** How transactions have ended: `aborted` on purpose, `failed` aborted because of an error. */
export interface TransactionEnds {
  readonly committed: number
  readonly aborted: number
  readonly failed: number
}

/** What has become of records that consumers handle. */
export interface Handled {
  readonly forwarded: number
  readonly deadLettered: number
  readonly skipped: number
}

/** A run that goes on, for who shows it whole. */
export interface RunView {
  readonly progress: Progress
  /** As if the run were over now; without distributions, heat maps and what only brokers and auditors know. */
  result(): Result
  heatMaps(): NonNullable<Result['heatMaps']>
  /** Of the measured time so far, by name. */
  curves(): Readonly<Record<string, PercentileCurve>>
}

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
  /** In the whole run so far; of runs in transactions. */
  readonly transactions?: TransactionEnds
  /** Likewise; of consumers that handle what they read. */
  readonly handled?: Handled
  /** As of now; none without --threshold. */
  readonly thresholds: readonly ThresholdResult[]
  /** Of the window, nanoseconds, warm-up and drain included. Valid only during the call, as those of WindowTimes. */
  readonly latencies?: {
    readonly response: Histogram | undefined
    readonly e2e: Histogram | undefined
    readonly commit?: Histogram | undefined
  }
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
  /** Ten times a second. */
  onTick?(tick: Tick): void
  /** Each finished one-second window, after `onProgress`. */
  onView?(view: RunView): void
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
