// An open loop: iterations begin at their time, whoever is still busy with older ones. One that finds no free VU is dropped
// and not made up for; if there may be more VUs, one is made meanwhile, one at a time.
import type { ConstantArrivalRate, RampingArrivalRate } from '../scenario/model.ts'
import { regularDurationMs } from '../scenario/model.ts'
import { scaled } from '../scenario/segment.ts'
import { arrivalsOf } from './arrivals.ts'
import type { Executor, ExecutorContext, ExecutorVu } from './contract.ts'
import { Vus } from './vus.ts'

export class ArrivalExecutor implements Executor {
  readonly #executor: ConstantArrivalRate | RampingArrivalRate
  readonly #context: ExecutorContext
  readonly #vus: Vus
  readonly #vusMax: number
  readonly #free: ExecutorVu[] = []
  readonly #work = new Set<Promise<void>>()
  #making: Promise<void> | undefined
  #hasWarned = false

  constructor(executor: ConstantArrivalRate | RampingArrivalRate, context: ExecutorContext) {
    this.#executor = executor
    this.#context = context
    this.#vus = new Vus(context)
    this.#vusMax = scaled(executor.maxVus, context.share)
  }

  get activeVus(): number {
    return this.#vus.active
  }

  get initializedVus(): number {
    return this.#vus.all.length
  }

  async prepare(): Promise<void> {
    await this.#vus.makeAll(scaled(this.#executor.preAllocatedVus, this.#context.share))
    this.#free.push(...this.#vus.all.toReversed())
  }

  async run(startNs: number): Promise<void> {
    const { timing, stop, share } = this.#context
    const endNs = startNs + regularDurationMs(this.#executor) * 1e6
    const { count, dueNs } = arrivalsOf(this.#executor, share)!
    // Without a VU this share has nothing to work with: the others have the iterations.
    for (let own = 0; own < count && this.#vusMax > 0; own++) {
      const atNs = startNs + dueNs(own)
      // Late ones begin one right after the other; in between, VUs that have finished become free.
      await (timing.nowNs() < atNs ? timing.until(atNs, stop) : timing.turn())
      if (stop.aborted) break
      if (timing.nowNs() >= endNs && atNs < timing.nowNs()) {
        this.#context.dropped(count - own)
        break
      }
      this.#begin(atNs)
    }
    await timing.until(endNs, stop)
    await this.#making
    await this.#vus.finish([...this.#work], endNs)
  }

  #begin(atNs: number): void {
    const vu = this.#free.pop()
    if (vu === undefined) {
      this.#context.dropped(1)
      return this.#makeOneMore()
    }
    this.#context.late?.(Math.max(0, this.#context.timing.nowNs() - atNs))
    this.#vus.active++
    const work = vu.iterate().then(() => {
      this.#vus.active--
      this.#free.push(vu)
      this.#work.delete(work)
    })
    this.#work.add(work)
  }

  #makeOneMore(): void {
    if (this.#making !== undefined) return
    if (this.#vus.asked >= this.#vusMax) {
      if (!this.#hasWarned) {
        this.#context.notice(
          `no VU was free, and there may be no more than ${this.#executor.maxVus}: iterations are dropped`,
        )
      }
      this.#hasWarned = true
      return
    }
    this.#making = this.#vus.make().then(vu => {
      this.#free.push(vu)
      this.#making = undefined
    })
  }
}
