// One fault while it is in force: whether a request is its business, how often it has struck, and whom it holds.
import { type Fault, type FaultStatus, matchesName } from './fault.ts'
import type { NamesPartition } from './named-topics.ts'
import { type FaultWindow, windowAt } from './window.ts'

/** What is known of a request before its body is looked at. */
export interface RequestFacts {
  readonly apiName: string
  readonly clientId: string | null
  readonly brokerId: number
}

export class Rule {
  readonly id: string
  readonly fault: Fault
  readonly addedMs: number
  /** Undefined: topics do not matter. */
  readonly isNamed: NamesPartition | undefined
  hits = 0
  /** When the disk that this fault slows is through with what it was given. */
  diskFreeAtMs = 0
  isRemoved = false
  #countedWindow = -1
  #hitsInWindow = 0
  readonly #held: (() => void)[] = []

  constructor(id: string, fault: Fault, addedMs: number) {
    this.id = id
    this.fault = fault
    this.addedMs = addedMs
    const { topic, partition } = fault.match ?? {}
    const hasPartition = (index: number | undefined) =>
      partition === undefined || index === undefined || index === partition
    this.isNamed =
      topic === undefined && partition === undefined
        ? undefined
        : (name, index) => matchesName(topic, name) && hasPartition(index)
  }

  /** Api, client and broker; topics are for the body to tell. */
  isFor({ apiName, clientId, brokerId }: RequestFacts): boolean {
    const { match } = this.fault
    if (match === undefined) return true
    if (match.api !== undefined && match.api !== apiName) return false
    if (match.broker !== undefined && match.broker !== brokerId) return false
    return matchesName(match.clientId, clientId ?? '')
  }

  windowAt(nowMs: number): FaultWindow | undefined {
    return this.isRemoved ? undefined : windowAt(this.fault, this.addedMs, nowMs)
  }

  /** Counts a request that the fault is for; false when it has struck often enough, or chance spares this one. */
  strike(window: FaultWindow, fraction: () => number): boolean {
    const { times, percent, everyMs } = this.fault
    if (everyMs !== undefined && window.index !== this.#countedWindow) {
      this.#countedWindow = window.index
      this.#hitsInWindow = 0
    }
    if (times !== undefined && this.#hitsInWindow >= times) return false
    if (percent !== undefined && fraction() * 100 >= percent) return false
    this.#hitsInWindow++
    this.hits++
    return true
  }

  // ---- holding ----

  /** Resolves when the fault lets go of everything it holds, in the order in which it was held. */
  hold(): Promise<void> {
    return new Promise(resolve => this.#held.push(resolve))
  }

  release(): void {
    for (const resolve of this.#held.splice(0)) resolve()
  }

  status(nowMs: number): FaultStatus {
    return { id: this.id, fault: this.fault, state: this.#stateAt(nowMs), hits: this.hits }
  }

  #stateAt(nowMs: number): FaultStatus['state'] {
    const { afterMs = 0, times, everyMs } = this.fault
    if (nowMs < this.addedMs + afterMs) return 'waiting'
    const window = this.windowAt(nowMs)
    if (everyMs !== undefined) return window === undefined ? 'waiting' : 'active'
    return window === undefined || (times !== undefined && this.hits >= times) ? 'over' : 'active'
  }
}
