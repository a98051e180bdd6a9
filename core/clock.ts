// One monotonic clock for all threads of a process. performance.now() starts at another moment in every worker, so times
// are taken from process.hrtime(), which all threads share, and counted from an origin that the main thread hands out: a
// double then holds nanoseconds exactly for 104 days. A reading costs about 100 ns: once per batch, never per record.

export interface ClockOrigin {
  /** Seconds of process.hrtime() that count as zero. */
  readonly hrtimeSec: number
  /** Wall clock at zero, microseconds since the epoch. */
  readonly wallUs: number
}

export interface Clock {
  /** Nanoseconds since the origin. */
  nowNs(): number
  /** Microseconds since the epoch at a reading of nowNs: the wall clock of the run's start, carried on monotonically. */
  wallUsAt(ns: number): number
}

export function makeClockOrigin(): ClockOrigin {
  const [hrtimeSec, hrtimeNs] = process.hrtime()
  // performance's pair has sub-millisecond resolution, Date.now() has not.
  const wallUs = (performance.timeOrigin + performance.now()) * 1000
  return { hrtimeSec, wallUs: Math.floor(wallUs - hrtimeNs / 1000) }
}

export function makeClock(origin: ClockOrigin = makeClockOrigin()): Clock {
  return {
    nowNs() {
      const [sec, ns] = process.hrtime()
      return (sec - origin.hrtimeSec) * 1e9 + ns
    },
    wallUsAt: ns => origin.wallUs + Math.floor(ns / 1000),
  }
}
