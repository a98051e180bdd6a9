// The Python clients, at the versions of python/requirements.txt, from PyPI into the cache: Debian's own are too old to know
// the groups of KIP-848. Their scripts take the bootstrap servers first and print one line of JSON last.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MillraceError } from '../../../core/errors.ts'
import { cacheDirDefault, installOnce } from '../../kafka/harness/install.ts'
import { runCommand } from '../../kafka/harness/tools.ts'
import { installDebian, succeeds } from './describe-client.ts'

export interface PythonClients {
  /** Why there are none. */
  readonly reason: string | undefined
  /** What the script found, or an error with what it said. */
  run(script: string, args: readonly string[], timeoutMs: number): Promise<Record<string, unknown>>
}

const scriptDir = join(import.meta.dirname, 'python')
const requirements = join(scriptDir, 'requirements.txt')
const pythons = ['python3', '/usr/bin/python3'] as const
const installTimeoutMs = 300_000

export async function pythonClients(): Promise<PythonClients> {
  const python = findPython()
  if (python === undefined) return without('Python 3 with pip is not installed (apt-get install python3-pip)')
  try {
    const modules = await install(python)
    return { reason: undefined, run: (script, args, timeoutMs) => run(python, modules, script, args, timeoutMs) }
  } catch (error) {
    return without(`pip could not install ${requirements}: ${error instanceof Error ? error.message : error}`)
  }
}

function without(reason: string): PythonClients {
  return { reason, run: () => Promise.reject(new MillraceError('TOOL_MISSING', reason)) }
}

function findPython(): string | undefined {
  const find = () => pythons.find(command => succeeds(command, ['-m', 'pip', '--version']))
  return find() ?? (installDebian('python3-pip') ? find() : undefined)
}

/** The folder with the modules. Some are compiled, so it is one for each version of Python. */
async function install(python: string): Promise<string> {
  const { stdout: version } = await runCommand(python, ['-c', 'import sys; print(sys.version)'])
  const digest = createHash('sha256')
    .update(version)
    .update(await readFile(requirements))
  const name = `python-clients-${digest.digest('hex').slice(0, 12)}`
  return installOnce(join(cacheDirDefault(), name), async buildDir => {
    const quiet = ['--quiet', '--disable-pip-version-check', '--no-input', '--root-user-action=ignore']
    const args = ['-m', 'pip', 'install', ...quiet, '--no-deps', '--target', buildDir, '--requirement', requirements]
    const { code, stderr } = await runCommand(python, args, { timeoutMs: installTimeoutMs })
    if (code !== 0) throw new MillraceError('TOOL_MISSING', stderr.trim())
  })
}

async function run(python: string, modules: string, script: string, args: readonly string[], timeoutMs: number) {
  const env = { PYTHONPATH: modules, PYTHONUNBUFFERED: '1', PYTHONDONTWRITEBYTECODE: '1' }
  const { code, stdout, stderr } = await runCommand(python, [join(scriptDir, script), ...args], { timeoutMs, env })
  const last = stdout.trimEnd().split('\n').at(-1) ?? ''
  if (code === 0) return JSON.parse(last)
  throw new MillraceError(
    'INTERNAL',
    `${script} ended with ${code === -1 ? 'its time limit' : code}:\n${stdout}${stderr}`,
  )
}
