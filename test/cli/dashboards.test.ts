// Shows `millrace dashboards` as a user meets it: files that are written, problems that are all told, a preview until the signal.
import { EventEmitter, once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCli } from '../../cli/program.ts'
import { type CannedPrometheus, cannedPrometheus } from '../dashboards/canned-prometheus.ts'

function started(...args: readonly string[]) {
  const events = new EventEmitter()
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const code = runCli(['dashboards', ...args], { stdout, stderr, env: {}, events, exit() {} })
  return { code, stdout, stderr, events }
}

async function ran(...args: readonly string[]) {
  const { code, stdout, stderr } = started(...args)
  const exitCode = await code
  stdout.end()
  stderr.end()
  return { code: exitCode, stdout: await text(stdout), stderr: await text(stderr) }
}

let dir: string
let prometheus: CannedPrometheus
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'millrace-dashboards-'))
  prometheus = await cannedPrometheus()
})
afterAll(() => {
  prometheus.close()
  rmSync(dir, { recursive: true, force: true })
})

describe('millrace dashboards', () => {
  it('export writes every board, as committed', async () => {
    const { code, stdout } = await ran('export', join(dir, 'new', 'boards'))
    expect(code).toBe(0)
    const files = readdirSync(join(dir, 'new', 'boards'))
    expect(files).toHaveLength(13)
    expect(stdout.trim().split('\n').sort()).toEqual(files.sort().map(file => join(dir, 'new', 'boards', file)))
    for (const file of files)
      expect(readFileSync(join(dir, 'new', 'boards', file), 'utf8')).toBe(
        readFileSync(join('dashboards/json', file), 'utf8'),
      )
  })

  it('export says what it misses, and where it cannot write', async () => {
    expect(await ran('export')).toMatchObject({ code: 104, stderr: expect.stringContaining('DIR: is missing') })
    expect(await ran('export', dir, 'more', '--foo')).toMatchObject({ code: 104, stderr: expect.stringMatching(/--foo: is not a flag[\s\S]*more: is one folder too many/) }) // biome-ignore format: one line
    writeFileSync(join(dir, 'file'), '')
    expect(await ran('export', join(dir, 'file', 'boards'))).toMatchObject({ code: 30, stderr: expect.stringContaining('OUTPUT_FAILED') }) // biome-ignore format: one line
  })

  it('preview tells all problems of its flags at once', async () => {
    const { code, stderr } = await ran('preview', '--listen', 'nowhere', '--prometheus', 'localhost', '--foo')
    expect(code).toBe(104)
    for (const part of ['--listen', '--prometheus: "localhost" is not an address', '--foo: is not a flag'])
      expect(stderr).toContain(part)
    expect(await ran('preview')).toMatchObject({
      code: 104,
      stderr: expect.stringContaining('--prometheus: is missing'),
    })
  })

  it('preview serves until the signal', async () => {
    const { code, stdout, events } = started('preview', '--prometheus', prometheus.url, '--listen', '127.0.0.1:0')
    const [said] = (await once(stdout, 'data')) as [Buffer]
    const url = /^boards: (http:\S+)\n$/.exec(said.toString())![1]!
    expect((await fetch(`${url}/d/millrace-topics`)).status).toBe(200)
    events.emit('SIGINT')
    expect(await code).toBe(0)
    await expect(fetch(url)).rejects.toThrow()
  })
})
