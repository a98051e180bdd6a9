// A side of a gate as it lives: what is prepared once, what is begun before each run and ended after it.
import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isMillraceError, type MillraceError } from '../../core/errors.ts'
import { parseBootstrap } from '../../wire/bootstrap.ts'
import { Cluster } from '../../wire/cluster.ts'
import { isListening } from '../../wire/listening.ts'
import { clientDefaults, type HostPort } from '../../wire/settings.ts'
import { type Group, interrupted, runCommand, sideFailed, startGroup } from './commands.ts'
import { openRevision } from './revision.ts'
import { bootstrapOf, readyMsOf, type SideSpec } from './side-spec.ts'

const ownMain = fileURLToPath(new URL(`../main${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url))
const readyPauseMs = 300
/** Of one attempt at an address where somebody may listen who does not answer. */
const attemptMsMax = 5_000

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
  begin(): Promise<Begun>
  close(): Promise<void>
}

interface Begun {
  readonly bootstrap?: string
  end(): Promise<void>
}

export interface SideDeps {
  readonly signal: AbortSignal
  readonly onNotice: (text: string) => void
}

export async function openSide(spec: SideSpec, shared: SideSpec, file: string, deps: SideDeps): Promise<Side> {
  const { own } = spec
  const script = own.script ?? file
  const env = { ...shared.env, ...spec.env }
  const { rev, prepare } = own
  const revision = rev === undefined ? undefined : await openRevision({ rev, prepare, script, env, ...deps })
  const args = [...shared.flags, ...spec.flags].map(([name, value]) => `--${name}=${value}`)
  return {
    env,
    hasOwnBroker: own.broker !== undefined || own.start !== undefined || own.up !== undefined,
    command: bootstrap => ({
      main: own.millrace === undefined ? ownMain : mainOf(own.millrace),
      script: revision?.script ?? resolve(script),
      args: bootstrap === undefined ? args : [...args, `--bootstrap=${bootstrap}`],
    }),
    begin: () => begin({ spec, shared, env, signal: deps.signal }),
    close: async () => await revision?.close(),
  }
}

interface Beginning {
  readonly spec: SideSpec
  readonly shared: SideSpec
  readonly env: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

async function begin({ spec, shared, env, signal }: Beginning): Promise<Begun> {
  const { own } = spec
  const readyMs = readyMsOf(spec)
  const broker: Awaiting = { env, signal, readyMs }
  if (own.broker !== undefined) return await beginEmbedded(own.broker, broker)
  const down = async () => {
    if (own.down !== undefined) await runCommand(own.down, { env })
  }
  try {
    if (own.up !== undefined) await runCommand(own.up, { env }, signal)
    if (own.start === undefined) return { end: down }
    const started = await beginCommand(own.start, bootstrapOf(spec, shared)!, broker)
    return { end: () => started.end().finally(down) }
  } catch (error) {
    // What has come up halfway goes down too; that it failed is what is told.
    await down().catch(() => {})
    throw error
  }
}

// ---- brokers ----

interface Awaiting {
  readonly env: Readonly<Record<string, string>>
  readonly signal: AbortSignal
  readonly readyMs: number
}

async function beginEmbedded(words: string, awaiting: Awaiting): Promise<Begun> {
  const args = splitWords(words).slice(1)
  const broker = startGroup(process.execPath, [ownMain, 'broker', '--port=0', ...args], awaiting)
  const bootstrap = await ready(broker, awaiting, async () => /^bootstrap +(\S+)/m.exec(broker.said())?.[1])
  return { bootstrap, end: broker.end }
}

async function beginCommand(command: string, bootstrap: string, awaiting: Awaiting): Promise<Begun> {
  const parsed = parseBootstrap(bootstrap)
  const addresses = 'value' in parsed ? parsed.value : []
  for (const address of addresses) {
    if (await isListening(address)) {
      const where = `${address.host}:${address.port}`
      throw sideFailed(`something listens on ${where} already, and it would be measured in place of "${command}"`, '')
    }
  }
  const broker = startGroup('sh', ['-c', command], awaiting)
  await ready(broker, awaiting, () => answers(addresses))
  return { end: broker.end }
}

/** Any answer at all is a broker that listens; whether it lets us in the run will see. */
async function answers(bootstrap: readonly HostPort[]): Promise<true | undefined> {
  try {
    await (await Cluster.connect({ ...clientDefaults, bootstrap, requestTimeoutMs: attemptMsMax })).close()
    return true
  } catch (error) {
    return isMillraceError(error) && !notYet.has(error.code) ? true : undefined
  }
}

const notYet: ReadonlySet<string> = new Set<MillraceError['code']>(['BROKER_UNREACHABLE', 'REQUEST_TIMEOUT'])

/** Resolves with what `ask` has to say; a broker that does not come is ended. */
async function ready<Value>(
  broker: Group,
  { signal, readyMs }: Awaiting,
  ask: () => Promise<Value | undefined>,
): Promise<Value> {
  const untilMs = performance.now() + readyMs
  try {
    while (performance.now() < untilMs) {
      if (signal.aborted) throw interrupted()
      const answer = await ask()
      if (answer !== undefined) return answer
      if (broker.hasEnded()) {
        await broker.ended
        throw sideFailed('the broker ended before it could be reached', broker.said())
      }
      await new Promise(done => setTimeout(done, readyPauseMs))
    }
    throw sideFailed(`the broker could not be reached within ${readyMs / 1000} s`, broker.said())
  } catch (error) {
    await broker.end()
    throw error
  }
}

/** As a shell would, without the rest of a shell: quotes keep words together. */
export const splitWords = (text: string): string[] =>
  [...text.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, one, other, plain]) => one ?? other ?? plain ?? '')

// ---- another millrace ----

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
