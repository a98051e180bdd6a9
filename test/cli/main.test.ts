// Shows the program as a script sees it: exit codes, what goes to which stream, and never a stack trace. Method: the real
// process on this Node, given what users give it; the only socket is a port on which nothing listens.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))
const mainPath = join(root, 'cli/main.ts')
/** Nothing of the machine's own MILLRACE_* variables. */
const cleanEnv = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('MILLRACE_')))

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

function millrace(args: readonly string[], env: Record<string, string> = {}): Ended {
  const options = { cwd: root, env: { ...cleanEnv, ...env }, encoding: 'utf8', timeout: 30_000 } as const
  const { status, stdout, stderr } = spawnSync(process.execPath, [mainPath, ...args], options)
  return { code: status, stdout, stderr }
}

const stackFrame = /^ +at /m

let dir: string
/** Was free a moment ago: nothing listens there. */
let closedPort: number

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'millrace-cli-'))
  closedPort = await new Promise<number>(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
})

afterAll(() => rmSync(dir, { recursive: true, force: true }))

describe('without a broker', () => {
  it('--version prints the version of the package', () => {
    expect(millrace(['--version'])).toEqual({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), stderr: '' })
  })

  it('--help explains every flag, with its default', () => {
    const { code, stdout } = millrace(['bench', 'produce', '--help'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/--batch-bytes <size> +a batch is sent when it is this large \(default: 256KiB\)/)
    expect(stdout).toContain('MILLRACE_RECORD_SIZE')
  })

  it('without arguments: the help, on standard error, and not a success', () => {
    expect(millrace([])).toEqual({ code: 104, stdout: '', stderr: expect.stringContaining('Usage: millrace') })
  })

  it.each([
    { args: ['bnech'], message: "unknown command 'bnech' (Did you mean bench?)" },
    { args: ['bench', 'prodcue'], message: "unknown command 'prodcue' (Did you mean produce?)" },
    { args: ['--verbose'], message: "unknown option '--verbose'" },
  ])('$args', ({ args, message }) => {
    const { code, stdout, stderr } = millrace(args)
    expect(code).toBe(104)
    expect(stdout).toBe('')
    expect(stderr).toContain('error CONFIG_INVALID: ')
    expect(stderr).toContain(message)
    expect(stderr).toContain('\nhint: ')
    expect(stderr).not.toMatch(stackFrame)
  })

  it('everything that is wrong comes at once', () => {
    const args = 'bench produce --rat 5 --group g stray --acks 2 --rate --quiet=yes'.split(' ')
    const { code, stderr } = millrace(args, { MILLRACE_BATCH_BYTES: '64k' })
    expect(code).toBe(104)
    expect(stderr).toBe(
      [
        'error CONFIG_INVALID: 8 settings are not valid:',
        '  --rat: is not known; did you mean --rate?',
        '  --group: belongs to bench consume and roundtrip, not to bench produce',
        '  stray: is not expected here: every setting is a --flag',
        '  --quiet: takes no value',
        '  --bootstrap: is required: host:port of one broker or more (or MILLRACE_BOOTSTRAP, or bootstrap.servers in the file of --command-config)',
        '  --rate: needs a value',
        '  --acks: "2" is not one of 0, 1 or all',
        '  MILLRACE_BATCH_BYTES: "64k" is not clear: write 64KiB (powers of 1024) or 64KB (powers of 1000)',
        'hint: Correct the settings named above; `--help` lists them all.',
        '',
      ].join('\n'),
    )
  })

  it('a negative number is a value and no flag', () => {
    const { stderr } = millrace(
      'bench produce --bootstrap localhost --replication-factor -1 --partitions -3'.split(' '),
    )
    expect(stderr).toContain('--partitions: -3 must be')
    expect(stderr).not.toContain('--replication-factor')
  })

  it('a stack trace is for those who ask for it', () => {
    const { stderr } = millrace(['bench', 'produce'], { MILLRACE_DEBUG: '1' })
    expect(stderr).toMatch(stackFrame)
  })

  it('a password is never repeated', () => {
    const args = ['bench', 'produce', '--property', 'hunter2', '--property', 'sasl.pasword=hunter2']
    const { code, stderr } = millrace([...args, '--command-config', join(dir, 'missing')])
    expect(code).toBe(104)
    expect(stderr).not.toContain('hunter2')
  })
})

describe('output', () => {
  it('a place that cannot be written is found out before a broker is asked', () => {
    const out = join(dir, 'missing', 'result.json')
    const { code, stderr } = millrace(['bench', 'produce', '--bootstrap', `127.0.0.1:${closedPort}`, '--out', out])
    expect(code).toBe(30)
    expect(stderr).toBe(
      `error OUTPUT_FAILED: cannot write ${out}: the directory does not exist\nhint: Check the path, its permissions and the free space.\n`,
    )
  })

  it('a reader that leaves ends the output quietly', async () => {
    const child = spawn(process.execPath, [mainPath, 'bench', 'produce', '--help'], { cwd: root, env: cleanEnv })
    child.stdout.destroy()
    let stderr = ''
    child.stderr.on('data', chunk => {
      stderr += chunk
    })
    const code = await new Promise(resolve => child.on('close', resolve))
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  })

  it.runIf(existsSync('/dev/full'))('a full disk behind standard output is an error with a code', () => {
    const { status, stderr } = spawnSync('sh', ['-c', `"${process.execPath}" "${mainPath}" --version > /dev/full`], {
      encoding: 'utf8',
      env: cleanEnv,
    })
    expect(status).toBe(30)
    expect(stderr).toContain('error OUTPUT_FAILED: cannot write to standard output')
    expect(stderr).not.toMatch(stackFrame)
  })
})

describe('with nobody at the other end', () => {
  it('a port on which nothing listens', () => {
    const { code, stdout, stderr } = millrace(['bench', 'produce', '--bootstrap', `127.0.0.1:${closedPort}`])
    expect(code).toBe(20)
    expect(stdout).toBe('')
    expect(stderr).toContain(`error BROKER_UNREACHABLE: 127.0.0.1:${closedPort}`)
    expect(stderr).not.toMatch(stackFrame)
  })

  it('a properties file is read, and a flag comes before it', () => {
    const file = join(dir, 'client.properties')
    writeFileSync(file, 'bootstrap.servers=127.0.0.1:1\nlinger.ms=soon\n')
    const args = ['bench', 'produce', '--command-config', file, '--bootstrap', `127.0.0.1:${closedPort}`]
    const { code, stderr } = millrace(args)
    expect(code).toBe(104)
    expect(stderr).toContain(`${file}:2 linger.ms: "soon" is not`)
    expect(millrace([...args, '--linger-ms', '1']).stderr).toContain(
      `error BROKER_UNREACHABLE: 127.0.0.1:${closedPort}`,
    )
  })
})

describe('an older Node', () => {
  it('is told so, before anything else is loaded', () => {
    // The check reads process.versions, so an older Node is one line of preload away.
    const old = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })"
    const preload = `data:text/javascript,${encodeURIComponent(old)}`
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', preload, mainPath, '--version'], {
      encoding: 'utf8',
      env: cleanEnv,
    })
    expect(status).toBe(104)
    expect(stdout).toBe('')
    expect(stderr).toContain('error CONFIG_INVALID: millrace needs Node 24 or newer, and this is Node 20.20.2')
  })
})
