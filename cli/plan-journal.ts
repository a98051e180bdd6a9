// `--state FILE` of a plan: what has been measured is kept after each step, and the same command goes on from it after a crash or Ctrl-C.
// The file holds no setting, only a digest of them.
import { readFileSync } from 'node:fs'
import type { z } from 'zod'
import { configError } from '../core/errors.ts'
import { checkWritable, writeFileAtomically } from '../loadgen/report/json.ts'
import { flag, parseText } from './flag-table.ts'
import { print } from './output.ts'
import type { Io } from './program.ts'

export const stateFlag = (group: string) =>
  flag(group, 'file', 'keep what is measured there after each step, and go on from it', parseText)

export interface JournalHead {
  readonly startedAt: string
  /** Of everything that makes a step what it is. */
  readonly fingerprint: string
}

export interface Journal<File extends JournalHead> {
  /** As it was found, or a fresh one. */
  readonly file: File
  save(file: File): Promise<void>
}

export interface JournalSettings<File extends JournalHead> {
  /** Undefined: nothing is kept. */
  readonly path: string | undefined
  readonly fingerprint: string
  readonly model: z.ZodType
  /** `search`, `sweep`. */
  readonly what: string
  readonly fresh: (head: JournalHead) => File
  /** How far it has come. */
  readonly stepsIn: (file: File) => number
}

/** Throws a config error for a file of another plan, or of none. */
export async function openJournal<File extends JournalHead>(
  { path, fingerprint, model, what, fresh, stepsIn }: JournalSettings<File>,
  io: Io,
): Promise<Journal<File>> {
  const begun = fresh({ startedAt: new Date().toISOString(), fingerprint })
  if (path === undefined) return { file: begun, save: async () => {} }
  const save = (file: File) => writeFileAtomically(path, `${JSON.stringify(file)}\n`)
  await checkWritable(path)
  const text = readIfThere(path)
  if (text === undefined) return { file: begun, save }
  const parsed = model.safeParse(jsonOf(text))
  const problem = (message: string) => configError([{ path: '--state', message: `${path} ${message}` }])
  if (!parsed.success) throw problem(`is not the state of a ${what}`)
  const file = parsed.data as File
  if (file.fingerprint !== fingerprint) throw problem(`is of a ${what} with other flags: give those, or another file`)
  await print(io.stderr, `going on after ${stepsIn(file)} steps of ${file.startedAt}\n`)
  return { file, save }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
