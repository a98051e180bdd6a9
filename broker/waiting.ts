// Answers that have to wait: until something about some partitions is true, or until the time is up.
import type { Partition } from './partition.ts'
import type { Scheduler } from './scheduler.ts'

export interface Wait {
  readonly scheduler: Scheduler
  readonly timeoutMs: number
  /** What may make it true. */
  readonly partitions: readonly Partition[]
  readonly isDone: () => boolean
  /** Nobody waits for the answer any more. */
  readonly signal: AbortSignal | undefined
}

/** Resolves when `isDone` says so after a change of one of the partitions, or nobody waits, at the latest after `timeoutMs`. */
export function waitFor({ scheduler, timeoutMs, partitions, isDone, signal }: Wait): Promise<void> {
  return new Promise(resolve => {
    let isLooking = false
    const finish = () => {
      cancel()
      signal?.removeEventListener('abort', finish)
      for (const stop of stops) stop()
      resolve()
    }
    const look = () => {
      isLooking = false
      if (isDone()) finish()
    }
    // Not at once: a produce request for many partitions is then one change, and the answer holds all of it.
    const changed = () => {
      if (isLooking) return
      isLooking = true
      queueMicrotask(look)
    }
    const stops = partitions.map(partition => partition.watch(changed))
    const cancel = scheduler.after(timeoutMs, finish)
    signal?.addEventListener('abort', finish)
  })
}
