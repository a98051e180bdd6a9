// Starts parts one after the other, each when the one before it answers, and ends them the other way round.
import { setTimeout as delay } from 'node:timers/promises'
import { MillraceError } from '../../core/errors.ts'
import type { Part } from './parts.ts'
import type { Program } from './programs.ts'

export interface Host {
  start(part: Part): Pick<Program, 'ended' | 'output' | 'end'>
  answers(url: string): Promise<boolean>
  /** A part that the stack can do without has ended, and how. */
  onEnd?(text: string): void
}

export interface StartedParts {
  /** A part that is needed has ended by itself. */
  readonly lost: Promise<MillraceError>
  close(): Promise<void>
}

const startTimeoutMs = 60_000
const askAgainMs = 100
/** Of a log, in an error. */
const tailLines = 8

/** Rejects when a part ends or does not answer, and has then ended the others. An abort ends the wait, and starts no more. */
export async function startParts(
  parts: readonly Part[],
  host: Host,
  signal?: AbortSignal,
  timeoutMs = startTimeoutMs,
): Promise<StartedParts> {
  const running: { end(): Promise<void> }[] = []
  const lost = Promise.withResolvers<MillraceError>()
  let isClosing = false
  const close = async () => {
    isClosing = true
    for (const program of running.toReversed()) await program.end()
  }
  try {
    for (const part of parts) {
      if (signal?.aborted) break
      const program = host.start(part)
      running.push(program)
      await isReady(part, program, host, signal, timeoutMs)
      void program.ended.then(how => {
        if (isClosing) return
        const text = `${part.name} has ended (${how})${tailOf(program.output())}`
        if (part.isNeeded) lost.resolve(failure(text))
        else host.onEnd?.(text)
      })
    }
  } catch (error) {
    await close()
    throw error
  }
  return { lost: lost.promise, close }
}

async function isReady(
  { name, readyUrl }: Part,
  program: Pick<Program, 'ended' | 'output'>,
  host: Host,
  signal: AbortSignal | undefined,
  timeoutMs: number,
): Promise<void> {
  if (readyUrl === undefined) return
  let how: string | undefined
  void program.ended.then(text => {
    how = text
  })
  const deadlineMs = performance.now() + timeoutMs
  while (!(await host.answers(readyUrl))) {
    const tail = () => tailOf(program.output())
    if (signal?.aborted) return
    if (how !== undefined) throw failure(`${name} has ended (${how}) and was never ready${tail()}`)
    if (performance.now() >= deadlineMs)
      throw failure(`${name} did not answer at ${readyUrl} within ${timeoutMs / 1000} s${tail()}`)
    await delay(askAgainMs)
  }
}

const failure = (text: string) =>
  new MillraceError('SIDE_FAILED', text, {
    hint: 'The text above is what the program said last. Everything that had been started was ended.',
  })

function tailOf(output: string): string {
  const lines = output.trimEnd().split('\n').slice(-tailLines)
  return lines.join('').trim() === '' ? '' : `:\n${lines.map(line => `  ${line}`).join('\n')}`
}
