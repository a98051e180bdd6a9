// `describe` for suites that run somebody else's client. Where it is not installed and cannot be, the suite is skipped and says
// why; in CI it fails, because a suite that skips itself there would stay green for ever without having looked.
import { spawnSync } from 'node:child_process'
import { describe, it } from 'vitest'
import { MillraceError } from '../../../core/errors.ts'
import { kafkaSuiteMode } from '../../kafka/harness/describe-kafka.ts'

const installTimeoutMs = 180_000

/** Why this Debian package's program cannot be run here, or undefined. As root on Debian, a missing one is installed. */
export function reasonWithout(program: string, versionFlag: string, debianPackage: string): string | undefined {
  const works = () => succeeds(program, [versionFlag])
  if (works() || (installDebian(debianPackage) && works())) return undefined
  return `${program} is not installed (apt-get install ${debianPackage})`
}

export function installDebian(debianPackage: string): boolean {
  if (process.getuid?.() !== 0) return false
  // Two suites may want packages at the same moment: one waits for the other's lock, and asks again where it cannot wait.
  const wait = ['-o', 'DPkg::Lock::Timeout=120']
  const install = () => succeeds('apt-get', [...wait, 'install', '-y', '-q', '--no-install-recommends', debianPackage])
  for (let tries = 0; tries < 3; tries++) {
    if (install()) return true
    if (!succeeds('apt-get', ['update', '-q'])) succeeds('sleep', ['10'])
  }
  return install()
}

export const succeeds = (command: string, args: readonly string[]) =>
  spawnSync(command, args, { stdio: 'ignore', timeout: installTimeoutMs }).status === 0

/** A client that nobody has to have: without it the suite is skipped and says why, in CI too. */
export function describeOptional(name: string, reason: string | undefined, suite: () => void): void {
  if (reason !== undefined) console.warn(`skipped: ${name}: ${reason}`)
  describe.skipIf(reason !== undefined)(name, suite)
}

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
