// Shows what is seen while a run goes on: aligned lines on a pipe, a panel on a terminal that redraws in place and leaves
// the terminal as it was. Method: a stream that keeps what is written, and a terminal of a few lines of code to draw on.
import { describe, expect, it } from 'vitest'
import { createLive } from '../../cli/live.ts'
import { linesPerHead, liveHead, liveLine } from '../../cli/live-line.ts'
import { panelLines, sparkline } from '../../cli/live-panel.ts'
import type { BenchMode } from '../../loadgen/plan.ts'
import type { Progress, Tick } from '../../loadgen/progress.ts'
import type { ThresholdResult } from '../../loadgen/verdict/thresholds/model.ts'

const progress: Progress = {
  phase: 'measuring',
  elapsedSec: 75,
  totalSec: 150,
  window: {
    sec: 75,
    warmup: false,
    seconds: 0.5,
    produced: 521_605,
    produceBytes: 52_160_500,
    produceP50Ms: 4.12,
    produceP99Ms: 12.4,
    produceP999Ms: 31.02,
    produceMaxMs: 1203.456,
    consumed: 500_000,
    consumeBytes: 50_000_000,
    e2eP50Ms: 6,
    e2eP99Ms: 15,
    e2eP999Ms: 31,
    e2eMaxMs: 70,
    cpuPercent: 178.4,
    rssBytes: 190_840_832,
  },
  producedTotal: 12_345_678,
  consumedTotal: 12_000_000,
  inFlight: 10,
  thresholds: [],
  errorsByCode: { REQUEST_TIMED_OUT: 2, NOT_LEADER_OR_FOLLOWER: 1 },
}

const tick: Tick = {
  phase: 'measuring',
  elapsedSec: 75,
  totalSec: 150,
  offeredPerSec: 1_000_000,
  sentPerSec: 1_000_100,
  ackedPerSec: 998_000,
  consumedPerSec: undefined,
  inFlight: 7,
  lag: 1234,
  errors: 0,
  cpuPercent: 178,
  loopLateMs: 1.25,
}

const committing: Progress = {
  ...progress,
  transactions: { committed: 275, aborted: 13, failed: 2 },
  window: {
    ...progress.window,
    ...{ transactionsCommitted: 5, transactionsAborted: 0.5, transactionsFailed: 0 },
    ...{ commitP50Ms: 4.19, commitP99Ms: 62.61, commitP999Ms: 68.4, commitMaxMs: 70.02 },
  },
}

const threshold: ThresholdResult = {
  metric: 'response_time',
  expression: 'p(99)<5',
  method: 'p(99)',
  unit: 'ms',
  limit: 5,
  ok: false,
  value: 12.4,
  samples: 10,
  noSamples: 'fail',
  abortOnFail: false,
  aborted: false,
}

const modes: BenchMode[] = ['produce', 'consume', 'roundtrip']

function keepingStream({ isTTY, columns }: { isTTY: boolean; columns?: number }) {
  const written: string[] = []
  const write = (text: string) => written.push(text) > 0
  return { stream: { write, isTTY, ...(columns !== undefined && { columns }) }, text: () => written.join('') }
}

function liveOn(
  stream: ReturnType<typeof keepingStream>['stream'],
  more: { quiet?: boolean; env?: Record<string, string> } = {},
) {
  return createLive({ mode: 'produce', topic: 'topic-1', quiet: more.quiet ?? false, stream, env: more.env ?? {} })
}

/** The screen after these bytes: understands exactly what the panel may use, and fails on anything else. */
function screenOf(bytes: string): { lines: string[]; cursorShown: boolean } {
  const lines = ['']
  let row = 0
  let cursorShown = true
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are the subject here.
  for (const [token] of bytes.matchAll(/\x1b\[(\?25[lh]|\d+[Fm]|J)|\n|[^\x1b\n]+|\x1b/g)) {
    if (token === '\n') lines[++row] ??= ''
    else if (token === '\x1b[?25l') cursorShown = false
    else if (token === '\x1b[?25h') cursorShown = true
    else if (token === '\x1b[J') lines.splice(row, lines.length, '')
    else if (token.startsWith('\x1b[') && token.endsWith('F')) row -= Number(token.slice(2, -1))
    else if (token.startsWith('\x1b[') && token.endsWith('m')) continue
    else if (token === '\x1b') throw new Error('a sequence that this terminal does not know')
    else lines[row] += token
  }
  return { lines, cursorShown }
}

describe('on a pipe', () => {
  it('a line is aligned under its head', () => {
    expect(`${liveHead('produce', progress)}\n${liveLine('produce', progress)}`).toBe(
      [
        '   time     phase       msg/s      MB/s    p50 ms    p99 ms  p99.9 ms    max ms  errors  CPU % in flight',
        '   1:15 measuring   1,043,210     104.3      4.12     12.40     31.02  1,203.46       3    178        10',
      ].join('\n'),
    )
  })

  it.each(modes)('%s: every line is as long as its head', mode => {
    expect(liveLine(mode, progress)).toHaveLength(liveHead(mode, progress).length)
    expect(liveHead(mode, progress).length).toBeLessThanOrEqual(120)
  })

  it.each(modes)('%s: what is committed has columns of its own', mode => {
    const inTransactions = {
      ...committing,
      window: { ...committing.window, forwarded: 450, deadLettered: 5, skipped: 0 },
    }
    expect(liveLine(mode, inTransactions)).toHaveLength(liveHead(mode, inTransactions).length)
    const heads = liveHead(mode, inTransactions)
      .trim()
      .split(/ {2,}| (?=abort|commit|passed|dead|failed)/)
    expect(heads.slice(-6)).toEqual(['passed on/s', 'dead/s', 'commit/s', 'abort/s', 'failed', 'commit p99'])
    expect(liveLine(mode, inTransactions).trim().split(/ +/).slice(-6)).toEqual([
      ...['900', '10.0', '10.0', '1.0', '2', '62.61'],
    ])
    expect(liveHead(mode, committing)).not.toContain('passed on')
  })

  it('a roundtrip shows both ways and the latency end to end', () => {
    const cells = liveLine('roundtrip', progress).trim().split(/ +/)
    expect(cells.slice(2, 9)).toEqual(['1,043,210', '1,000,000', '104.3', '6.00', '15.00', '31.00', '70.00'])
  })

  it('a latency that nobody measured is a dash, not a zero', () => {
    const { e2eP50Ms: _, ...window } = progress.window
    expect(
      liveLine('consume', { ...progress, window })
        .trim()
        .split(/ +/)[4],
    ).toBe('-')
  })

  it('has no cursor codes and repeats its head', () => {
    const { stream, text } = keepingStream({ isTTY: false })
    const live = liveOn(stream)
    live.onNotice('topic created')
    for (let index = 0; index <= linesPerHead; index++) live.onProgress(progress)
    live.end()
    expect(text()).not.toContain('\x1b')
    expect(
      text()
        .split('\n')
        .filter(line => line === liveHead('produce', progress)),
    ).toHaveLength(2)
    expect(text().split('\n')[0]).toBe('topic created')
  })

  it('tells when a threshold is crossed, and when it holds again, once each', () => {
    const { stream, text } = keepingStream({ isTTY: false })
    const live = liveOn(stream)
    const holding = { ...threshold, ok: true, value: 4 }
    for (const state of [holding, threshold, threshold, holding, holding]) {
      live.onProgress({ ...progress, thresholds: [state] })
    }
    expect(
      text()
        .split('\n')
        .filter(line => line.startsWith('threshold')),
    ).toEqual([
      "threshold at 75 s: response_time ✗ 'p(99)<5' p(99)=12.40 ms",
      "threshold at 75 s: response_time ✓ 'p(99)<5' p(99)=4 ms",
    ])
  })

  it('a dumb terminal is treated like a pipe', () => {
    const { stream, text } = keepingStream({ isTTY: true })
    liveOn(stream, { env: { TERM: 'dumb' } }).onProgress(progress)
    expect(text()).not.toContain('\x1b')
  })

  it('--quiet writes nothing at all', () => {
    const { stream, text } = keepingStream({ isTTY: false })
    const live = liveOn(stream, { quiet: true })
    live.onNotice('topic created')
    live.onProgress(progress)
    live.end()
    expect(text()).toBe('')
  })
})

describe('on a terminal', () => {
  it('redraws in place: two windows leave one panel', () => {
    const { stream, text } = keepingStream({ isTTY: true, columns: 100 })
    const live = liveOn(stream)
    live.onProgress(progress)
    live.onProgress({ ...progress, elapsedSec: 76 })
    const { lines, cursorShown } = screenOf(text())
    expect(lines).toEqual([
      ' millrace produce   measuring   1:16 of 2:30 ████████████░░░░░░░░░░░░   topic-1',
      ' acked 1,043,210/s   104.3 MB/s',
      ' p50 4.12 ms   p99 12.40 ms   p99.9 31.02 ms   max 1,203.46 ms',
      ' 12,345,678 records   10 in flight   3 errors',
      ' generator: CPU 178 %   182.0 MiB',
      ' ██',
      '',
    ])
    expect(cursorShown).toBe(false)
  })

  it('moves between the windows, with what the moment says', () => {
    const { stream, text } = keepingStream({ isTTY: true, columns: 100 })
    const live = liveOn(stream)
    live.onTick?.(tick)
    expect(text()).toBe('')
    live.onProgress({ ...progress, thresholds: [threshold] })
    live.onTick?.({ ...tick, elapsedSec: 75.1 })
    live.onTick?.({ ...tick, elapsedSec: 76.6, ackedPerSec: 999_000 })
    expect(screenOf(text()).lines).toEqual([
      ' millrace produce   measuring   1:17 of 2:30 ████████████░░░░░░░░░░░░   topic-1',
      ' offered 1,000,000/s   sent 1,000,100/s   acked 999,000/s   104.3 MB/s',
      ' p50 4.12 ms   p99 12.40 ms   p99.9 31.02 ms   max 1,203.46 ms',
      ' 12,345,678 records   7 in flight   lag 1,234   3 errors',
      ' generator: CPU 178 %   182.0 MiB   1.3 ms late',
      ' ✗ response_time p(99)<5 (12.40 ms)',
      ' █',
      '',
    ])
  })

  it('has lines on what is committed, in which nothing that happened once gets lost', () => {
    const columns = 120
    const lines = (given: Progress, now?: Tick) =>
      panelLines({ mode: 'consume', topic: 't', progress: given, tick: now, history: [], columns }).slice(3, -3)
    expect(lines(committing)).toEqual([
      ' transactions 10.0/s   aborted 1.0/s   FAILED 2   commit p50 4.19 ms   p99 62.61 ms   max 70.02 ms',
    ])
    const { commitP50Ms: _, ...window } = committing.window
    const handled = { forwarded: 980, deadLettered: 20, skipped: 0 }
    const transactions = { committed: 3, aborted: 0, failed: 0 }
    const now: Tick = {
      ...tick,
      transactionsPerSec: { committed: 3, aborted: 0, failed: 0 },
      handledPerSec: { forwarded: 1_000, deadLettered: 0, skipped: 0 },
    }
    expect(lines({ ...committing, window, handled, transactions }, now)).toEqual([
      ' passed on 1,000/s   dead letters 20',
      ' transactions 3.0/s',
    ])
    expect(lines(progress)).toEqual([])
  })

  it('a notice stays above the panel', () => {
    const { stream, text } = keepingStream({ isTTY: true, columns: 100 })
    const live = liveOn(stream)
    live.onProgress(progress)
    live.onNotice('broker 1 is back')
    expect(screenOf(text()).lines.slice(0, 2)).toEqual([
      'broker 1 is back',
      ' millrace produce   measuring   1:15 of 2:30 ████████████░░░░░░░░░░░░   topic-1',
    ])
  })

  it('end leaves nothing behind and shows the cursor again, also when called twice', () => {
    const { stream, text } = keepingStream({ isTTY: true, columns: 100 })
    const live = liveOn(stream)
    live.onProgress(progress)
    live.end()
    live.end()
    expect(screenOf(text())).toEqual({ lines: [''], cursorShown: true })
  })

  it('NO_COLOR turns off emphasis', () => {
    const plain = keepingStream({ isTTY: true })
    liveOn(plain.stream, { env: { NO_COLOR: '1' } }).onProgress(progress)
    expect(plain.text()).not.toContain('\x1b[1m')
    const emphasised = keepingStream({ isTTY: true })
    liveOn(emphasised.stream, { env: { NO_COLOR: '' } }).onProgress(progress)
    expect(emphasised.text()).toContain('\x1b[1m')
  })

  it.each([10, 20, 40, 79, 200])('no line reaches the last of %i columns, so none wraps', columns => {
    for (const mode of modes) {
      const history = Array.from({ length: 60 }, (_, index) => index)
      for (const line of panelLines({ mode, topic: 't'.repeat(249), progress, history, columns })) {
        expect(line.length).toBeLessThan(columns)
      }
    }
  })

  it('the curve starts at zero and marks the highest value', () => {
    expect(sparkline([0, 50, 100])).toBe('▁▅█')
    expect(sparkline([])).toBe('')
  })
})
