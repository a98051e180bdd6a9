// What the percentiles of a run must be when its broker stalls: worked out, not measured.
//
// Records are asked for evenly, `perSec` of them. The broker answers nothing for `stallSec`, in every `periodSec` (or once in the
// run), and takes `drainPerSec` afterwards until it has caught up. A record that was asked for x seconds after the stall
// began is answered at stallSec + perSec * x / drainPerSec: so the response falls in a straight line from stallSec to 0 over
//
//   affectedSec = stallSec * drainPerSec / (drainPerSec - perSec)
//
// and of the records of a period the share affectedSec / periodSec has responses that are spread evenly between 0 and stallSec.
// Records that were on their way when it began (asked for within `leadSec` before) lengthen the line by as much. The rest of them
// are as in a run without a stall. The distribution of all is the mixture of both.

import type { Drain, DrainPart } from './drain-watch.ts'

export interface Stall {
  readonly stallSec: number
  /** From stall to stall; the length of the run when there is one only. */
  readonly periodSec: number
  /** How long records are affected: until the broker has caught up. */
  readonly affectedSec: number
  /** How long a record takes to the broker without a stall: linger, mostly. */
  readonly leadSec?: number
}

/** Share of the records of a run without a stall whose response is above so many milliseconds. */
export type Baseline = (ms: number) => number

export interface Expected {
  readonly ms: number
  /** Whether most of the records above it are of the stall. */
  readonly isOfStall: boolean
}

export const affectedSecOf = (stallSec: number, perSec: number, drainPerSec: number): number =>
  (stallSec * drainPerSec) / (drainPerSec - perSec)

const msMax = 1e6
/** Halves of that: to a millionth of a millisecond. */
const steps = 60

export function expectedOfStall(stall: Stall, quantile: number, baseline: Baseline): Expected {
  const { stallSec, periodSec, affectedSec, leadSec = 0 } = stall
  const longestMs = stallSec * 1000 * (1 + leadSec / affectedSec)
  const share = (affectedSec + leadSec) / periodSec
  const ofStall = (ms: number) => share * Math.max(0, 1 - ms / longestMs)
  const ofRest = (ms: number) => (1 - share) * baseline(ms)
  return crossing(quantile, ofStall, ofRest)
}

const shareAbove = ({ firstSec, lastSec }: DrainPart, sec: number): number =>
  firstSec > lastSec ? clamp((firstSec - sec) / (firstSec - lastSec), 1) : Number(firstSec > sec)

/** Where no more records are above than the quantile leaves. */
function crossing(quantile: number, ofStall: (ms: number) => number, ofRest: (ms: number) => number): Expected {
  let [low, high] = [0, msMax]
  for (let step = 0; step < steps; step++) {
    const middle = (low + high) / 2
    if (ofStall(middle) + ofRest(middle) > 1 - quantile) low = middle
    else high = middle
  }
  return { ms: low, isOfStall: ofStall(low) > ofRest(low) }
}

/**
 * The same without the straight line: a broker does not catch up evenly, and the stall is as long as its timer made it. When each
 * part of the records came into the log is known from the log, of stalls of the run that were watched.
 */
export function expectedOfDrains(
  drains: readonly Drain[],
  { perSec, periodSec, leadSec }: { readonly perSec: number; readonly periodSec: number; readonly leadSec: number },
  quantile: number,
  baseline: Baseline,
): Expected {
  const parts = drains.flatMap(({ parts: some }) => some)
  const periodRecords = perSec * periodSec * drains.length
  const share = parts.reduce((sum, { records }) => sum + records, 0) / periodRecords
  const ofStall = (ms: number) =>
    parts.reduce((sum, part) => sum + part.records * shareAbove(part, ms / 1000 - leadSec), 0) / periodRecords
  return crossing(quantile, ofStall, ms => (1 - share) * baseline(ms))
}

/**
 * A broker that takes so many milliseconds for each request in turn, one in flight: records gather for the time of one request, and
 * then wait for the next. With requests that all take the same the response is spread evenly between one and two of them.
 */
export function expectedOfSlowBroker(requestsMs: readonly number[], quantile: number): Expected {
  const pairs = requestsMs.slice(1).map((nextMs, index) => ({ gatherMs: requestsMs[index]!, nextMs }))
  const all = pairs.reduce((sum, { gatherMs }) => sum + gatherMs, 0)
  const above = (ms: number) =>
    pairs.reduce((sum, { gatherMs, nextMs }) => sum + clamp(nextMs + gatherMs - ms, gatherMs), 0) / all
  let [low, high] = [0, msMax]
  for (let step = 0; step < steps; step++) {
    const middle = (low + high) / 2
    if (above(middle) > 1 - quantile) low = middle
    else high = middle
  }
  return { ms: low, isOfStall: true }
}

const clamp = (value: number, max: number): number => Math.min(Math.max(value, 0), max)
