// The canary of one cluster, top to bottom: find or make its topic, read each broker's partitions without end, send a record to
// each at its time, commit now and then, count. It learns who leads what anew at every look and changes nothing in the cluster.
import { randomUUID } from 'node:crypto'
import { isMillraceError } from '../../core/errors.ts'
import { commitOffsets } from '../../wire/admin.ts'
import { Cluster } from '../../wire/cluster.ts'
import type { TopicMetadata } from '../../wire/cluster-metadata.ts'
import { CanaryBooks } from './books.ts'
import { type Coverage, coverageOf } from './layout.ts'
import { CanaryReader } from './reader.ts'
import type { CanaryReport } from './report.ts'
import { reasonOf, sendProbe } from './sender.ts'
import { type CanaryTopic, canaryTopicOf } from './topic.ts'

export interface CanarySettings {
  readonly topic: CanaryTopic
  /** Offsets are committed as this group. */
  readonly group: string
  /** From one record to the next of each partition. */
  readonly probeIntervalMs: number
  readonly lateAfterMs: number
  /** Of one request. */
  readonly timeoutMs: number
}

export interface CanaryClock {
  /** Monotonic. */
  nowMs(): number
  wallMs(): number
  /** Resolves early, and does not reject, when the signal says so. */
  pause(ms: number, signal: AbortSignal): Promise<void>
}

const commitIntervalMs = 5_000
const afterFailureMs = 500
/** A topic that is unknown here for so long is looked up again. */
const topicMaxAgeMs = 10_000

export class Canary {
  readonly #cluster: Cluster
  readonly #settings: CanarySettings
  readonly #clock: CanaryClock
  readonly #run = randomUUID()
  readonly #books: CanaryBooks
  readonly #closing = new AbortController()
  readonly #loops: Promise<void>[] = []
  /** What no loop expects to happen ends it, and is told at the next look. */
  #broken: unknown
  readonly #readBrokers = new Set<number>()
  #coverage: Coverage = { leaders: new Map(), uncovered: [] }
  #topic: TopicMetadata | undefined
  #topicHeardMs = Number.NEGATIVE_INFINITY
  /** A connection answers in order, so what reads for half a second must not share one with what is timed. */
  #reading: { readonly cluster: Cluster; readonly reader: CanaryReader } | undefined

  /** `cluster` is asked and sent to; reading has connections of its own. */
  constructor(cluster: Cluster, settings: CanarySettings, clock: CanaryClock) {
    this.#cluster = cluster
    this.#settings = settings
    this.#clock = clock
    this.#books = new CanaryBooks(settings.lateAfterMs)
  }

  /** Brings leaders up to date, starts at the first call, and tells what was counted so far. */
  async look(): Promise<CanaryReport> {
    if (this.#broken !== undefined) throw this.#broken
    const isFirst = this.#reading === undefined
    await this.#refresh()
    if (isFirst && this.#reading !== undefined) {
      this.#loop(this.#sendOn())
      this.#loop(this.#commitOn())
    }
    return this.#books.report(this.#coverage, this.#clock.nowMs())
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#reading?.cluster.close()
    await Promise.all(this.#loops)
  }

  #loop(work: Promise<void>): void {
    this.#loops.push(this.#guarded(work))
  }

  async #guarded(work: Promise<void>): Promise<void> {
    try {
      await work
    } catch (error) {
      this.#broken ??= error
    }
  }

  get #isClosing(): boolean {
    return this.#closing.signal.aborted
  }

  // ---- who leads what ----

  async #refresh(): Promise<void> {
    const { topic: wanted, timeoutMs } = this.#settings
    const topic = await canaryTopicOf(this.#cluster, wanted)
    const metadata = await this.#cluster.metadata([], { allowCached: false })
    if (topic.id !== this.#topic?.id) await this.#startOver(topic, timeoutMs)
    this.#topic = topic
    this.#topicHeardMs = this.#clock.nowMs()
    this.#coverage = coverageOf(metadata, topic)
    await this.#reading!.reader.begin([...this.#coverage.leaders.keys()])
    for (const broker of new Set(this.#coverage.leaders.values())) {
      if (this.#readBrokers.has(broker)) continue
      this.#readBrokers.add(broker)
      this.#loop(this.#readOn(broker))
    }
  }

  /** A topic that was made again is another one. */
  async #startOver({ name, id }: TopicMetadata, timeoutMs: number): Promise<void> {
    this.#books.abandon()
    const cluster = this.#reading?.cluster ?? (await Cluster.connect(this.#cluster.settings))
    const deps = { cluster, topic: { name, id }, run: this.#run, timeoutMs, books: this.#books, clock: this.#clock }
    this.#reading = { cluster, reader: new CanaryReader(deps) }
  }

  /** After a failure, and not more often than that makes sense: the next look comes only in a while. */
  async #refreshSoon(): Promise<void> {
    if (this.#clock.nowMs() - this.#topicHeardMs < Math.min(topicMaxAgeMs, afterFailureMs * 2)) return
    this.#topicHeardMs = this.#clock.nowMs()
    try {
      await this.#refresh()
    } catch (error) {
      // The look that comes tells what is wrong.
      if (!isMillraceError(error)) throw error
    }
  }

  // ---- three loops ----

  async #readOn(broker: number): Promise<void> {
    while (!this.#isClosing) {
      const led = [...this.#coverage.leaders].filter(([, leader]) => leader === broker).map(([partition]) => partition)
      if (led.length === 0) break
      if (await this.#reading!.reader.readOnce(broker, led)) continue
      if (this.#isClosing) break
      await this.#clock.pause(afterFailureMs, this.#closing.signal)
      await this.#refreshSoon()
    }
    this.#readBrokers.delete(broker)
  }

  /** An open loop: a record leaves at its time whatever became of those before it. */
  async #sendOn(): Promise<void> {
    const { probeIntervalMs, timeoutMs } = this.#settings
    const startedMs = this.#clock.nowMs()
    for (let round = 1; !this.#isClosing; round++) {
      const { name, id } = this.#topic!
      const deps = { cluster: this.#cluster, topic: { name, id }, run: this.#run, timeoutMs, books: this.#books }
      // Not waited for, not even at the end: a frozen broker answers when it likes.
      for (const [partition, leader] of this.#coverage.leaders)
        void this.#guarded(sendProbe({ ...deps, clock: this.#clock }, partition, leader))
      const leftMs = startedMs + round * probeIntervalMs - this.#clock.nowMs()
      await this.#clock.pause(Math.max(0, leftMs), this.#closing.signal)
    }
  }

  async #commitOn(): Promise<void> {
    while (!this.#isClosing) {
      await this.#clock.pause(commitIntervalMs, this.#closing.signal)
      if (this.#isClosing) return
      const { positions } = this.#reading!.reader
      const startedMs = this.#clock.nowMs()
      try {
        await commitOffsets(this.#cluster, this.#settings.group, this.#settings.topic.name, positions)
        this.#books.commitLatency.observe((this.#clock.nowMs() - startedMs) / 1000)
      } catch (error) {
        if (!isMillraceError(error)) throw error
        this.#books.fail('commit', undefined, reasonOf(error))
      }
    }
  }
}
