// All scenarios of a test begin to count at one moment: when those that start first are connected.
export class StartGate {
  readonly #opened = Promise.withResolvers<number>()
  readonly #now: () => number
  #missing: number

  /** `count`: how many are waited for. `now`: milliseconds of any clock. */
  constructor(count: number, now: () => number) {
    this.#missing = count
    this.#now = now
    this.#opened.promise.catch(() => {})
    if (count === 0) this.#opened.resolve(now())
  }

  /** The moment at which the test has begun. */
  get opened(): Promise<number> {
    return this.#opened.promise
  }

  ready(): void {
    this.#missing--
    if (this.#missing === 0) this.#opened.resolve(this.#now())
  }

  /** One of them cannot begin, so none does. */
  fail(error: unknown): void {
    this.#opened.reject(error)
  }
}
