// A session that ends (KIP-368): who is still there when its lifetime is over gets disconnected, so the client
// authenticates again on the same connection some time before. What is in flight finishes first, what is new waits.

/** The longest delay that timers take; authenticating earlier than asked does no harm. */
const timerDelayMaxMs = 0x7fff_ffff
/** The part of the lifetime after which to start, drawn anew each time so that clients do not come all at once. */
const [earliest, latest] = [0.85, 0.95]
/**
 * What is in flight is answered first. A broker that is flooded takes seconds for it, and closes the connection at the first
 * request that it comes to after the lifetime: so much is left for them, or half of a shorter lifetime.
 */
const drainMs = 5_000
/** Kafka takes a renewal within a second of the last one for a mistake, however short the lifetime that it gave. */
const renewalGapMs = 1_050

export interface RenewalOptions {
  /** In [0, 1). */
  readonly random: () => number
  /** New requests wait from now on; resolves when none is in flight. */
  readonly hold: () => Promise<void>
  /** Resolves to the new lifetime, 0 for no end. */
  readonly authenticate: () => Promise<number>
  /** Authenticated: what waits may go on. */
  readonly release: () => void
  readonly failed: (error: unknown) => void
}

export class SessionRenewal {
  readonly #options: RenewalOptions
  #timer: NodeJS.Timeout | undefined
  #isStopped = false

  constructor(options: RenewalOptions) {
    this.#options = options
  }

  schedule(lifetimeMs: number): void {
    if (lifetimeMs <= 0 || this.#isStopped) return
    const drainedMs = lifetimeMs - Math.min(drainMs, lifetimeMs / 2)
    const usableMs = Math.min(lifetimeMs, Math.max(drainedMs, renewalGapMs) / latest)
    const delayMs = usableMs * (earliest + (latest - earliest) * this.#options.random())
    const tooEarlyMs = Math.max(renewalGapMs - delayMs, 0)
    this.#timer = setTimeout(() => void this.#renew(tooEarlyMs), Math.min(delayMs, timerDelayMaxMs))
  }

  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
  }

  async #renew(tooEarlyMs: number): Promise<void> {
    const { hold, authenticate, release, failed } = this.#options
    try {
      // A broker that sees another request between the steps of authentication closes the connection.
      await hold()
      if (tooEarlyMs > 0) await this.#pause(tooEarlyMs)
      if (this.#isStopped) return
      this.schedule(await authenticate())
      release()
    } catch (error) {
      failed(error)
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise(resolve => {
      this.#timer = setTimeout(resolve, ms)
    })
  }
}
