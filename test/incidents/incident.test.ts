// Shows how what arrived is held against what should: late, missing, unexplained, not resolved.
import { describe, expect, it } from 'vitest'
import type { Notice } from '../../cli/stack/webhook.ts'
import { type Incident, isFiring, type Outcome, unexplained } from './incident.ts'
import { failuresOf } from './play.ts'

const nothing = async () => {}
const wanted = { alert: 'MillraceBrokerDown', labels: { broker: '3' }, withinSec: 45 }
const incident: Incident = {
  title: 'Broker killed',
  begin: nothing,
  end: nothing,
  wanted: [wanted],
  resolvedWithinSec: 60,
}
const notice = (alert: string, labels: Record<string, string>, fires = true, atMs = 0): Notice => ({
  alert,
  labels,
  isFiring: fires,
  atMs,
})
const played: Outcome = { incident, beganMs: 0, overMs: 60_000, detected: [], resolvedAfterSec: 20 }

describe('an incident', () => {
  it('explains its own alerts, with their labels, and no others', () => {
    const own = notice('MillraceBrokerDown', { broker: '3', cluster: 'c' })
    const other = notice('MillraceBrokerDown', { broker: '1', cluster: 'c' })
    const over = notice('MillraceCanarySlow', { broker: '1' }, false)
    expect(unexplained([own, other, over], [played])).toEqual([other])
  })

  it('explains nothing before it, or long after it', () => {
    const at = (atMs: number) => notice('MillraceBrokerDown', { broker: '3' }, true, atMs)
    expect(unexplained([at(-1), at(0), at(100_000), at(200_000)], [played])).toEqual([at(-1), at(200_000)])
  })

  it('is firing until the last notice says otherwise', () => {
    const [on, off] = [
      notice('MillraceBrokerDown', { broker: '3' }),
      notice('MillraceBrokerDown', { broker: '3' }, false),
    ]
    expect([isFiring([], wanted), isFiring([on], wanted), isFiring([on, off], wanted), isFiring([on, off, on], wanted)]).toEqual([false, true, false, true]) // biome-ignore format: one line
  })

  it('fails when its alert is late, does not come, or stays', () => {
    const outcome = (afterSec: number | undefined, resolvedAfterSec: number | undefined) =>
      failuresOf({ incident, detected: [{ wanted, afterSec }], resolvedAfterSec })
    expect(outcome(40, 10)).toEqual([])
    expect(outcome(50, 10)).toEqual(['Broker killed: MillraceBrokerDown came after 50 s, not 45'])
    expect(outcome(undefined, undefined)).toEqual([
      'Broker killed: MillraceBrokerDown did not come',
      'Broker killed: not resolved',
    ])
  })
})
