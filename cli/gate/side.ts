// A side of a gate as it lives: what is prepared once, what is begun before each run and ended after it.
import { execFile, spawn } from 'node:child_process'
import { existsSync, symlinkSync } from 'node:fs'
import { mkdtemp, realpath, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { configError, isMillraceError, MillraceError } from '../../core/errors.ts'
import { Cluster } from '../../wire/cluster.ts'
import { clientDefaults } from '../../wire/settings.ts'
import type { SideSpec } from './side-spec.ts'

const run = promisify(execFile)
const ownMain = fileURLToPath(new URL(`../main${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url))
const readyMsMax = 120_000
const readyPauseMs = 300
const endMsMax = 30_000
/** What is kept of what a command said. */
const saidCharactersMax = 4_000

export interface Side {
  /** Of `millrace run` with this side's scenario and flags; `bootstrap` when the side has a broker of its own. */
  command(bootstrap: string | undefined): {
    readonly main: string
    readonly script: string
    readonly args: readonly string[]
  }
  readonly env: Readonly<Record<string, string>>
  readonly hasOwnBroker: boolean
  /** Before each run. Resolves with the address of a broker that is this side's own. */
  begin(): Promise<{ readonly bootstrap?: string; end(): Promise<void> }>
  close(): Promise<void>
}

export async function openSide(spec: SideSpec, shared: SideSpec, script: string): Promise<Side> {
  const { own } = spec
  const tree = own.rev === undefined ? undefined : await openTree(own.rev, own.prepare, own.script ?? script)
  const args = [...shared.flags, ...spec.flags].map(([name, value]) => `--${name}=${value}`)
  const env = { ...shared.env, ...spec.env }
  return {
    env,
    hasOwnBroker: own.broker !== undefined || own.start !== undefined || own.up !== undefined,
    command: bootstrap => ({
      main: own.millrace === undefined ? ownMain : mainOf(own.millrace),
      script: tree?.script ?? resolve(own.script ?? script),
      args: bootstrap === undefined ? args : [...args, `--bootstrap=${bootstrap}`],
    }),
    begin: () => begin(spec, shared, env),
    close: async () => await tree?.close(),
  }
}

async function begin({ own, flags }: SideSpec, shared: SideSpec, env: Readonly<Record<string, string>>) {
  if (own.broker !== undefined) return await beginEmbedded(own.broker, env)
  if (own.up !== undefined) await shell(own.up, env)
  const child = own.start === undefined ? undefined : serve('sh', ['-c', own.start], env)
  const end = async () => {
    await child?.end()
    if (own.down !== undefined) await shell(own.down, env)
  }
  const bootstrap = [...shared.flags, ...flags].findLast(([name]) => name === 'bootstrap')?.[1]
  try {
    if (child !== undefined) await reachable(bootstrap!, child)
    return { end }
  } catch (error) {
    await end()
    throw error
  }
}

// ---- processes ----

interface Served {
  said(): string
  hasEnded(): boolean
  end(): Promise<void>
}

/** In a process group of its own: a shell does not pass signals on to what it has started. */
function serve(command: string, args: readonly string[], env: Readonly<Record<string, string>>): Served {
  const child = spawn(command, args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...environment(), ...env },
  })
  let text = ''
  const keep = (chunk: Buffer) => {
    text = (text + chunk).slice(-saidCharactersMax)
  }
  child.stdout!.on('data', keep)
  child.stderr!.on('data', keep)
  const ended = new Promise<void>(done => {
    child.once('close', () => done())
    child.once('error', () => done())
  })
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null || child.pid === undefined
  const signal = (name: NodeJS.Signals) => {
    try {
      if (!hasEnded()) process.kill(-child.pid!, name)
    } catch {
      // It has gone in this moment.
    }
  }
  // A gate that leaves at once leaves no broker behind.
  const onExit = () => signal('SIGKILL')
  process.once('exit', onExit)
  return {
    said: () => text,
    hasEnded,
    async end() {
      signal('SIGTERM')
      const timer = setTimeout(() => signal('SIGKILL'), endMsMax)
      await ended
      clearTimeout(timer)
      process.off('exit', onExit)
    },
  }
}

async function beginEmbedded(words: string, env: Readonly<Record<string, string>>) {
  const args = splitWords(words).slice(1)
  const broker = serve(process.execPath, [ownMain, 'broker', '--port=0', ...args], env)
  try {
    const bootstrap = await until(broker, async () => /^bootstrap +(\S+)/m.exec(broker.said())?.[1])
    return { bootstrap, end: broker.end }
  } catch (error) {
    await broker.end()
    throw error
  }
}

/** Any answer at all is a broker that listens; whether it lets us in the run will see. */
const reachable = (bootstrap: string, broker: Served) =>
  until(broker, async () => {
    const addresses = bootstrap.split(',').map(address => {
      const at = address.lastIndexOf(':')
      return { host: address.slice(0, at), port: Number(address.slice(at + 1)) }
    })
    try {
      await (await Cluster.connect({ ...clientDefaults, bootstrap: addresses })).close()
      return true
    } catch (error) {
      return isMillraceError(error) && error.code !== 'BROKER_UNREACHABLE' ? true : undefined
    }
  })

async function until<Value>(broker: Served, ask: () => Promise<Value | undefined>): Promise<Value> {
  const startedMs = performance.now()
  while (performance.now() - startedMs < readyMsMax) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (broker.hasEnded()) throw failed('the broker ended before it could be reached', broker.said())
    await new Promise(done => setTimeout(done, readyPauseMs))
  }
  throw failed(`the broker could not be reached within ${readyMsMax / 1000} s`, broker.said())
}

async function shell(command: string, env: Readonly<Record<string, string>>, cwd?: string): Promise<void> {
  try {
    await run('sh', ['-c', command], { ...(cwd !== undefined && { cwd }), env: { ...environment(), ...env } })
  } catch (error) {
    const { stderr = '', message } = error as { stderr?: string; message: string }
    throw failed(`"${command}" failed`, stderr || message)
  }
}

const failed = (what: string, said: string) =>
  new MillraceError('SIDE_FAILED', `${what}${said.trim() === '' ? '' : `:\n${said.trim().slice(-saidCharactersMax)}`}`)

/** Of this process, for its children. */
const environment = (): NodeJS.ProcessEnv => process.env

/** As a shell would, without the rest of a shell: quotes keep words together. */
export const splitWords = (text: string): string[] =>
  [...text.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, one, other, plain]) => one ?? other ?? plain ?? '')

// ---- revisions ----

/** A work tree of the revision, beside nothing of the user's: it is removed again. Packages are those of the user's tree. */
async function openTree(rev: string, prepare: string | undefined, script: string) {
  const file = await realpath(resolve(script))
  const git = async (...args: string[]) => (await run('git', ['-C', dirname(file), ...args])).stdout.trim()
  let root: string
  try {
    root = await git('rev-parse', '--show-toplevel')
    await git('rev-parse', '--verify', '--quiet', `${rev}^{commit}`)
  } catch (cause) {
    const problem = { path: `rev=${rev}`, message: `is no revision of the repository of ${script}` }
    throw configError([problem], { cause })
  }
  const tree = await mkdtemp(join(tmpdir(), 'millrace-rev-'))
  const close = async () => {
    await git('worktree', 'remove', '--force', tree).catch(() => {})
    await rm(tree, { recursive: true, force: true })
  }
  try {
    await git('worktree', 'add', '--detach', '--force', tree, rev)
    const modules = join(root, 'node_modules')
    if (prepare === undefined && existsSync(modules) && !existsSync(join(tree, 'node_modules'))) {
      symlinkSync(modules, join(tree, 'node_modules'), 'dir')
    }
    if (prepare !== undefined) await shell(prepare, {}, tree)
    const there = join(tree, relative(root, file))
    if (!existsSync(there)) {
      throw configError([{ path: `rev=${rev}`, message: `has no ${relative(root, file)}` }])
    }
    return { script: there, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** The folder of a package or of its source, its .bin entry, or the file itself. */
function mainOf(path: string): string {
  const found = [join(path, 'dist/cli/main.js'), join(path, 'cli/main.ts'), path].find(each => existsSync(each))
  return resolve(found ?? path)
}

export async function checkMillrace(path: string): Promise<string | undefined> {
  const main = mainOf(path)
  const isFile = await stat(main).then(
    found => found.isFile(),
    () => false,
  )
  return isFile ? undefined : `there is no millrace in ${path}: a folder with dist/cli/main.js, or that file`
}
