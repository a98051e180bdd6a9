// Result files. A reader never sees half a file: it is written beside its place and renamed over it. Devices and pipes
// (/dev/stdout, a FIFO) cannot be renamed over and are written to directly.
import { randomBytes } from 'node:crypto'
import { access, constants, open, realpath, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { MillraceError } from '../../core/errors.ts'
import type { ResultSet } from '../repeat/model.ts'
import type { Result } from '../result.ts'

export const resultJson = (result: Result | ResultSet): string => `${JSON.stringify(result, undefined, 2)}\n`

export async function writeResult(path: string, result: Result | ResultSet): Promise<void> {
  await writeFileAtomically(path, resultJson(result))
}

/** Fails before the load starts where writing would fail after it. Leaves nothing behind. */
export async function checkWritable(path: string): Promise<void> {
  await coded(path, async () => {
    const target = await targetOf(path)
    if (target.direct) return await access(target.path, constants.W_OK)
    const probe = temporaryBeside(target.path)
    await (await open(probe, 'wx')).close()
    await rm(probe)
  })
}

export async function writeFileAtomically(path: string, text: string): Promise<void> {
  await coded(path, async () => {
    const target = await targetOf(path)
    if (target.direct) return await writeAndSync(target.path, text, 'w')
    const temporary = temporaryBeside(target.path)
    try {
      await writeAndSync(temporary, text, 'wx')
      await rename(temporary, target.path)
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
  })
}

interface Target {
  readonly path: string
  readonly direct: boolean
}

/** Links are followed, so that the file behind a link is replaced and not the link. */
async function targetOf(path: string): Promise<Target> {
  const real = await realpath(path).catch(ignoring('ENOENT', path))
  const kind = await stat(real).catch(ignoring('ENOENT', undefined))
  if (kind?.isDirectory()) throw Object.assign(new Error('it is a directory'), { code: 'EISDIR' })
  return { path: real, direct: kind !== undefined && !kind.isFile() }
}

const temporaryBeside = (path: string): string => join(dirname(path), `.millrace-${randomBytes(6).toString('hex')}.tmp`)

async function writeAndSync(path: string, text: string, flags: 'w' | 'wx'): Promise<void> {
  const file = await open(path, flags)
  try {
    await file.writeFile(text)
    // A full disk may only show when the pages are written back. Pipes and devices have nothing to sync.
    if (flags === 'wx') await file.sync()
  } finally {
    await file.close()
  }
}

const ignoring =
  <Value>(code: string, value: Value) =>
  (error: NodeJS.ErrnoException): Value => {
    if (error.code === code) return value
    throw error
  }

const meanings: Readonly<Record<string, string>> = {
  ENOENT: 'the directory does not exist',
  ENOTDIR: 'a part of the path is not a directory',
  EISDIR: 'it is a directory',
  EACCES: 'no permission',
  EPERM: 'no permission',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
}

async function coded(path: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new MillraceError('OUTPUT_FAILED', `cannot write ${path}: ${meanings[code ?? ''] ?? message}`, {
      cause: error,
    })
  }
}
