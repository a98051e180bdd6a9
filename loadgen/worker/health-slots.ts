// The shared memory in which a thread says how it fares: how much CPU it got, waited for and left, how late its event loop
// was, how long the garbage collector held it, and, of a producer, how long it could not go on. The thread writes ten times a
// second (health-probe.ts), nothing here is written per record. Counters are unsigned 32-bit microseconds and may wrap.
import {
  type Histogram,
  type HistogramReader,
  histogramBytes,
  SharedHistogram,
  type TimesTarget,
} from '../../core/histogram.ts'

const counterNames = [
  /** Wall time up to the sample: the denominator of every share. */
  'sampledUs',
  'cpuUserUs',
  'cpuSystemUs',
  /** Ready to run and not running: another thread had the processor (Linux). */
  'runQueueUs',
  'loopActiveUs',
  'loopIdleUs',
  'gcUs',
  /** Records were due and there was no memory for them. */
  'bufferFullUs',
  /** Batches were ready and no broker that leads them took more: in-flight limit reached, or no connection. */
  'brokerWaitUs',
] as const

export type HealthCounter = (typeof counterNames)[number]
export type HealthCounts = Record<HealthCounter, number>

const counterBytes = counterNames.length * 4
const flagBytes = 4
const headBytes = counterBytes + flagBytes

export const allocateHealth = (): SharedArrayBuffer => new SharedArrayBuffer(headBytes + 2 * histogramBytes)

/** The thread's side. */
export class HealthSlots {
  readonly loopDelay: SharedHistogram
  readonly gcPause: SharedHistogram
  readonly #words: Uint32Array

  constructor(memory: SharedArrayBuffer) {
    this.#words = new Uint32Array(memory, 0, headBytes / 4)
    this.loopDelay = new SharedHistogram(memory, headBytes)
    this.gcPause = new SharedHistogram(memory, headBytes + histogramBytes)
  }

  set(name: HealthCounter, us: number): void {
    // Modulo 2^32, as the reader expects.
    this.#words[counterNames.indexOf(name)] = Math.floor(us) % 2 ** 32
  }

  /** The system tells how long this thread waits for a processor. */
  knowsRunQueue(): void {
    this.#words[counterNames.length] = 1
  }
}

/** What one thread went through in the measured time. */
export interface Health {
  readonly counts: HealthCounts
  readonly knowsRunQueue: boolean
  readonly loopDelay: Histogram
  readonly gcPause: Histogram
}

/** The main thread's side. */
export class HealthReader {
  readonly #words: Uint32Array
  readonly #seen = new Uint32Array(counterNames.length)
  readonly #loopDelay: HistogramReader
  readonly #gcPause: HistogramReader

  constructor(memory: SharedArrayBuffer) {
    this.#words = new Uint32Array(memory, 0, headBytes / 4)
    this.#loopDelay = new SharedHistogram(memory, headBytes).reader()
    this.#gcPause = new SharedHistogram(memory, headBytes + histogramBytes).reader()
  }

  get knowsRunQueue(): boolean {
    return this.#words[counterNames.length] === 1
  }

  /** Takes what has come since the last call; without a target it is forgotten (warm-up, drain), but for `delays`. Once a second at least. */
  drain(target?: Pick<Health, 'counts' | 'loopDelay' | 'gcPause'>, delays?: TimesTarget): void {
    for (let index = 0; index < counterNames.length; index++) {
      const now = this.#words[index]!
      if (target !== undefined) target.counts[counterNames[index]!] += (now - this.#seen[index]!) >>> 0
      this.#seen[index] = now
    }
    const delayed = [...(target === undefined ? [] : [target.loopDelay]), ...(delays === undefined ? [] : [delays])]
    this.#loopDelay.drainInto(...delayed)
    this.#gcPause.drainInto(...(target === undefined ? [] : [target.gcPause]))
  }
}

export const zeroHealth = (): HealthCounts => Object.fromEntries(counterNames.map(name => [name, 0])) as HealthCounts
