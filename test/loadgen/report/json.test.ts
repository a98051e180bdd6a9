// Shows that a result file is whole or absent, and that every way of failing to write it is a coded error that says why.
// Method: real files; a full disk is a tmpfs of two pages where mounting is allowed, and /dev/full in any case.
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkWritable, writeFileAtomically, writeResult } from '../../../loadgen/report/json.ts'
import { resultModel } from '../../../loadgen/result.ts'
import { produceResult } from './result-fixture.ts'

let dir: string
let fullDir: string | undefined

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'millrace-json-'))
  const mountPoint = join(dir, 'full')
  mkdirSync(mountPoint)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8k', 'tmpfs', mountPoint], { stdio: 'ignore' })
    fullDir = mountPoint
  } catch {
    fullDir = undefined // Not root: the case below says that it was skipped.
  }
})

afterAll(() => {
  if (fullDir !== undefined) execFileSync('umount', [fullDir])
  rmSync(dir, { recursive: true, force: true })
})

describe('writing a result', () => {
  it('writes JSON that the model reads back, and leaves no temporary file', async () => {
    const outDir = mkdtempSync(join(dir, 'out-'))
    await writeResult(join(outDir, 'result.json'), produceResult)
    expect(resultModel.parse(JSON.parse(readFileSync(join(outDir, 'result.json'), 'utf8')))).toEqual(produceResult)
    expect(readdirSync(outDir)).toEqual(['result.json'])
  })

  it('replaces the file behind a link and keeps the link', async () => {
    const outDir = mkdtempSync(join(dir, 'link-'))
    writeFileSync(join(outDir, 'real.json'), 'old')
    symlinkSync(join(outDir, 'real.json'), join(outDir, 'link.json'))
    await writeFileAtomically(join(outDir, 'link.json'), 'new')
    expect(lstatSync(join(outDir, 'link.json')).isSymbolicLink()).toBe(true)
    expect(readFileSync(join(outDir, 'real.json'), 'utf8')).toBe('new')
  })

  it('a full disk: coded, the old file is untouched, nothing is left beside it', async ({ skip }) => {
    if (fullDir === undefined) return skip('mounting a tmpfs needs root')
    const path = join(fullDir, 'result.json')
    await writeFileAtomically(path, 'old')
    await expect(writeFileAtomically(path, 'x'.repeat(100_000))).rejects.toMatchObject({
      code: 'OUTPUT_FAILED',
      exitCode: 30,
      message: `cannot write ${path}: the disk is full`,
    })
    expect(readFileSync(path, 'utf8')).toBe('old')
    expect(readdirSync(fullDir)).toEqual(['result.json'])
  })

  it('a device is written to, not replaced', async () => {
    await writeFileAtomically('/dev/null', 'text')
    expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true)
  })

  it.runIf(existsSync('/dev/full'))('a device without space: coded', async () => {
    await expect(writeFileAtomically('/dev/full', 'text')).rejects.toMatchObject({
      code: 'OUTPUT_FAILED',
      message: 'cannot write /dev/full: the disk is full',
    })
  })
})

describe('checking before the load starts', () => {
  it('accepts a place that can be written, and leaves nothing there', async () => {
    const outDir = mkdtempSync(join(dir, 'check-'))
    await checkWritable(join(outDir, 'result.json'))
    expect(readdirSync(outDir)).toEqual([])
  })

  it.each([
    { why: 'the directory is missing', place: 'missing/result.json', message: 'the directory does not exist' },
    { why: 'the path is a directory', place: '.', message: 'it is a directory' },
    {
      why: 'a file stands where a directory should',
      place: 'file/result.json',
      message: 'a part of the path is not a directory',
    },
  ])('$why', async ({ place, message }) => {
    writeFileSync(join(dir, 'file'), '')
    const path = join(dir, place)
    await expect(checkWritable(path)).rejects.toMatchObject({
      code: 'OUTPUT_FAILED',
      message: `cannot write ${path}: ${message}`,
    })
  })

  it('a directory without permission', async () => {
    const outDir = mkdtempSync(join(dir, 'locked-'))
    chmodSync(outDir, 0o500)
    chmodSync(dir, 0o755)
    await asNobody(() =>
      expect(checkWritable(join(outDir, 'result.json'))).rejects.toMatchObject({
        code: 'OUTPUT_FAILED',
        message: expect.stringContaining('no permission'),
      }),
    )
  })
})

const nobody = 65_534

/** Root may write anywhere: for the time of the work it is somebody else. */
async function asNobody(work: () => Promise<void>): Promise<void> {
  if (process.getuid?.() !== 0) return await work()
  process.seteuid!(nobody)
  try {
    await work()
  } finally {
    process.seteuid!(0)
  }
}
