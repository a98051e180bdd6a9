// The one stack of a user on this machine, in a file, so that another terminal can look at it and end it.
import { spawnSync } from 'node:child_process'
import { lstatSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import type { Environment } from '../../core/config.ts'
import { MillraceError } from '../../core/errors.ts'
import { makeFolder } from '../make-folder.ts'

const stateModel = z.object({
  pid: z.int().positive(),
  /** Tells the process from a later one that was given the same id. */
  processStart: z.string(),
  startedAt: z.string(),
  dir: z.string(),
  places: z.array(z.object({ name: z.string(), address: z.string(), readyUrl: z.string().optional() })),
})

export type StackState = z.infer<typeof stateModel>
export type Place = StackState['places'][number]

/** $XDG_STATE_HOME/millrace/stack.json, or a file of the user in the folder for temporary files. */
export function statePath({ XDG_STATE_HOME: state }: Environment): string {
  // The XDG base directory specification: a path that is not absolute is to be ignored.
  if (state?.startsWith('/')) return join(state, 'millrace', 'stack.json')
  return join(tmpdir(), `millrace-stack-${userInfo().uid}.json`)
}

/** The stack that runs. What a killed one has left, and a file of somebody else, is none. */
export function readState(path: string, startOf = processStart): StackState | undefined {
  let text: string
  try {
    const { uid } = userInfo()
    const file = lstatSync(path)
    // The folder may be everybody's: nobody is to choose which process of ours is ended.
    if (!file.isFile() || (uid >= 0 && file.uid !== uid)) return undefined
    text = readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
  const parsed = stateModel.safeParse(parseJson(text))
  return parsed.success && startOf(parsed.data.pid) === parsed.data.processStart ? parsed.data : undefined
}

/** Throws OUTPUT_FAILED where a stack runs, or the file cannot be written. */
export function claimState(path: string, state: Omit<StackState, 'processStart'>, startOf = processStart): void {
  refuseSecond(readState(path, startOf))
  const text = `${JSON.stringify({ ...state, processStart: startOf(state.pid) ?? '' }, undefined, 2)}\n`
  try {
    makeFolder(dirname(path))
    rmSync(path, { force: true })
    // Made anew or not at all: no link is followed, and of two that start at once one is refused.
    writeFileSync(path, text, { flag: 'wx', mode: 0o600 })
  } catch (cause) {
    throw new MillraceError('OUTPUT_FAILED', `cannot write ${path}: ${(cause as Error).message}`, {
      cause,
      hint: 'Where it is: $XDG_STATE_HOME/millrace, else the folder for temporary files.',
    })
  }
}

export const releaseState = (path: string): void => rmSync(path, { force: true })

export function refuseSecond(state: StackState | undefined): void {
  if (state === undefined) return
  throw new MillraceError(
    'OUTPUT_FAILED',
    `a stack is running already: process ${state.pid}, since ${state.startedAt}`,
    {
      hint: '`millrace stack status` shows it, `millrace stack down` ends it.',
    },
  )
}

/** When the process began, in whatever form this system tells it; undefined: there is none. */
export function processStart(pid: number): string | undefined {
  try {
    // proc(5): state is the 3rd field, start time the 22nd; the 2nd is in parentheses and may hold anything.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ')
    return fields[0] === 'Z' ? undefined : fields[19]
  } catch {
    if (process.platform === 'linux') return undefined
    const { stdout } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' })
    return stdout?.trim() || undefined
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
