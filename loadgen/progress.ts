// What a run tells while it is under way, once a second: enough for a live line, a panel, or a metrics endpoint.
import type { Histogram } from '../core/histogram.ts'
import type { Window } from './result.ts'

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
}

/** Nanoseconds; see `produce.latency`, `serviceLatency` and `lateness` of the result. */
export interface ProduceTimes {
  readonly response: Histogram
  readonly service: Histogram
  readonly lateness: Histogram
}

export interface RunHooks {
  /** Each finished one-second window. */
  onProgress?(progress: Progress): void
  /** At the end: the whole distributions of the measured time, for who wants more of them than percentiles. */
  onTimes?(times: ProduceTimes): void
  /** One-off notices: topic created, leader moved, connection lost and back. */
  onNotice?(text: string): void
}
