// The entry of the thread that holds the script outside of VUs: it imports it once, tells what it exports, and calls setup,
// teardown and handleSummary.
import { pathToFileURL } from 'node:url'
import { parentPort, workerData } from 'node:worker_threads'
import { runIn, type VuContext } from './context.ts'
import type { FromHost, HostStart, ToHost } from './contract.ts'
import { installGlobals } from './globals.ts'
import { registerModuleHooks } from './hooks.ts'
import { plainError } from './plain-error.ts'
import { MetricRegistry } from './registry.ts'

const { file, env, selectors } = workerData as HostStart
const registry = new MetricRegistry(selectors)
const context: VuContext = {
  id: 0,
  scenario: undefined,
  registry,
  kafka: undefined,
  tags: {},
  iteration: 0,
  iterationInInstance: 0,
  iterationInTest: 0,
  signal: new AbortController().signal,
  group: '',
  sleeping: new Set(),
}

const say = (message: FromHost) => parentPort!.postMessage(message)

async function load(): Promise<Record<string, unknown>> {
  installGlobals(file, env)
  registerModuleHooks()
  const script: Record<string, unknown> = await runIn(context, () => import(pathToFileURL(file).href))
  const functions = Object.keys(script).filter(name => typeof script[name] === 'function')
  // Options may hold what cannot be posted; k6 keeps what JSON keeps.
  const options: unknown = script.options === undefined ? {} : JSON.parse(JSON.stringify(script.options))
  say({ type: 'loaded', script: { options, functions, metrics: registry.ofScript } })
  return script
}

async function main(): Promise<void> {
  const script = await load()
  parentPort!.on('message', ({ name, argument }: ToHost) => {
    const call = async () => (script[name] as (argument: unknown) => unknown)(argument)
    runIn(context, call).then(
      value => say({ type: 'returned', value: plain(value), gathered: registry.take() }),
      error => say({ type: 'threw', error: plainError(error, file) }),
    )
  })
}

/** As k6 hands it on: JSON. */
const plain = (value: unknown): unknown => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)))

main().catch(error => say({ type: 'threw', error: plainError(error, file) }))
