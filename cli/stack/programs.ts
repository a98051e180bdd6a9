// Programs that run beside us: started with their output in a file, ended by their own process, never by name.
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { MillraceError } from '../../core/errors.ts'
import type { Watchdog } from './watchdog.ts'

export interface Program {
  readonly process: ChildProcess
  /** How it ended, when it has: "code 1", "SIGKILL", or why it could not be started. */
  readonly ended: Promise<string>
  /** What it has written so far, both streams. */
  output(): string
  signal(name: NodeJS.Signals): void
  /** SIGTERM, and SIGKILL when that is not enough. */
  end(): Promise<void>
}

export interface ProgramOptions {
  /** A session of its own, so that a Ctrl-C on the terminal does not reach it: whoever started it ends it, in order. */
  readonly isDetached?: boolean
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Ends it when this process dies without having done so. */
  readonly watchdog?: Watchdog
}

const endTimeoutMs = 10_000

export function startProgram(
  command: string,
  args: readonly string[],
  logPath: string,
  { isDetached = false, env, watchdog }: ProgramOptions = {},
): Program {
  const log = openSync(logPath, 'a')
  const child = spawn(command, args, { stdio: ['pipe', log, log], detached: isDetached, ...(env && { env }) })
  closeSync(log)
  child.stdin!.on('error', () => child.stdin!.destroy())
  const ended = new Promise<string>(resolve => {
    child.once('exit', (code, signal) => resolve(signal ?? `code ${code}`))
    child.once('error', error => resolve(error.message))
  })
  const { pid } = child
  if (pid !== undefined && watchdog !== undefined) {
    watchdog.watch(pid)
    void ended.then(() => watchdog.forget(pid))
  }
  const isOver = () => child.exitCode !== null || child.signalCode !== null
  return {
    process: child,
    ended,
    output: () => readFileSync(logPath, 'utf8'),
    signal: name => void child.kill(name),
    end: async () => {
      if (isOver()) return
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), endTimeoutMs)
      await ended
      clearTimeout(timer)
    },
  }
}

/** Asks again and again until it is so. */
export async function until(what: string, isSo: () => Promise<boolean> | boolean, timeoutMs: number): Promise<void> {
  const deadlineMs = Date.now() + timeoutMs
  while (!(await isSo())) {
    if (Date.now() > deadlineMs) throw new MillraceError('REQUEST_TIMEOUT', `not within ${timeoutMs} ms: ${what}`)
    await delay(100)
  }
}

const answerTimeoutMs = 5_000

export async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(answerTimeoutMs) })).ok
  } catch {
    return false
  }
}
