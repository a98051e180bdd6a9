// Latencies over time and height: for each second how many fell where, coarse enough to be kept for the whole run. When there are
// more columns than a picture has room for, neighbours become one.
import type { HeatMapColumn, HeatMapData } from './result.ts'

/** A row for each step: 4 for each doubling, 19 % apart. */
export const rowsPerDoubling = 4
/** Below a microsecond nothing is told apart. */
const rowMin = Math.floor(Math.log2(1000) * rowsPerDoubling)
export const columnsMax = 720

/** Row of a latency in nanoseconds; row r begins at 2^(r / 4) ns. */
export const rowOf = (ns: number): number =>
  ns <= 1000 ? rowMin : Math.max(rowMin, Math.floor(Math.log2(ns) * rowsPerDoubling + 1e-9))

export class HeatMap {
  #columns: HeatMapColumn[] = []
  #seconds = 1
  #open = new Map<number, number>()
  #openSec = 0

  /** What a histogram reader drains into: the second that is open. */
  recordValueWithCount(ns: number, count: number): void {
    const row = rowOf(ns)
    this.#open.set(row, (this.#open.get(row) ?? 0) + count)
  }

  /** Closes the window; `sec` is its end. */
  close(sec: number, seconds: number): void {
    this.#openSec += seconds
    // A window that an edge cut short belongs to the one before it.
    if (this.#openSec < this.#seconds * 0.75) return
    this.#columns.push(columnOf(sec, this.#open))
    this.#open = new Map()
    this.#openSec = 0
    if (this.#columns.length > columnsMax) this.#halve()
  }

  data(): HeatMapData {
    const rest = this.#open.size === 0 ? [] : [columnOf((this.#columns.at(-1)?.sec ?? 0) + this.#openSec, this.#open)]
    return { secondsPerColumn: this.#seconds, columns: [...this.#columns, ...rest] }
  }

  get isEmpty(): boolean {
    return this.data().columns.every(({ counts }) => counts.length === 0)
  }

  #halve(): void {
    const pairs: HeatMapColumn[] = []
    for (let i = 0; i < this.#columns.length; i += 2) {
      const rows = new Map<number, number>()
      const own = this.#columns.slice(i, i + 2)
      for (const { from, counts } of own) {
        for (const [index, count] of counts.entries()) rows.set(from + index, (rows.get(from + index) ?? 0) + count)
      }
      pairs.push(columnOf(own.at(-1)!.sec, rows))
    }
    this.#columns = pairs
    this.#seconds *= 2
  }
}

function columnOf(sec: number, rows: ReadonlyMap<number, number>): HeatMapColumn {
  const used = [...rows].filter(([, count]) => count > 0).map(([row]) => row)
  if (used.length === 0) return { sec, from: 0, counts: [] }
  const [from, to] = [Math.min(...used), Math.max(...used)]
  return { sec, from, counts: Array.from({ length: to - from + 1 }, (_, index) => rows.get(from + index) ?? 0) }
}
