// One scenario without a function, as a bench run among others: it connects, waits for its time, and its numbers go to the test.
import { setTimeout as pause } from 'node:timers/promises'
import type { Written } from '../accounting.ts'
import { clientUnderTest } from '../drivers/client-result.ts'
import type { CalibrationFound } from '../headroom/headroom.ts'
import type { BenchPlan } from '../plan.ts'
import type { Progress, RunView, Tick, WindowTimes } from '../progress.ts'
import type { Result } from '../result.ts'
import { runOn } from '../run.ts'
import type { Striping } from '../scenario/segment.ts'
import type { ThresholdPlan } from '../verdict/thresholds/grammar.ts'
import { benchOfScenario, type DeclarativeScenario } from './bench-of-scenario.ts'
import { ScenarioSource } from './scenario-source.ts'
import type { StartGate } from './start-gate.ts'
import type { TestTopics } from './topics.ts'

export interface DeclarativeContext {
  readonly share: Striping
  readonly gate: StartGate
  readonly topics: TestTopics
  readonly signal: AbortSignal
  readonly thresholds: readonly ThresholdPlan[]
  readonly calibration?: CalibrationFound | undefined
  onBegin(scenario: string, plan: BenchPlan): void
  onTick?(scenario: string, tick: Tick): void
  onView?(scenario: string, view: RunView): void
  onProgress(scenario: string, progress: Progress): void
  onWindowTimes?(scenario: string, times: WindowTimes): void
  onNotice(text: string): void
  /** Its numbers can be read from now on. */
  onSource(source: ScenarioSource): void
}

export interface DeclarativeOutcome {
  readonly scenario: DeclarativeScenario
  /** Absent: it had nothing to do, or its time had not come when the test was stopped. */
  readonly result?: Result
  readonly source?: ScenarioSource
}

/** Connections that nobody uses are closed by brokers: a scenario that begins later connects so long before. */
export const connectAheadMs = 5_000

export async function runDeclarative(
  scenario: DeclarativeScenario,
  context: DeclarativeContext,
): Promise<DeclarativeOutcome> {
  const plan = benchOfScenario(scenario, context.share)
  if (plan === undefined) {
    if (scenario.startTimeMs <= connectAheadMs) context.gate.ready()
    return { scenario }
  }
  if (scenario.startTimeMs <= connectAheadMs) return await begin(scenario, plan, context)
  const openedMs = await context.gate.opened
  await until(openedMs + scenario.startTimeMs - connectAheadMs, context.signal)
  return context.signal.aborted ? { scenario } : await begin(scenario, plan, context)
}

async function begin(
  scenario: DeclarativeScenario,
  plan: BenchPlan,
  { gate, topics, signal, thresholds, calibration, share, ...to }: DeclarativeContext,
): Promise<DeclarativeOutcome> {
  const topic = await topics.prepare(scenario.client, scenario.topic)
  const cluster = await topics.clusterOf(scenario.client)
  to.onBegin(scenario.name, plan)
  const hooks = {
    ...(to.onTick !== undefined && { onTick: (tick: Tick) => to.onTick?.(scenario.name, tick) }),
    ...(to.onView !== undefined && { onView: (view: RunView) => to.onView?.(scenario.name, view) }),
    onProgress: (progress: Progress) => to.onProgress(scenario.name, progress),
    onNotice: (text: string) => to.onNotice(`${scenario.name}: ${text}`),
    ...(to.onWindowTimes !== undefined && {
      onWindowTimes: (times: WindowTimes) => to.onWindowTimes?.(scenario.name, times),
    }),
  }
  let source: ScenarioSource | undefined
  const among = {
    async gate() {
      if (scenario.startTimeMs <= connectAheadMs) gate.ready()
      await until((await gate.opened) + scenario.startTimeMs, signal)
    },
    onMeter(meter: ConstructorParameters<typeof ScenarioSource>[3]) {
      source = new ScenarioSource(scenario, plan, share, meter, thresholds)
      to.onSource(source)
    },
    onWritten: (written: Written) => topics.addWritten(scenario.client, scenario.topic.name, written),
    onShared: (names: readonly string[]) => topics.share(scenario.client, names),
  }
  const control = { signal, among, ...(calibration !== undefined && { calibration }) }
  const result = await runOn(cluster, topic, { plan, client: clientUnderTest(plan) }, hooks, control)
  source?.finish(result)
  return { scenario, result, ...(source !== undefined && { source }) }
}

/** `atMs` by performance.now(). */
export async function until(atMs: number, signal: AbortSignal): Promise<void> {
  // A timer cannot be set for longer than 24 days.
  for (let leftMs = atMs - performance.now(); leftMs > 0 && !signal.aborted; leftMs = atMs - performance.now()) {
    await pause(Math.min(leftMs, 2 ** 31 - 1), undefined, { signal }).catch(() => {})
  }
}
