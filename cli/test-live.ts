// What a test tells while it runs: a line a second with the rate of each scenario, on standard error.
import type { Progress } from '../loadgen/progress.ts'
import { countText, msText } from '../loadgen/report/format.ts'
import type { TestModel } from '../loadgen/scenario/model.ts'
import type { TestHooks } from '../loadgen/test/run-test.ts'
import { clockText } from './live-numbers.ts'
import type { OutputStream } from './output.ts'

export interface TestLive extends Required<Omit<TestHooks, 'onWindowTimes' | 'onBegin' | 'onTick'>> {
  end(): void
}

export interface TestLiveOptions {
  readonly model: TestModel
  readonly quiet: boolean
  readonly stream: OutputStream
}

const lineEveryMs = 1_000

export function createTestLive({ quiet, stream }: TestLiveOptions): TestLive {
  if (quiet) return { onProgress() {}, onScript() {}, onNotice() {}, end() {} }
  const texts = new Map<string, string>()
  const beganMs = performance.now()
  const timer = setInterval(() => {
    if (texts.size === 0) return
    stream.write(`${clockText((performance.now() - beganMs) / 1000)}  ${[...texts.values()].join(' | ')}\n`)
  }, lineEveryMs)
  timer.unref()
  return {
    onProgress: (scenario, progress) => void texts.set(scenario, progressText(scenario, progress)),
    onScript(text) {
      texts.set('', text)
    },
    onNotice: text => void stream.write(`${text}\n`),
    end: () => clearInterval(timer),
  }
}

function progressText(scenario: string, { window, phase }: Progress): string {
  const { produced, consumed, seconds, produceP99Ms, e2eP99Ms } = window
  const rate = (count: number | undefined, word: string) =>
    count === undefined ? [] : [`${word} ${countText(seconds === 0 ? 0 : count / seconds)} msg/s`]
  const p99 = produceP99Ms ?? e2eP99Ms
  const parts = [
    ...rate(produced, 'in'),
    ...rate(consumed, 'out'),
    ...(p99 === undefined ? [] : [`p99 ${msText(p99)} ms`]),
    ...(phase === 'draining' ? ['ending'] : []),
  ]
  return `${scenario}: ${parts.join(', ')}`
}
