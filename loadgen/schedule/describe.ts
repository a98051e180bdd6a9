// A rate in words, for people.
import { formatBytes, formatCount, formatDuration } from '../../core/format.ts'
import type { RatePlan, RateShape, StagePlan } from '../plan.ts'

/** More stages than this are told as their first and last. */
const stagesNamedMax = 6

/** "ramp from 0 to 200 k records/s in 30 s, then on at that rate; Poisson arrivals" */
export function describeRate({ kind, perSec, shape, arrivals }: RatePlan): string {
  const rate = (value: number) => (kind === 'records' ? `${formatCount(value)} records/s` : `${formatBytes(value)}/s`)
  const words = shape === undefined ? rate(perSec) : shapeText(shape, rate, perSec)
  return arrivals === 'poisson' ? `${words}; Poisson arrivals` : words
}

type RateText = (perSec: number) => string

function shapeText(shape: RateShape, rate: RateText, perSec: number): string {
  switch (shape.kind) {
    case 'burst': {
      const { basePerSec, peakPerSec, burstMs, periodMs } = shape
      const times = `${formatDuration(burstMs)} every ${formatDuration(periodMs)}`
      return `bursts of ${rate(peakPerSec)} for ${times}, ${rate(basePerSec)} in between`
    }
    case 'sine':
      return `sine between ${rate(shape.lowPerSec)} and ${rate(shape.highPerSec)}, period ${formatDuration(shape.periodMs)}`
    case 'replay': {
      const speed = shape.speed === 1 ? 'as captured' : `captured, ${shape.speed} times as fast`
      return `the gaps of ${shape.path} ${speed}: ${rate(perSec)} at most, ${formatDuration(shape.lengthMs)} a round`
    }
    default: {
      const named = shape.stages.map(stage => stageText(stage, rate))
      const gap = named.length > stagesNamedMax
      const shown = gap ? [...named.slice(0, 2), `… (${named.length} in all)`, named.at(-1)!] : named
      return `${shape.kind}: ${shown.join(', ')}; then on at ${rate(shape.stages.at(-1)!.toPerSec)}`
    }
  }
}

const stageText = ({ fromPerSec, toPerSec, durationMs }: StagePlan, rate: RateText): string =>
  fromPerSec === toPerSec
    ? `${rate(toPerSec)} for ${formatDuration(durationMs)}`
    : `${rate(fromPerSec)} to ${rate(toPerSec)} in ${formatDuration(durationMs)}`
