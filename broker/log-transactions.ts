// Which transactions are open in a partition, and which were aborted: what the last stable offset and a read_committed
// fetch are made of (KIP-98). Learned from the batches as they are appended.

export interface AbortedTransaction {
  readonly producerId: number
  readonly firstOffset: number
  /** Offset of its marker. */
  readonly lastOffset: number
}

export class TransactionIndex {
  /** Producer to the first offset of its transaction. Offsets only grow, so the first entry is the oldest. */
  readonly #open = new Map<number, number>()
  #aborted: AbortedTransaction[] = []

  get openCount(): number {
    return this.#open.size
  }

  /** First offset of the oldest open transaction; undefined when none is open. */
  get firstOpenOffset(): number | undefined {
    return this.#open.values().next().value
  }

  firstOffsetOf(producerId: number): number | undefined {
    return this.#open.get(producerId)
  }

  noteData(producerId: number, baseOffset: number): void {
    if (!this.#open.has(producerId)) this.#open.set(producerId, baseOffset)
  }

  noteMarker(producerId: number, markerOffset: number, kind: 'abort' | 'commit'): void {
    const firstOffset = this.#open.get(producerId)
    if (firstOffset === undefined) return
    this.#open.delete(producerId)
    if (kind === 'abort') this.#aborted.push({ producerId, firstOffset, lastOffset: markerOffset })
  }

  /** Those with records in [from, end), as a fetch response lists them. */
  abortedIn(from: number, end: number): AbortedTransaction[] {
    return this.#aborted.filter(each => each.lastOffset >= from && each.firstOffset < end)
  }

  /** What lies before the log's start is of interest to nobody. */
  forgetBefore(offset: number): void {
    if (this.#aborted.some(each => each.lastOffset < offset)) {
      this.#aborted = this.#aborted.filter(each => each.lastOffset >= offset)
    }
  }
}
