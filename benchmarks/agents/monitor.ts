// A monitor as a process of its own, scraped as Prometheus does it: how long the page takes, how large it is, and what the process
// weighs.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { get } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { freePorts } from '../../test/kafka/harness/places.ts'

export interface MonitorKind {
  readonly name: string
  readonly path: string
  /** Command line and environment to serve this cluster's metrics at this address. */
  start(bootstrap: string, port: number): { args: readonly string[]; env: Readonly<Record<string, string>> }
}

export interface Scrape {
  readonly ms: number
  /** On the wire. */
  readonly bytes: number
  /** Empty unless it was asked to be kept. */
  readonly body: Buffer
}

export class Monitor {
  readonly name: string
  readonly #child: ChildProcess
  readonly #port: number

  static async start(kind: MonitorKind, bootstrap: string): Promise<Monitor> {
    const [port] = await freePorts(1)
    const { args, env } = kind.start(bootstrap, port!)
    const child = spawn(kind.path, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'inherit'] })
    return new Monitor(kind.name, child, port!)
  }

  private constructor(name: string, child: ChildProcess, port: number) {
    this.name = name
    this.#child = child
    this.#port = port
  }

  /** Polls until a page is there that is complete. */
  async until(isReady: (page: string) => boolean, timeoutMs: number): Promise<void> {
    const giveUpAtMs = Date.now() + timeoutMs
    while (Date.now() < giveUpAtMs) {
      if (this.#child.exitCode !== null) throw new Error(`${this.name} ended with ${this.#child.exitCode}`)
      const scrape = await this.scrape('identity', { keep: true }).catch(() => undefined)
      if (scrape !== undefined && isReady(scrape.body.toString())) return
      await delay(500)
    }
    throw new Error(`${this.name} had no complete page within ${timeoutMs / 1000} s`)
  }

  /** From the request to the last byte. Keeping tens of megabytes would be measured too, on the same cores. */
  scrape(encoding: 'gzip' | 'identity', { keep = false } = {}): Promise<Scrape> {
    const startedMs = performance.now()
    return new Promise((resolve, reject) => {
      const headers = { 'accept-encoding': encoding, accept: 'text/plain;version=0.0.4' }
      const request = get(
        { host: '127.0.0.1', port: this.#port, path: '/metrics', headers, agent: false },
        response => {
          const chunks: Buffer[] = []
          let bytes = 0
          response.on('data', (chunk: Buffer) => {
            bytes += chunk.length
            if (keep) chunks.push(chunk)
          })
          response.on('error', reject)
          response.on('end', () => resolve({ ms: performance.now() - startedMs, bytes, body: Buffer.concat(chunks) }))
        },
      )
      request.on('error', reject)
    })
  }

  /** Resident memory now and at its highest, MB; Linux only. */
  get memoryMb(): { readonly now: number; readonly highest: number } {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8')
    const mbOf = (name: string) => (Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) * 1024) / 1e6
    return { now: mbOf('VmRSS'), highest: mbOf('VmHWM') }
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return
    this.#child.kill('SIGKILL')
    await once(this.#child, 'exit')
  }
}
