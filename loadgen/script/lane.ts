// The scenarios of a test that call functions, from the main thread: threads with VUs, started together, listened to, stopped.
import { Worker } from 'node:worker_threads'
import { type ClockOrigin, makeClock, makeClockOrigin } from '../../core/clock.ts'
import { MillraceError } from '../../core/errors.ts'
import { type Histogram, histogramBytes, makeHistogram, SharedHistogram } from '../../core/histogram.ts'
import type { WorkerHealth } from '../crew.ts'
import { type ExecutorModel, maxVusOf, type ScenarioModel, type TestModel } from '../scenario/model.ts'
import { pick, type Striping, scaled, wholeStriping } from '../scenario/segment.ts'
import { allocateHealth, HealthReader } from '../worker/health-slots.ts'
import type { WrittenByScript } from './books.ts'
import { errorOf } from './host.ts'
import type { NamedSelector } from './registry.ts'
import type { ScriptSource } from './script-source.ts'
import type { FromVuThread, ScenarioShare, ToVuThread, VuCounts, VuThreadStart } from './vu-contract.ts'

const entry = new URL(`./vu-thread${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)
/** Lead time between "start" and the first iteration, so that no thread hears of it too late. */
const startLeadNs = 20e6

export interface LaneSettings {
  readonly model: TestModel
  readonly scenarios: readonly ScenarioModel[]
  /** Of a scenario: what this process runs. */
  readonly share: (executor: ExecutorModel) => Striping
  readonly file: string
  readonly env: Readonly<Record<string, string>>
  readonly options: unknown
  readonly selectors: readonly NamedSelector[]
  readonly source: ScriptSource
  notice(text: string): void
  written(scenario: string, written: WrittenByScript): void
  /** By test.abort(). */
  aborted(reason: string): void
  failed(reason: string): void
}

interface Thread {
  readonly worker: Worker
  readonly health: HealthReader
  readonly scenarios: readonly ScenarioShare[]
  readonly ready: Promise<void>
  readonly done: Promise<void>
  vus: VuCounts
}

export class ScriptedLane {
  readonly interrupted = new Map<string, number>()
  readonly #settings: LaneSettings
  readonly #origin: ClockOrigin = makeClockOrigin()
  readonly #threads: readonly Thread[]
  #vusMax = { active: 0, initialized: 0 }

  constructor(settings: LaneSettings) {
    this.#settings = settings
    this.#threads = sharesOf(settings).map(scenarios => this.#start(scenarios))
  }

  get vus(): VuCounts {
    const sum = (which: keyof VuCounts) => this.#threads.reduce((total, { vus }) => total + vus[which], 0)
    return { active: sum('active'), initialized: sum('initialized') }
  }

  /** How each thread fares, for the audit. */
  get healths(): readonly WorkerHealth[] {
    return this.#threads.map(({ health }, worker) => ({ role: 'script', worker, health }))
  }

  /** How long after their time the iterations of a scenario began, nanoseconds; undefined: it has no arrival rate. */
  latenessOf(name: string): Histogram | undefined {
    const memories = this.#threads.flatMap(({ scenarios }) =>
      scenarios.flatMap(({ scenario, lateness }) => (scenario.name === name && lateness ? [lateness] : [])),
    )
    if (memories.length === 0) return undefined
    const all = makeHistogram()
    for (const memory of memories) new SharedHistogram(memory, 0).reader().drainInto(all)
    return all
  }

  /** All VUs that are to be there from the start are. Rejects with what the script threw meanwhile. */
  async ready(): Promise<void> {
    await Promise.all(this.#threads.map(({ ready }) => ready))
  }

  start(setupData: unknown): void {
    this.#settings.source.begin()
    const startNs = makeClock(this.#origin).nowNs() + startLeadNs
    this.#tell({ type: 'start', startNs, setupData })
  }

  /** Interrupts what is under way. */
  stop(): void {
    this.#tell({ type: 'stop' })
  }

  async done(): Promise<void> {
    await Promise.all(this.#threads.map(({ done }) => done))
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()))
  }

  #tell(message: ToVuThread): void {
    for (const { worker } of this.#threads) worker.postMessage(message)
  }

  #start(scenarios: readonly ScenarioShare[]): Thread {
    const { file, env, options, selectors, model, notice } = this.#settings
    const { minIterationDurationMs } = model
    const health = allocateHealth()
    const workerData: VuThreadStart = {
      ...{ file, env, options, selectors, minIterationDurationMs, scenarios, health },
      clock: this.#origin,
    }
    // What a script prints goes where notices go: standard output is for the result.
    const worker = new Worker(entry, { workerData, name: 'millrace VUs', stdout: true, stderr: true })
    for (const stream of [worker.stdout, worker.stderr]) stream.on('data', text => notice(String(text).trimEnd()))
    const ready = Promise.withResolvers<void>()
    const done = Promise.withResolvers<void>()
    for (const each of [ready, done]) each.promise.catch(() => {})
    const thread: Thread = {
      ...{ worker, health: new HealthReader(health), scenarios },
      ...{ ready: ready.promise, done: done.promise, vus: { active: 0, initialized: 0 } },
    }
    const fail = (error: unknown) => {
      ready.reject(error)
      done.reject(error)
    }
    worker.on('message', (message: FromVuThread) => {
      if (message.type === 'ready') ready.resolve()
      else if (message.type === 'done') done.resolve()
      else if (message.type === 'threw') fail(errorOf(message.error))
      else this.#hear(thread, message)
    })
    worker.on('error', error => fail(new MillraceError('SCRIPT_EXCEPTION', error.message, { cause: error })))
    worker.on('exit', () => fail(new MillraceError('SCRIPT_EXCEPTION', 'the script has ended a thread of VUs')))
    return thread
  }

  #hear(thread: Thread, message: FromVuThread): void {
    switch (message.type) {
      case 'gathered':
        thread.vus = message.vus
        this.#settings.source.add(message.gathered)
        for (const [scenario, written] of message.written) this.#settings.written(scenario, written)
        return this.#countVus()
      case 'interrupted':
        this.interrupted.set(message.scenario, (this.interrupted.get(message.scenario) ?? 0) + message.count)
        return
      case 'notice':
        return this.#settings.notice(message.text)
      case 'aborted':
        return this.#settings.aborted(message.reason)
      case 'failedByScript':
        return this.#settings.failed(message.reason)
    }
  }

  /** Of all threads together, as samples of the gauges `vus` and `vus_max`. */
  #countVus(): void {
    const { active, initialized } = this.vus
    const gauge = (value: number) =>
      ({ kind: 'gauge', samples: 1, value, min: value, max: value, atMs: Date.now() }) as const
    this.#vusMax = { active, initialized: Math.max(initialized, this.#vusMax.initialized) }
    this.#settings.source.add([
      ['vus\n', gauge(active)],
      ['vus_max\n', gauge(this.#vusMax.initialized)],
    ])
  }
}

const hasRate = ({ kind }: ExecutorModel): boolean =>
  kind === 'constant-arrival-rate' || kind === 'ramping-arrival-rate'

/** For each thread what it has of each scenario: a VU, and with it every so-many-th iteration, belongs to one thread. */
export function sharesOf({
  scenarios,
  share: shareOf,
  model,
}: Pick<LaneSettings, 'scenarios' | 'share' | 'model'>): ScenarioShare[][] {
  const threads: ScenarioShare[][] = []
  let firstVuId = 1
  for (const each of scenarios) {
    const scenario = { ...each, tags: { ...model.tags, ...each.tags } }
    const share = shareOf(each.executor)
    const vus = scaled(maxVusOf(each.executor), share)
    const count = Math.min(each.workers, vus)
    const { executor } = each
    const sharedCount =
      executor.kind === 'shared-iterations'
        ? { sharedCount: { memory: new SharedArrayBuffer(4), total: scaled(executor.iterations, share) } }
        : {}
    for (let thread = 0; thread < count; thread++) {
      const numbers = Array.from({ length: vus }, (_, vu) => vu).filter(vu => vu % count === thread)
      threads[thread] ??= []
      const shares = {
        share: pick(share, numbers, vus),
        ofInstance: pick(wholeStriping, numbers, vus),
        instance: share,
      }
      const lateness = hasRate(executor) ? { lateness: new SharedArrayBuffer(histogramBytes) } : {}
      threads[thread]!.push({ scenario, ...shares, vus, firstVuId, ...sharedCount, ...lateness })
    }
    firstVuId += maxVusOf(each.executor)
  }
  return threads
}
