// What the main thread and the thread that holds the script for init, setup, teardown and handleSummary say to each other.
import type { PlainError } from '../worker/contract.ts'
import type { Gathered, NamedSelector, ScriptMetric } from './registry.ts'

export interface HostStart {
  /** Absolute. */
  readonly file: string
  readonly env: Readonly<Record<string, string>>
  readonly selectors: readonly NamedSelector[]
}

export type LifecycleFunction = 'setup' | 'teardown' | 'handleSummary'

export type ToHost = { readonly type: 'call'; readonly name: LifecycleFunction; readonly argument: unknown }

export interface LoadedScript {
  /** As exported: plain data. */
  readonly options: unknown
  /** Exported functions, `default` among them. */
  readonly functions: readonly string[]
  readonly metrics: readonly ScriptMetric[]
}

export type FromHost =
  | { readonly type: 'loaded'; readonly script: LoadedScript }
  | { readonly type: 'returned'; readonly value: unknown; readonly gathered: Gathered }
  | { readonly type: 'threw'; readonly error: PlainError }
  | { readonly type: 'log'; readonly text: string }
