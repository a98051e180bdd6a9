// The memory that all logs together may take. A log asks before it allocates; when the answer is no, retention is applied
// first, and only then is the write refused.

export class MemoryBudget {
  readonly limitBytes: number
  #usedBytes = 0
  /** Set by the cluster: applies the retention of every topic at once. */
  reclaim: () => void = () => {}

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes
  }

  get usedBytes(): number {
    return this.#usedBytes
  }

  /** False: there is no room, not even after retention. */
  take(byteLength: number): boolean {
    if (this.#usedBytes + byteLength > this.limitBytes) this.reclaim()
    if (this.#usedBytes + byteLength > this.limitBytes) return false
    this.#usedBytes += byteLength
    return true
  }

  give(byteLength: number): void {
    this.#usedBytes -= byteLength
  }
}
