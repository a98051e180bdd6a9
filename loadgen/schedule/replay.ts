// The pace of a captured topic: record n of a round is due when record n of the profile was, and one round follows the other. How
// long it is until the next round begins the profile does not say: a mean gap.
import { MillraceError } from '../../core/errors.ts'
import { type Profile, readProfile } from '../payload/profile.ts'
import type { RatePlan, ReplayShape } from '../plan.ts'
import type { Schedule } from './schedule.ts'

/** Rounding, absolute and relative to the time. */
const slackSec = 1e-9
const slackShare = 4e-15
/** Within so long a peak is counted. */
const peakWindowMs = 1_000

/** Of one round as captured; undefined: the profile has no times, or all of its records have one. */
function lengthMsOf({ timesMs }: Profile): number | undefined {
  const lastMs = timesMs?.at(-1) ?? 0
  return lastMs > 0 ? lastMs + lastMs / (timesMs!.length - 1) : undefined
}

/** The rate of a profile, so many times as fast as captured; undefined: it has no pace. */
export function replayRate(profile: Profile, path: string, speed: number): RatePlan | undefined {
  const lengthMs = lengthMsOf(profile)
  if (lengthMs === undefined) return undefined
  const perSec = peakPerSec(profile.timesMs!, lengthMs, speed)
  return { kind: 'records', perSec, shape: { kind: 'replay', path, speed, lengthMs: lengthMs / speed } }
}

/** The most records of one second; of a round that is shorter, all of it. */
function peakPerSec(timesMs: Float64Array, lengthMs: number, speed: number): number {
  const windowMs = Math.min(peakWindowMs * speed, lengthMs)
  let most = 0
  let from = 0
  for (let to = 0; to < timesMs.length; to++) {
    while (timesMs[to]! - timesMs[from]! >= windowMs) from++
    most = Math.max(most, to - from + 1)
  }
  return (most * 1000 * speed) / windowMs
}

export function replaySchedule({ path, speed, lengthMs }: ReplayShape): Schedule {
  const { timesMs } = readProfile(path)
  if (timesMs === undefined) throw new MillraceError('CONFIG_INVALID', `${path} says no more when its records were`)
  const ofRound = timesMs.map(ms => ms / speed / 1000)
  const roundSec = lengthMs / 1000
  const { length } = ofRound
  const dueBy = (elapsedSec: number): number => {
    if (elapsedSec < 0) return 0
    const sec = elapsedSec + slackSec + elapsedSec * slackShare
    const rounds = Math.floor(sec / roundSec)
    return rounds * length + countUpTo(ofRound, sec - rounds * roundSec)
  }
  return {
    dueBy,
    dueAt: index => Math.floor(index / length) * roundSec + ofRound[index % length]!,
    rateAt: elapsedSec => dueBy(elapsedSec + 0.5) - dueBy(elapsedSec - 0.5),
  }
}

/** How many are at most this, by halving. */
function countUpTo(ascending: Float64Array, limit: number): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (ascending[middle]! <= limit) low = middle + 1
    else high = middle
  }
  return low
}
