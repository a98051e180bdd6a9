// Runs one collector at its interval and tells of it: whether its last look worked, how long it took, when its data were taken,
// and what it could not find out. A collector that fails keeps its last good data; their age tells.
import { isMillraceError } from '../core/errors.ts'
import { metrics } from '../metrics/catalog.ts'
import { Family } from '../metrics/exposition.ts'
import type { Collector, Look } from './collector.ts'
import type { Gap } from './gap.ts'

export interface AgentClock {
  nowMs(): number
  /** Resolves early, and does not reject, when the signal says so. */
  pause(ms: number, signal: AbortSignal): Promise<void>
}

export interface LoopSettings {
  readonly clusterName: string
  readonly collectorName: string
  readonly intervalMs: number
}

export interface LoopHooks {
  /** After every look: what is told of the collector, the look itself unless it failed, and when the newest data were taken. */
  onLook(own: readonly Family[], look: Look<unknown> | undefined, takenAtMs: number | undefined): void | Promise<void>
  onNotice(text: string): void
}

/** Collectors run by themselves: one that hangs or fails takes no other with it. */
export class CollectorLoop {
  readonly #settings: LoopSettings
  readonly collector: Collector
  readonly #clock: AgentClock
  readonly #hooks: LoopHooks
  readonly #outcomes = { success: 0, failure: 0 }
  /** Of the last good look. */
  #told: { readonly takenAtMs: number; readonly gaps: Family } | undefined

  constructor(settings: LoopSettings, collector: Collector, clock: AgentClock, hooks: LoopHooks) {
    this.#settings = settings
    this.collector = collector
    this.#clock = clock
    this.#hooks = hooks
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const startedMs = this.#clock.nowMs()
      await this.once()
      const leftMs = startedMs + this.#settings.intervalMs - this.#clock.nowMs()
      await this.#clock.pause(Math.max(0, leftMs), signal)
    }
    await this.collector.close?.()
  }

  async once(): Promise<void> {
    const startedMs = this.#clock.nowMs()
    const look = await this.#look()
    const durationSec = (this.#clock.nowMs() - startedMs) / 1000
    if (look !== undefined) this.#told = { takenAtMs: look.takenAtMs, gaps: this.#gapFamily(look.gaps) }
    await this.#hooks.onLook(this.#families(look !== undefined, durationSec), look, this.#told?.takenAtMs)
  }

  async #look(): Promise<Look<unknown> | undefined> {
    try {
      const look = await this.collector.look()
      this.#outcomes.success++
      return look
    } catch (error) {
      this.#outcomes.failure++
      const why = isMillraceError(error) ? `${error.code}: ${error.message}` : String(error)
      this.#hooks.onNotice(`${this.#settings.clusterName}: collector ${this.#settings.collectorName}: ${why}`)
      return undefined
    }
  }

  #families(hasSucceeded: boolean, durationSec: number): Family[] {
    const labels = { cluster: this.#settings.clusterName, collector: this.#settings.collectorName }
    const cycles = new Family(metrics.collectorCycles)
    for (const [outcome, count] of Object.entries(this.#outcomes)) cycles.set({ ...labels, outcome }, count)
    const own: Family[] = [
      cycles,
      new Family(metrics.collectorUp).set(labels, hasSucceeded ? 1 : 0),
      new Family(metrics.collectorDuration).set(labels, durationSec),
    ]
    if (this.#told === undefined) return own
    own.push(new Family(metrics.collectorTimestamp).set(labels, this.#told.takenAtMs / 1000), this.#told.gaps)
    return own
  }

  #gapFamily(gaps: readonly Gap[]): Family {
    const { clusterName: cluster, collectorName: collector } = this.#settings
    const family = new Family(metrics.gaps)
    const counted = Map.groupBy(gaps, ({ about, reason }) => `${about} ${reason}`)
    for (const same of counted.values()) {
      const { about, reason } = same[0]!
      family.set({ cluster, collector, about, reason }, same.length)
    }
    return family
  }
}
