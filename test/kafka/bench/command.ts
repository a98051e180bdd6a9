// The bench command as a user runs it: a process of its own, its output, its exit code, and the result file it wrote.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { type Result, resultModel } from '../../../loadgen/result.ts'

const entry = fileURLToPath(new URL('../../../cli/main.ts', import.meta.url))

export interface BenchOutcome {
  /** Exit code; -1 when a signal ended the process. */
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  readonly seconds: number
  /** Checked against the published model; undefined when no result was written. */
  readonly result: Result | undefined
}

export interface RunningBench {
  readonly process: ChildProcess
  readonly outcome: Promise<BenchOutcome>
  /** Resolves when the text has appeared on standard error; rejects when the process ends without it. */
  says(text: string): Promise<void>
}

export interface BenchOptions {
  readonly env?: Readonly<Record<string, string>>
  /** A process that takes longer is killed, which shows as code -1: nothing may hang. */
  readonly timeoutMs?: number
}

/** One for a suite, at one cluster. `args` are those after `millrace bench`. */
export class BenchCommand {
  readonly #bootstrap: readonly string[]
  readonly #dir: string
  #runs = 0

  private constructor(bootstrap: readonly string[], dir: string) {
    this.#bootstrap = bootstrap
    this.#dir = dir
  }

  /** Without an address the cases bring their own. */
  static async make(bootstrap?: string): Promise<BenchCommand> {
    const dir = await mkdtemp(join(tmpdir(), 'millrace-bench-'))
    return new BenchCommand(bootstrap === undefined ? [] : ['--bootstrap', bootstrap], dir)
  }

  /** A path in the suite's own directory. */
  path(name: string): string {
    return join(this.#dir, name)
  }

  start(args: readonly string[], { env = {}, timeoutMs = 60_000 }: BenchOptions = {}): RunningBench {
    const out = this.path(`result-${this.#runs++}.json`)
    const [mode = '', ...flags] = args
    const writes = args.includes('--out') ? [] : ['--out', out]
    const startedMs = performance.now()
    const child = spawn(process.execPath, [entry, 'bench', mode, ...this.#bootstrap, ...flags, ...writes], {
      // One worker, where a case does not ask for more: on every machine the same.
      env: { ...process.env, MILLRACE_WORKERS: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk))
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk))
    const outcome = new Promise<BenchOutcome>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', code => {
        clearTimeout(timer)
        const seconds = (performance.now() - startedMs) / 1000
        readResult(out).then(result => resolve({ code: code ?? -1, stdout, stderr, seconds, result }), reject)
      })
    })
    const says = (text: string) =>
      new Promise<void>((resolve, reject) => {
        const look = () => stderr.includes(text) && resolve()
        child.stderr.on('data', look)
        child.once('close', () => reject(new Error(`the process ended without "${text}":\n${stderr}`)))
        look()
      })
    return { process: child, outcome, says }
  }

  run(args: readonly string[], options?: BenchOptions): Promise<BenchOutcome> {
    return this.start(args, options).outcome
  }

  /** For runs that must go well. */
  async succeed(args: readonly string[], options?: BenchOptions): Promise<BenchOutcome & { readonly result: Result }> {
    const outcome = await this.run(args, options)
    const { result } = outcome
    expect(outcome, outcome.stderr).toMatchObject({ code: 0, result: { verdict: 'ok', reasons: [] } })
    return { ...outcome, result: result! }
  }

  async remove(): Promise<void> {
    await rm(this.#dir, { recursive: true, force: true })
  }
}

async function readResult(path: string): Promise<Result | undefined> {
  return existsSync(path) ? resultModel.parse(JSON.parse(await readFile(path, 'utf8'))) : undefined
}

/** What a user may be shown of a failure: its code and what to do, and no trace of our insides. */
export function expectCodedError({ stderr, code }: BenchOutcome, expected: { code: string; exitCode: number }): void {
  expect({ code, stderr }).toMatchObject({
    code: expected.exitCode,
    stderr: expect.stringMatching(new RegExp(`^error ${expected.code}: .+`, 'm')),
  })
  expect(stderr).toMatch(/^hint: .+/m)
  expect(stderr).not.toMatch(/^\s+at |node:internal|Error:/m)
}
