// The lines of kafka-consumer-perf-test: a row for the whole run, or with --show-detailed-stats one for every reporting interval.
// Field by field as its source prints them (MB is 2^20 bytes of keys and values; times are whole milliseconds of the wall clock).
import { type JavaDateFormat, javaFixed } from './java-format.ts'

const commonColumns = 'rebalance.time.ms, fetch.time.ms, fetch.MB.sec, fetch.nMsg.sec'

export const consumerHeader = (isDetailed: boolean): string =>
  isDetailed
    ? `time, threadId, data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec, ${commonColumns}`
    : `start.time, end.time, data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec, ${commonColumns}`

export interface Consumed {
  readonly records: number
  readonly bytes: number
}

const bytesPerMb = 1024 * 1024

/** The time without any partition: from the start, or from when the last was taken away, until the next is given. */
export class JoinTime {
  #withoutSinceMs: number | undefined
  #totalMs = 0
  #roundMs = 0

  constructor(startMs: number) {
    this.#withoutSinceMs = startMs
  }

  get totalMs(): number {
    return this.#totalMs
  }

  share(ownsAny: boolean, nowMs: number): void {
    if (ownsAny && this.#withoutSinceMs !== undefined) {
      this.#totalMs += nowMs - this.#withoutSinceMs
      this.#roundMs += nowMs - this.#withoutSinceMs
      this.#withoutSinceMs = undefined
    } else if (!ownsAny) this.#withoutSinceMs ??= nowMs
  }

  /** Of the interval that ends here. */
  takeRound(): number {
    const roundMs = this.#roundMs
    this.#roundMs = 0
    return roundMs
  }
}

export interface ConsumerStatsSettings {
  readonly dateFormat: JavaDateFormat
  readonly intervalMs: number
  readonly startMs: number
}

export class ConsumerStats {
  readonly join: JoinTime
  readonly #settings: ConsumerStatsSettings
  #last: Consumed = { records: 0, bytes: 0 }
  #lastMs: number

  constructor(settings: ConsumerStatsSettings) {
    this.#settings = settings
    this.join = new JoinTime(settings.startMs)
    this.#lastMs = settings.startMs
  }

  /** The row of an interval that is over. One without a record is not over before one comes, as in Kafka's tool. */
  endInterval(nowMs: number, now: Consumed): string | undefined {
    const elapsedMs = nowMs - this.#lastMs
    if (elapsedMs < this.#settings.intervalMs || now.records === this.#last.records) return undefined
    const roundMs = this.join.takeRound()
    const mb = (now.bytes - this.#last.bytes) / bytesPerMb
    const records = now.records - this.#last.records
    const fetchMs = elapsedMs - roundMs
    const perFetchSec = (amount: number) => (fetchMs <= 0 ? 0 : (1000 * amount) / fetchMs)
    this.#last = now
    this.#lastMs = nowMs
    return [
      this.#time(nowMs),
      '0',
      javaFixed(now.bytes / bytesPerMb, 4),
      javaFixed((1000 * mb) / elapsedMs, 4),
      String(now.records),
      javaFixed((records / elapsedMs) * 1000, 4),
      String(roundMs),
      String(fetchMs),
      javaFixed(perFetchSec(mb), 4),
      javaFixed(perFetchSec(records), 4),
    ].join(', ')
  }

  total(nowMs: number, { records, bytes }: Consumed): string {
    const { startMs } = this.#settings
    const elapsedSec = (nowMs - startMs) / 1000
    const fetchMs = nowMs - startMs - this.join.totalMs
    const mb = bytes / bytesPerMb
    return [
      this.#time(startMs),
      this.#time(nowMs),
      javaFixed(mb, 4),
      javaFixed(mb / elapsedSec, 4),
      String(records),
      javaFixed(records / elapsedSec, 4),
      String(this.join.totalMs),
      String(fetchMs),
      javaFixed(mb / (fetchMs / 1000), 4),
      javaFixed(records / (fetchMs / 1000), 4),
    ].join(', ')
  }

  #time(ms: number): string {
    return this.#settings.dateFormat(new Date(ms))
  }
}
