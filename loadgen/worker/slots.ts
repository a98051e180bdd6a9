// The shared memory of one worker: counters that it alone writes and the main thread reads, and a latency histogram.
// Counters are unsigned 32-bit and may wrap (tear-free by the language's rules; the reader takes differences several times
// a second). Gauges are plain values. Order in memory: counters, gauges, histogram.
import { type HistogramReader, histogramBytes, SharedHistogram } from '../../core/histogram.ts'

const counterNames = [
  'records',
  'bytes',
  'batches',
  'requests',
  'wireBytes',
  'batchBytes',
  'errors',
  'retries',
  'made',
] as const
const gaugeNames = ['inFlight'] as const

export type CounterName = (typeof counterNames)[number]
export type Counts = Record<CounterName, number>
type GaugeName = (typeof gaugeNames)[number]

const slotBytes = (counterNames.length + gaugeNames.length) * 4

export const allocateSlots = (): SharedArrayBuffer => new SharedArrayBuffer(slotBytes + histogramBytes)

/** The worker's side. */
export class WorkerSlots {
  readonly latency: SharedHistogram
  readonly #words: Uint32Array

  constructor(memory: SharedArrayBuffer) {
    this.#words = new Uint32Array(memory, 0, slotBytes / 4)
    this.latency = new SharedHistogram(memory, slotBytes)
  }

  add(name: CounterName, amount: number): void {
    const index = counterNames.indexOf(name)
    this.#words[index] = this.#words[index]! + amount
  }

  set(name: GaugeName, value: number): void {
    this.#words[counterNames.length + gaugeNames.indexOf(name)] = value
  }
}

/** The main thread's side. */
export class SlotReader {
  readonly latency: HistogramReader
  readonly #words: Uint32Array
  readonly #seen = new Uint32Array(counterNames.length)

  constructor(memory: SharedArrayBuffer) {
    this.#words = new Uint32Array(memory, 0, slotBytes / 4)
    this.latency = new SharedHistogram(memory, slotBytes).reader()
  }

  /** Adds what has come since the last call. Call it at least once a second: a counter wraps at 2^32. */
  addGrowthTo(counts: Counts): void {
    for (let index = 0; index < counterNames.length; index++) {
      const now = this.#words[index]!
      counts[counterNames[index]!] += (now - this.#seen[index]!) >>> 0
      this.#seen[index] = now
    }
  }

  /** What has come since the last call of `addGrowthTo`, without taking it. */
  growthOf(name: CounterName): number {
    const index = counterNames.indexOf(name)
    return (this.#words[index]! - this.#seen[index]!) >>> 0
  }

  gauge(name: GaugeName): number {
    return this.#words[counterNames.length + gaugeNames.indexOf(name)]!
  }
}

export function zeroCounts(): Counts {
  return Object.fromEntries(counterNames.map(name => [name, 0])) as Counts
}

export function addCounts(target: Counts, more: Counts): void {
  for (const name of counterNames) target[name] += more[name]
}
