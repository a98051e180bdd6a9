// Shows that the true offset between two clocks always lies within what is said of it, whatever the way to and fro takes and
// however the clocks drift within the limit; that more exchanges say more; and that a clock that was set is noticed.
// Method: two clocks whose true offset is known at every moment, and delays of a seeded random.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { driftPpmMax, OffsetEstimate } from '../../../loadgen/clock/offset-estimate.ts'

interface Way {
  readonly pauseUs: number
  readonly toUs: number
  readonly thinksUs: number
  readonly froUs: number
}

/** Our clock is the true one; theirs is off by a function of it. */
function exchangesOf(ways: readonly Way[], offsetAt: (us: number) => number) {
  let nowUs = 1_700_000_000_000_000
  return ways.map(({ pauseUs, toUs, thinksUs, froUs }) => {
    const askedUs = nowUs + pauseUs
    const heardAt = askedUs + toUs
    const answeredAt = heardAt + thinksUs
    nowUs = answeredAt + froUs
    return {
      ...{ askedUs, cameUs: nowUs },
      ...{ heardUs: heardAt + offsetAt(heardAt), answeredUs: answeredAt + offsetAt(answeredAt) },
    }
  })
}

const way = fc.record({
  pauseUs: fc.integer({ min: 0, max: 1_000_000 }),
  toUs: fc.integer({ min: 1, max: 20_000 }),
  thinksUs: fc.integer({ min: 0, max: 1_000 }),
  froUs: fc.integer({ min: 1, max: 20_000 }),
})
/** A double of microseconds since the epoch is exact to a quarter of one. */
const roundingUs = 1

describe('the offset between two clocks', () => {
  it('is never outside of what is said of it', () => {
    const anything = fc.record({
      ways: fc.array(way, { minLength: 1, maxLength: 40 }),
      baseUs: fc.integer({ min: -10_000_000_000, max: 10_000_000_000 }),
      driftPpm: fc.double({ min: -driftPpmMax, max: driftPpmMax, noNaN: true }),
      laterUs: fc.integer({ min: 0, max: 60_000_000 }),
    })
    fc.assert(
      fc.property(anything, ({ ways, baseUs, driftPpm, laterUs }) => {
        const offsetAt = (us: number) => baseUs + ((us - 1_700_000_000_000_000) * driftPpm) / 1e6
        const estimate = new OffsetEstimate()
        for (const exchange of exchangesOf(ways, offsetAt)) {
          estimate.add(exchange)
          for (const atUs of [exchange.cameUs, exchange.cameUs + laterUs]) {
            const { offsetUs, errorUs } = estimate.at(atUs)!
            expect(Math.abs(offsetAt(atUs) - offsetUs)).toBeLessThanOrEqual(errorUs + roundingUs)
          }
        }
        expect(estimate.steps).toBe(0)
      }),
    )
  })

  it('is known to half of the fastest way to and fro, and to less when other exchanges were lucky on one side', () => {
    const estimate = new OffsetEstimate()
    const ways = [
      { pauseUs: 0, toUs: 100, thinksUs: 5, froUs: 300 },
      { pauseUs: 0, toUs: 400, thinksUs: 5, froUs: 50 },
    ]
    const [first, second] = exchangesOf(ways, () => 37_000)
    estimate.add(first!)
    expect(estimate.at(first!.cameUs)!.errorUs).toBeCloseTo(200, 0)
    expect(estimate.roundTripUsMin).toBe(400)
    estimate.add(second!)
    const { offsetUs, errorUs } = estimate.at(second!.cameUs)!
    expect(errorUs).toBeCloseTo(75, 0)
    expect(Math.abs(offsetUs - 37_000)).toBeLessThanOrEqual(errorUs)
  })

  it('is known less well the longer ago it was asked for', () => {
    const estimate = new OffsetEstimate()
    const [exchange] = exchangesOf([{ pauseUs: 0, toUs: 50, thinksUs: 0, froUs: 50 }], () => 0)
    estimate.add(exchange!)
    const soon = estimate.at(exchange!.cameUs)!.errorUs
    expect(estimate.at(exchange!.cameUs + 1e6)!.errorUs - soon).toBeCloseTo(driftPpmMax)
  })

  it('begins anew when a clock was set, and counts that', () => {
    const estimate = new OffsetEstimate()
    const steady = Array.from({ length: 4 }, () => ({ pauseUs: 1000, toUs: 100, thinksUs: 0, froUs: 100 }))
    const all = exchangesOf(steady, us => (us < 1_700_000_000_002_300 ? 0 : 50_000))
    for (const exchange of all) estimate.add(exchange)
    expect(estimate.steps).toBe(1)
    expect(estimate.at(all.at(-1)!.cameUs)!.offsetUs).toBeCloseTo(50_000, 0)
  })

  it('is not made up before anybody has answered', () => {
    expect(new OffsetEstimate().at(1)).toBeUndefined()
  })
})
