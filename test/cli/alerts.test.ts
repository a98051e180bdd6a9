// Shows `millrace alerts render` as a user runs it: files in a folder, the manifest, and what is wrong with a file of thresholds. Method: the
// program in this process.
import { EventEmitter } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runCli } from '../../cli/program.ts'

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'millrace-alerts-'))
})
afterAll(() => rmSync(dir, { recursive: true }))

async function run(...args: string[]) {
  const texts = ['', '']
  const sink = (at: number) =>
    new Writable({
      write: (chunk, _, done) => {
        texts[at] += String(chunk)
        done()
      },
    })
  const io = { stdout: sink(0), stderr: sink(1), env: {}, events: new EventEmitter(), exit: () => {} }
  const code = await runCli(['alerts', 'render', ...args], io)
  return { code, stdout: texts[0]!, stderr: texts[1]! }
}

it('writes what is shipped, when nothing is set', async () => {
  const out = join(dir, 'rules')
  expect(await run('--out', out)).toEqual({ code: 0, stdout: '', stderr: '' })
  const files = readdirSync(out)
  expect(files).toHaveLength(6)
  for (const file of files) {
    const shipped = readFileSync(new URL(`../../alerts/${file}`, import.meta.url), 'utf8')
    expect(readFileSync(join(out, file), 'utf8')).toBe(shipped)
  }
})

it('prints the manifest with the thresholds of a file', async () => {
  const file = join(dir, 'my.yaml')
  writeFileSync(file, 'thresholds: { lag-max: 7m }')
  const { code, stdout } = await run('--thresholds', file, '--format', 'kubernetes')
  expect(code).toBe(0)
  expect(stdout).toContain('kind: PrometheusRule')
  expect(stdout).toContain('> 420')
})

it('a flag says where the runbooks are, and counts more than the file', async () => {
  const file = join(dir, 'runbooks.yaml')
  writeFileSync(file, 'runbooks: https://file.example/')
  const { stdout } = await run('--thresholds', file, '--runbooks', 'https://flag.example/kafka')
  expect(stdout).toContain('runbook_url: https://flag.example/kafka/MillraceBrokerDown.md\n')
  expect(stdout).not.toContain('file.example')
})

it.each([
  {
    what: 'runbooks that no page can link to',
    args: ['--runbooks', 'docs/runbooks'],
    code: 104,
    says: 'is not the address of a folder',
  },
  {
    what: 'a file that is not there',
    args: ['--thresholds', '/nowhere/my.yaml'],
    code: 104,
    says: 'cannot read /nowhere',
  },
  { what: 'a form that is none', args: ['--format', 'json'], code: 104, says: 'must be one of rules, kubernetes' },
  { what: 'a folder that cannot be made', args: ['--out', '/proc/rules'], code: 30, says: 'cannot make the folder' },
])('tells $what', async ({ args, code, says }) => {
  const told = await run(...args)
  expect([told.code, told.stderr.includes(says)]).toEqual([code, true])
})
