// DATA PLANE: looked at once an answer of a fetch, and once a change of run within it.
//
// Offsets between clocks, from the main thread that estimates them to the workers that time records by them. Two copies in shared
// memory: the one that is not current is written, then made current. A reader is done with a copy long before it is written
// again: updates are a tenth of a second apart.

/** Runs whose clocks are known at a time. */
export const runsMax = 64

const doublesOfRun = 3
const copyDoubles = 1 + runsMax * doublesOfRun
const headBytes = 8

export interface RunOffset {
  readonly run: number
  /** Clock of that run minus ours, microseconds. */
  readonly offsetUs: number
  readonly errorUs: number
}

export const allocateOffsets = (): SharedArrayBuffer => new SharedArrayBuffer(headBytes + 2 * copyDoubles * 8)

export class SharedOffsets {
  readonly #current: Int32Array
  readonly #copies: readonly [Float64Array, Float64Array]

  constructor(memory: SharedArrayBuffer) {
    this.#current = new Int32Array(memory, 0, 1)
    const copy = (index: number) => new Float64Array(memory, headBytes + index * copyDoubles * 8, copyDoubles)
    this.#copies = [copy(0), copy(1)]
  }

  /** The main thread's side: all that is known. */
  publish(offsets: readonly RunOffset[]): void {
    const next = 1 - Atomics.load(this.#current, 0)
    const copy = this.#copies[next]!
    const kept = offsets.slice(-runsMax)
    copy[0] = kept.length
    for (const [index, { run, offsetUs, errorUs }] of kept.entries()) {
      copy.set([run, offsetUs, errorUs], 1 + index * doublesOfRun)
    }
    Atomics.store(this.#current, 0, next)
  }

  /** A worker's side: undefined when nobody has told of the run. */
  find(run: number): RunOffset | undefined {
    const copy = this.#copies[Atomics.load(this.#current, 0)]!
    for (let at = 1, left = copy[0]!; left > 0; left--, at += doublesOfRun) {
      if (copy[at] === run) return { run, offsetUs: copy[at + 1]!, errorUs: copy[at + 2]! }
    }
    return undefined
  }
}
