// Commands of a side. Each has a process group of its own: a shell does not pass signals on to what it has started, and a gate that
// ends leaves nothing of it behind.
import { spawn } from 'node:child_process'
import { MillraceError } from '../../core/errors.ts'

const endMsMax = 30_000
const endPauseMs = 50
/** What was said may arrive after the process has gone; a daemon that it has left keeps the pipe open for ever. */
const lastWordsMs = 200
/** What is kept of what a command said. */
const saidCharactersMax = 4_000

export interface CommandOptions {
  readonly env: Readonly<Record<string, string>>
  readonly cwd?: string | undefined
}

export interface Group {
  said(): string
  /** Its first process has; others of the group may be left. */
  hasEnded(): boolean
  /** Code of the first process; null when a signal ended it. */
  readonly ended: Promise<number | null>
  /** SIGTERM to all of the group, SIGKILL to what is left after half a minute. Resolves when nothing is. */
  end(): Promise<void>
  /** Of a command that has done its work: what it left running is meant to run. */
  release(): void
}

export function startGroup(command: string, args: readonly string[], { env, cwd }: CommandOptions): Group {
  const child = spawn(command, args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    ...(cwd !== undefined && { cwd }),
  })
  let text = ''
  const keep = (chunk: Buffer | string) => {
    text = (text + chunk).slice(-saidCharactersMax)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  const ended = new Promise<number | null>(done => {
    child.once('error', error => {
      keep(error.message)
      done(null)
    })
    child.once('close', done)
    child.once('exit', code => setTimeout(() => done(code), lastWordsMs).unref())
  })
  /** False when there is nobody left. */
  const signal = (name: NodeJS.Signals | 0): boolean => {
    try {
      return child.pid !== undefined && process.kill(-child.pid, name)
    } catch {
      return false
    }
  }
  // A gate that leaves at once leaves no broker behind.
  const onExit = () => void signal('SIGKILL')
  process.once('exit', onExit)
  const release = () => void process.off('exit', onExit)
  return {
    said: () => text,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null || child.pid === undefined,
    ended,
    release,
    async end() {
      signal('SIGTERM')
      const untilMs = performance.now() + endMsMax
      while (signal(0) && performance.now() < untilMs) await new Promise(done => setTimeout(done, endPauseMs))
      signal('SIGKILL')
      await ended
      release()
    },
  }
}

/** A command that has to succeed; it is ended when the signal comes. */
export async function runCommand(command: string, options: CommandOptions, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted()
  const group = startGroup('sh', ['-c', command], options)
  const stop = () => void group.end()
  signal?.addEventListener('abort', stop, { once: true })
  const code = await group.ended
  signal?.removeEventListener('abort', stop)
  if (signal?.aborted) {
    await group.end()
    throw interrupted()
  }
  group.release()
  if (code !== 0) throw sideFailed(`"${command}" failed`, group.said() || `it ended with ${code ?? 'a signal'}`)
}

export const interrupted = () => new MillraceError('INTERRUPTED', 'interrupted between runs')

export const sideFailed = (what: string, said: string) =>
  new MillraceError('SIDE_FAILED', said.trim() === '' ? what : `${what}:\n${said.trim()}`)
