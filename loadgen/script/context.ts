// Who is calling: what a script's functions say belongs to the VU and the iteration in which they were called, also after an
// await. One AsyncLocalStorage carries it, so a script passes nothing along.
import { AsyncLocalStorage } from 'node:async_hooks'
import { MillraceError } from '../../core/errors.ts'
import type { ScriptKafka } from './kafka.ts'
import type { MetricRegistry } from './registry.ts'
import type { OpenTransaction } from './transactions.ts'

export interface ScenarioContext {
  readonly name: string
  readonly executor: string
  readonly startTimeMs: number
  readonly tags: Readonly<Record<string, string>>
  readonly env: Readonly<Record<string, string>>
  /** 0 to 1. */
  progress(): number
}

/** The calls of one VU. */
export interface VuContext {
  /** From 1 on; 0 outside of VUs. */
  readonly id: number
  readonly scenario: ScenarioContext | undefined
  readonly registry: MetricRegistry
  readonly kafka: ScriptKafka | undefined
  /** Of the VU: they stay from iteration to iteration. */
  readonly tags: Record<string, string>
  /** Iterations that this VU has begun. */
  readonly iteration: number
  readonly iterationInInstance: number
  readonly iterationInTest: number
  /** Aborted: the iteration was interrupted, and its calls have no effect any more. */
  readonly signal: AbortSignal
  /** In the function of `transaction`. */
  readonly transaction?: OpenTransaction
  group: string
  /** sleep() that nobody has awaited. */
  readonly sleeping: Set<Promise<void>>
}

const storage = new AsyncLocalStorage<VuContext>()

export const runIn = <T>(context: VuContext, work: () => T): T => storage.run(context, work)

export const currentVu = (): VuContext | undefined => storage.getStore()

/** The caller must be in a VU (or in setup and the like). */
export function callerOf(what: string): VuContext {
  const context = storage.getStore()
  if (context !== undefined) return context
  throw new MillraceError('SCRIPT_EXCEPTION', `${what} was called outside of a function of the script`)
}

/** After an interruption a script runs on, as JavaScript cannot be stopped from outside; its next call ends it. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError'
  constructor() {
    super('the iteration was interrupted')
  }
}

export function throwIfInterrupted({ signal }: VuContext): void {
  if (signal.aborted) throw new InterruptedError()
}
