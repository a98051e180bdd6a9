// The end offsets of one partition as the agent has seen them, with times: what a time lag is interpolated from. Kept as plain
// numbers, because there is one for each partition.
//
// An end that stays is one entry with the first and the last moment at which it was seen, so an idle partition takes no
// memory. Between the question and the answer nobody knows when the broker looked: what was appended by then was so when the
// answer came, and what was not yet, was not when the question went out. When there are too many entries every second one of the older half goes: what is long ago is known less exactly,
// and the bounds of a time lag say so. Offsets that go back (the topic was made again) make the past worthless.

const entriesMaxDefault = 64
const entriesAtFirst = 4
/** End offset, first seen, last seen. */
const fields = 3

export class EndHistory {
  #numbers = new Float64Array(entriesAtFirst * fields)
  #length = 0
  readonly #entriesMax: number

  constructor(entriesMax = entriesMaxDefault) {
    this.#entriesMax = entriesMax
  }

  /** Entries, oldest first. */
  get length(): number {
    return this.#length
  }

  endOffset(index: number): number {
    return this.#numbers[index * fields]!
  }

  /** When the answer had come. */
  firstSeenMs(index: number): number {
    return this.#numbers[index * fields + 1]!
  }

  /** When the question went out. */
  lastSeenMs(index: number): number {
    return this.#numbers[index * fields + 2]!
  }

  saw(endOffset: number, heardAtMs: number, askedAtMs: number = heardAtMs): void {
    const newest = this.#length - 1
    if (newest >= 0 && this.endOffset(newest) === endOffset) {
      this.#numbers[newest * fields + 2] = askedAtMs
      return
    }
    if (newest >= 0 && endOffset < this.endOffset(newest)) this.#length = 0
    this.#push(endOffset, heardAtMs, askedAtMs)
    if (this.#length > this.#entriesMax) this.#thinOut()
  }

  #push(endOffset: number, heardAtMs: number, askedAtMs: number): void {
    const at = this.#length++ * fields
    if (at + fields > this.#numbers.length) {
      const larger = new Float64Array(this.#numbers.length * 2)
      larger.set(this.#numbers)
      this.#numbers = larger
    }
    this.#numbers.set([endOffset, heardAtMs, askedAtMs], at)
  }

  #thinOut(): void {
    const half = this.#length >> 1
    let kept = 0
    for (let index = 0; index < this.#length; index++) {
      if (index < half && index % 2 === 1) continue
      this.#numbers.copyWithin(kept * fields, index * fields, (index + 1) * fields)
      kept++
    }
    this.#length = kept
  }
}
