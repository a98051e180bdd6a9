// What a run shows to others while it goes on: the page that grows (--web) and its metrics (--prometheus).
import type { LiveWeb } from '../loadgen/live/web.ts'
import type { BenchPlan } from '../loadgen/plan.ts'
import type { RunHooks } from '../loadgen/progress.ts'
import type { Result } from '../loadgen/result.ts'
import type { BenchSetup } from '../loadgen/scenario/bench-setup.ts'
import type { TestResult } from '../loadgen/test/result.ts'
import type { TestHooks } from '../loadgen/test/run-test.ts'

export interface LiveServers {
  /** Hooks for one run. */
  begin(plan: BenchPlan): Pick<RunHooks, 'onTick' | 'onView' | 'onProgress'>
  finish(result: Result): void
  close(): Promise<void>
}

/** Nothing is loaded that was not asked for. Rejects with OUTPUT_FAILED where an address cannot be had. */
export async function openServers(
  { web: webAddress, prometheus }: Pick<BenchSetup, 'web' | 'prometheus'>,
  onNotice: (text: string) => void,
): Promise<LiveServers> {
  const web = webAddress && (await openWeb(webAddress, onNotice))
  const metrics = prometheus && (await openMetrics(prometheus, onNotice))
  return {
    begin(plan) {
      web?.begin(plan.topic.name)
      const ofRun = metrics?.begin(plan)
      return {
        ...((web || ofRun) && {
          onTick: tick => {
            web?.onTick(tick)
            ofRun?.onTick(tick)
          },
        }),
        ...(web && { onView: web.onView }),
        ...(ofRun && { onProgress: progress => ofRun.onProgress(progress) }),
      }
    },
    finish: result => web?.finish(result),
    close: async () => void (await Promise.all([web?.close(), metrics?.close()])),
  }
}

async function openWeb(address: NonNullable<BenchSetup['web']>, onNotice: (text: string) => void): Promise<LiveWeb> {
  const { serveLive } = await import('../loadgen/live/web.ts')
  const web = await serveLive(address)
  onNotice(`live page: ${web.url}`)
  return web
}

async function openMetrics(address: NonNullable<BenchSetup['prometheus']>, onNotice: (text: string) => void) {
  const { RunMetrics, serveRunMetrics } = await import('../loadgen/live/prometheus.ts')
  let current: InstanceType<typeof RunMetrics> | undefined
  const server = await serveRunMetrics(address, () => (current === undefined ? [] : [current]), onNotice)
  onNotice(`metrics: ${server.url}/metrics`)
  return {
    begin: (plan: BenchPlan) => {
      current = new RunMetrics(plan)
      return current
    },
    close: () => server.close(),
  }
}

export interface TestServers {
  /** Empty where nothing was asked for. */
  readonly hooks: TestHooks
  finish(test: TestResult): void
  close(): Promise<void>
}

/** What a test shows while it goes on: each of its scenarios without a function from when it connects, and the test as a whole. */
export async function openTestServers(
  { web: webAddress, prometheus, file }: Pick<BenchSetup, 'web' | 'prometheus'> & { readonly file: string },
  onNotice: (text: string) => void,
): Promise<TestServers> {
  const web = webAddress && (await openWeb(webAddress, onNotice))
  web?.begin(file)
  const metrics = prometheus && (await openTestMetrics(prometheus, onNotice))
  return {
    hooks: {
      ...metrics?.hooks,
      ...(web && {
        onView: (scenario, view) => web.onView(view, scenario),
        onTick: (scenario, tick) => {
          web.onTick(tick, scenario)
          metrics?.hooks.onTick(scenario, tick)
        },
        onState: state => {
          web.onState(state)
          metrics?.hooks.onState(state)
        },
      }),
    },
    finish: test => web?.finishTest(test),
    close: async () => void (await Promise.all([web?.close(), metrics?.close()])),
  }
}

async function openTestMetrics(address: NonNullable<BenchSetup['prometheus']>, onNotice: (text: string) => void) {
  const { RunMetrics, serveRunMetrics, testMetricsOf } = await import('../loadgen/live/prometheus.ts')
  const runs = new Map<string, InstanceType<typeof RunMetrics>>()
  let state: (() => TestResult) | undefined
  const all = () => [...runs.values(), ...(state === undefined ? [] : [testMetricsOf(state)])]
  const server = await serveRunMetrics(address, all, onNotice)
  onNotice(`metrics: ${server.url}/metrics`)
  const hooks = {
    onBegin: (scenario, plan) => void runs.set(scenario, new RunMetrics(plan, scenario)),
    onTick: (scenario, tick) => runs.get(scenario)?.onTick(tick),
    onProgress: (scenario, progress) => runs.get(scenario)?.onProgress(progress),
    onState: now => {
      state = now
    },
  } satisfies TestHooks
  return { hooks, close: () => server.close() }
}
