// Time, as the broker sees it: one clock for timestamps and timeouts, and timers that a test can turn by hand.

/** Calls off what was scheduled; harmless once it has run. */
export type Cancel = () => void

export interface Scheduler {
  /** Milliseconds since the epoch; never goes back. */
  nowMs(): number
  after(delayMs: number, run: () => void): Cancel
}

/** The longest delay that Node's timers take; a longer one would fire at once. */
const delayMsMax = 0x7fff_ffff

export function makeScheduler(): Scheduler {
  // The wall clock of the start, carried on monotonically, so that no correction of the system time expires a session.
  const startMs = Date.now() - performance.now()
  return {
    nowMs: () => Math.floor(startMs + performance.now()),
    after(delayMs, run) {
      // Open sockets keep the broker going; what is due some day must not.
      const timer = setTimeout(run, Math.min(Math.max(delayMs, 0), delayMsMax)).unref()
      return () => clearTimeout(timer)
    },
  }
}
