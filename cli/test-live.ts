// What a test tells while it runs, on standard error: on a terminal a panel that is redrawn ten times a second, anywhere else a line
// a second with the rate of each scenario, and a line when a threshold is crossed or holds again.
import type { Progress, Tick } from '../loadgen/progress.ts'
import { countText, fixedText, mibText, msText, plural, rateText } from '../loadgen/report/format.ts'
import type { Window } from '../loadgen/result.ts'
import type { TestModel } from '../loadgen/scenario/model.ts'
import type { TestResult } from '../loadgen/test/result.ts'
import type { TestHooks } from '../loadgen/test/run-test.ts'
import { Crossings } from './crossings.ts'
import { clockText, liveNumbers } from './live-numbers.ts'
import { committedLines, ratesText, thresholdText } from './live-panel.ts'
import type { OutputStream } from './output.ts'
import { cut, isPanelStream, RedrawnLines } from './redrawn-lines.ts'

export interface TestLive
  extends Required<Pick<TestHooks, 'onProgress' | 'onEnd' | 'onScript' | 'onNotice'>>,
    Pick<TestHooks, 'onTick' | 'onState'> {
  /** Leaves the terminal as it was found. May be called more than once. */
  end(): void
}

export interface TestLiveOptions {
  readonly model: TestModel
  readonly quiet: boolean
  readonly stream: OutputStream
  readonly env: Readonly<Record<string, string | undefined>>
}

const lineEveryMs = 1_000
const redrawEveryMs = 100

export function createTestLive(options: TestLiveOptions): TestLive {
  if (options.quiet) return { onProgress() {}, onEnd() {}, onScript() {}, onNotice() {}, end() {} }
  return isPanelStream(options) ? panel(options) : lines(options)
}

function lines({ model, stream }: TestLiveOptions): TestLive {
  const texts = new Map<string, string>()
  const crossings = new Crossings()
  let beganMs: number | undefined
  const timer = setInterval(() => {
    if (texts.size === 0) return
    beganMs ??= performance.now()
    stream.write(`${clockText((performance.now() - beganMs) / 1000)}  ${[...texts.values()].join(' | ')}\n`)
  }, lineEveryMs)
  timer.unref()
  return {
    onProgress: (scenario, progress) => void texts.set(scenario, progressText(scenario, progress)),
    // What it said last would be repeated each second as if it went on.
    onEnd: scenario => void texts.set(scenario, `${scenario}: over`),
    onScript(text) {
      texts.set('', text)
    },
    onNotice: text => void stream.write(`${text}\n`),
    // Worked out only where there is something to judge.
    ...(Object.keys(model.thresholds).length > 0 && {
      onState(state) {
        const { thresholds = [], durationSeconds } = state()
        for (const text of crossings.news(thresholds, durationSeconds)) stream.write(`${text}\n`)
      },
    }),
    end: () => clearInterval(timer),
  }
}

/** The rest of a window in which a run ends is too short for a rate. */
const rateSecMin = 0.3

function progressText(scenario: string, { window, phase }: Progress): string {
  const { produced, consumed, forwarded, seconds, produceP99Ms, e2eP99Ms, produceRetries = 0 } = window
  if (phase === 'draining' && seconds < rateSecMin) return `${scenario}: ending`
  const rate = (count: number | undefined, word: string) =>
    count === undefined ? [] : [`${word} ${countText(seconds === 0 ? 0 : count / seconds)} msg/s`]
  const p99 = produceP99Ms ?? e2eP99Ms
  const parts = [
    ...rate(produced, 'in'),
    ...rate(consumed, 'out'),
    ...(p99 === undefined ? [] : [`p99 ${msText(p99)} ms`]),
    ...rate(forwarded, 'passed on'),
    ...transactionParts(window),
    ...(produceRetries === 0 ? [] : [plural(produceRetries, 'retry', 'retries')]),
    ...(phase === 'draining' ? ['ending'] : []),
  ]
  return `${scenario}: ${parts.join(', ')}`
}

function transactionParts(window: Window): string[] {
  const { seconds, transactionsCommitted, transactionsAborted = 0, transactionsFailed = 0, commitP99Ms } = window
  if (transactionsCommitted === undefined) return []
  const rate = (count: number) => rateText(seconds === 0 ? 0 : count / seconds)
  return [
    `${rate(transactionsCommitted)} committed`,
    ...(transactionsAborted === 0 ? [] : [`${rate(transactionsAborted)} aborted`]),
    ...(transactionsFailed === 0 ? [] : [`${rate(transactionsFailed)} FAILED`]),
    ...(commitP99Ms === undefined ? [] : [`commit p99 ${msText(commitP99Ms)} ms`]),
  ]
}

/** What the panel is drawn from. */
export interface TestPanelInput {
  readonly names: readonly string[]
  readonly elapsedSec: number
  readonly progress: ReadonlyMap<string, Progress>
  readonly ticks: ReadonlyMap<string, Tick>
  /** Scenarios that have ended. */
  readonly over: ReadonlySet<string>
  /** How the functions of the script are doing. */
  readonly script: string | undefined
  readonly thresholds: NonNullable<TestResult['thresholds']>
  readonly columns: number
}

function panel({ model, stream, env }: TestLiveOptions): TestLive {
  const redrawn = new RedrawnLines(stream, env)
  const progress = new Map<string, Progress>()
  const ticks = new Map<string, Tick>()
  const over = new Set<string>()
  const names = model.scenarios.filter(({ lane }) => lane === 'declarative').map(({ name }) => name)
  let thresholds: TestPanelInput['thresholds'] = []
  let script: string | undefined
  let isOver = false
  const beganMs = performance.now()
  const draw = () => {
    if (isOver || (progress.size === 0 && script === undefined)) return
    const elapsedSec = (performance.now() - beganMs) / 1000
    const { columns } = redrawn
    redrawn.draw(testPanelLines({ names, elapsedSec, progress, ticks, over, script, thresholds, columns }))
  }
  const timer = setInterval(draw, redrawEveryMs)
  timer.unref()
  return {
    onProgress: (scenario, now) => void progress.set(scenario, now),
    onEnd: scenario => void over.add(scenario),
    onTick: (scenario, tick) => void ticks.set(scenario, tick),
    onScript(text) {
      script = text
    },
    onState(state) {
      thresholds = state().thresholds ?? []
    },
    onNotice(text) {
      redrawn.erase()
      stream.write(`${text}\n`)
      draw()
    },
    end() {
      if (isOver) return
      isOver = true
      clearInterval(timer)
      redrawn.end()
    },
  }
}

/** A block of two lines for each scenario without a function, one for the script, one for thresholds, one for the generator. */
export function testPanelLines(input: TestPanelInput): string[] {
  const { names, elapsedSec, progress, ticks, over, script, thresholds, columns } = input
  const [first] = progress.values()
  const lateMs = Math.max(0, ...[...ticks.values()].map(({ loopLateMs = 0 }) => loopLateMs))
  const generator = first && [
    `generator: CPU ${countText(first.window.cpuPercent)} %`,
    `${mibText(first.window.rssBytes)} MiB`,
    `${fixedText(lateMs, 1)} ms late`,
  ]
  const all = [
    ['millrace run', clockText(elapsedSec)],
    ...names.flatMap(name =>
      over.has(name) ? [overLine(name, progress.get(name))] : scenarioLines(name, progress.get(name), ticks.get(name)),
    ),
    ...(script === undefined ? [] : [['script', script]]),
    ...(generator === undefined ? [] : [generator]),
    ...(thresholds.length === 0 ? [] : [thresholds.map(thresholdText)]),
  ]
  return all.map(parts => cut(` ${parts.join('   ')}`, columns))
}

function overLine(name: string, progress: Progress | undefined): string[] {
  const { producedTotal = 0, consumedTotal = 0 } = progress ?? {}
  const count = (word: string, records: number) => (records === 0 ? [] : [`${countText(records)} ${word}`])
  return [name, 'over', ...count('acked', producedTotal), ...count('consumed', consumedTotal)]
}

function scenarioLines(name: string, progress: Progress | undefined, tick: Tick | undefined): string[][] {
  if (progress === undefined) return [[name, 'has not begun']]
  const { window } = progress
  const mode = window.produced === undefined ? 'consume' : window.consumed === undefined ? 'produce' : 'roundtrip'
  const numbers = liveNumbers(mode, progress)
  const ms = (label: string, value: number | undefined) => (value === undefined ? [] : [`${label} ${msText(value)} ms`])
  const lag = tick?.lag ?? window.consumeLag
  return [
    [name, tick?.phase ?? progress.phase, ...ratesText(numbers, tick)],
    ...committedLines(progress, numbers, tick).map(parts => ['   ', ...parts]),
    [
      ...['   ', ...ms('p50', numbers.p50Ms), ...ms('p99', numbers.p99Ms), ...ms('p99.9', numbers.p999Ms)],
      ...(mode === 'consume' ? [] : [`${countText(tick?.inFlight ?? progress.inFlight)} in flight`]),
      ...(lag === undefined ? [] : [`lag ${countText(lag)}`]),
      `${countText(numbers.errors)} errors`,
    ],
  ]
}
