// VUs of a scenario without a function: each is a request that may be in flight. How many there are may go up and down.
import { type VuStep, vuLevels } from '../executor/vu-steps.ts'
import type { VuPlan } from '../plan.ts'
import { split, wholeStriping } from '../scenario/segment.ts'
import type { Stripe } from '../schedule/schedule.ts'

export class InFlightLimit {
  /** Requests over all connections. */
  inFlight = 0
  readonly #steps: readonly VuStep[]
  #startNs = 0
  #next = 0
  #vus = Number.POSITIVE_INFINITY

  /** `vus`: of all workers together; undefined: no limit but that of each connection. */
  constructor(vus: VuPlan | undefined, { worker, workers }: Stripe) {
    const share = split(vus?.share ?? wholeStriping, worker, workers)
    this.#steps = vus === undefined ? [] : [...vuLevels(vus, share)]
    if (vus !== undefined) this.#vus = 0
  }

  begin(startNs: number): void {
    this.#startNs = startNs
  }

  update(nowNs: number, inFlight: number): void {
    this.inFlight = inFlight
    for (; this.#startNs + (this.#steps[this.#next]?.atNs ?? Number.NaN) <= nowNs; this.#next++) {
      this.#vus = this.#steps[this.#next]!.vus
    }
  }

  /** Requests that may leave now. Without any VU one still may, for what was made before. */
  get left(): number {
    return Math.max(this.#vus, 1) - this.inFlight
  }

  /** There is nobody to make records. */
  get isClosed(): boolean {
    return this.#vus === 0
  }
}
