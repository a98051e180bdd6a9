// Shows that thresholds are read as k6 reads them (its vectors), what stands behind an expression here, and that every refusal
// says what would be right.
import { describe, expect, it } from 'vitest'
import {
  compare,
  parseExpression,
  parseSelector,
  parseThreshold,
} from '../../../../loadgen/verdict/thresholds/grammar.ts'

const parsedOf = <T>(parsed: { value: T } | { problem: string }): T => {
  if ('problem' in parsed) throw new Error(parsed.problem)
  return parsed.value
}
const problemOf = (parsed: { value: unknown } | { problem: string }) =>
  'problem' in parsed ? parsed.problem : undefined

describe('an expression', () => {
  it.each([
    ['count<100', { method: 'count', comparison: '<', limit: 100 }],
    ['rate >= 0.95', { method: 'rate', comparison: '>=', limit: 0.95 }],
    ['value == 3', { method: 'value', comparison: '==', limit: 3 }],
    ['avg<=1e3', { method: 'avg', comparison: '<=', limit: 1000 }],
    ['med!=.5', { method: 'med', comparison: '!=', limit: 0.5 }],
    ['max===+7.', { method: 'max', comparison: '===', limit: 7 }],
    ['min>-2', { method: 'min', comparison: '>', limit: -2 }],
    ['p(99.99) < 50', { method: 'p', percentile: 99.99, comparison: '<', limit: 50 }],
    ['p(0)>0x1.8p1', { method: 'p', percentile: 0, comparison: '>', limit: 3 }],
    ['rate<Inf', { method: 'rate', comparison: '<', limit: Infinity }],
  ])('%s', (text, expected) => {
    expect(parsedOf(parseExpression(text))).toEqual(expected)
  })

  it.each([
    ['p(101)<1', /from 0 to 100/],
    ['p(NaN)<1', /from 0 to 100/],
    ['p()<1', /from 0 to 100/],
    ['p99<1', /not a method.*p\(99\.9\)/],
    ['mean<1', /not a method/],
    ['rate', /no comparison/],
    ['rate<', /does not end in a number/],
    ['rate<1ms', /does not end in a number/],
    ['rate<1<2', /does not end in a number/],
  ])('%s is refused', (text, problem) => {
    expect(problemOf(parseExpression(text))).toMatch(problem)
  })

  it('compares as it says', () => {
    const holds = (text: string, value: number) => {
      const { comparison, limit } = parsedOf(parseExpression(text))
      return compare(value, comparison, limit)
    }
    expect(
      ['<', '<=', '>', '>=', '==', '===', '!='].map(sign => [1, 2, 3].map(value => holds(`value${sign}2`, value))),
    ).toEqual([
      [true, false, false],
      [true, true, false],
      [false, false, true],
      [false, true, true],
      [false, true, false],
      [false, true, false],
      [true, false, true],
    ])
  })
})

describe('a metric', () => {
  it('may be narrowed by tags, with blanks and quotes around them', () => {
    expect(parsedOf(parseSelector('response_time'))).toEqual({ metric: 'response_time', tags: {} })
    expect(parsedOf(parseSelector(`response_time{worker:0, "topic" : 'a:b'}`))).toEqual({
      metric: 'response_time',
      tags: { worker: '0', topic: 'a:b' },
    })
  })

  it.each([
    ['response_time{worker}', /not tag:value/],
    ['response_time{worker:0}x', /does not begin with a metric/],
    ['2fast', /does not begin with a metric/],
  ])('%s is refused', (text, problem) => {
    expect(problemOf(parseSelector(text))).toMatch(problem)
  })
})

describe('a threshold', () => {
  it('is a metric, an expression, and what k6 has no words for', () => {
    expect(
      parsedOf(parseThreshold('response_time{worker:0}: p(99) < 50, over 30s, abort after 1m10s, no samples pass')),
    ).toEqual({
      metric: 'response_time',
      tags: { worker: '0' },
      text: 'p(99) < 50',
      method: 'p',
      percentile: 99,
      comparison: '<',
      limit: 50,
      windowMs: 30_000,
      abortOnFail: true,
      delayAbortEvalMs: 70_000,
      noSamples: 'pass',
    })
    expect(parsedOf(parseThreshold('records_lost: count==0'))).toMatchObject({
      abortOnFail: false,
      delayAbortEvalMs: 0,
    })
  })

  it.each([
    ['p(99)<50', /is not metric: expression/],
    ['response_time', /is not metric: expression/],
    ['response_time: p(99)<50, over 30', /has no unit/],
    ['response_time: p(99)<50, over 100ms', /at least 1s/],
    ['response_time: p(99)<50, for 30s', /none of over TIME/],
  ])('%s is refused', (text, problem) => {
    expect(problemOf(parseThreshold(text))).toMatch(problem)
  })
})
