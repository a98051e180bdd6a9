// Shows that every rate that the help names can be written, is understood and told in words, and that what is wrong with one is
// said with its place.
import { describe, expect, it } from 'vitest'
import type { RatePlan } from '../../../loadgen/plan.ts'
import { parseRatePlan } from '../../../loadgen/scenario/rate-language.ts'
import { describeRate } from '../../../loadgen/schedule/describe.ts'

const stage = (fromPerSec: number, toPerSec: number, durationMs: number) => ({ fromPerSec, toPerSec, durationMs })

const rates: { text: string; plan: RatePlan; words: string }[] = [
  { text: '200k/s', plan: { kind: 'records', perSec: 200_000 }, words: '200 k records/s' },
  { text: '100MB/s', plan: { kind: 'bytes', perSec: 1e8 }, words: '100 MB (95.4 MiB)/s' },
  {
    text: 'poisson:200k/s',
    plan: { kind: 'records', perSec: 200_000, arrivals: 'poisson' },
    words: '200 k records/s; Poisson arrivals',
  },
  {
    text: 'ramp:0..200k/s:30s',
    plan: { kind: 'records', perSec: 200_000, shape: { kind: 'ramp', stages: [stage(0, 200_000, 30_000)] } },
    words: 'ramp: 0 records/s to 200 k records/s in 30 s; then on at 200 k records/s',
  },
  {
    text: 'stages:0..10MB/s:30s,10MB/s:1m30s,10MB/s..0:10s',
    plan: {
      kind: 'bytes',
      perSec: 1e7,
      shape: { kind: 'stages', stages: [stage(0, 1e7, 30_000), stage(1e7, 1e7, 90_000), stage(1e7, 0, 10_000)] },
    },
    words:
      'stages: 0 B/s to 10 MB (9.54 MiB)/s in 30 s, 10 MB (9.54 MiB)/s for 1 m 30 s, 10 MB (9.54 MiB)/s to 0 B/s in 10 s; then on at 0 B/s',
  },
  {
    text: 'steps:1k/s..3k/s:1k/s:1m',
    plan: {
      kind: 'records',
      perSec: 3_000,
      shape: {
        kind: 'steps',
        stages: [stage(1_000, 1_000, 60_000), stage(2_000, 2_000, 60_000), stage(3_000, 3_000, 60_000)],
      },
    },
    words: 'steps: 1 k records/s for 1 m, 2 k records/s for 1 m, 3 k records/s for 1 m; then on at 3 k records/s',
  },
  {
    text: 'burst:10k/s..200k/s:1s/30s',
    plan: {
      kind: 'records',
      perSec: 200_000,
      shape: { kind: 'burst', basePerSec: 10_000, peakPerSec: 200_000, burstMs: 1_000, periodMs: 30_000 },
    },
    words: 'bursts of 200 k records/s for 1 s every 30 s, 10 k records/s in between',
  },
  {
    text: 'poisson:sine:50k/s..150k/s:1m',
    plan: {
      kind: 'records',
      perSec: 150_000,
      shape: { kind: 'sine', lowPerSec: 50_000, highPerSec: 150_000, periodMs: 60_000 },
      arrivals: 'poisson',
    },
    words: 'sine between 50 k records/s and 150 k records/s, period 1 m; Poisson arrivals',
  },
]

describe('a rate', () => {
  it.each(rates)('$text', ({ text, plan, words }) => {
    expect(parseRatePlan(text)).toEqual({ value: plan })
    expect(describeRate(plan)).toBe(words)
  })

  it('has all of its steps, also where rounding would lose the last, and down as well as up', () => {
    const countOf = (text: string) => {
      const parsed = parseRatePlan(text)
      if ('problem' in parsed || parsed.value.shape?.kind !== 'steps') throw new Error('no steps')
      return parsed.value.shape.stages.map(({ toPerSec }) => toPerSec)
    }
    expect(countOf('steps:0.1/s..0.3/s:0.1/s:1s')).toHaveLength(3)
    expect(countOf('steps:30/s..10/s:10/s:1s')).toEqual([30, 20, 10])
    expect(countOf('steps:10/s..25/s:10/s:1s')).toEqual([10, 20])
  })
})

const wrong = [
  { text: 'fast', says: ['at character 1', '"fast" is not a rate'] },
  { text: '0', says: ['must be more than zero'] },
  {
    text: 'rmap:0..1k/s:1s',
    says: ['at character 1', '"rmap" is not one of ramp, stages, steps, burst, sine or poisson'],
  },
  { text: 'ramp:0..200x/s:30s', says: ['at character 9', '"200x/s" is not a rate'] },
  { text: 'ramp:0..200k/s', says: ['at character 6', 'has 1 of 2 parts: write ramp:0..200k/s:30s'] },
  { text: 'ramp:0..200k/s:30', says: ['at character 16', '"30" has no unit'] },
  { text: 'ramp:200k/s:30s', says: ['at character 6', 'is not rate..rate'] },
  { text: 'ramp:0..0:30s', says: ['asks for no records at all'] },
  { text: 'ramp:0..1k/s:0s', says: ['at character 14', 'must be more than 0'] },
  { text: 'stages:0..10MB/s:30s,50k/s:1m', says: ['at character 22', 'is in records, what stands before it in bytes'] },
  { text: 'stages:1k/s:1s,,2k/s:x', says: ['at character 16', 'at character 22', '"x" is not a duration'] },
  { text: 'steps:1k/s..3k/s:0:1m', says: ['at character 18', 'a step must be more than zero'] },
  { text: 'steps:1/s..1m/s:1/s:1s', says: ['makes 1000000 steps, more than 10000'] },
  { text: 'burst:1k/s..2k/s:1s', says: ['at character 18', 'from burst to burst: 1s/30s'] },
  { text: 'burst:1k/s..2k/s:30s/1s', says: ['a burst must be shorter than its period'] },
  { text: 'sine:2k/s..1k/s:1m', says: ['at character 6', 'from the low rate up to the high one'] },
  { text: 'poisson', says: ['needs a rate or a shape: poisson:200k/s'] },
  { text: 'poisson:ramp:0..1q/s:1s', says: ['at character 17', '"1q/s" is not a rate'] },
]

describe('what is wrong with a rate is said with its place', () => {
  it.each(wrong)('$text', ({ text, says }) => {
    const parsed = parseRatePlan(text)
    const problem = 'problem' in parsed ? parsed.problem : 'none'
    expect(problem).toContain(`"${text}"`)
    for (const part of says) expect(problem).toContain(part)
  })
})
