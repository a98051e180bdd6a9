// A run in a process of its own, so that its CPU time and its memory are those of nothing else.
import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { MillraceError } from '../core/errors.ts'
import { type Result, resultModel } from '../loadgen/result.ts'

const entry = fileURLToPath(new URL(`./main${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url))
/** What is kept of its standard error, for when there is no result. */
const stderrCharactersMax = 10_000

export interface RunOfProcess<Outcome> {
  readonly args: readonly string[]
  /** Where it writes its result. */
  readonly out: string
  parse(document: unknown): Outcome
  /** Another millrace's cli/main. */
  readonly main?: string
  readonly env?: Readonly<Record<string, string>>
}

export const benchProcess = (args: readonly string[], out: string, signal: AbortSignal): Promise<Result> =>
  runProcess({ args, out, parse: document => resultModel.parse(document) }, signal)

/** Resolves with the result that the run wrote, whatever its verdict; rejects with what it said when there is none. */
export async function runProcess<Outcome>(
  { args, out, parse, main = entry, env }: RunOfProcess<Outcome>,
  signal: AbortSignal,
): Promise<Outcome> {
  const child = spawn(process.execPath, [main, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...env },
  })
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk).slice(-stderrCharactersMax)
  })
  // A terminal tells the child as well; whoever signals this process alone means both.
  const stop = () => child.kill('SIGTERM')
  signal.addEventListener('abort', stop)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  }).finally(() => signal.removeEventListener('abort', stop))
  try {
    return parse(JSON.parse(await readFile(out, 'utf8')))
  } catch (cause) {
    throw failureOf(stderr, code, cause)
  }
}

/** The error that it ended with, as it printed it. */
function failureOf(stderr: string, code: number | null, cause: unknown): MillraceError {
  const [, name = 'INTERNAL', message = ''] = /^error (\w+): (.*)$/ms.exec(stderr) ?? []
  const [told = '', hint = ''] = message.split('\nhint: ')
  if (told === '') return new MillraceError('INTERNAL', `the run ended with code ${code} and no result`, { cause })
  return new MillraceError(name as MillraceError['code'], told, { hint: hint.trim(), cause })
}
