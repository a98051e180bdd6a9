// Shows how thresholds are judged: cumulative ones by their end, as in k6; windows for good; what ends a run and when; what no
// samples mean; and which thresholds are refused before any load. Time is what the test says it is.
import { describe, expect, it } from 'vitest'
import { parseThreshold, type ThresholdPlan } from '../../../../loadgen/verdict/thresholds/grammar.ts'
import type { MetricDefinitions, MetricSource, Reading } from '../../../../loadgen/verdict/thresholds/readings.ts'
import { type NoSamples, ThresholdWatch, thresholdProblem } from '../../../../loadgen/verdict/thresholds/watch.ts'

const definitions: MetricDefinitions = {
  wait: { kind: 'trend', unit: 'ms', help: '', tags: ['worker'] },
  hits: { kind: 'counter', unit: 'records', help: '' },
  good: { kind: 'rate', unit: 'share', help: '' },
  lag: { kind: 'gauge', unit: 'records', help: '' },
  lost: { kind: 'counter', unit: 'records', help: '', atEnd: true },
}

function planOf(text: string): ThresholdPlan {
  const parsed = parseThreshold(text)
  if ('problem' in parsed) throw new Error(parsed.problem)
  return parsed.value
}

const trend = (value: number, samples = 1): Reading => ({
  kind: 'trend',
  samples,
  avg: value,
  min: value,
  max: value,
  at: percentile => (value * percentile) / 100,
})

/** What the metrics say at the moment; windows may say something else. */
function watchOf(texts: readonly string[], noSamples: NoSamples = 'fail') {
  const readings: Record<string, Reading> = {}
  const recent: Record<string, Reading> = {}
  const source: MetricSource = {
    read: (metric, _tags, windowMs) =>
      windowMs === undefined ? readings[metric] : (recent[metric] ?? readings[metric]),
  }
  return { readings, recent, watch: new ThresholdWatch({ plans: texts.map(planOf), definitions, source, noSamples }) }
}

describe('over the whole run', () => {
  it('the state at the end decides, whatever was before', () => {
    const { readings, watch } = watchOf(['wait: p(50)<10', 'hits: rate>100'])
    readings.wait = trend(40)
    readings.hits = { kind: 'counter', samples: 1, count: 50, seconds: 1 }
    expect(watch.check(1000)).toBe(false)
    expect(watch.states().map(({ ok, failedAtSec }) => [ok, failedAtSec])).toEqual([
      [false, 1],
      [false, 1],
    ])
    readings.wait = trend(10)
    readings.hits = { kind: 'counter', samples: 1, count: 500, seconds: 2 }
    watch.check(2000)
    expect(watch.finish()).toMatchObject(
      [
        { metric: 'wait', expression: 'p(50)<10', ok: true, value: 5, unit: 'ms', limit: 10 },
        { metric: 'hits', expression: 'hits', ok: true, value: 250, unit: 'records/s' },
      ].map(({ expression, ...rest }, index) => ({ ...rest, expression: index === 0 ? expression : 'rate>100' })),
    )
  })

  it('counters and rates of what there is', () => {
    const { readings, watch } = watchOf(['hits: count==3', 'good: rate>=0.75', 'lag: value<=7'])
    readings.hits = { kind: 'counter', samples: 3, count: 3, seconds: 0 }
    readings.good = { kind: 'rate', samples: 4, passes: 3 }
    readings.lag = { kind: 'gauge', samples: 1, value: 8 }
    expect(watch.finish().map(({ ok, value }) => [ok, value])).toEqual([
      [true, 3],
      [true, 0.75],
      [false, 8],
    ])
  })
})

describe('abort', () => {
  it('asks for the end at the first failure', () => {
    const { readings, watch } = watchOf(['wait: max<10, abort', 'hits: count<1'])
    readings.hits = { kind: 'counter', samples: 1, count: 1, seconds: 1 }
    readings.wait = trend(9)
    expect(watch.check(1000)).toBe(false)
    readings.wait = trend(10)
    expect(watch.check(2000)).toBe(true)
    expect(watch.finish().map(({ aborted, ok }) => [aborted, ok])).toEqual([
      [true, false],
      [false, false],
    ])
  })

  it('not before its delay is over', () => {
    const { readings, watch } = watchOf(['wait: max<10, abort after 3s'])
    readings.wait = trend(10)
    expect([1000, 2000, 3000, 3001].map(ms => watch.check(ms))).toEqual([false, false, false, true])
  })

  it('not by a metric without samples', () => {
    const { watch } = watchOf(['hits: count>5, abort'])
    expect(watch.check(60_000)).toBe(false)
  })
})

describe('over a window', () => {
  it('one that fails is a failure for good', () => {
    const { recent, readings, watch } = watchOf(['wait: max<10, over 2s'])
    readings.wait = trend(1)
    recent.wait = trend(50)
    watch.check(1000)
    expect(watch.states()[0]).toMatchObject({ ok: true })
    watch.check(2000)
    recent.wait = trend(3)
    watch.check(3000)
    expect(watch.finish()).toMatchObject([
      { ok: false, value: 50, windowSeconds: 2, failedAtSec: 2, expression: 'max<10, over 2s' },
    ])
  })

  it('the nearest to the limit is told of those that hold', () => {
    const { recent, watch } = watchOf(['wait: max<10, over 2s'])
    for (const [index, value] of [3, 8, 4].entries()) {
      recent.wait = trend(value)
      watch.check(2000 + index * 1000)
    }
    expect(watch.finish()).toMatchObject([{ ok: true, value: 8 }])
  })

  it('a run that was shorter is judged as a whole', () => {
    const { readings, watch } = watchOf(['wait: max<10, over 1m'])
    readings.wait = trend(12)
    watch.check(5000)
    expect(watch.finish()).toMatchObject([{ ok: false, value: 12 }])
  })
})

describe('without samples', () => {
  const texts = ['wait: p(95)<500', 'wait: p(95)>500', 'good: rate>0.9', 'hits: count>0', 'lag: value<1']
  const empty: Readonly<Record<string, Reading>> = {
    wait: trend(0, 0),
    good: { kind: 'rate', samples: 0, passes: 0 },
    hits: { kind: 'counter', samples: 0, count: 0, seconds: 5 },
    lag: { kind: 'gauge', samples: 0, value: 0 },
  }
  const okOf = (noSamples: NoSamples, more: readonly string[] = texts) => {
    const { readings, watch } = watchOf(more, noSamples)
    Object.assign(readings, empty)
    return watch.finish().map(({ ok, value }) => [ok, value])
  }

  it('a bench run fails', () => {
    expect(okOf('fail')).toEqual(texts.map(() => [false, null]))
  })

  it("k6's rules take everything for 0, and a rate for kept", () => {
    expect(okOf('zero').map(([ok]) => ok)).toEqual([true, false, true, false, true])
  })

  it('a threshold can say it itself', () => {
    expect(okOf('fail', ['hits: count>0, no samples pass'])).toEqual([[true, null]])
    expect(okOf('zero', ['good: rate>0.9, no samples fail'])).toEqual([[false, null]])
  })
})

describe('before the run', () => {
  it.each([
    ['nope: rate<1', /no metric nope; there are wait, hits/],
    ['wait: rate<1', /wait is a trend: it has avg, min, max, med, p\(N\), not rate/],
    ['hits: p(95)<1', /hits is a counter: it has count, rate, not p\(95\)/],
    ['wait{zone:a}: max<1', /wait has no tag zone; its tags are: worker/],
    ['lost: count==0, abort', /known only at the end/],
    ['lost: count==0, over 5s', /known only at the end/],
  ])('%s is refused', (text, problem) => {
    expect(thresholdProblem(planOf(text), definitions)).toMatch(problem)
  })

  it('metrics of scripts may have any tag', () => {
    expect(thresholdProblem(planOf('hits{anything:goes}: count<1'), definitions)).toBeUndefined()
  })
})
