// Shows what a trial is judged by: each signal fails by itself, noise does not, and the machine that makes the load is never taken for the
// cluster. Method: results by hand.
import { describe, expect, it } from 'vitest'
import { makeRandom } from '../../../core/random.ts'
import { saturateHtml } from '../../../loadgen/capacity/saturate/html.ts'
import { trialOf } from '../../../loadgen/capacity/saturate/judge.ts'
import { type Slo, type Step, searchDefaults, type Trial } from '../../../loadgen/capacity/saturate/model.ts'
import { kneeOf, saturateReport } from '../../../loadgen/capacity/saturate/report.ts'
import { slopeOf } from '../../../loadgen/capacity/saturate/slope.ts'
import { saturateText } from '../../../loadgen/capacity/saturate/text.ts'
import type { Result } from '../../../loadgen/result.ts'

const slo: Slo = { ...searchDefaults.slo, responseP99Ms: 50, e2eP99Ms: 80 }
const step: Step = { phase: 'bisect', ratePerSec: 1000, measuredSec: 30, settleSec: 1 }

interface Given {
  readonly acked?: number
  readonly errors?: number
  readonly p99Ms?: number
  readonly e2eMs?: number
  readonly lag?: (sec: number) => number
  readonly produced?: (sec: number) => number
  readonly validity?: string
  readonly reasonCodes?: readonly string[]
  readonly p50Ms?: number
  readonly verdict?: string
}

const result = ({
  acked = 30_000,
  errors = 0,
  p99Ms = 10,
  e2eMs = 20,
  lag = () => 5,
  produced = () => 1000,
  validity = 'valid',
  reasonCodes = [],
  p50Ms = 2,
  verdict = 'ok',
}: Given = {}) =>
  ({
    verdict,
    reasons: verdict === 'ok' ? [] : [{ code: 'SENDS_FAILED', message: 'x' }],
    measuredSeconds: 30,
    produce: { records: acked, recordsPerSec: acked / 30, offered: 30_000, errors, latency: { p50Ms, p99Ms } },
    consume: { errors: 0, latency: { p99Ms: e2eMs } },
    validity: { verdict: validity, finding: 'finding', reasons: reasonCodes.map(code => ({ code, message: code })) },
    windows: Array.from({ length: 30 }, (_, sec) => ({
      sec,
      warmup: false,
      seconds: 1,
      offered: 1000,
      produced: produced(sec),
      consumeLag: lag(sec),
    })),
  }) as unknown as Result

const failed = (given: Given) => {
  const trial = trialOf(step, result(given), slo)
  return [trial.verdict, ...trial.signals.filter(({ ok }) => !ok).map(({ name }) => name)]
}

describe('judging a trial', () => {
  it('passes when everything holds', () => {
    expect(failed({})).toEqual(['pass'])
  })

  it.each([
    ['errors', { errors: 1 }],
    ['errors', { verdict: 'failed' }],
    ['achieved', { acked: 29_000 }],
    ['response p99', { p99Ms: 51 }],
    ['end-to-end p99', { e2eMs: 81 }],
    ['lag slope', { lag: (sec: number) => 20 * sec }],
    ['backlog slope', { produced: () => 980 }],
  ] as const)('%s fails by itself', (name, given) => {
    expect(failed(given)).toEqual(['fail', name])
  })

  it('a lag that wavers, or fills once and stays, does not grow', () => {
    const random = makeRandom(5)
    expect(failed({ lag: () => 500 * random.fraction() })).toEqual(['pass'])
    expect(failed({ lag: sec => Math.min(400, 80 * sec) })).toEqual(['pass'])
  })

  it('a generator that gave out, and a machine that was not left alone, say nothing of the cluster', () => {
    expect(failed({ acked: 20_000, validity: 'generator-limited' })[0]).toBe('generator')
    expect(failed({ p99Ms: 500, validity: 'disturbed' })[0]).toBe('disturbed')
    // What held in spite of it has held.
    expect(failed({ validity: 'disturbed' })[0]).toBe('pass')
    expect(failed({ acked: 20_000, validity: 'broker-limited' })[0]).toBe('fail')
    // Others had the CPU: once they have gone, it is another machine.
    const starved = { acked: 20_000, validity: 'generator-limited', reasonCodes: ['GENERATOR_STARVED'] }
    const byOthers = { ...starved, reasonCodes: ['GENERATOR_STARVED', 'COMPETING_LOAD'] }
    expect(failed(byOthers)).toEqual(['disturbed', 'achieved', 'disturbed'])
    // By the brokers beside it: so it is in every trial.
    expect(failed(starved)[0]).toBe('generator')
    expect(failed({ validity: 'generator-limited', reasonCodes: ['GENERATOR_LATE'] })[0]).toBe('pass')
  })

  it('what is on its way when the time is over is not missing, as far as it may take so long', () => {
    // 0.5 % of 30,000 are 150; of 1000 a second, 20 are on their way for each 20 ms.
    expect(failed({ acked: 29_840 })).toEqual(['fail', 'achieved'])
    expect(failed({ acked: 29_840, p50Ms: 20 })).toEqual(['pass'])
    expect(failed({ acked: 29_790, p50Ms: 9_000 })).toContain('achieved')
  })

  it('flat out there is nothing to hold', () => {
    expect(trialOf({ ...step, phase: 'flood', ratePerSec: undefined }, result({ p99Ms: 9_999 }), slo).verdict).toBe(
      'pass',
    )
  })

  it('slope by hand: 1, 3, 5, 7 at 0, 1, 2, 3 s is 2 a second, with no doubt', () => {
    expect(slopeOf([[0, 1], [1, 3], [2, 5], [3, 7]])).toEqual({ perSec: 2, standardError: 0 }) // biome-ignore format: one line
    // The line is 0.4 + 0.4 x, the residuals -0.4, 1.2, -1.2, 0.4, their squares 3.2 together: sqrt(3.2 / 2 / 5) = 0.5657.
    expect(slopeOf([[0, 0], [1, 2], [2, 0], [3, 2]])!.standardError).toBeCloseTo(0.5657, 3) // biome-ignore format: one line
    expect(slopeOf([[0, 1], [1, 2], [2, 3]])).toBeUndefined() // biome-ignore format: one line
  })
})

describe('report of a search', () => {
  const trial = (ratePerSec: number, responseP99Ms: number, verdict: Trial['verdict'] = 'pass'): Trial => ({
    step: { phase: 'climb', ratePerSec, measuredSec: 8, settleSec: 1 },
    verdict,
    achievedPerSec: ratePerSec,
    responseP50Ms: 1,
    responseP99Ms,
    e2eP99Ms: undefined,
    signals: verdict === 'pass' ? [] : [{ name: 'response p99', ok: false, told: '<90> ms (at most 50 ms)' }],
  })

  it('the knee is where p99 leaves twice its value at low load, between two points', () => {
    // 10 ms at 100/s: twice is 20. 300/s has 15, 400/s has 25: half way, 350.
    expect(kneeOf([trial(100, 10), trial(400, 25), trial(300, 15)])).toBe(350)
    expect(kneeOf([trial(100, 10), trial(200, 12)])).toBeUndefined()
  })

  it('text and page have the interval, what limited it and every step', () => {
    const settings = { ...searchDefaults, slo, recordBytes: 100, timeBudgetSec: 40 }
    const flood: Trial = {
      ...trial(1, 5),
      step: { phase: 'flood', ratePerSec: undefined, measuredSec: 10, settleSec: 0 },
    }
    const trials = [flood, trial(100, 10), trial(400, 90, 'fail')]
    const report = saturateReport(
      { kind: 'millrace-saturate', version: 1, settings, trials },
      '2026-01-01T00:00:00Z',
      undefined,
    )
    const text = saturateText(report)
    expect(text).toContain('100 to 400 records/s (75.0 % wide), not confirmed')
    expect(text).toContain('limited by response p99: <90> ms (at most 50 ms) at 400 records/s')
    const page = saturateHtml(report).text
    expect(page).toContain('&lt;90&gt; ms')
    expect(page.match(/<circle/g)).toHaveLength(2)
    expect(page).toContain('SLO 50 ms')
  })
})
