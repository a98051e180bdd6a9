// Trying again: which errors are worth it, how long to wait between tries, and when to stop. Time is the caller's.
import { MillraceError } from '../core/errors.ts'
import { type BackoffRange, backoffMs } from './backoff.ts'

export interface RetryDeps {
  nowMs(): number
  /** Rejects when the whole thing is called off. */
  pause(durationMs: number): Promise<void>
  random(): number
}

export interface RetryOptions {
  readonly timeoutMs: number
  readonly backoff: BackoffRange
  /** Default: what the error says of itself. */
  readonly isWorthAnotherTry?: (error: MillraceError) => boolean
  readonly pauseMsOf?: (error: MillraceError) => number | undefined
  /** What this error has shown to be out of date. */
  readonly onFailure?: (error: MillraceError) => void
}

/** A topic that is unknown for this long does not exist: brokers hear of a new one a moment after its creation. */
const unknownTopicTimeoutMs = 1_000

/** `leftMs` is what remains until the deadline: no try should take longer. */
export async function retry<T>(
  attempt: (leftMs: number) => Promise<T>,
  { timeoutMs, backoff, isWorthAnotherTry = isRetriable, pauseMsOf, onFailure }: RetryOptions,
  deps: RetryDeps,
): Promise<T> {
  const startMs = deps.nowMs()
  for (let tries = 1; ; tries++) {
    try {
      return await attempt(Math.max(1, startMs + timeoutMs - deps.nowMs()))
    } catch (error) {
      if (!(error instanceof MillraceError) || !isWorthAnotherTry(error)) throw error
      onFailure?.(error)
      const pauseMs = pauseMsOf?.(error) ?? backoffMs(backoff, tries, deps.random)
      const limitMs = error.code === 'TOPIC_UNKNOWN' ? Math.min(timeoutMs, unknownTopicTimeoutMs) : timeoutMs
      const elapsedMs = deps.nowMs() - startMs
      if (elapsedMs + pauseMs >= limitMs) throw givenUp(error, tries, elapsedMs)
      await deps.pause(pauseMs)
    }
  }
}

const isRetriable = (error: MillraceError) => error.retriable

function givenUp(error: MillraceError, tries: number, elapsedMs: number): MillraceError {
  if (tries === 1) return error
  const { code, message, hint, retriable, kafkaCode } = error
  const tried = `${message} (${tries} tries in ${Math.round(elapsedMs)} ms)`
  return new MillraceError(code, tried, {
    hint,
    retriable,
    ...(kafkaCode === undefined ? {} : { kafkaCode }),
    cause: error,
  })
}
