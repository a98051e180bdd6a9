// The command line within the process of a test, and what it wrote.
import { EventEmitter } from 'node:events'
import { runCli } from '../../cli/program.ts'

export interface MillraceOptions {
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Where signals come from. */
  readonly events?: EventEmitter
  readonly onStdout?: (text: string) => void
  readonly onStderr?: (text: string) => void
}

export interface Ended {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

export async function millrace(
  args: readonly string[],
  { env = {}, events = new EventEmitter(), onStdout, onStderr }: MillraceOptions = {},
): Promise<Ended> {
  const out = { stdout: '', stderr: '' }
  const stream = (name: 'stdout' | 'stderr', onText?: (text: string) => void) => ({
    write(text: string, done?: (error?: Error | null) => void) {
      out[name] += text
      done?.()
      onText?.(text)
      return true
    },
  })
  const io = { stdout: stream('stdout', onStdout), stderr: stream('stderr', onStderr), env, events, exit: () => {} }
  return { exitCode: await runCli(args, io), ...out }
}
