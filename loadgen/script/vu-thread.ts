// The entry of a thread of VUs: for each scenario an executor with this thread's share, and what all of them say to the main thread.
import { setTimeout as pause } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { makeClock } from '../../core/clock.ts'
import { SharedHistogram } from '../../core/histogram.ts'
import type { Executor, ExecutorContext, SharedCount, Timing } from '../executor/contract.ts'
import { makeExecutor } from '../executor/make.ts'
import { regularDurationMs } from '../scenario/model.ts'
import { elementAt } from '../scenario/segment.ts'
import { HealthProbe } from '../worker/health-probe.ts'
import { HealthSlots } from '../worker/health-slots.ts'
import type { ScenarioContext, VuContext } from './context.ts'
import { installGlobals } from './globals.ts'
import { registerModuleHooks } from './hooks.ts'
import { ScriptKafka } from './kafka.ts'
import { plainError } from './plain-error.ts'
import { MetricRegistry } from './registry.ts'
import { setTestControl } from './test-control.ts'
import { ScriptVu } from './vu.ts'
import type { FromVuThread, ScenarioShare, ToVuThread, VuThreadStart } from './vu-contract.ts'

const start = workerData as VuThreadStart
const clock = makeClock(start.clock)
const probe = new HealthProbe(new HealthSlots(start.health), clock)
const registry = new MetricRegistry(start.selectors)
const stop = new AbortController()
const say = (message: FromVuThread) => parentPort!.postMessage(message)

const tellEveryMs = 250
/** Iterations that wait for nothing must not keep answers and timers waiting for longer than this. */
const breatheEveryMs = 5
const timerMsMax = 2 ** 31 - 1
/** The same words again and again help nobody. */
const noticesMax = 20

let startNs = 0
let setupData: unknown
let iterations = 0

const timing: Timing = {
  nowNs: clock.nowNs,
  async until(ns, signal) {
    for (let leftMs = (ns - clock.nowNs()) / 1e6; leftMs > 0 && !signal.aborted; leftMs = (ns - clock.nowNs()) / 1e6) {
      await pause(Math.min(Math.ceil(leftMs), timerMsMax), undefined, { signal }).catch(() => {})
    }
  },
  turn: () => new Promise(resolve => setImmediate(resolve)),
}

let breathedMs = performance.now()
async function breathe(): Promise<void> {
  if (performance.now() - breathedMs < breatheEveryMs) return
  await timing.turn()
  breathedMs = performance.now()
}

let notices = 0
const said = new Set<string>()
function notice(text: string): void {
  if (said.has(text) || notices >= noticesMax) return
  said.add(text)
  notices++
  say({ type: 'notice', text: notices === noticesMax ? `${text} (more of this thread is not told)` : text })
}

/** `claimed` hears the number of each iteration that this thread takes. */
function sharedCountOf({ sharedCount }: ScenarioShare, claimed: (number: number) => void) {
  if (sharedCount === undefined) return {}
  const begun = new Int32Array(sharedCount.memory)
  const { total } = sharedCount
  const count: SharedCount = {
    claim() {
      const number = Atomics.add(begun, 0, 1)
      if (number >= total) return undefined
      claimed(number)
      return number
    },
    claimRest: () => Math.max(0, total - Atomics.exchange(begun, 0, total)),
  }
  return { sharedCount: count }
}

interface Run {
  readonly name: string
  readonly executor: Executor
  readonly kafka: ScriptKafka
  readonly startTimeNs: number
}

function makeRun(given: ScenarioShare): Run {
  const { scenario, share, vus, firstVuId } = given
  const kafka = new ScriptKafka({
    client: scenario.client,
    topic: scenario.topic?.name,
    produce: scenario.produce!,
    consume: scenario.consume!,
    transactional: scenario.transactional!,
    vus,
  })
  const durationMs = regularDurationMs(scenario.executor)
  const startTimeNs = scenario.startTimeMs * 1e6
  const elapsedMs = () => (clock.nowNs() - startNs - startTimeNs) / 1e6
  const told: ScenarioContext = {
    name: scenario.name,
    executor: scenario.executor.kind,
    get startTimeMs() {
      return clock.wallUsAt(startNs + startTimeNs) / 1000
    },
    tags: scenario.tags,
    env: scenario.env,
    progress: () => Math.min(1, Math.max(0, elapsedMs() / durationMs)),
  }
  const tags = { ...scenario.tags, scenario: scenario.name }
  const lateness = given.lateness && new SharedHistogram(given.lateness, 0)
  let begun = 0
  // Claimed at the moment at which its VU begins it.
  let claimed: number | undefined
  const nextIteration = () => {
    const inInstance = claimed ?? elementAt(begun++, given.ofInstance)
    return { inInstance, inTest: elementAt(inInstance, given.instance) }
  }
  const context: ExecutorContext = {
    timing,
    share,
    gracefulStopMs: scenario.gracefulStopMs,
    stop: stop.signal,
    makeVu: own => {
      const vu: VuContext = {
        id: firstVuId + elementAt(own, share),
        scenario: told,
        ...{ registry, kafka, tags: {}, iteration: 0, iterationInInstance: 0, iterationInTest: 0, group: '' },
        signal: new AbortController().signal,
        sleeping: new Set(),
      }
      return ScriptVu.make({
        file: start.file,
        exec: scenario.exec,
        context: vu,
        minIterationDurationMs: start.minIterationDurationMs,
        setupData: () => (setupData === undefined ? undefined : structuredClone(setupData)),
        nextIteration,
        interrupted: () => say({ type: 'interrupted', scenario: scenario.name, count: 1 }),
        breathe: () => {
          iterations++
          return breathe()
        },
        notice,
        pause: async (ms, signal) => void (await pause(ms, undefined, { signal }).catch(() => {})),
      })
    },
    dropped: count => registry.add('dropped_iterations', count, tags),
    ...(lateness && { late: (ns: number) => lateness.record(ns, 1) }),
    notice: text => notice(`${scenario.name}: ${text}`),
    ...sharedCountOf(given, number => {
      claimed = number
    }),
  }
  return { name: scenario.name, executor: makeExecutor(scenario.executor, context), kafka, startTimeNs }
}

const runs = start.scenarios.map(makeRun)
const countVus = (which: 'activeVus' | 'initializedVus') => runs.reduce((sum, { executor }) => sum + executor[which], 0)
const tell = () => {
  const vus = { active: countVus('activeVus'), initialized: countVus('initializedVus') }
  const written = runs.map(({ name, kafka }) => [name, kafka.books.take()] as const)
  say({ type: 'gathered', gathered: registry.take(), vus, written })
}

async function prepare(): Promise<void> {
  installGlobals(start.file, start.env)
  registerModuleHooks()
  setTestControl({
    options: start.options,
    iterationsCompleted: () => iterations,
    vusActive: () => countVus('activeVus'),
    vusInitialized: () => countVus('initializedVus'),
    elapsedMs: () => (clock.nowNs() - startNs) / 1e6,
    abort: reason => say({ type: 'aborted', reason }),
    fail: reason => say({ type: 'failedByScript', reason }),
  })
  await Promise.all(runs.map(({ kafka }) => kafka.ready()))
  for (const { executor } of runs) await executor.prepare()
}

async function run(): Promise<void> {
  const teller = setInterval(tell, tellEveryMs)
  try {
    await Promise.all(runs.map(({ executor, startTimeNs }) => executor.run(startNs + startTimeNs)))
  } finally {
    clearInterval(teller)
    probe.stop()
    await Promise.allSettled(runs.map(({ kafka }) => kafka.close()))
    tell()
  }
  say({ type: 'done' })
}

parentPort!.on('message', (message: ToVuThread) => {
  if (message.type === 'stop') return stop.abort()
  startNs = message.startNs
  setupData = message.setupData
  run().catch(error => say({ type: 'threw', error: plainError(error, start.file) }))
})

// A rejection that nobody hears of is the script's, and no reason to end its VUs.
process.on('unhandledRejection', error =>
  notice(`a promise of the script was rejected and nobody waited for it: ${String(error)}`),
)

prepare().then(
  () => say({ type: 'ready' }),
  error => say({ type: 'threw', error: plainError(error, start.file) }),
)
