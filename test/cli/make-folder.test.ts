// Shows that folders are made with those above them, and that a place that takes none is an error at once.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { makeFolder } from '../../cli/make-folder.ts'

const dir = mkdtempSync(join(tmpdir(), 'millrace-folders-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

it('makes a folder, those above it, and nothing of what is there', () => {
  const path = join(dir, 'a', 'b', 'c')
  for (let times = 0; times < 2; times++) makeFolder(path)
  expect(existsSync(path)).toBe(true)
})

it('says so where there is a file', () => {
  writeFileSync(join(dir, 'file'), '')
  expect(() => makeFolder(join(dir, 'file'))).toThrow('EEXIST')
  expect(() => makeFolder(join(dir, 'file', 'below'))).toThrow(/EEXIST|ENOTDIR/)
})

it.runIf(existsSync('/proc/self'))('ends where the system never has such a folder', () => {
  expect(() => makeFolder('/proc/no-such/below')).toThrow('ENOENT')
})
