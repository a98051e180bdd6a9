// Watches the wall clock against the monotonic one. Latencies of one process come from the monotonic clock and do not mind; a
// record's CreateTime, a broker's LogAppendTime and clocks that are compared between hosts do.
import { clockJumpMsMin } from '../verdict/limits.ts'
import type { ClockAudit } from './model.ts'

export class ClockWatch {
  readonly jumps: { readonly sec: number; readonly ms: number }[] = []
  readonly #startNs: number
  readonly #nowNs: () => number
  readonly #wallMs: () => number
  readonly #firstMs: number
  #lastMs: number

  constructor(nowNs: () => number, wallMs: () => number) {
    this.#nowNs = nowNs
    this.#startNs = nowNs()
    this.#wallMs = wallMs
    this.#firstMs = this.#offsetMs()
    this.#lastMs = this.#firstMs
  }

  /** Once a window: what the clock was slewed in between is far below a step. */
  check(): void {
    const offsetMs = this.#offsetMs()
    const stepMs = offsetMs - this.#lastMs
    this.#lastMs = offsetMs
    if (Math.abs(stepMs) >= clockJumpMsMin) this.jumps.push({ sec: (this.#nowNs() - this.#startNs) / 1e9, ms: stepMs })
  }

  audit(): ClockAudit {
    return { jumps: this.jumps, driftMs: this.#lastMs - this.#firstMs }
  }

  /** The wall clock is read between two readings of the other; of a few attempts the tightest counts. */
  #offsetMs(): number {
    let offsetMs = 0
    let tightestNs = Number.POSITIVE_INFINITY
    for (let attempt = 0; attempt < 3; attempt++) {
      const beforeNs = this.#nowNs()
      const wallMs = this.#wallMs()
      const widthNs = this.#nowNs() - beforeNs
      if (widthNs >= tightestNs) continue
      tightestNs = widthNs
      offsetMs = wallMs - (beforeNs + widthNs / 2) / 1e6
    }
    return offsetMs
  }
}
