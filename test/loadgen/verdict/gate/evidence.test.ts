// Shows which runs a gate may count, of functions too, and which differences of their settings are none. Method: results by hand.
import { describe, expect, it } from 'vitest'
import type { Result } from '../../../../loadgen/result.ts'
import type { TestResult } from '../../../../loadgen/test/result.ts'
import { differingSettings, evidenceOf } from '../../../../loadgen/verdict/gate/evidence.ts'
import { produceResult } from '../../report/result-fixture.ts'

const at = (...bootstrap: string[]) => ({ ...produceResult, settings: { client: { bootstrap } } }) as unknown as Result
const differing = (base: Result, candidate: Result) => differingSettings(base, candidate).map(({ setting }) => setting)

const scripted = (verdict: string, code: string) =>
  ({
    kind: 'millrace-test',
    ...{ verdict: 'ok', reasons: [], startedAt: '', metrics: {} },
    scenarios: [{ name: 'a', lane: 'scripted', validity: { verdict, reasons: [{ code, message: 'why' }] } }],
  }) as unknown as TestResult

describe('evidence', () => {
  it.each([
    ['disturbed', 'COMPETING_LOAD', 'disturbed'],
    ['generator-limited', 'EVENT_LOOP_LATE', 'limited'],
    // That VUs were all busy may be what the candidate has done.
    ['broker-limited', 'VUS_EXHAUSTED', 'ok'],
  ])('of a function that was %s by %s is %s', (verdict, code, state) => {
    const document = scripted(verdict, code)
    expect(evidenceOf({ side: 'base', pair: 1, label: 'base 1', document })).toMatchObject({ state })
  })

  it('differs by its brokers, but not by ports that the system has chosen', () => {
    expect(differing(at('old:9092'), at('new:9092'))).toEqual(['settings.client.bootstrap.0'])
    expect(differing(at('127.0.0.1:9092'), at('127.0.0.1:9192'))).toEqual(['settings.client.bootstrap.0'])
    expect(differing(at('127.0.0.1:36235'), at('127.0.0.1:58967'))).toEqual([])
  })
})
