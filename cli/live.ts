// Live output on standard error: a panel that redraws itself on a terminal, a line a second anywhere else. Standard
// output stays free for the result.
import type { BenchMode } from '../loadgen/plan.ts'
import type { Progress, RunHooks, Tick } from '../loadgen/progress.ts'
import { Crossings } from './crossings.ts'
import { linesPerHead, liveHead, liveLine } from './live-line.ts'
import { liveNumbers } from './live-numbers.ts'
import { historyMax, panelLines } from './live-panel.ts'
import type { OutputStream } from './output.ts'
import { isPanelStream, RedrawnLines } from './redrawn-lines.ts'

export interface Live extends Required<Pick<RunHooks, 'onProgress' | 'onNotice'>>, Pick<RunHooks, 'onTick'> {
  /** Leaves the terminal as it was found. May be called more than once. */
  end(): void
}

export interface LiveOptions {
  readonly mode: BenchMode
  readonly topic: string
  readonly quiet: boolean
  readonly stream: OutputStream
  readonly env: Readonly<Record<string, string | undefined>>
}

export function createLive(options: LiveOptions): Live {
  if (options.quiet) return { onProgress() {}, onNotice() {}, end() {} }
  return isPanelStream(options) ? panel(options) : lines(options)
}

function lines({ mode, stream }: LiveOptions): Live {
  let count = 0
  const crossings = new Crossings()
  return {
    onProgress(progress) {
      if (count++ % linesPerHead === 0) stream.write(`${liveHead(mode, progress)}\n`)
      stream.write(`${liveLine(mode, progress)}\n`)
      for (const text of crossings.news(progress.thresholds, progress.elapsedSec)) stream.write(`${text}\n`)
    },
    onNotice: text => void stream.write(`${text}\n`),
    end() {},
  }
}

function panel({ mode, topic, stream, env }: LiveOptions): Live {
  const history: number[] = []
  const redrawn = new RedrawnLines(stream, env)
  let tick: Tick | undefined
  const draw = (progress: Progress) => {
    const { columns } = redrawn
    const [title = '', rates = '', ...rest] = panelLines({ mode, topic, progress, tick, history, columns })
    redrawn.draw([title, redrawn.bold(rates), ...rest])
  }
  let last: Progress | undefined
  return {
    onProgress(progress) {
      const { producedPerSec, consumedPerSec } = liveNumbers(mode, progress)
      history.push(producedPerSec ?? consumedPerSec ?? 0)
      if (history.length > historyMax) history.shift()
      last = progress
      draw(progress)
    },
    onTick(next) {
      tick = next
      if (last !== undefined) draw(last)
    },
    onNotice(text) {
      redrawn.erase()
      stream.write(`${text}\n`)
      if (last !== undefined) draw(last)
    },
    end() {
      if (last === undefined) return
      last = undefined
      redrawn.end()
    },
  }
}
