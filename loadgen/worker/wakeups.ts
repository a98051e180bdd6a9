// When a loop looks again: in the next turn of the event loop, or after a while; whichever comes first, and never twice.

export class Wakeups {
  readonly #wake: () => void
  #immediate: NodeJS.Immediate | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(wake: () => void) {
    this.#wake = wake
  }

  soon(): void {
    this.#immediate ??= setImmediate(this.#wake)
  }

  /** A timer that runs already stays as it is. */
  after(ms: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#wake()
    }, ms)
  }

  get isTimed(): boolean {
    return this.#timer !== undefined
  }

  /** It looks now: what was due soon is done with that. */
  awake(): void {
    clearImmediate(this.#immediate)
    this.#immediate = undefined
  }

  stop(): void {
    this.awake()
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
