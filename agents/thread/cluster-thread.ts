// The collecting threads of one cluster as the agent sees them: started, listened to, asked, and started again when one breaks. What
// is on the page stays meanwhile, and its age tells.
import { Worker } from 'node:worker_threads'
import { MillraceError } from '../../core/errors.ts'
import type { Section } from '../../metrics/section.ts'
import type { ClusterSettings } from '../cluster-run.ts'
import type { FromThread, ThreadStart, ToThread } from './contract.ts'

export interface ThreadHooks {
  onConnected(): void
  onSections(part: string, sections: readonly Section[]): void
  onLooked(collector: string, takenAtMs: number | undefined): void
  onNotice(text: string): void
}

// In the source tree this file is TypeScript, in the published package it is not.
const entry = new URL(`./main${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)

const startAgainMs = 5_000
/** A thread that is writing half a million series answers when it comes to its next chunk. */
const answerMsMax = 10_000
const stopMsMax = 2_000
/** The thread works in bursts with pauses between: a large nursery would stay resident for nothing. */
const maxYoungGenerationSizeMb = 3

export class ClusterThread {
  readonly #cluster: ClusterSettings
  readonly #hooks: ThreadHooks
  readonly #asked = new Map<number, (json: string | undefined) => void>()
  #worker: Worker
  #exited: Promise<void>
  #isClosing = false
  #startAgain: NodeJS.Timeout | undefined
  #nextId = 0

  constructor(cluster: ClusterSettings, hooks: ThreadHooks) {
    this.#cluster = cluster
    this.#hooks = hooks
    ;[this.#worker, this.#exited] = this.#start()
  }

  #start(): [Worker, Promise<void>] {
    const workerData: ThreadStart = { cluster: this.#cluster }
    const name = `millrace agent ${this.#cluster.name}`
    const worker = new Worker(entry, { workerData, name, resourceLimits: { maxYoungGenerationSizeMb } })
    worker.on('message', (message: FromThread) => this.#hear(message))
    worker.on('error', error => this.#hooks.onNotice(`${this.#cluster.name}: the collecting thread broke: ${error}`))
    const exited = new Promise<void>(resolve => worker.once('exit', () => resolve()))
    void exited.then(() => this.#onExit())
    return [worker, exited]
  }

  #onExit(): void {
    for (const settle of this.#asked.values()) settle(undefined)
    this.#asked.clear()
    if (this.#isClosing) return
    this.#startAgain = setTimeout(() => {
      ;[this.#worker, this.#exited] = this.#start()
    }, startAgainMs)
  }

  #hear(message: FromThread): void {
    switch (message.kind) {
      case 'connected':
        return this.#hooks.onConnected()
      case 'sections':
        return this.#hooks.onSections(message.part, message.sections)
      case 'looked':
        return this.#hooks.onLooked(message.collector, message.takenAtMs)
      case 'notice':
        return this.#hooks.onNotice(message.text)
      case 'answer':
        this.#asked.get(message.id)?.(message.json)
        this.#asked.delete(message.id)
    }
  }

  /** JSON, or undefined when there are no data yet. */
  ask(path: string, query: string): Promise<string | undefined> {
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#asked.delete(id)
        reject(new MillraceError('REQUEST_TIMEOUT', `${this.#cluster.name}: the collecting thread does not answer`))
      }, answerMsMax)
      this.#asked.set(id, json => {
        clearTimeout(timer)
        resolve(json)
      })
      this.#post({ kind: 'ask', id, path, query })
    })
  }

  #post(message: ToThread): void {
    this.#worker.postMessage(message)
  }

  async close(): Promise<void> {
    this.#isClosing = true
    clearTimeout(this.#startAgain)
    this.#post({ kind: 'stop' })
    // A request that hangs must not keep the agent from ending.
    const timer = setTimeout(() => void this.#worker.terminate(), stopMsMax)
    await this.#exited
    clearTimeout(timer)
  }
}
