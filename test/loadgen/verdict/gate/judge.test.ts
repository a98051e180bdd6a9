// Shows what the gate says of two sides. Method: runs with made-up numbers, whose effect and noise are known.
import { describe, expect, it } from 'vitest'
import { makeRandom } from '../../../../core/random.ts'
import { gateReport } from '../../../../loadgen/report/gate/formats.ts'
import type { EvidenceRun, Side } from '../../../../loadgen/verdict/gate/evidence.ts'
import { fewestPairs, type GateInput, judgeGate } from '../../../../loadgen/verdict/gate/judge.ts'
import { type GateOutcome, gateModel } from '../../../../loadgen/verdict/gate/model.ts'
import { plannedLooks } from '../../../../loadgen/verdict/gate/run.ts'

interface Made {
  readonly pairs?: number
  readonly noise?: number
  /** Factors on the candidate's numbers. */
  readonly effect?: Readonly<Record<string, number>>
  readonly state?: (side: Side, pair: number) => EvidenceRun['state']
}

const usual = { produce_rate: 500_000, response_p50: 4, response_p99: 12, cpu_us_per_record: 1.2, response_p999: 30 }

function runsOf({ pairs = 10, noise = 0.02, effect = {}, state = () => 'ok' }: Made): EvidenceRun[] {
  const random = makeRandom(7)
  const noisy = (value: number) => value * (1 + noise * (random.fraction() + random.fraction() - 1))
  return Array.from({ length: pairs }, (_, index) => index + 1).flatMap(pair =>
    (['base', 'candidate'] as const).map(side => ({
      ...{ side, pair, label: `${side} ${pair}`, startedAt: '2026-01-02T03:04:05.678Z', state: state(side, pair) },
      ...(state(side, pair) === 'ok' ? {} : { why: 'SENDS_FAILED: 12 records' }),
      numbers: Object.fromEntries(
        Object.entries(usual).map(([name, value]) => [
          name,
          noisy(value) * (side === 'candidate' ? (effect[name] ?? 1) : 1),
        ]),
      ),
    })),
  )
}

const side = (label: string) => ({ label, about: {} })

function judged(made: Made, more: Partial<GateInput> = {}): GateOutcome {
  const runs = runsOf(made)
  const pairs = made.pairs ?? 10
  const outcome = judgeGate({
    ...{ runs, gates: [], limits: new Map(), settingsThatDiffer: [] },
    ...{ base: side('main'), candidate: side('change') },
    plan: { design: 'paired', alpha: 0.05, pairsAsked: pairs, looks: [pairs] },
    ...more,
  })
  expect(gateModel.safeParse(outcome).error).toBeUndefined()
  return outcome
}

const metric = ({ metrics }: GateOutcome, name: string) => metrics.find(each => each.name === name)!

describe('the gate', () => {
  it('lets the same thing pass, and says what it could have found', () => {
    const gate = judged({})
    expect(gate.verdict).toBe('pass')
    const rate = metric(gate, 'produce_rate')
    expect(rate.confidence!.lowPercent).toBeGreaterThan(-5)
    expect(rate.detectablePercent).toBeGreaterThan(5)
    expect(rate.detectablePercent).toBeLessThan(10)
    expect(gate.metrics.every(({ detectablePercent }) => detectablePercent !== null)).toBe(true)
  })

  it('finds a tenth less throughput, and says so of nothing else', () => {
    const gate = judged({ effect: { produce_rate: 0.9 } })
    expect(gate.verdict).toBe('regression')
    expect(gate.reasons.map(({ code }) => code)).toEqual(['produce_rate'])
    expect(metric(gate, 'produce_rate').changePercent).toBeCloseTo(-10, 0)
    expect(metric(gate, 'response_p99').verdict).toBe('pass')
  })

  it('finds what is better', () => {
    expect(judged({ effect: { response_p99: 0.5 } }).verdict).toBe('improvement')
  })

  it('lets a real change pass that is smaller than the limit', () => {
    const gate = judged({ noise: 0.002, effect: { produce_rate: 0.98 } })
    expect(metric(gate, 'produce_rate').pValue).toBeLessThan(0.01)
    expect(gate.verdict).toBe('pass')
  })

  it('cannot decide in much noise, and says what it would take', () => {
    const gate = judged({ noise: 0.5 }, { gates: [{ name: 'produce_rate' }] })
    expect(gate.verdict).toBe('inconclusive')
    expect(gate.toDecide).toBeDefined()
    expect(metric(gate, 'produce_rate').toDecide).toBeDefined()
  })

  it('cannot find anything in four pairs, however large, and says so', () => {
    const gate = judged({ pairs: 4, effect: { produce_rate: 0.5 } })
    expect(gate.verdict).toBe('inconclusive')
    expect(gate.toDecide).toContain('4 can find no change among 4 gated metrics')
    expect([fewestPairs(0.05, 1), fewestPairs(0.05, 4), fewestPairs(0.05, 5)]).toEqual([6, 8, 8])
  })

  it('gates on what it is told to, by the limits it is given', () => {
    const effect = { effect: { response_p999: 1.5, produce_rate: 0.9 } }
    expect(judged(effect, { gates: [{ name: 'response_p999' }] }).reasons.map(({ code }) => code)).toEqual([
      'response_p999',
    ])
    expect(judged(effect, { limits: new Map([['produce_rate', 20]]) }).verdict).toBe('pass')
    const turned = judged(effect, { gates: [{ name: 'response_p999', better: 'higher' }] })
    expect(turned.verdict).toBe('improvement')
  })

  it('compares sides that are no pairs', () => {
    const plan = { design: 'unpaired', alpha: 0.05, pairsAsked: 10, looks: [10] } as const
    expect(judged({}, { plan }).verdict).toBe('pass')
    expect(judged({ effect: { produce_rate: 0.9 } }, { plan }).reasons[0]!.code).toBe('produce_rate')
  })
})

describe('runs that are no evidence', () => {
  it('a side that fails again and again is a regression, a single failure is looked into', () => {
    const failing = (times: number) => (of: Side, pair: number) =>
      of === 'candidate' && pair <= times ? ('failed' as const) : ('ok' as const)
    const twice = judged({ pairs: 12, state: failing(2) })
    expect([twice.verdict, twice.reasons[0]!.code]).toEqual(['regression', 'ERRORS'])
    const once = judged({ pairs: 12, state: failing(1) })
    expect([once.verdict, once.errors.verdict]).toEqual(['inconclusive', 'inconclusive'])
  })

  it('sides that both fail are invalid', () => {
    const gate = judged({ state: () => 'failed' })
    expect([gate.verdict, gate.reasons[0]!.code]).toEqual(['invalid', 'RUNS_NOT_VALID'])
    expect(gate.reasons[0]!.message).toContain('0 of 10 pairs count')
  })

  it('a generator at its limit is invalid, unless the generators are what is compared', () => {
    const made = { state: () => 'limited' as const, effect: { produce_rate: 0.9 } }
    expect(judged(made).verdict).toBe('invalid')
    expect(judged(made, { generatorDiffers: true }).verdict).toBe('regression')
  })

  it('a machine that was not left alone may let pass, and finds nothing', () => {
    const state = () => 'disturbed' as const
    expect(judged({ state }).verdict).toBe('pass')
    const worse = judged({ state, effect: { produce_rate: 0.5 } })
    expect([worse.verdict, worse.reasons[0]!.code]).toEqual(['inconclusive', 'DISTURBED'])
    expect(judged({ state, effect: { produce_rate: 0.5 } }, { acceptsDisturbed: true }).verdict).toBe('regression')
  })

  it('a few disturbed pairs are left out', () => {
    const state = (_: Side, pair: number) => (pair <= 2 ? ('disturbed' as const) : ('ok' as const))
    const gate = judged({ pairs: 12, state, effect: { produce_rate: 0.9 } })
    expect(gate.verdict).toBe('regression')
    expect(gate.pairs).toEqual({ made: 12, usable: 10, disturbed: 0 })
  })
})

describe('looking early', () => {
  it('spends less than alpha at each look, and stops at a change that is large', () => {
    const looks = plannedLooks(20, true)
    expect(looks).toEqual([8, 12, 16, 20])
    const plan = { design: 'paired', alpha: 0.05, pairsAsked: 20, looks } as const
    const alphas = judged({ pairs: 20 }, { plan }).plan.looks.map(({ alpha }) => alpha)
    expect(Math.max(...alphas)).toBeLessThan(0.05)
    const runs = runsOf({ pairs: 8 })
    const early = judgeGate(
      {
        ...{ runs, plan, gates: [], limits: new Map(), settingsThatDiffer: [] },
        ...{ base: side('a'), candidate: side('b') },
      },
      0,
    )
    expect([early.verdict, early.stoppedEarly]).toEqual(['pass', true])
  })

  it('looks once when it is not asked to', () => {
    expect(plannedLooks(10, false)).toEqual([10])
    expect(plannedLooks(10, true)).toEqual([6, 8, 10])
  })
})

describe('reports', () => {
  const gate = judged({ effect: { produce_rate: 0.9 } })

  it('in text name the change, its interval and the effect that could have been found', () => {
    const text = gateReport('text', gate)
    expect(text).toMatch(/^✗ REGRESSION: change against main/)
    expect(text).toMatch(/produce_rate msg\/s .*−\d+\.\d % .* … .*✗ regression/)
    expect(text).toContain('detectable')
  })

  it('in JUnit fail one case', () => {
    const xml = gateReport('junit', gate)
    expect(xml.match(/<failure /g)).toHaveLength(1)
    expect(xml).toContain('name="produce_rate - −5 %"')
  })

  it('on GitHub are one error, and a table with a marker to find it again', () => {
    expect(gateReport('github', gate).match(/^::error /gm)).toHaveLength(1)
    expect(gateReport('markdown', gate)).toMatch(/^<!-- millrace gate -->\n## ❌ millrace gate: regression/)
  })
})
