// Live output on standard error: a panel that redraws itself on a terminal, a line a second anywhere else. Standard
// output stays free for the result.
import type { BenchMode } from '../loadgen/plan.ts'
import type { Progress, RunHooks, Tick } from '../loadgen/progress.ts'
import { stateText } from '../loadgen/report/threshold-text.ts'
import { linesPerHead, liveHead, liveLine } from './live-line.ts'
import { liveNumbers } from './live-numbers.ts'
import { historyMax, panelLines } from './live-panel.ts'
import type { OutputStream } from './output.ts'

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
  const { stream, env } = options
  return stream.isTTY === true && env.TERM !== 'dumb' ? panel(options) : lines(options)
}

function lines({ mode, stream }: LiveOptions): Live {
  let count = 0
  const crossings = new Crossings()
  return {
    onProgress(progress) {
      if (count++ % linesPerHead === 0) stream.write(`${liveHead(mode)}\n`)
      stream.write(`${liveLine(mode, progress)}\n`)
      for (const text of crossings.news(progress)) stream.write(`${text}\n`)
    },
    onNotice: text => void stream.write(`${text}\n`),
    end() {},
  }
}

/** A log has no place for the state of thresholds in each line: only changes are told. */
class Crossings {
  readonly #crossed = new Set<number>()

  news({ thresholds, elapsedSec }: Progress): string[] {
    return thresholds.flatMap((threshold, index) => {
      const isCrossed = !threshold.ok && threshold.samples > 0
      if (isCrossed === this.#crossed.has(index)) return []
      if (isCrossed) this.#crossed.add(index)
      else this.#crossed.delete(index)
      return [`threshold at ${elapsedSec.toFixed(0)} s: ${threshold.metric} ${stateText(threshold)}`]
    })
  }
}

const columnsDefault = 80
const hideCursor = '\x1b[?25l'
const showCursor = '\x1b[?25h'
const clearBelow = '\x1b[J'
const up = (lineCount: number): string => (lineCount === 0 ? '' : `\x1b[${lineCount}F`)
const bold = (text: string): string => `\x1b[1m${text}\x1b[22m`

function panel({ mode, topic, stream, env }: LiveOptions): Live {
  // https://no-color.org: set and not empty. Cursor movement is not colour.
  const emphasised = env.NO_COLOR === undefined || env.NO_COLOR === '' ? bold : (text: string) => text
  const history: number[] = []
  let drawn = 0

  const erase = () => {
    stream.write(`${up(drawn)}${drawn === 0 ? '' : clearBelow}`)
    drawn = 0
  }
  let tick: Tick | undefined
  const draw = (progress: Progress) => {
    const columns = stream.columns ?? columnsDefault
    const [title = '', rates = '', ...rest] = panelLines({ mode, topic, progress, tick, history, columns })
    const text = [title, emphasised(rates), ...rest].join('\n')
    stream.write(`${hideCursor}${up(drawn)}${clearBelow}${text}\n`)
    drawn = rest.length + 2
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
      erase()
      stream.write(`${text}\n`)
      if (last !== undefined) draw(last)
    },
    end() {
      if (last === undefined) return
      last = undefined
      erase()
      stream.write(showCursor)
    },
  }
}
