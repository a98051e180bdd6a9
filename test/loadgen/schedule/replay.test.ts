// Shows the pace of a profile: each record is due when that of the profile was, one round follows the other, and workers share it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { readProfile } from '../../../loadgen/payload/profile.ts'
import { describeRate } from '../../../loadgen/schedule/describe.ts'
import { lengthMsOf, makeSchedule, scaled } from '../../../loadgen/schedule/make.ts'
import { replayRate } from '../../../loadgen/schedule/replay.ts'
import { dueBefore } from '../../../loadgen/schedule/schedule.ts'

const dir = mkdtempSync(join(tmpdir(), 'millrace-replay-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

let files = 0
function rateOf(timesMs: readonly number[], speed = 1) {
  const path = join(dir, `${files++}.ndjson`)
  writeFileSync(path, timesMs.map(atMs => JSON.stringify({ valueBytes: 1, atMs })).join('\n'))
  return replayRate(readProfile(path), path, speed)
}
const scheduleOf = (timesMs: readonly number[], speed = 1) => makeSchedule(rateOf(timesMs, speed)!, 1)

describe('the pace of a profile', () => {
  it('keeps its gaps, and begins again a mean gap after its end', () => {
    const schedule = scheduleOf([7, 7, 1007, 3007])
    expect([0, 1, 2, 3, 4, 5, 6].map(index => schedule.dueAt(index))).toEqual([0, 0, 1, 3, 4, 4, 5])
    expect([-0.1, 0, 0.999, 1, 2.9, 3, 4].map(sec => schedule.dueBy(sec))).toEqual([0, 2, 2, 3, 3, 4, 6])
    expect(schedule.rateAt(0.2)).toBe(2)
  })

  it('as many times as fast', () => {
    const rate = rateOf([0, 0, 1000, 3000], 10)!
    expect([1, 2, 3, 4].map(index => makeSchedule(rate, 1).dueAt(index))).toEqual([0, 0.1, 0.3, 0.4])
    expect(lengthMsOf(rate)).toBe(400)
    expect(lengthMsOf(scaled(rate, 2))).toBe(200)
    expect(describeRate(rate)).toMatch(
      /^the gaps of .*ndjson captured, 10 times as fast: 10 records\/s at most, 400 ms/,
    )
  })

  it('a run of one round owes each record once, also where many have one time', () => {
    for (const timesMs of [
      [0, 0, 0, 10],
      [0, 3, 3, 3],
      [5, 5, 5.25, 9],
    ])
      expect(dueBefore(scheduleOf(timesMs), lengthMsOf(rateOf(timesMs)!)! / 1000)).toBe(4)
  })

  it('has a peak: the most records of one second, or of a round that is shorter', () => {
    expect(rateOf([0, 100, 200, 1000, 9000])!.perSec).toBe(3)
    expect(rateOf([0, 100, 200, 1000, 9000], 2)!.perSec).toBe(4)
    expect(rateOf([0, 50, 100])!.perSec).toBe(20)
  })

  it('is none where all records have one time, or there is but one', () => {
    expect([rateOf([4, 4, 4]), rateOf([4])]).toEqual([undefined, undefined])
  })

  it('each record is due at its time, and not before', () => {
    const profiles = fc
      .array(fc.nat(5000), { minLength: 2, maxLength: 30 })
      .filter(gaps => gaps.slice(1).some(gap => gap > 0))
    fc.assert(
      fc.property(profiles, fc.double({ min: 0.01, max: 100, noNaN: true }), fc.nat(100_000), (gaps, speed, index) => {
        let atMs = 0
        const schedule = scheduleOf(
          gaps.map(gap => {
            atMs += gap
            return atMs
          }),
          speed,
        )
        const atSec = schedule.dueAt(index)
        expect(schedule.dueBy(atSec)).toBeGreaterThanOrEqual(index + 1)
        expect(schedule.dueBy(atSec - Math.max(1e-7, atSec * 1e-12))).toBeLessThanOrEqual(index)
      }),
      { numRuns: 50 },
    )
  })
})
