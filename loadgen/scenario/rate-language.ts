// The language of --rate: a plain rate, or a shape of it over time, with evenly spaced or Poisson arrivals.
//
//   rate   = [ "poisson:" ] ( RATE | shape )
//   shape  = "ramp:" range ":" TIME                    from one rate to another, which then goes on
//          | "stages:" stage { "," stage }             stage = ( RATE | range ) ":" TIME
//          | "steps:" range ":" RATE ":" TIME          from .. to : by how much : how long each
//          | "burst:" range ":" TIME "/" TIME          base .. peak : length of a burst / from burst to burst
//          | "sine:" range ":" TIME                    low .. high : period
//   range  = RATE ".." RATE                            RATE as in 50k/s or 100MB/s; 0 for none at all
import { type Parsed, parseDuration, parseRate, type Rate } from '../../core/units.ts'
import type { RatePlan, RateShape, ReplayShape, StagePlan } from '../plan.ts'

const forms = {
  ramp: 'ramp:0..200k/s:30s',
  stages: 'stages:0..100k/s:30s,100k/s:2m,100k/s..0:30s',
  steps: 'steps:50k/s..200k/s:50k/s:1m',
  burst: 'burst:10k/s..200k/s:1s/30s',
  sine: 'sine:50k/s..150k/s:1m',
} as const
type Form = keyof typeof forms

const stepsMax = 10_000
/** Of one stage or period: no shape of a load test is longer. */
const durationMsMax = 365 * 86_400_000

export function parseRatePlan(text: string): Parsed<RatePlan> {
  const reader = new RateReader()
  const rate = reader.read({ text: text.trimEnd(), at: 0 })
  if (reader.problems.length > 0) return { problem: `"${text}": ${reader.problems.join('; ')}` }
  return { value: rate! }
}

/** The pace of a profile has a flag of its own: --replay-speed. */
type WrittenShape = Exclude<RateShape, ReplayShape>

/** A part of the text and where it begins. */
interface Part {
  readonly text: string
  readonly at: number
}

interface Range {
  readonly from: number
  readonly to: number
}

class RateReader {
  readonly problems: string[] = []
  #kind: Rate['kind'] | undefined

  read(whole: Part): RatePlan | undefined {
    const [name, rest] = cutOnce(whole, ':')
    if (name.text.trim() !== 'poisson') return this.#shaped(whole)
    if (rest === undefined) return this.#wrong(name, 'needs a rate or a shape: poisson:200k/s')
    const rate = this.#shaped(rest)
    return rate && { ...rate, arrivals: 'poisson' }
  }

  #shaped(part: Part): RatePlan | undefined {
    const [name, rest] = cutOnce(part, ':')
    if (rest === undefined) {
      const perSec = this.#rate(part)
      if (perSec === 0) return this.#wrong(part, 'must be more than zero')
      return perSec === undefined ? undefined : { kind: this.#kind ?? 'records', perSec }
    }
    const form = name.text.trim()
    if (!Object.hasOwn(forms, form)) {
      return this.#wrong(name, `is not one of ${Object.keys(forms).join(', ')} or poisson`)
    }
    const shape = this.#shape(form as Form, rest)
    if (shape === undefined) return undefined
    const perSec = peakOf(shape)
    if (perSec === 0) return this.#wrong(rest, 'asks for no records at all')
    return { kind: this.#kind ?? 'records', perSec, shape }
  }

  #shape(form: Form, rest: Part): WrittenShape | undefined {
    switch (form) {
      case 'ramp':
        return this.#ramp(rest)
      case 'stages':
        return this.#stages(rest)
      case 'steps':
        return this.#steps(rest)
      case 'burst':
        return this.#burst(rest)
      case 'sine':
        return this.#sine(rest)
    }
  }

  #ramp(rest: Part): WrittenShape | undefined {
    const [range, time] = this.#fields(rest, 2, forms.ramp)
    const rates = range && this.#range(range)
    const durationMs = time && this.#time(time)
    if (rates === undefined || durationMs === undefined) return undefined
    return { kind: 'ramp', stages: [{ fromPerSec: rates.from, toPerSec: rates.to, durationMs }] }
  }

  #stages(rest: Part): WrittenShape | undefined {
    const stages = split(rest, ',').map(part => this.#stage(part))
    if (!stages.every(stage => stage !== undefined)) return undefined
    return { kind: 'stages', stages }
  }

  #stage(part: Part): StagePlan | undefined {
    const [rates, time] = this.#fields(part, 2, '100k/s:2m or 0..100k/s:30s')
    if (rates === undefined || time === undefined) return undefined
    const range = rates.text.includes('..') ? this.#range(rates) : level(this.#rate(rates))
    const durationMs = this.#time(time)
    if (range === undefined || durationMs === undefined) return undefined
    return { fromPerSec: range.from, toPerSec: range.to, durationMs }
  }

  #steps(rest: Part): WrittenShape | undefined {
    const [range, step, time] = this.#fields(rest, 3, forms.steps)
    const rates = range && this.#range(range)
    const by = step && this.#rate(step)
    const durationMs = time && this.#time(time)
    if (by === 0) return this.#wrong(step!, 'a step must be more than zero')
    if (rates === undefined || by === undefined || durationMs === undefined) return undefined
    const { from, to } = rates
    // The slack keeps a last step that rounding would lose: 0.1 + 0.1 + 0.1 is more than 0.3.
    const count = Math.floor(Math.abs(to - from) / by + 1e-9) + 1
    if (count > stepsMax) return this.#wrong(step!, `makes ${count} steps, more than ${stepsMax}`)
    const stages = Array.from({ length: count }, (_, index) => {
      const perSec = from + Math.sign(to - from) * index * by
      return { fromPerSec: perSec, toPerSec: perSec, durationMs }
    })
    return { kind: 'steps', stages }
  }

  #burst(rest: Part): WrittenShape | undefined {
    const [range, times] = this.#fields(rest, 2, forms.burst)
    if (range === undefined || times === undefined) return undefined
    const [length, period] = cutOnce(times, '/')
    const rates = this.#range(range)
    const burstMs = this.#time(length)
    if (period === undefined) return this.#wrong(times, 'must be the length of a burst / from burst to burst: 1s/30s')
    const periodMs = this.#time(period)
    if (rates === undefined || burstMs === undefined || periodMs === undefined) return undefined
    if (burstMs >= periodMs) return this.#wrong(times, 'a burst must be shorter than its period')
    if (rates.to <= rates.from) return this.#wrong(range, 'must go from the base rate up to the peak')
    return { kind: 'burst', basePerSec: rates.from, peakPerSec: rates.to, burstMs, periodMs }
  }

  #sine(rest: Part): WrittenShape | undefined {
    const [range, time] = this.#fields(rest, 2, forms.sine)
    const rates = range && this.#range(range)
    const periodMs = time && this.#time(time)
    if (rates === undefined || periodMs === undefined) return undefined
    if (rates.to <= rates.from) return this.#wrong(range!, 'must go from the low rate up to the high one')
    return { kind: 'sine', lowPerSec: rates.from, highPerSec: rates.to, periodMs }
  }

  /** So many parts between colons; none where there are more or less. */
  #fields(part: Part, count: number, example: string): (Part | undefined)[] {
    const parts = split(part, ':')
    if (parts.length === count) return parts
    this.#wrong(part, `has ${parts.length} of ${count} parts: write ${example}`)
    return []
  }

  #range(part: Part): Range | undefined {
    const [low, high, more] = split(part, '..')
    if (high === undefined || more !== undefined) return this.#wrong(part, 'is not rate..rate: write 0..200k/s')
    const from = this.#rate(low!)
    const to = this.#rate(high)
    return from === undefined || to === undefined ? undefined : { from, to }
  }

  #rate(part: Part): number | undefined {
    if (part.text.trim() === '0') return 0
    const parsed = parseRate(part.text)
    if ('problem' in parsed) return this.#problem(part, parsed.problem)
    const { kind, perSec } = parsed.value
    this.#kind ??= kind
    if (kind !== this.#kind) return this.#wrong(part, `is in ${kind}, what stands before it in ${this.#kind}`)
    return perSec
  }

  #time(part: Part): number | undefined {
    const parsed = parseDuration(part.text)
    if ('problem' in parsed) return this.#problem(part, parsed.problem)
    if (parsed.value > 0 && parsed.value <= durationMsMax) return parsed.value
    return this.#wrong(part, 'must be more than 0 and at most 365d')
  }

  #wrong(part: Part, what: string): undefined {
    return this.#problem(part, `"${part.text}" ${what}`)
  }

  #problem({ at }: Part, text: string): undefined {
    this.problems.push(`at character ${at + 1}: ${text}`)
    return undefined
  }
}

const level = (perSec: number | undefined): Range | undefined =>
  perSec === undefined ? undefined : { from: perSec, to: perSec }

function split({ text, at }: Part, separator: string): Part[] {
  let next = at
  return text.split(separator).map(piece => {
    const part = { text: piece, at: next }
    next += piece.length + separator.length
    return part
  })
}

function cutOnce({ text, at }: Part, separator: string): [Part, Part | undefined] {
  const where = text.indexOf(separator)
  if (where < 0) return [{ text, at }, undefined]
  const restAt = where + separator.length
  return [
    { text: text.slice(0, where), at },
    { text: text.slice(restAt), at: at + restAt },
  ]
}

function peakOf(shape: WrittenShape): number {
  switch (shape.kind) {
    case 'burst':
      return shape.peakPerSec
    case 'sine':
      return shape.highPerSec
    default:
      return shape.stages.reduce((peak, { fromPerSec, toPerSec }) => Math.max(peak, fromPerSec, toPerSec), 0)
  }
}
