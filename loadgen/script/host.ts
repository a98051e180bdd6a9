// The script outside of VUs, from the main thread: what it exports, and its setup, teardown and handleSummary. It lives in a thread
// of its own, so nothing that a script does at its beginning can hold up or hurt the run.
import { Worker } from 'node:worker_threads'
import { type ErrorCode, MillraceError } from '../../core/errors.ts'
import type { PlainError } from '../worker/contract.ts'
import type { FromHost, HostStart, LifecycleFunction, LoadedScript, ToHost } from './contract.ts'
import type { Gathered } from './registry.ts'

const entry = new URL(`./host-worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)

/** A script that is not loaded after this time never will be. */
const loadTimeoutMs = 60_000

export interface CallEnd {
  readonly value: unknown
  readonly gathered: Gathered
}

export class ScriptHost {
  readonly script: LoadedScript
  readonly #worker: Worker

  private constructor(worker: Worker, script: LoadedScript) {
    this.#worker = worker
    this.script = script
  }

  /** `onText`: hears what the script prints. */
  static async load(start: HostStart, onText: (text: string) => void = () => {}): Promise<ScriptHost> {
    const worker = new Worker(entry, { workerData: start, name: 'millrace script', stdout: true, stderr: true })
    for (const stream of [worker.stdout, worker.stderr]) stream.on('data', text => onText(String(text).trimEnd()))
    try {
      const message = await answerOf(worker, loadTimeoutMs, 'SCRIPT_EXCEPTION', `${start.file} was not loaded`)
      if (message.type !== 'loaded') throw new MillraceError('INTERNAL', `unexpected ${message.type}`)
      return new ScriptHost(worker, message.script)
    } catch (error) {
      await worker.terminate()
      throw error
    }
  }

  has(name: string): boolean {
    return this.script.functions.includes(name)
  }

  /** Rejects with what it threw, or when it takes too long. */
  async call(name: LifecycleFunction, argument: unknown, timeoutMs: number): Promise<CallEnd> {
    const codes = { setup: 'SETUP_TIMEOUT', teardown: 'TEARDOWN_TIMEOUT', handleSummary: 'SCRIPT_EXCEPTION' } as const
    const answer = answerOf(this.#worker, timeoutMs, codes[name], `${name}() was not done`)
    const message: ToHost = { type: 'call', name, argument }
    this.#worker.postMessage(message)
    const end = await answer
    if (end.type !== 'returned') throw new MillraceError('INTERNAL', `unexpected ${end.type}`)
    return { value: end.value, gathered: end.gathered }
  }

  async close(): Promise<void> {
    await this.#worker.terminate()
  }
}

export const errorOf = ({ code, message, hint, kafkaCode }: PlainError): MillraceError =>
  new MillraceError(code, message, { ...(hint !== '' && { hint }), ...(kafkaCode !== undefined && { kafkaCode }) })

async function answerOf(worker: Worker, timeoutMs: number, code: ErrorCode, late: string): Promise<FromHost> {
  const { promise, resolve, reject } = Promise.withResolvers<FromHost>()
  const onMessage = (message: FromHost) =>
    message.type === 'threw' ? reject(errorOf(message.error)) : resolve(message)
  const onError = (error: Error) => reject(new MillraceError('SCRIPT_EXCEPTION', error.message, { cause: error }))
  const onExit = () => reject(new MillraceError('SCRIPT_EXCEPTION', 'the script has ended its own thread'))
  const timer = setTimeout(() => reject(new MillraceError(code, `${late} within ${timeoutMs / 1000} s`)), timeoutMs)
  worker.on('message', onMessage).on('error', onError).on('exit', onExit)
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    worker.off('message', onMessage).off('error', onError).off('exit', onExit)
  }
}
