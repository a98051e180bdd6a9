// A worker that is no thread of its own: for clients whose native part cannot be loaded in one. It shares the main thread, which
// has little to do meanwhile; such a client has threads of its own.
import { EventEmitter } from 'node:events'
import { MessageChannel } from 'node:worker_threads'
import type { ToWorker, WorkerStart } from './worker/contract.ts'
import { serve } from './worker/serve.ts'

export class InThreadWorker extends EventEmitter {
  readonly #channel = new MessageChannel()

  constructor(start: WorkerStart) {
    super()
    const { port1, port2 } = this.#channel
    port1.on('message', message => this.emit('message', message))
    serve(start, port2).then(
      () => this.emit('exit', 0),
      error => this.emit('error', error),
    )
  }

  postMessage(message: ToWorker): void {
    this.#channel.port1.postMessage(message)
  }

  async terminate(): Promise<void> {
    this.#channel.port1.close()
    this.#channel.port2.close()
  }
}
