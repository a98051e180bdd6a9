// One monotonic clock for all threads of a process. performance.now() starts at another moment in every worker, so times
// are taken from process.hrtime(), which all threads share, and counted from an origin that the main thread hands out: a
// double then holds nanoseconds exactly for 104 days. A reading costs about 100 ns: once per batch, never per record.

export interface ClockOrigin {
  /** Seconds of process.hrtime() that count as zero. */
  readonly hrtimeSec: number
  /** Wall clock at zero, microseconds since the epoch. */
  readonly wallUs: number
  /** It is right to so many microseconds, either way; absent: nobody has looked closely. */
  readonly wallErrorUs?: number
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

export interface ClockReadings {
  /** Nanoseconds, monotonic, as of process.hrtime(). */
  readonly monotonicNs: () => number
  /** Whole milliseconds since the epoch. */
  readonly wallMs: () => number
}

const systemReadings: ClockReadings = {
  monotonicNs: () => {
    const [sec, ns] = process.hrtime()
    return sec * 1e9 + ns
  },
  wallMs: Date.now,
}

/** Good enough, so that looking ends: a thread that is not interrupted does better than half of it. */
const wallErrorUsWanted = 1
const edgesMax = 20
/** What Node knows without looking: its own start, and whole milliseconds. */
const wallErrorUsUnread = 1000
/** A wall clock that stands still for so long is no clock. */
const edgeNsMax = 50e6

/**
 * Node tells the wall clock in whole milliseconds only, but the moment at which it changes can be caught between two readings of
 * the monotonic clock, microseconds apart. Takes a millisecond for each edge; when the thread is interrupted, the next
 * edge is tried. Two processes of one machine that both do this agree to within the sum of their errors.
 */
export function makeExactClockOrigin(readings: ClockReadings = systemReadings): ClockOrigin {
  let best: { readonly wallMs: number; readonly atNs: number; readonly widthNs: number } | undefined
  for (let edge = 0; edge < edgesMax && (best === undefined || best.widthNs / 2000 > wallErrorUsWanted); edge++) {
    const found = nextEdge(readings)
    if (found !== undefined && (best === undefined || found.widthNs < best.widthNs)) best = found
  }
  if (best === undefined) return { ...makeClockOrigin(), wallErrorUs: wallErrorUsUnread }
  const hrtimeSec = Math.floor(best.atNs / 1e9)
  const wallUs = best.wallMs * 1000 - (best.atNs - hrtimeSec * 1e9) / 1000
  // Rounding to a microsecond adds its half.
  return { hrtimeSec, wallUs: Math.round(wallUs), wallErrorUs: best.widthNs / 2000 + 0.5 }
}

/** The wall clock changed to `wallMs` within half of `widthNs` around `atNs`. */
function nextEdge({ monotonicNs, wallMs }: ClockReadings) {
  const firstNs = monotonicNs()
  const firstMs = wallMs()
  for (let beforeNs = firstNs; beforeNs - firstNs < edgeNsMax; ) {
    const againNs = monotonicNs()
    const now = wallMs()
    const afterNs = monotonicNs()
    if (now === firstMs + 1) return { wallMs: now, atNs: (beforeNs + afterNs) / 2, widthNs: afterNs - beforeNs }
    // More than one: the thread was away, or the clock was set.
    if (now !== firstMs) return undefined
    beforeNs = againNs
  }
  return undefined
}

/** Wall clock minus monotonic clock, microseconds: of two runs of one machine the difference is that of their stamps, exactly. */
export const anchorUsOf = ({ hrtimeSec, wallUs }: ClockOrigin): number => wallUs - hrtimeSec * 1e6

export function makeClock(origin: ClockOrigin = makeClockOrigin()): Clock {
  return {
    nowNs() {
      const [sec, ns] = process.hrtime()
      return (sec - origin.hrtimeSec) * 1e9 + ns
    },
    wallUsAt: ns => origin.wallUs + Math.floor(ns / 1000),
  }
}
