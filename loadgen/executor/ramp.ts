// Closed loops of a number of VUs that goes up and down. A VU that is to go ends its iteration first, for which it has
// gracefulRampDown; when VUs are wanted again before that, it goes on.
import { maxVusOf, type RampingVus, regularDurationMs } from '../scenario/model.ts'
import { scaled } from '../scenario/segment.ts'
import type { Executor, ExecutorContext, ExecutorVu } from './contract.ts'
import { vuSteps } from './vu-steps.ts'
import { Vus } from './vus.ts'

interface Place {
  readonly vu: ExecutorVu
  isWanted: boolean
  /** Aborted when the VU has ended its loop, or is wanted again. */
  leaving: AbortController | undefined
  loop: Promise<void> | undefined
}

export class RampExecutor implements Executor {
  readonly #executor: RampingVus
  readonly #context: ExecutorContext
  readonly #vus: Vus
  #places: readonly Place[] = []

  constructor(executor: RampingVus, context: ExecutorContext) {
    this.#executor = executor
    this.#context = context
    this.#vus = new Vus(context)
  }

  get activeVus(): number {
    return this.#vus.active
  }

  get initializedVus(): number {
    return this.#vus.all.length
  }

  async prepare(): Promise<void> {
    await this.#vus.makeAll(scaled(maxVusOf(this.#executor), this.#context.share))
    this.#places = this.#vus.all.map(vu => ({ vu, isWanted: false, leaving: undefined, loop: undefined }))
  }

  async run(startNs: number): Promise<void> {
    const { timing, stop, share } = this.#context
    for (const { atNs, vus } of vuSteps(this.#executor, share)) {
      await timing.until(startNs + atNs, stop)
      if (stop.aborted) break
      this.#want(vus)
    }
    const endNs = startNs + regularDurationMs(this.#executor) * 1e6
    await timing.until(endNs, stop)
    await this.#vus.finish(
      this.#places.flatMap(({ loop }) => loop ?? []),
      endNs,
    )
  }

  #want(vus: number): void {
    for (const [index, place] of this.#places.entries()) {
      if (index < vus) this.#bring(place)
      else if (place.isWanted) this.#send(place)
    }
  }

  #bring(place: Place): void {
    place.isWanted = true
    place.leaving?.abort()
    place.leaving = undefined
    place.loop ??= this.#loop(place)
  }

  #send(place: Place): void {
    place.isWanted = false
    if (place.loop === undefined) return
    const { timing } = this.#context
    const leaving = new AbortController()
    place.leaving = leaving
    const untilNs = timing.nowNs() + this.#executor.gracefulRampDownMs * 1e6
    void timing.until(untilNs, leaving.signal).then(() => {
      if (!leaving.signal.aborted) place.vu.interrupt()
    })
  }

  async #loop(place: Place): Promise<void> {
    this.#vus.active++
    while (place.isWanted && !this.#context.stop.aborted) await place.vu.iterate()
    this.#vus.active--
    place.leaving?.abort()
    place.loop = undefined
  }
}
