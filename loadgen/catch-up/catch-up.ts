// Makes the consumers of a run fall behind and watches them catch up: asks the brokers for the end offsets again and again,
// tells the workers to pause, to go on or to go back, and hands what it sees to the watch.
import type { Clock } from '../../core/clock.ts'
import { makeHistogram } from '../../core/histogram.ts'
import type { CatchUpPlan } from '../plan.ts'
import { plural } from '../report/format.ts'
import type { Positions } from '../worker/contract.ts'
import type { ReadPositions } from '../worker/read-positions.ts'
import type { SlotReader } from '../worker/slots.ts'
import type { CatchUpResult } from './model.ts'
import { CatchUpWatch, type Responses, type Sample } from './watch.ts'

const sampleEveryMs = 100
/** A drain may be over soon. */
const drainSampleEveryMs = 20

export interface CatchUpSettings {
  readonly plan: CatchUpPlan
  readonly clock: Pick<Clock, 'nowNs'>
  readonly startNs: number
  readonly fromNs: number
  readonly untilNs: number
  /** Those that the run reads. */
  readonly partitions: readonly number[]
  readonly readPositions: Pick<ReadPositions, 'at'>
  /** Of the producers, and of nobody else: what they take is missing elsewhere. Empty: the run produces nothing. */
  readonly producers: readonly Pick<SlotReader, 'measured' | 'warmup'>[]
  readonly crew: CatchUpCrew
  readonly signal: AbortSignal | undefined
  offeredIn(fromNs: number, toNs: number): number | undefined
  recordsSoFar(side: 'produce' | 'consume'): number
  /** By partition. */
  readEndOffsets(): Promise<readonly number[]>
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
  #isStopping = false
  #ends: readonly number[] | undefined

  /** Goes on by itself until the measured time is over. */
  constructor(settings: CatchUpSettings) {
    const { plan, startNs, fromNs, untilNs, producers, signal } = settings
    this.#settings = settings
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
    const { readPositions } = this.#settings
    return this.#lagOf(each => readPositions.at(each))
  }

  #lagOf(positionOf: (partition: number) => number): number | undefined {
    const ends = this.#ends
    if (ends === undefined) return undefined
    return this.#settings.partitions.reduce((sum, each) => sum + Math.max(0, (ends[each] ?? 0) - positionOf(each)), 0)
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
    const lag = this.#lagOf(each => offsets[each] ?? readPositions.at(each))
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
    const ends = await Promise.race([this.#settings.readEndOffsets(), this.#stopping.promise])
    if (ends === undefined) return undefined
    this.#ends = ends
    return this.#sample()
  }

  #sample(): Sample {
    const { clock, partitions, recordsSoFar } = this.#settings
    return {
      ns: clock.nowNs(),
      lag: this.lag ?? 0,
      appended: partitions.reduce((sum, each) => sum + (this.#ends?.[each] ?? 0), 0),
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
