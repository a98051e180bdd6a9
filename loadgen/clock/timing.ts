// What the end-to-end times of a run are made of: how many are too small to say much, by which clocks, and how far off they may be.
import type { Meter } from '../meter.ts'
import type { BenchMode } from '../plan.ts'
import type { ClockComparison, LatencySummary, Result } from '../result.ts'
import type { Counts } from '../worker/slots.ts'

type Consume = NonNullable<Result['consume']>

export interface TimingInput {
  readonly mode: BenchMode
  readonly meter: Pick<Meter, 'consume' | 'clockErrorUs'>
  /** From when times count; absent: nothing was timed. */
  readonly from: LatencySummary['from'] | undefined
  /** Of runs that are asked for their clocks. */
  readonly comparisons: readonly ClockComparison[]
}

/** Stamps are whole microseconds, CreateTime is whole milliseconds. */
const stampErrorMs = 0.001
const createTimeErrorMs = 1

export function timingOf(input: TimingInput): Pick<Consume, 'timing'> {
  const { meter, from, comparisons } = input
  const counts = meter.consume!.total
  const { agesNegative, agesSubMs, agesBelowError, ofOtherHosts, logAppended } = counts
  const logAppendTime = logAppended > 0
  if (from === undefined && comparisons.length === 0 && ofOtherHosts === 0 && !logAppendTime) return {}
  const counted = { negative: agesNegative, subMillisecond: agesSubMs, ofOtherHosts, logAppendTime }
  if (from === undefined && comparisons.length === 0) return { timing: counted }
  const clocks = clocksOf(input, counts)
  return { timing: { ...counted, belowError: agesBelowError, errorMs: errorMsOf(input, clocks), clocks } }
}

function clocksOf({ mode, from, comparisons }: TimingInput, { ofThisHost }: Counts): ClockComparison[] {
  if (from === 'logAppendTime') return [{ how: 'timestamps' }]
  if (mode === 'roundtrip') return [{ how: 'one-process', offsetMs: 0 }]
  const here: ClockComparison[] = ofThisHost === 0 ? [] : [{ how: 'one-host', records: ofThisHost, offsetMs: 0 }]
  return [...here, ...comparisons]
}

function errorMsOf({ meter, from }: TimingInput, [first]: readonly ClockComparison[]): number | null {
  if (from === undefined || first?.how === 'timestamps') return null
  if (first?.how !== 'one-process') return meter.clockErrorUs / 1000
  return from === 'createTime' ? createTimeErrorMs : stampErrorMs
}
