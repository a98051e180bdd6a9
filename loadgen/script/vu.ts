// One VU: its own copy of the script's modules, and its iterations, one after the other.
import { pathToFileURL } from 'node:url'
import { MillraceError } from '../../core/errors.ts'
import type { ExecutorVu } from '../executor/contract.ts'
import { InterruptedError, runIn, type VuContext } from './context.ts'
import { scriptErrorText } from './plain-error.ts'
import { sampleTags } from './samples.ts'

export interface VuSettings {
  readonly file: string
  readonly exec: string
  /** Of the VU; each iteration has one of its own, made from it. */
  readonly context: VuContext
  readonly minIterationDurationMs: number
  setupData(): unknown
  /** Number of the next iteration of the scenario, in this part of the test and in the whole. */
  nextIteration(): { readonly inInstance: number; readonly inTest: number }
  interrupted(): void
  /** Lets others have their turn, when they have waited for long. */
  breathe(): Promise<void>
  notice(text: string): void
  pause(ms: number, signal: AbortSignal): Promise<void>
}

type ScriptFunction = (data: unknown) => unknown

export class ScriptVu implements ExecutorVu {
  readonly #settings: VuSettings
  readonly #function: ScriptFunction
  #data: unknown
  #iteration = 0
  #abort: AbortController | undefined

  private constructor(settings: VuSettings, called: ScriptFunction) {
    this.#settings = settings
    this.#function = called
  }

  /** Imports the script anew, so that what it keeps in its modules is this VU's. */
  static async make(settings: VuSettings): Promise<ScriptVu> {
    const { file, exec, context } = settings
    const url = `${pathToFileURL(file).href}?vu=${context.id}`
    const script: Record<string, unknown> = await runIn(context, () => import(url))
    const called = script[exec]
    if (typeof called === 'function') return new ScriptVu(settings, called as ScriptFunction)
    throw new MillraceError('SCRIPT_EXCEPTION', `VU ${context.id}: the script exports no function ${exec}`)
  }

  async iterate(): Promise<void> {
    const { context: own, minIterationDurationMs, pause, breathe, nextIteration } = this.#settings
    const abort = new AbortController()
    this.#abort = abort
    const { inInstance, inTest } = nextIteration()
    const { signal } = abort
    const context: VuContext = {
      ...own,
      iteration: ++this.#iteration,
      ...{ iterationInInstance: inInstance, iterationInTest: inTest, signal, group: '', sleeping: new Set() },
    }
    this.#data ??= this.#settings.setupData()
    const beginMs = performance.now()
    const error = await this.#call(context, signal)
    if (signal.aborted) return this.#settings.interrupted()
    const tags = sampleTags({ ...context, group: '' }, {})
    own.registry.add('iteration_duration', performance.now() - beginMs, tags)
    own.registry.add('iterations', 1, tags)
    if (error !== undefined) {
      own.registry.add('script_exceptions', 1, tags)
      this.#settings.notice(`iteration of ${own.scenario!.name}: ${scriptErrorText(error, this.#settings.file)}`)
    }
    const leftMs = minIterationDurationMs - (performance.now() - beginMs)
    if (leftMs > 0) await pause(leftMs, signal)
    await breathe()
  }

  interrupt(): void {
    this.#abort?.abort()
  }

  /** What it threw. A function that does not end is left to itself when it is interrupted. */
  async #call(context: VuContext, signal: AbortSignal): Promise<unknown> {
    const interrupted = new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }))
    const call = runIn(context, async () => {
      await this.#function(this.#data)
      if (context.sleeping.size === 0) return
      this.#settings.notice('sleep() without await: what stands behind it does not wait; write await sleep(1)')
      await Promise.allSettled(context.sleeping)
    })
    try {
      await Promise.race([call, interrupted])
      call.catch(() => {})
      return undefined
    } catch (error) {
      return error instanceof InterruptedError && signal.aborted ? undefined : (error ?? new Error('threw nothing'))
    }
  }
}
