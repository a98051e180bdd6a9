// What the main thread and a thread of VUs say to each other. Samples are told as sums, four times a second.
import type { ClockOrigin } from '../../core/clock.ts'
import type { ScenarioModel } from '../scenario/model.ts'
import type { Striping } from '../scenario/segment.ts'
import type { PlainError } from '../worker/contract.ts'
import type { WrittenByScript } from './books.ts'
import type { Gathered, NamedSelector } from './registry.ts'

export interface VuThreadStart {
  readonly file: string
  readonly env: Readonly<Record<string, string>>
  readonly options: unknown
  readonly clock: ClockOrigin
  readonly selectors: readonly NamedSelector[]
  readonly minIterationDurationMs: number
  readonly scenarios: readonly ScenarioShare[]
  /** In which the thread says how it fares (health-slots.ts). */
  readonly health: SharedArrayBuffer
}

/** Of a scenario: what one thread runs. */
export interface ScenarioShare {
  /** With the tags of the test among its own. */
  readonly scenario: ScenarioModel
  readonly share: Striping
  /** Of all that this process runs: what this thread runs. */
  readonly ofInstance: Striping
  /** Of the whole test: what this process runs. */
  readonly instance: Striping
  /** VUs of the scenario at most, over all threads. */
  readonly vus: number
  /** Number of its first VU in the test, from 1. */
  readonly firstVuId: number
  /** Of shared iterations: how many are begun, and how many there are. */
  readonly sharedCount?: { readonly memory: SharedArrayBuffer; readonly total: number }
  /** Of an arrival rate: a histogram of how late iterations began. */
  readonly lateness?: SharedArrayBuffer
}

export type ToVuThread =
  | { readonly type: 'start'; readonly startNs: number; readonly setupData: unknown }
  | { readonly type: 'stop' }

export interface VuCounts {
  readonly active: number
  readonly initialized: number
}

export type FromVuThread =
  | { readonly type: 'ready' }
  | {
      readonly type: 'gathered'
      readonly gathered: Gathered
      readonly vus: VuCounts
      /** By scenario. */
      readonly written: readonly (readonly [scenario: string, WrittenByScript])[]
    }
  | { readonly type: 'interrupted'; readonly scenario: string; readonly count: number }
  | { readonly type: 'notice'; readonly text: string }
  | { readonly type: 'aborted'; readonly reason: string }
  | { readonly type: 'failedByScript'; readonly reason: string }
  | { readonly type: 'done' }
  | { readonly type: 'threw'; readonly error: PlainError }
