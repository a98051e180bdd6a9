// Shows that the history changes where Apache Otava says that it does.
// Method: series and points that scripts/gate-fixtures.py has had from Otava (test/fixtures/gate/change-points.json).
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { changePoints } from '../../../loadgen/history/change-points.ts'

interface Case {
  name: string
  series: number[]
  magnitudeMin: number
  indexes: number[]
}

const { cases } = JSON.parse(
  readFileSync(new URL('../../fixtures/gate/change-points.json', import.meta.url), 'utf8'),
) as { cases: Case[] }

describe('change points', () => {
  it.each(cases)("of a series ($name) are Otava's", ({ series, magnitudeMin, indexes }) => {
    const found = changePoints(series, { magnitudeMin })
    expect(found.map(({ index }) => index)).toEqual(indexes)
    // The means of what lies between the points that are left (Otava 0.8 keeps those of points that it has taken away).
    const borders = [0, ...indexes, series.length]
    const mean = (at: number) => {
      const values = series.slice(borders[at], borders[at + 1])
      return values.reduce((sum, value) => sum + value, 0) / values.length
    }
    for (const [at, { meanBefore, meanAfter }] of found.entries()) {
      expect([meanBefore, meanAfter]).toEqual([mean(at), mean(at + 1)])
    }
  })

  it('are none in nothing, in one value, and in a constant', () => {
    expect(changePoints([])).toEqual([])
    expect(changePoints([1])).toEqual([])
    expect(changePoints(Array(80).fill(7))).toEqual([])
  })

  it('are found without any noise', () => {
    expect(changePoints([...Array(10).fill(100), ...Array(10).fill(50)]).map(({ index }) => index)).toEqual([10])
  })
})
