// What every collector is, and what is told of each: whether its last cycle worked, how long it took, how old its data is, and
// what it could not find out. A collector that fails keeps the text of its last good cycle; its age tells.
import { isMillraceError } from '../core/errors.ts'
import { metrics } from '../metrics/catalog.ts'
import { type Dialect, Family } from '../metrics/exposition.ts'
import type { Gap } from './gap.ts'

export interface Cycle {
  readonly families: readonly Family[]
  readonly gaps: readonly Gap[]
  /** Wall clock of the data, milliseconds since the epoch. */
  readonly takenAtMs: number
}

export interface Collector {
  readonly name: string
  readonly intervalMs: number
  collect(): Promise<Cycle>
}

/** Collectors of one cluster run by themselves: one that hangs or fails takes no other with it. */
export class CollectorLoop {
  readonly #cluster: string
  readonly #collector: Collector
  readonly #clock: AgentClock
  readonly #onFailure: (text: string) => void
  readonly #outcomes = { success: 0, failure: 0 }
  #cycle: Cycle | undefined
  #durationSec: number | undefined
  #hasSucceeded = false

  constructor(cluster: string, collector: Collector, clock: AgentClock, onFailure: (text: string) => void) {
    this.#cluster = cluster
    this.#collector = collector
    this.#clock = clock
    this.#onFailure = onFailure
  }

  /** Why the agent has nothing to say yet. */
  get notReady(): string | undefined {
    return this.#cycle === undefined ? `${this.#cluster}: ${this.#collector.name} has not completed a cycle` : undefined
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const startedMs = this.#clock.nowMs()
      await this.once()
      const leftMs = startedMs + this.#collector.intervalMs - this.#clock.nowMs()
      await this.#clock.pause(Math.max(0, leftMs), signal)
    }
  }

  async once(): Promise<void> {
    const startedMs = this.#clock.nowMs()
    try {
      this.#cycle = await this.#collector.collect()
      this.#outcomes.success++
      this.#hasSucceeded = true
    } catch (error) {
      this.#outcomes.failure++
      this.#hasSucceeded = false
      const why = isMillraceError(error) ? `${error.code}: ${error.message}` : String(error)
      this.#onFailure(`${this.#cluster}: collector ${this.#collector.name}: ${why}`)
    }
    this.#durationSec = (this.#clock.nowMs() - startedMs) / 1000
  }

  /** Families of all loops are joined by name: a family stands once in a page. */
  families(): Family[] {
    const labels = { cluster: this.#cluster, collector: this.#collector.name }
    const cycles = new Family(metrics.collectorCycles)
    for (const [outcome, count] of Object.entries(this.#outcomes)) cycles.set({ ...labels, outcome }, count)
    const own: Family[] = [cycles]
    if (this.#durationSec !== undefined) {
      own.push(new Family(metrics.collectorUp).set(labels, this.#hasSucceeded ? 1 : 0))
      own.push(new Family(metrics.collectorDuration).set(labels, this.#durationSec))
    }
    if (this.#cycle === undefined) return own
    own.push(new Family(metrics.collectorTimestamp).set(labels, this.#cycle.takenAtMs / 1000))
    own.push(this.#gapFamily(this.#cycle.gaps))
    return [...own, ...this.#cycle.families]
  }

  #gapFamily(gaps: readonly Gap[]): Family {
    const family = new Family(metrics.gaps)
    const counted = Map.groupBy(gaps, ({ about, reason }) => `${about} ${reason}`)
    for (const same of counted.values()) {
      const { about, reason } = same[0]!
      family.set({ cluster: this.#cluster, collector: this.#collector.name, about, reason }, same.length)
    }
    return family
  }
}

export interface AgentClock {
  nowMs(): number
  /** Resolves early, and does not reject, when the signal says so. */
  pause(ms: number, signal: AbortSignal): Promise<void>
}

/** Families of several clusters and collectors as one page: each metric has one head, whoever brings samples. */
export function pageText(families: readonly Family[], dialect: Dialect): string {
  const byName = Map.groupBy(families, ({ metric }) => metric.name)
  return [...byName.values()].map(same => Family.join(same, dialect)).join('')
}
