// When a fault is on: after a while, for a while, again and again. Pure arithmetic of the time since it was added.
import type { Fault } from './fault.ts'

export interface FaultWindow {
  /** Counts the repetitions, from 0. */
  readonly index: number
  readonly startMs: number
  /** Infinity: until it is removed. */
  readonly endMs: number
}

type Timing = Pick<Fault, 'afterMs' | 'forMs' | 'everyMs'>

/** The window that `nowMs` lies in, both counted from the same moment as `addedMs`. */
export function windowAt(timing: Timing, addedMs: number, nowMs: number): FaultWindow | undefined {
  const window = lastWindow(timing, addedMs, nowMs)
  return window !== undefined && nowMs < window.endMs ? window : undefined
}

/** The first window that begins after `nowMs`. */
export function nextWindow(timing: Timing, addedMs: number, nowMs: number): FaultWindow | undefined {
  const last = lastWindow(timing, addedMs, nowMs)
  if (last === undefined) return windowOf(timing, addedMs, 0)
  return timing.everyMs === undefined ? undefined : windowOf(timing, addedMs, last.index + 1)
}

/** The last window that has begun. */
function lastWindow(timing: Timing, addedMs: number, nowMs: number): FaultWindow | undefined {
  const sinceFirstMs = nowMs - addedMs - (timing.afterMs ?? 0)
  if (sinceFirstMs < 0) return undefined
  return windowOf(timing, addedMs, timing.everyMs === undefined ? 0 : Math.floor(sinceFirstMs / timing.everyMs))
}

function windowOf({ afterMs = 0, forMs, everyMs }: Timing, addedMs: number, index: number): FaultWindow {
  const startMs = addedMs + afterMs + index * (everyMs ?? 0)
  return { index, startMs, endMs: startMs + (forMs ?? everyMs ?? Number.POSITIVE_INFINITY) }
}
