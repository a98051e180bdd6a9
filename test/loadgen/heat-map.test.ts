// Shows that a heat map loses no latency, has a row for what a row is said to hold, and stays small however long the run.
import { describe, expect, it } from 'vitest'
import { columnsMax, HeatMap, rowOf } from '../../loadgen/heat-map.ts'

describe('rows', () => {
  it('are four for each doubling, and begin where they say', () => {
    for (const row of [40, 41, 77, 120, 160]) {
      expect(rowOf(2 ** (row / 4))).toBe(row)
      expect(rowOf(2 ** ((row + 0.99) / 4))).toBe(row)
    }
    expect([rowOf(0), rowOf(1), rowOf(999)]).toEqual([rowOf(1000), rowOf(1000), rowOf(1000)])
  })
})

describe('columns', () => {
  it('hold the seconds that were closed', () => {
    const map = new HeatMap()
    map.recordValueWithCount(2 ** 20, 5)
    map.recordValueWithCount(2 ** 20.5, 1)
    map.close(1, 1)
    map.close(2, 1)
    map.recordValueWithCount(2 ** 22, 7)
    expect(map.data()).toEqual({
      secondsPerColumn: 1,
      columns: [
        { sec: 1, from: 80, counts: [5, 0, 1] },
        { sec: 2, from: 0, counts: [] },
        { sec: 2, from: 88, counts: [7] },
      ],
    })
  })

  it('of a piece that an edge cut off go to the next', () => {
    const map = new HeatMap()
    map.recordValueWithCount(2 ** 20, 1)
    map.close(0.2, 0.2)
    map.recordValueWithCount(2 ** 20, 2)
    map.close(1.2, 1)
    expect(map.data().columns).toEqual([{ sec: 1.2, from: 80, counts: [3] }])
  })

  it('become wider when there are too many, and keep every latency', () => {
    const map = new HeatMap()
    const seconds = columnsMax * 3
    for (let sec = 1; sec <= seconds; sec++) {
      map.recordValueWithCount(2 ** (20 + (sec % 7)), 10)
      map.close(sec, 1)
    }
    const { secondsPerColumn, columns } = map.data()
    expect(columns.length).toBeLessThanOrEqual(columnsMax)
    expect(secondsPerColumn).toBe(4)
    expect(columns.flatMap(({ counts }) => counts).reduce((sum, count) => sum + count, 0)).toBe(seconds * 10)
  })
})
