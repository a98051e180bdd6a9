// By which clocks end-to-end times were measured, how far off they may be, and how many are too small to say much.
import type { ClockComparison, Result } from '../result.ts'
import { countText, fixedText, msText, plural } from './format.ts'
import { line } from './lines.ts'

type Timing = NonNullable<NonNullable<Result['consume']>['timing']>

export function timingLines(timing: Timing | undefined): string[] {
  if (timing === undefined) return []
  const { clocks = [] } = timing
  const texts = [...clocks.map(clockText), ...smallTexts(timing), ...asideTexts(timing)]
  return texts.map((text, index) => line(index === 0 ? 'clocks' : '', text))
}

function clockText(clock: ClockComparison): string {
  switch (clock.how) {
    case 'one-process':
      return 'one clock at both ends'
    case 'one-host':
      return 'of this host: one clock, read by each run at its start'
    case 'timestamps':
      return "the broker's timestamps (LogAppendTime): its clock is not compared with ours"
    case 'exchanged':
      return exchangedText(clock)
  }
}

function exchangedText({
  peer,
  run,
  offsetMs,
  errorMs,
  exact,
  exchanges = 0,
  roundTripMsMin,
  steps = 0,
}: ClockComparison) {
  const who = `${peer}, run ${run}`
  if (offsetMs === undefined || errorMs === undefined) return `${who}: ${plural(exchanges, 'exchange')}, too few to say`
  if (exact) return `${who}: on this host, the same clock`
  const sign = offsetMs < 0 ? 'behind' : 'ahead'
  const found = `${fixedText(Math.abs(offsetMs), 3)} ms ${sign}, ±${errorText(errorMs)} ms`
  const how = `${plural(exchanges, 'exchange')}, the fastest took ${msText(roundTripMsMin ?? 0)} ms`
  return `${who}: ${found} (${how})${steps === 0 ? '' : `; the clock was SET ${countText(steps)} times`}`
}

/** Never told smaller than it is. */
const errorText = (ms: number): string => fixedText(Math.ceil(ms * 1000 - 1e-9) / 1000, 3)

/** Times that are no larger than their error are counted like all others, and say only that they are small. */
function smallTexts({ errorMs, belowError = 0, negative }: Timing): string[] {
  if (errorMs === undefined || errorMs === null) return []
  const error = `times are right to ±${errorText(errorMs)} ms`
  if (belowError === 0) return [error]
  const ofThose = negative === 0 ? '' : `, ${countText(negative)} of them below zero (counted as 0)`
  return [`${error}: ${plural(belowError, 'record')} took less than that${ofThose}`]
}

function asideTexts({ ofOtherHosts, logAppendTime, clocks = [] }: Timing): string[] {
  const isTold = clocks.some(({ how }) => how === 'timestamps')
  return [
    ofOtherHosts === 0 ? '' : `${plural(ofOtherHosts, 'record')} of other hosts, not timed (--clock-peer)`,
    logAppendTime && !isTold ? "timestamps are the broker's (LogAppendTime)" : '',
  ].filter(text => text !== '')
}
