// What an executor needs and gives: it decides when which VU begins an iteration, and nothing else. It knows no thread, no script
// and no Kafka, and its clock is handed in.
import type { Striping } from '../scenario/segment.ts'

export interface Timing {
  nowNs(): number
  /** Resolves at that moment or a little later, at once when it is past or when the signal is aborted. */
  until(ns: number, signal: AbortSignal): Promise<void>
  /** Resolves after what has become ready meanwhile has had its turn. */
  turn(): Promise<void>
}

export interface ExecutorVu {
  /** One iteration from its beginning to its end; never rejects. */
  iterate(): Promise<void>
  /** Ends the iteration that is under way, if there is one: it does not count. */
  interrupt(): void
}

/** Counts what all shares of an executor do together. */
export interface SharedCount {
  /** The number of the next one, from 0; undefined when there is none left. */
  claim(): number | undefined
  /** Takes all that is left, so that nobody else gets it. */
  claimRest(): number
}

export interface ExecutorContext {
  readonly timing: Timing
  /** Which iterations and VUs of the test are this executor's. */
  readonly share: Striping
  readonly gracefulStopMs: number
  /** Aborted: nothing more is begun, and what is under way is interrupted. */
  readonly stop: AbortSignal
  /** `own`: number among the VUs of this share, from 0. */
  makeVu(own: number): Promise<ExecutorVu>
  /** Iterations that were to be and are not: no VU was free, or the time was over. */
  dropped(count: number): void
  /** Of an arrival rate: how long after its time an iteration began that found a free VU. */
  late?(ns: number): void
  notice(text: string): void
  /** Of shared iterations. */
  readonly sharedCount?: SharedCount
}

export interface Executor {
  /** VUs that are to be there from the start. */
  prepare(): Promise<void>
  /** Resolves when the last iteration has ended, one way or the other. */
  run(startNs: number): Promise<void>
  /** VUs that are at work or could be, as k6 counts them. */
  readonly activeVus: number
  readonly initializedVus: number
}
