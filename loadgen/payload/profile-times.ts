// When the records of a profile were, line by line. A file of version 1 says how long it was since the record before of the same
// partition: from that the times are put together again, but for the first record of each partition, which counts as of the
// line before it.

export interface TimeOfLine {
  readonly atMs?: number
  /** Version 1. */
  readonly gapMs?: number
}

export class ProfileTimes {
  readonly #times: number[] = []
  readonly #lastOfPartition = new Map<number, number>()
  #lastMs = 0
  #lines = 0
  #withTime = 0
  #withGap = 0

  /** What is wrong with it. */
  add(partition: number, { atMs, gapMs }: TimeOfLine): string | undefined {
    const beforeMs = this.#lastMs
    const isFirst = this.#lines++ === 0
    if (atMs !== undefined) this.#withTime++
    if (gapMs !== undefined) this.#withGap++
    const ofPartition = this.#lastOfPartition.get(partition)
    const timeMs = atMs ?? (gapMs === undefined || ofPartition === undefined ? beforeMs : ofPartition + gapMs)
    this.#lastOfPartition.set(partition, timeMs)
    this.#lastMs = isFirst ? timeMs : Math.max(beforeMs, timeMs)
    this.#times.push(this.#lastMs)
    if (atMs === undefined) return this.#withTime > 0 ? 'has no atMs, and lines before have one' : undefined
    if (this.#withTime < this.#lines) return 'has atMs, and a line before has none'
    return isFirst || atMs >= beforeMs ? undefined : `atMs ${atMs} is before that of the line before, ${beforeMs}`
  }

  /** Since the first; undefined: nothing was said of them. */
  get timesMs(): number[] | undefined {
    if (this.#withTime + this.#withGap === 0) return undefined
    const firstMs = this.#times[0]!
    return this.#times.map(timeMs => timeMs - firstMs)
  }
}
