// Programs that run beside an incident: started with their output in a file, ended by their own process, never by name.
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { MillraceError } from '../../core/errors.ts'

export interface Program {
  readonly process: ChildProcess
  /** What it has written so far, both streams. */
  output(): string
  signal(name: NodeJS.Signals): void
  /** SIGTERM, and SIGKILL when that is not enough. */
  end(): Promise<void>
}

const endTimeoutMs = 10_000

export function startProgram(command: string, args: readonly string[], logPath: string): Program {
  const log = openSync(logPath, 'a')
  const child = spawn(command, args, { stdio: ['pipe', log, log] })
  closeSync(log)
  child.stdin!.on('error', () => child.stdin!.destroy())
  const exit = new Promise<void>(resolve => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  const isOver = () => child.exitCode !== null || child.signalCode !== null
  return {
    process: child,
    output: () => readFileSync(logPath, 'utf8'),
    signal: name => void child.kill(name),
    end: async () => {
      if (isOver()) return
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), endTimeoutMs)
      await exit
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

export async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok
  } catch {
    return false
  }
}
