// The lines of kafka-producer-perf-test: one for every reporting interval, one for the whole run, and with a warm-up one more
// for the steady state. Field by field as its source prints them (MB is 2^20 bytes of values; times are from send to answer).
import { type Histogram, makeHistogram } from '../../core/histogram.ts'
import { javaFixed } from './java-format.ts'

export interface StatsSettings {
  readonly intervalSec: number
  /** An interval that is over but for this much counts as over: windows are closed by timers. */
  readonly slackSec: number
  readonly isSteadyState: boolean
  /** Seconds since the start of the run. */
  readonly startSec: number
}

const bytesPerMb = 1024 * 1024

export class ProducerStats {
  readonly #settings: StatsSettings
  readonly #total = makeHistogram()
  readonly #window = makeHistogram()
  #bytes = 0
  #windowBytes = 0
  #windowStartSec: number
  #isFirstWindow = true

  constructor(settings: StatsSettings) {
    this.#settings = settings
    this.#windowStartSec = settings.startSec
  }

  get count(): number {
    return this.#total.totalCount
  }

  /** Nanoseconds from send to answer of each record that came back. */
  record(times: Histogram, bytes: number): void {
    this.#total.add(times)
    this.#window.add(times)
    this.#bytes += bytes
    this.#windowBytes += bytes
  }

  /** The lines that are due. A window without a record is not over before one comes back, as in Kafka's tool. */
  endWindow(nowSec: number): string[] {
    const { intervalSec, slackSec, isSteadyState } = this.#settings
    const elapsedSec = nowSec - this.#windowStartSec
    if (elapsedSec < intervalSec - slackSec || this.#window.totalCount === 0) return []
    const line = windowLine(this.#window, this.#windowBytes, elapsedSec)
    const lines = isSteadyState && this.#isFirstWindow ? ['In steady state.', line] : [line]
    this.#window.reset()
    this.#windowBytes = 0
    this.#windowStartSec = nowSec
    this.#isFirstWindow = false
    return lines
  }

  totalLine(nowSec: number): string {
    const { startSec, isSteadyState } = this.#settings
    const elapsedSec = nowSec - startSec
    const total = this.#total
    const at = (percentile: number) =>
      total.totalCount === 0 ? 0 : Math.round(ms(total.getValueAtPercentile(percentile)))
    return [
      `${total.totalCount}${isSteadyState ? ' steady state' : ''} records sent`,
      `${javaFixed(total.totalCount / elapsedSec, 6)} records/sec (${javaFixed(this.#bytes / elapsedSec / bytesPerMb, 2)} MB/sec)`,
      `${javaFixed(meanMs(total), 2)} ms avg latency`,
      `${javaFixed(maxMs(total), 2)} ms max latency`,
      `${at(50)} ms 50th`,
      `${at(95)} ms 95th`,
      `${at(99)} ms 99th`,
      `${at(99.9)} ms 99.9th.`,
    ].join(', ')
  }
}

function windowLine(times: Histogram, bytes: number, elapsedSec: number): string {
  const count = times.totalCount
  return [
    `${count} records sent`,
    `${javaFixed(count / elapsedSec, 1)} records/sec (${javaFixed(bytes / elapsedSec / bytesPerMb, 2)} MB/sec)`,
    `${javaFixed(meanMs(times), 1)} ms avg latency`,
    `${javaFixed(maxMs(times), 1)} ms max latency.`,
  ].join(', ')
}

const ms = (ns: number) => ns / 1e6
const meanMs = (times: Histogram) => (times.totalCount === 0 ? Number.NaN : ms(times.mean))
const maxMs = (times: Histogram) => (times.totalCount === 0 ? 0 : ms(times.getValueAtPercentile(100)))
