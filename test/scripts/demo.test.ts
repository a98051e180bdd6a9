// Shows `npm run demo` to be what the readme promises: it ends with 0 and a summary, needs no Java, and leaves no broker, no
// process and no file behind, also after Ctrl-C. Method: the real process, in its shortest form, in a folder for temporary files
// of its own; on a pipe, where its live output is lines.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))
const timeout = 60_000

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'millrace-demo-test-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** `watch` sees standard error as it grows. */
function demo(args: readonly string[], watch: (stderr: string, child: ChildProcess) => void = () => {}) {
  // Nothing but Node is on the PATH: no Java, no Maven.
  const env = { PATH: [dirname(process.execPath)].join(delimiter), TMPDIR: dir, HOME: dir, XDG_CACHE_HOME: dir }
  const child = spawn(process.execPath, ['scripts/demo.ts', ...args], { cwd: root, env })
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', chunk => {
    output.stdout += chunk
  })
  child.stderr.setEncoding('utf8').on('data', chunk => {
    output.stderr += chunk
    watch(output.stderr, child)
  })
  return new Promise<Ended>(resolve => child.on('close', code => resolve({ code, ...output })))
}

/** The broker that the demo spoke of is gone, and with it every topic. */
async function expectNothingLeft(stdout: string, children: readonly string[]): Promise<void> {
  const port = Number(/is up at 127\.0\.0\.1:(\d+)/.exec(stdout)?.[1])
  const outcome = await new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve('connected'))
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code))
  })
  expect(outcome).toBe('ECONNREFUSED')
  expect(readdirSync(dir)).toEqual([])
  if (existsSync('/proc')) expect(children).toHaveLength(1)
  for (const pid of children) expect(existsSync(`/proc/${pid}`)).toBe(false)
}

function childrenOf({ pid }: ChildProcess): string[] {
  const path = `/proc/${pid}/task/${pid}/children`
  return existsSync(path) ? readFileSync(path, 'utf8').split(' ').filter(Boolean) : []
}

describe('npm run demo', { timeout }, () => {
  it('moves messages in and out, says what that was, and leaves nothing behind', async () => {
    let children: string[] | undefined
    const { code, stdout, stderr } = await demo(['--seconds', '2'], (text, child) => {
      if (text.includes('measuring')) children ??= childrenOf(child)
    })
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('in msg/s') })
    expect(stdout).toMatch(/in and out +[\d,]+ messages a second in, [\d,]+ out, every checksum verified/)
    expect(stdout).toMatch(/latency +half came out within [\d,.]+ ms/)
    expect(stdout).toMatch(/counted +[\d,]+ came in by the broker's own count: exactly what it acknowledged/)
    expect(stdout).toContain('npm run demo -- --kafka')
    await expectNothingLeft(stdout, children!)
  })

  it('Ctrl-C: it drains, says what there was, and leaves nothing behind', async () => {
    let children: string[] | undefined
    const { code, stdout, stderr } = await demo(['--seconds', '60'], (text, child) => {
      if (children !== undefined || !text.includes('measuring')) return
      children = childrenOf(child)
      child.kill('SIGINT')
    })
    expect({ code, stderr }).toEqual({ code: 105, stderr: expect.stringContaining('draining') })
    expect(stdout).toMatch(/in and out +[\d,]+ messages a second in/)
    await expectNothingLeft(stdout, children!)
  })

  it('says what is wrong with its command line', async () => {
    const { code, stderr } = await demo(['--kafak'])
    expect({ code, stderr }).toEqual({ code: 104, stderr: expect.stringContaining('--kafak') })
    expect((await demo(['--seconds', 'ten'])).code).toBe(104)
  })
})
