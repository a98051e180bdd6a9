// startBroker: an embedded Kafka cluster, in a thread of its own so that it does not share an event loop with whoever tests
// against it, or in the caller's thread, where a test can look into it.
//
// For demos, tests and calibration. It keeps nothing on disk and is no production broker.
import { Worker } from 'node:worker_threads'
import { MillraceError } from '../core/errors.ts'
import { type CommandArgs, type CommandName, type CommandResult, runCommand } from './commands.ts'
import type { Fault, FaultStatus } from './faults.ts'
import { type BrokerAddress, RunningCluster, type RunningOptions } from './running.ts'
import type { FromWorker, ToWorker } from './worker-messages.ts'

export interface BrokerOptions extends RunningOptions {
  /** In the caller's thread instead of one of its own. */
  readonly inThread?: boolean
  /** One line for people: what the broker would write to its log. */
  readonly onNotice?: (line: string) => void
}

export interface EmbeddedCluster {
  readonly brokers: readonly BrokerAddress[]
  /** `host:port` of every broker, as clients take it. */
  readonly bootstrap: string
  /** The same of the listeners without TLS and users, where `plainPort` was given. */
  readonly plainBootstrap: string | undefined
  /** Stops a broker, moves a leader and so on: see commands.ts. */
  run<N extends CommandName>(name: N, ...args: CommandArgs<N>): Promise<CommandResult<N>>
  /** See faults.ts: what is to go wrong, from now on or at its time. */
  readonly faults: EmbeddedFaults
  /** Resolves when it has ended: with the error that ended it, or undefined after `close`. */
  readonly ended: Promise<Error | undefined>
  close(): Promise<void>
}

export interface EmbeddedFaults {
  add(fault: Fault): Promise<FaultStatus>
  remove(id: string): Promise<boolean>
  list(): Promise<readonly FaultStatus[]>
  clear(): Promise<void>
}

const faultsThrough = (run: EmbeddedCluster['run']): EmbeddedFaults => ({
  add: fault => run('addFault', fault),
  remove: id => run('removeFault', id),
  list: () => run('listFaults'),
  clear: () => run('clearFaults'),
})

const entry = new URL(`./worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)

export async function startBroker(options: BrokerOptions = {}): Promise<EmbeddedCluster> {
  const { inThread = false, onNotice, ...running } = options
  return inThread ? startInThread(running, onNotice) : startWorker(running, onNotice)
}

function addressesOf(brokers: EmbeddedCluster['brokers']) {
  const plain = brokers.filter(({ plainPort }) => plainPort !== undefined)
  return {
    brokers,
    bootstrap: brokers.map(({ host, port }) => `${host}:${port}`).join(','),
    plainBootstrap: plain.length === 0 ? undefined : plain.map(each => `${each.host}:${each.plainPort}`).join(','),
  }
}

async function startInThread(options: RunningOptions, onNotice?: (line: string) => void): Promise<EmbeddedCluster> {
  const running = await RunningCluster.start(options, onNotice === undefined ? {} : { onNotice })
  const { brokers } = running
  const { promise: ended, resolve: end } = Promise.withResolvers<undefined>()
  const run: EmbeddedCluster['run'] = async (name, ...args) => (await runCommand(running, name, args)) as never
  return {
    ...addressesOf(brokers),
    run,
    faults: faultsThrough(run),
    ended,
    close: () => running.close().then(() => end(undefined)),
  }
}

function startWorker(options: RunningOptions, onNotice?: (line: string) => void): Promise<EmbeddedCluster> {
  const worker = new Worker(entry, { workerData: options, name: 'millrace broker' })
  return new Promise((resolve, reject) => {
    const link = new WorkerLink(worker, {
      ready: brokers => {
        const run: EmbeddedCluster['run'] = (name, ...args) => link.run(name, args) as Promise<never>
        resolve({
          ...addressesOf(brokers),
          run,
          faults: faultsThrough(run),
          ended: link.ended,
          close: () => link.close(),
        })
      },
      failed: reject,
      notice: line => onNotice?.(line),
    })
  })
}

interface LinkEvents {
  ready(brokers: EmbeddedCluster['brokers']): void
  failed(error: Error): void
  notice(line: string): void
}

/** Commands out, results in, and the end of the thread however it comes. */
class WorkerLink {
  readonly #worker: Worker
  readonly #events: LinkEvents
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  readonly ended: Promise<Error | undefined>
  #nextId = 0
  #failure: Error | undefined
  #isClosing = false

  constructor(worker: Worker, events: LinkEvents) {
    this.#worker = worker
    this.#events = events
    worker.on('message', (message: FromWorker) => this.#take(message))
    worker.on('error', error => this.#fail(error))
    this.ended = new Promise(resolve => {
      worker.on('exit', () => {
        this.#fail(new MillraceError('CONNECTION_CLOSED', 'the embedded broker has ended'))
        resolve(this.#isClosing ? undefined : this.#failure)
      })
    })
  }

  run(name: CommandName, args: readonly unknown[]): Promise<unknown> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#post({ kind: 'run', id, name, args })
    })
  }

  async close(): Promise<void> {
    this.#isClosing = true
    if (this.#failure === undefined) this.#post({ kind: 'close' })
    await this.ended
  }

  #post(message: ToWorker): void {
    this.#worker.postMessage(message)
  }

  #take(message: FromWorker): void {
    switch (message.kind) {
      case 'ready':
        return this.#events.ready(message.brokers)
      case 'notice':
        return this.#events.notice(message.line)
      case 'failed':
        return this.#events.failed(errorOf(message))
      case 'done':
        this.#waiting.get(message.id)?.resolve(message.value)
        break
      case 'refused':
        this.#waiting.get(message.id)?.reject(errorOf(message))
    }
    this.#waiting.delete(message.id)
  }

  #fail(error: Error): void {
    this.#failure ??= error
    this.#events.failed(error)
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }
}

/** Errors lose their class on the way between threads. */
function errorOf({ code, message, hint }: Extract<FromWorker, { kind: 'failed' | 'refused' }>): MillraceError {
  return new MillraceError(code, message, { hint })
}
