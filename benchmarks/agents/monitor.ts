// A monitor as a process of its own, scraped as Prometheus does it: how long the page takes, how large it is, and what the process
// weighs.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { get } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { freePorts } from '../../test/kafka/harness/places.ts'

export interface MonitorKind {
  readonly name: string
  readonly path: string
  /** Command line and environment to serve this cluster's metrics at this address. */
  start(bootstrap: string, port: number): { args: readonly string[]; env: Readonly<Record<string, string>> }
}

export interface Scrape {
  readonly ms: number
  /** On the wire, with the head of the answer. */
  readonly bytes: number
}

const address = (port: number) => ({ host: '127.0.0.1', port, path: '/metrics', agent: false })
const headers = { accept: 'text/plain;version=0.0.4' }
const receiveBytes = 1024 * 1024

/**
 * Bytes until the end of the connection. Over a bare socket into one buffer: the HTTP client of Node takes as long for tens of megabytes
 * as the monitor does, on the same cores.
 */
function drain(port: number, encoding: string): Promise<number> {
  return new Promise((resolve, reject) => {
    let bytes = 0
    let status = ''
    const onread = {
      buffer: Buffer.allocUnsafeSlow(receiveBytes),
      callback: (count: number, buffer: Uint8Array) => {
        if (bytes === 0) status = Buffer.from(buffer.subarray(0, Math.min(count, 12))).toString()
        bytes += count
        return true
      },
    }
    const socket = connect({ host: '127.0.0.1', port, onread }, () => {
      const lines = { host: '127.0.0.1', ...headers, 'accept-encoding': encoding, connection: 'close' }
      const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}`)
      socket.write(['GET /metrics HTTP/1.1', ...head, '', ''].join('\r\n'))
    })
    socket.on('error', reject)
    socket.on('close', () =>
      status === 'HTTP/1.1 200' ? resolve(bytes) : reject(new Error(`the monitor answers ${status || 'nothing'}`)),
    )
  })
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

  get url(): string {
    return `http://127.0.0.1:${this.#port}/metrics`
  }

  /** Polls until a page is there that is complete. */
  async until(isReady: (page: string) => boolean, timeoutMs: number): Promise<void> {
    const giveUpAtMs = Date.now() + timeoutMs
    while (Date.now() < giveUpAtMs) {
      if (this.#child.exitCode !== null) throw new Error(`${this.name} ended with ${this.#child.exitCode}`)
      const page = await this.page().catch(() => undefined)
      if (page !== undefined && isReady(page)) return
      await delay(500)
    }
    throw new Error(`${this.name} had no complete page within ${timeoutMs / 1000} s`)
  }

  /** From the request to the last byte. */
  async scrape(encoding: 'gzip' | 'identity'): Promise<Scrape> {
    const startedMs = performance.now()
    const bytes = await drain(this.#port, encoding)
    return { ms: performance.now() - startedMs, bytes }
  }

  /** As text. */
  page(): Promise<string> {
    return new Promise((resolve, reject) => {
      const request = get({ ...address(this.#port), headers: { ...headers, 'accept-encoding': 'gzip' } }, response => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => void chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const body = Buffer.concat(chunks)
          resolve((response.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString())
        })
      })
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
