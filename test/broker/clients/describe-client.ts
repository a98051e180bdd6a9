// `describe` for suites that run somebody else's client. Where it is not installed and cannot be, the suite is skipped and says
// why; in CI it fails, because a suite that skips itself there would stay green for ever without having looked.
import { spawnSync } from 'node:child_process'
import { describe, it } from 'vitest'
import { MillraceError } from '../../../core/errors.ts'
import { kafkaSuiteMode } from '../../kafka/harness/describe-kafka.ts'

export interface Python {
  readonly command: string
  /** Why there is none. */
  readonly reason: string | undefined
}

const installTimeoutMs = 180_000
/** Debian's own first: its packages are not seen by a Python from elsewhere. */
const pythons = ['/usr/bin/python3', 'python3'] as const

/** A Python that has this module. As root on Debian, a missing one is installed. */
export function pythonWith(module: string, debianPackage: string): Python {
  const find = () => pythons.find(command => succeeds(command, ['-c', `import ${module}`]))
  const found = find() ?? (installDebian(debianPackage) ? find() : undefined)
  if (found !== undefined) return { command: found, reason: undefined }
  return { command: '', reason: `Python has no ${module} (apt-get install ${debianPackage})` }
}

function installDebian(debianPackage: string): boolean {
  if (process.getuid?.() !== 0) return false
  const install = ['install', '-y', '-q', '--no-install-recommends', debianPackage]
  return succeeds('apt-get', install) || (succeeds('apt-get', ['update', '-q']) && succeeds('apt-get', install))
}

const succeeds = (command: string, args: readonly string[]) =>
  spawnSync(command, args, { stdio: 'ignore', timeout: installTimeoutMs }).status === 0

export function describeClient(name: string, reason: string | undefined, suite: () => void): void {
  const mode = kafkaSuiteMode(reason, process.env)
  if (mode.kind === 'run') {
    describe(name, suite)
  } else if (mode.kind === 'skip') {
    console.warn(`skipped: ${name}: ${mode.reason}`)
    describe.skip(name, suite)
  } else {
    describe(name, () => {
      it('needs its client', () => {
        throw new MillraceError('TOOL_MISSING', mode.reason)
      })
    })
  }
}
