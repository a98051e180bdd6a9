// A scenario as it was in a git revision: a work tree beside nothing of the user's, which is removed again.
import { execFile, execFileSync } from 'node:child_process'
import { existsSync, rmSync, symlinkSync } from 'node:fs'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { promisify } from 'node:util'
import { configError } from '../../core/errors.ts'
import { runCommand } from './commands.ts'

const run = promisify(execFile)

export interface RevisionAsked {
  readonly rev: string
  readonly prepare: string | undefined
  /** The scenario, in the user's own tree. */
  readonly script: string
  readonly env: Readonly<Record<string, string>>
  readonly signal: AbortSignal
  /** Hears what of the user's tree is not in the revision. */
  readonly onNotice: (text: string) => void
}

export interface Revision {
  readonly script: string
  close(): Promise<void>
}

/** Packages are those of the user's tree, unless a command prepares the revision's own. */
export async function openRevision({ rev, prepare, script, env, signal, onNotice }: RevisionAsked): Promise<Revision> {
  const file = await realpath(resolve(script))
  const git = async (...args: string[]) => (await run('git', ['-C', dirname(file), ...args])).stdout.trim()
  const { root, commit } = await find(rev, script, git)
  const there = relative(root, file)
  const changed = (await git('rev-parse', 'HEAD')) === commit ? await git('diff', '--name-only', 'HEAD') : ''
  if (changed !== '') {
    const [first, ...others] = changed.split('\n')
    const more = others.length === 0 ? '' : ` and ${others.length} more`
    onNotice(`rev=${rev} is without the changes that are not committed (${first}${more})`)
  }
  const tree = await mkdtemp(join(tmpdir(), 'millrace-rev-'))
  const onExit = () => removeAtOnce(root, tree)
  process.once('exit', onExit)
  const close = async () => {
    await git('worktree', 'remove', '--force', tree).catch(() => {})
    await rm(tree, { recursive: true, force: true })
    await git('worktree', 'prune').catch(() => {})
    process.off('exit', onExit)
  }
  try {
    await git('worktree', 'add', '--detach', '--force', tree, commit)
    if (!existsSync(join(tree, there))) throw configError([{ path: `rev=${rev}`, message: `has no ${there}` }])
    const modules = join(root, 'node_modules')
    if (prepare !== undefined) await runCommand(prepare, { env, cwd: tree }, signal)
    else if (existsSync(modules) && !existsSync(join(tree, 'node_modules'))) {
      symlinkSync(modules, join(tree, 'node_modules'), 'dir')
    }
    return { script: join(tree, there), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function find(rev: string, script: string, git: (...args: string[]) => Promise<string>) {
  try {
    const root = await git('rev-parse', '--show-toplevel')
    return { root, commit: await git('rev-parse', '--verify', '--quiet', `${rev}^{commit}`) }
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    const message = isMissing ? 'needs git, which is not installed' : `is no revision of the repository of ${script}`
    throw configError([{ path: `rev=${rev}`, message }], { cause })
  }
}

/** A gate that leaves at once cannot wait for git. */
function removeAtOnce(root: string, tree: string): void {
  rmSync(tree, { recursive: true, force: true })
  try {
    execFileSync('git', ['-C', root, 'worktree', 'prune'], { stdio: 'ignore' })
  } catch {
    // Git itself forgets it later: it lists a tree that is gone as prunable.
  }
}
