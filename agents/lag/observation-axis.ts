// The moments at which rows were observed, one axis for all rows of a cluster. At most so many in a window: the newest observation
// takes the place of the one before it while that one is young, so a row keeps few numbers, however often it is looked at.

/** More would not change a verdict: a window needs its ends and a few points between. */
export const slotsMax = 16

/** From one observation to the next but one, as a share of the window: looks every ten seconds are all kept, also when one is early. */
const shareMin = 1 / (slotsMax + 2)

export class ObservationAxis {
  readonly #windowMs: number
  readonly #atMs: number[] = []
  /** Slot of the oldest observation: rows keep theirs in a ring. */
  #first = 0

  constructor(windowMs: number) {
    this.#windowMs = windowMs
  }

  get length(): number {
    return this.#atMs.length
  }

  atMs(index: number): number {
    return this.#atMs[index]!
  }

  slotOf(index: number): number {
    return (this.#first + index) % slotsMax
  }

  /** Before rows are observed. True: this observation takes the place of the newest one. */
  begin(nowMs: number): boolean {
    const before = this.#atMs.at(-2)
    const isReplacing = before !== undefined && nowMs - before < this.#windowMs * shareMin
    if (isReplacing) this.#atMs.pop()
    else if (this.#atMs.length === slotsMax) {
      this.#atMs.shift()
      this.#first = (this.#first + 1) % slotsMax
    }
    this.#atMs.push(nowMs)
    return isReplacing
  }
}
