// How far the consumers of a run have read each partition, all of them together: shared memory, touched once a partition and
// answer. Only for runs whose partitions are read again from an earlier offset, or change hands: what was read before is
// known by its offset, whoever read it.
const words = { current: 0, claimed: 1 } as const
const wordsEach = 2

export const allocateReadPositions = (partitions: number): SharedArrayBuffer =>
  new SharedArrayBuffer(partitions * wordsEach * BigInt64Array.BYTES_PER_ELEMENT)

export class ReadPositions {
  readonly #words: BigInt64Array<SharedArrayBuffer>

  constructor(memory: SharedArrayBuffer) {
    this.#words = new BigInt64Array(memory)
  }

  /** Next offset to read of the partition, as of the last answer. */
  at(partition: number): number {
    return Number(Atomics.load(this.#words, partition * wordsEach + words.current))
  }

  moveTo(partition: number, offset: number): void {
    Atomics.store(this.#words, partition * wordsEach + words.current, BigInt(offset))
  }

  /** Nobody else reads up to this offset for the first time. Below what is returned somebody has been already. */
  claim(partition: number, upTo: number): number {
    const index = partition * wordsEach + words.claimed
    const wanted = BigInt(upTo)
    for (let known = Atomics.load(this.#words, index); ; ) {
      if (known >= wanted) return Number(known)
      const found = Atomics.compareExchange(this.#words, index, known, wanted)
      if (found === known) return Number(known)
      known = found
    }
  }
}
