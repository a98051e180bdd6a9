// What the percentiles of a run must be when its broker stalls: worked out, not measured.
//
// Records are asked for evenly, `perSec` of them. The broker answers nothing for `stallSec`, in every `periodSec` (or once in the
// run), and takes `drainPerSec` afterwards until it has caught up. A record that was asked for x seconds after the stall
// began is answered at stallSec + perSec * x / drainPerSec: so the response falls in a straight line from stallSec to 0 over
//
//   affectedSec = stallSec * drainPerSec / (drainPerSec - perSec)
//
// and of the records of a period the share with a response above l is affectedSec / periodSec * (1 - l / stallSec).
// The rest of them, and what a request takes beside the stall, are as in a run without one.

export interface Stall {
  readonly perSec: number
  readonly stallSec: number
  /** From stall to stall; the length of the run when there is one only. */
  readonly periodSec: number
  readonly drainPerSec: number
}

/** Quantile (0 to 1) to milliseconds, of a run without a stall. */
export type Baseline = (quantile: number) => number

export interface Expected {
  readonly ms: number
  /** Whether the stall decides it, or what the machine does without one. */
  readonly isOfStall: boolean
}

export const affectedShare = ({ perSec, stallSec, periodSec, drainPerSec }: Stall): number =>
  ((stallSec / periodSec) * drainPerSec) / (drainPerSec - perSec)

export function expectedOfStall(stall: Stall, quantile: number, baseline: Baseline, serviceMs: number): Expected {
  const affected = affectedShare(stall)
  const above = 1 - quantile
  const ofStallMs = stall.stallSec * 1000 * (1 - above / affected) + serviceMs
  // Where the two parts meet, the larger part decides.
  const rest = 1 - Math.max(0, above - affected) / (1 - affected)
  const isOfStall = above < affected && ofStallMs > baseline(0.999)
  return isOfStall ? { ms: ofStallMs, isOfStall } : { ms: baseline(Math.min(rest, 0.999)), isOfStall: false }
}

/**
 * A broker that takes `serviceMs` for a request, one in flight: records gather for the time of a request, and then wait for
 * one. The response is spread evenly between one and two of them.
 */
export const expectedOfSlowBroker = (serviceMs: number, quantile: number): Expected => ({
  ms: serviceMs * (1 + quantile),
  isOfStall: true,
})
