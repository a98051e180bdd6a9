// Makes the consumers of a run fall behind and watches them catch up: asks the brokers for the end offsets again and again,
// tells the workers to pause, to go on or to go back, and hands what it sees to the watch.
import type { Clock } from '../../core/clock.ts'
import { makeHistogram } from '../../core/histogram.ts'
import { LagProbe, type LagProbeSettings } from '../lag-probe.ts'
import type { CatchUpPlan } from '../plan.ts'
import { plural } from '../report/format.ts'
import type { Positions } from '../worker/contract.ts'
import type { SlotReader } from '../worker/slots.ts'
import type { CatchUpResult } from './model.ts'
import { CatchUpWatch, type Responses, type Sample } from './watch.ts'

const sampleEveryMs = 100
/** A drain may be over soon. */
const drainSampleEveryMs = 20

export interface CatchUpSettings extends LagProbeSettings {
  readonly plan: CatchUpPlan
  readonly clock: Pick<Clock, 'nowNs'>
  readonly startNs: number
  readonly fromNs: number
  readonly untilNs: number
  /** Of the producers, and of nobody else: what they take is missing elsewhere. Empty: the run produces nothing. */
  readonly producers: readonly Pick<SlotReader, 'measured' | 'warmup'>[]
  readonly crew: CatchUpCrew
  readonly signal: AbortSignal | undefined
  offeredIn(fromNs: number, toNs: number): number | undefined
  recordsSoFar(side: 'produce' | 'consume'): number
  /** Where to, from these positions. */
  seekTargets(positions: Positions): Promise<Positions>
  onNotice(text: string): void
}

export interface CatchUpCrew {
  pauseConsumers(): void
  resumeConsumers(): void
  /** Resolves when all have gone back. */
  seekConsumers(offsets: Positions): Promise<void>
}

export class CatchUp {
  readonly #settings: CatchUpSettings
  readonly #watch: CatchUpWatch
  readonly #stopping = Promise.withResolvers<void>()
  readonly #running: Promise<void>
  readonly #probe: LagProbe
  #isStopping = false

  /** Goes on by itself until the measured time is over. */
  constructor(settings: CatchUpSettings) {
    const { plan, startNs, fromNs, untilNs, producers, signal } = settings
    this.#settings = settings
    this.#probe = new LagProbe(settings)
    this.#watch = new CatchUpWatch({
      ...{ plan, startNs, fromNs, untilNs, produces: producers.length > 0 },
      takeResponses: () => this.#takeResponses(),
      offeredIn: (from, to) => settings.offeredIn(from, to),
    })
    const stop = () => this.stop()
    if (signal?.aborted) stop()
    signal?.addEventListener('abort', stop)
    this.#running = this.#run().finally(() => signal?.removeEventListener('abort', stop))
  }

  /** Offsets that the consumers have still to read; undefined: not known yet. */
  get lag(): number | undefined {
    return this.#probe.lag
  }

  async finish(): Promise<CatchUpResult> {
    this.stop()
    await this.#running
    return this.#watch.result
  }

  /** The run ends before its time: what is paused goes on. */
  stop(): void {
    this.#isStopping = true
    this.#stopping.resolve()
  }

  async #run(): Promise<void> {
    try {
      while (!this.#isStopping) {
        await this.#nap()
        if (this.#isStopping) break
        const sample = await this.#look()
        if (sample !== undefined && (await this.#step(sample)) === 'end') return
      }
    } catch (error) {
      this.#settings.onNotice(`catch-up: given up: ${(error as Error).message}`)
    } finally {
      // What is paused now would never come to its end.
      if (this.#watch.isPaused) this.#settings.crew.resumeConsumers()
      this.#watch.end(this.#sample())
    }
  }

  async #step(sample: Sample): Promise<string | undefined> {
    const { crew, onNotice } = this.#settings
    const step = this.#watch.take(sample)
    switch (step) {
      case 'pause':
        crew.pauseConsumers()
        onNotice('catch-up: the consumers pause')
        break
      case 'seek':
        await this.#seek()
        break
      case 'resume':
        crew.resumeConsumers()
        onNotice(`catch-up: the consumers go on, ${plural(sample.lag, 'offset')} behind`)
        break
      case 'caught-up':
        onNotice(`catch-up: caught up after ${this.#watch.result.drainSeconds.toFixed(2)} s`)
        break
      default:
    }
    return step
  }

  async #seek(): Promise<void> {
    const { partitions, readPositions, crew, seekTargets, onNotice } = this.#settings
    const positions = Object.fromEntries(partitions.map(each => [each, readPositions.at(each)]))
    const offsets = await Promise.race([seekTargets(positions), this.#stopping.promise])
    if (offsets === undefined) return
    // Some of the backlog is read again before all workers have said that they went back.
    const lag = this.#probe.lagAt(each => offsets[each] ?? readPositions.at(each))
    const sample = { ...this.#sample(), lag: lag ?? 0 }
    this.#watch.wasSetBack(sample)
    const gone = crew.seekConsumers(offsets)
    await Promise.race([gone, this.#stopping.promise])
    onNotice(`catch-up: the consumers go back, ${plural(sample.lag, 'offset')} behind`)
  }

  /** Until the next look, or the next edge. */
  async #nap(): Promise<void> {
    const { nowNs } = this.#settings.clock
    const everyMs = this.#watch.isDraining ? drainSampleEveryMs : sampleEveryMs
    const ms = Math.min(everyMs, (this.#watch.nextEdgeNs - nowNs()) / 1e6)
    let timer: NodeJS.Timeout | undefined
    const elapsed = new Promise<void>(resolve => {
      timer = setTimeout(resolve, Math.max(1, Math.ceil(ms)))
    })
    await Promise.race([elapsed, this.#stopping.promise])
    clearTimeout(timer)
  }

  /** Undefined: the run is over meanwhile. */
  async #look(): Promise<Sample | undefined> {
    await Promise.race([this.#probe.look(), this.#stopping.promise])
    return this.#isStopping ? undefined : this.#sample()
  }

  #sample(): Sample {
    const { clock, recordsSoFar } = this.#settings
    return {
      ns: clock.nowNs(),
      lag: this.lag ?? 0,
      appended: this.#probe.appended,
      produced: recordsSoFar('produce'),
      consumed: recordsSoFar('consume'),
    }
  }

  #takeResponses(): Responses | undefined {
    const histogram = makeHistogram()
    for (const { measured, warmup } of this.#settings.producers) {
      measured.latency.drainInto(histogram)
      warmup.latency.drainInto(histogram)
    }
    if (histogram.totalCount === 0) return undefined
    const ms = (percentile: number) => histogram.getValueAtPercentile(percentile) / 1e6
    return { p50Ms: ms(50), p99Ms: ms(99) }
  }
}
