// The shared memory of one worker: counters that it alone writes and the main thread reads, and its histograms.
// Counters are unsigned 32-bit and may wrap (tear-free by the language's rules; the reader takes differences several times
// a second). Gauges are plain values. Order in memory: counters, gauges, histograms.
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
  /** Records of the schedule that were not sent, because they were too late. */
  'dropped',
  // Of those that were due in the measured time: made, dropped instead of made, and dropped after they were made.
  'dueMade',
  'dueDropped',
  'dueDiscarded',
  // Records that a consumer has timed: younger than nothing, younger than a millisecond; and those that it has not, because
  // their stamp is by the clock of another host. Of all that it has read: those that carry the broker's time.
  'agesNegative',
  'agesSubMs',
  // Younger than what the clocks may be apart, negative ones among them; and those of other runs of this host.
  'agesBelowError',
  'ofThisHost',
  'ofOtherHosts',
  'logAppended',
  // Of the records that a consumer has read: from offsets that had been read before, by it or by another one of the run.
  'redelivered',
  // Transactions that were committed, aborted on purpose, and aborted because of an error; and their records.
  'commits',
  'aborts',
  'abortsForced',
  'recordsCommitted',
  'recordsAborted',
  // Records that consumers have handled and committed: passed on, left to the dead letter queue, passed over; and tries that failed.
  'forwarded',
  'deadLettered',
  'skipped',
  'failedTries',
] as const
/**
 * `lag`: offsets that the worker's partitions hold beyond what it has read. `clockErrorUs`: the most that two clocks by which it
 * has timed records may have been apart, beyond what was allowed for.
 */
const gaugeNames = ['inFlight', 'lag', 'clockErrorUs'] as const

export type CounterName = (typeof counterNames)[number]
export type Counts = Record<CounterName, number>
type GaugeName = (typeof gaugeNames)[number]

/**
 * Producers: `latency` is the response, acknowledgement minus intended time; `service` acknowledgement minus sending, `lateness`
 * sending minus intended time. Consumers: `latency` end to end from the intended time, `sinceSent` from when the record was made,
 * `service` from the answer of a fetch to its records being read. Both: `commit` from asking for the commit of a transaction to
 * the answer.
 */
export const timeNames = ['latency', 'service', 'lateness', 'sinceSent', 'commit'] as const
/** Which part of the run a time belongs to: by the record's intended time, not by when it was acknowledged. */
const partNames = ['measured', 'warmup'] as const
export type TimeName = (typeof timeNames)[number]
type PartName = (typeof partNames)[number]

const slotBytes = (counterNames.length + gaugeNames.length) * 4

export const allocateSlots = (): SharedArrayBuffer =>
  new SharedArrayBuffer(slotBytes + partNames.length * timeNames.length * histogramBytes)

type Times<Kind> = Readonly<Record<TimeName, Kind>>

function histogramsOf(memory: SharedArrayBuffer, part: PartName): Times<SharedHistogram> {
  const first = partNames.indexOf(part) * timeNames.length
  const at = (index: number) => new SharedHistogram(memory, slotBytes + (first + index) * histogramBytes)
  return Object.fromEntries(timeNames.map((name, index) => [name, at(index)])) as Record<TimeName, SharedHistogram>
}

function readersOf(memory: SharedArrayBuffer, part: PartName): Times<HistogramReader> {
  const histograms = Object.entries(histogramsOf(memory, part))
  const readers = histograms.map(([name, histogram]) => [name, histogram.reader()])
  return Object.fromEntries(readers) as Record<TimeName, HistogramReader>
}

/** The worker's side. */
export class WorkerSlots {
  readonly measured: Times<SharedHistogram>
  readonly warmup: Times<SharedHistogram>
  readonly #words: Uint32Array

  constructor(memory: SharedArrayBuffer) {
    this.#words = new Uint32Array(memory, 0, slotBytes / 4)
    this.measured = histogramsOf(memory, 'measured')
    this.warmup = histogramsOf(memory, 'warmup')
  }

  get latency(): SharedHistogram {
    return this.measured.latency
  }

  add(name: CounterName, amount: number): void {
    const index = counterNames.indexOf(name)
    this.#words[index] = this.#words[index]! + amount
  }

  set(name: GaugeName, value: number): void {
    this.#words[counterNames.length + gaugeNames.indexOf(name)] = value
  }

  raise(name: GaugeName, value: number): void {
    const index = counterNames.length + gaugeNames.indexOf(name)
    if (this.#words[index]! < value) this.#words[index] = value
  }

  /** For a gauge to which several parts of a worker contribute. */
  shift(name: GaugeName, change: number): void {
    const index = counterNames.length + gaugeNames.indexOf(name)
    this.#words[index] = this.#words[index]! + change
  }
}

/** The main thread's side. */
export class SlotReader {
  readonly measured: Times<HistogramReader>
  readonly warmup: Times<HistogramReader>
  readonly #words: Uint32Array
  readonly #seen = new Uint32Array(counterNames.length)

  constructor(memory: SharedArrayBuffer) {
    this.#words = new Uint32Array(memory, 0, slotBytes / 4)
    this.measured = readersOf(memory, 'measured')
    this.warmup = readersOf(memory, 'warmup')
  }

  get latency(): HistogramReader {
    return this.measured.latency
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
