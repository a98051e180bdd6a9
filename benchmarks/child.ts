// Runs one contestant as a process of its own and tells what processor time it took, its start and its end included: a
// shell around it prints what the kernel counted for its children, which is the same measure for every language.
import { spawn } from 'node:child_process'
import { startWatchdog, type Watchdog } from '../cli/stack/watchdog.ts'

export interface CommandLine {
  readonly command: string
  readonly args: readonly string[]
}

export interface ChildOutcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  readonly wallSeconds: number
  /** User and system. */
  readonly cpuSeconds: number
  readonly timedOut: boolean
}

/** `times` prints two lines: the shell itself, then its children; user before system, like `0m1.250000s`. */
const wrapper = '"$@"; code=$?; times >&3; exit "$code"'

/** Output that is kept of each stream; the numbers are at the end of it. */
const outputCharactersMax = 1_000_000

/** The processes that are running, so that none outlives the benchmark however it ends. */
export class Children {
  readonly #watchdog: Watchdog
  readonly #groups = new Set<number>()

  /** `dir` is removed when the benchmark ends. */
  constructor(dir: string) {
    this.#watchdog = startWatchdog(dir)
    process.on('exit', this.#killAll)
  }

  run({ command, args }: CommandLine, timeoutMs: number): Promise<ChildOutcome> {
    const startNs = process.hrtime.bigint()
    // A process group of its own: one signal then reaches the shell and whatever the contestant has started.
    const child = spawn('/bin/sh', ['-c', wrapper, 'sh', command, ...args], {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    })
    const { pid } = child
    if (pid !== undefined) this.#started(pid)
    const outputs = ['', '', '']
    const keep = (index: number) => (chunk: Buffer) => {
      outputs[index] = (outputs[index]! + chunk.toString()).slice(-outputCharactersMax)
    }
    for (const [index, stream] of child.stdio.slice(1, 4).entries()) stream?.on('data', keep(index))
    let timedOut = false
    const timer = setTimeout(() => {
      timedOut = true
      if (pid !== undefined) killGroup(pid)
    }, timeoutMs)
    return new Promise((resolve, reject) => {
      child.once('error', error => {
        clearTimeout(timer)
        reject(error)
      })
      child.once('close', code => {
        clearTimeout(timer)
        if (pid !== undefined) this.#ended(pid)
        const [stdout, stderr, times] = outputs as [string, string, string]
        const wallSeconds = Number(process.hrtime.bigint() - startNs) / 1e9
        resolve({ code: code ?? -1, stdout, stderr, wallSeconds, cpuSeconds: parseTimes(times), timedOut })
      })
    })
  }

  async close(): Promise<void> {
    this.#killAll()
    process.off('exit', this.#killAll)
    await this.#watchdog.close()
  }

  #started(pid: number): void {
    this.#groups.add(pid)
    this.#watchdog.watch(-pid)
  }

  #ended(pid: number): void {
    this.#groups.delete(pid)
    this.#watchdog.forget(-pid)
  }

  readonly #killAll = (): void => {
    for (const pid of this.#groups) killGroup(pid)
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    // It has ended between our look and the signal.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Seconds of the second line of `times`; NaN when the shell was killed before it could tell. */
export function parseTimes(text: string): number {
  const children = text.split('\n')[1] ?? ''
  const parts = [...children.matchAll(/(\d+)m([\d.]+)s/g)]
  if (parts.length !== 2) return Number.NaN
  return parts.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds), 0)
}
