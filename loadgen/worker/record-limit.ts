// How many records the consumers of a run may still count, all of them together: `--records` is exact, whoever reads first.
// A shared counter, touched once a batch.
export const allocateRecordLimit = (records: number): SharedArrayBuffer => {
  const memory = new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT)
  new BigInt64Array(memory)[0] = BigInt(records)
  return memory
}

export class RecordLimit {
  readonly #left: BigInt64Array<SharedArrayBuffer>

  constructor(memory: SharedArrayBuffer) {
    this.#left = new BigInt64Array(memory)
  }

  /** How many of these may be counted: all of them, the rest of what is left, or none. */
  claim(records: number): number {
    const left = Number(Atomics.sub(this.#left, 0, BigInt(records)))
    return Math.max(0, Math.min(left, records))
  }

  get isUsedUp(): boolean {
    return Atomics.load(this.#left, 0) <= 0n
  }
}
