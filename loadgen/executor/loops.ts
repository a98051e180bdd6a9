// Closed loops of a fixed number of VUs: each begins its next iteration when its last has ended, for a time (constant-vus), so
// many times each (per-vu-iterations), or until all together have done so many (shared-iterations).
import type { ConstantVus, PerVuIterations, SharedIterations } from '../scenario/model.ts'
import { regularDurationMs } from '../scenario/model.ts'
import { scaled } from '../scenario/segment.ts'
import type { Executor, ExecutorContext, ExecutorVu } from './contract.ts'
import { Vus } from './vus.ts'

export class LoopExecutor implements Executor {
  readonly #executor: ConstantVus | PerVuIterations | SharedIterations
  readonly #context: ExecutorContext
  readonly #vus: Vus

  constructor(executor: ConstantVus | PerVuIterations | SharedIterations, context: ExecutorContext) {
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

  prepare(): Promise<void> {
    return this.#vus.makeAll(scaled(this.#executor.vus, this.#context.share))
  }

  async run(startNs: number): Promise<void> {
    const { timing, stop } = this.#context
    await timing.until(startNs, stop)
    const endNs = startNs + regularDurationMs(this.#executor) * 1e6
    await this.#vus.finish(
      this.#vus.all.map(vu => this.#loop(vu, endNs)),
      endNs,
    )
    if (this.#executor.kind !== 'shared-iterations' || stop.aborted) return
    const left = this.#context.sharedCount!.claimRest()
    if (left > 0) this.#context.dropped(left)
  }

  async #loop(vu: ExecutorVu, endNs: number): Promise<void> {
    const { timing, stop } = this.#context
    const own = this.#executor.kind === 'per-vu-iterations' ? this.#executor.iterations : Number.POSITIVE_INFINITY
    let begun = 0
    this.#vus.active++
    while (begun < own && !stop.aborted && timing.nowNs() < endNs && this.#mayBegin()) {
      begun++
      await vu.iterate()
    }
    this.#vus.active--
    if (Number.isFinite(own) && begun < own && !stop.aborted) this.#context.dropped(own - begun)
  }

  #mayBegin(): boolean {
    return this.#executor.kind !== 'shared-iterations' || this.#context.sharedCount!.claim() !== undefined
  }
}
