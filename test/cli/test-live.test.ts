// Shows what is seen of a test while it runs, where there is no terminal: each scenario at what it does, none as if it went on when it
// is over; and the panel's words for the same.
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createTestLive, testPanelLines } from '../../cli/test-live.ts'
import type { Progress } from '../../loadgen/progress.ts'
import type { TestModel } from '../../loadgen/scenario/model.ts'
import { processedResult, transactionalResult } from '../loadgen/report/result-fixture.ts'

const progressOf = (window: Progress['window'], phase: Progress['phase'] = 'measuring'): Progress => ({
  ...{ phase, elapsedSec: window.sec, totalSec: 24, window, producedTotal: 1_043_000, consumedTotal: 0, inFlight: 4 },
  ...{ errorsByCode: {}, thresholds: [], transactions: { committed: 9, aborted: 1, failed: 2 } },
})
const [first] = transactionalResult.windows
const shop = { ...first!, consumed: undefined, e2eP99Ms: undefined }
const invoicing = processedResult.windows[0]!

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('a line a second tells what is committed and passed on, and who is over', () => {
  const written: string[] = []
  const stream = { write: (text: string) => written.push(text) > 0, isTTY: false }
  const model = { scenarios: [], thresholds: {} } as unknown as TestModel
  const live = createTestLive({ model, quiet: false, stream, env: {} })
  const next = () => {
    vi.advanceTimersByTime(1_000)
    return written.pop()!.trim().split('  ')[1]
  }
  live.onProgress('shop', progressOf({ ...shop, produceRetries: 1 }))
  expect(next()).toBe('shop: in 1,043,000 msg/s, p99 12.00 ms, 9.0/s committed, commit p99 12.00 ms, 1 retry')
  live.onProgress('invoicing', progressOf({ ...invoicing, transactionsAborted: 1 }))
  live.onProgress('shop', progressOf({ ...shop, seconds: 0.01 }, 'draining'))
  expect(next()).toBe(
    'shop: ending | invoicing: out 1,042,000 msg/s, p99 14.00 ms, passed on 32,000 msg/s, 9.0/s committed, 1.0/s aborted, commit p99 12.00 ms',
  )
  live.onEnd('shop')
  live.onEnd('invoicing')
  expect(next()).toBe('shop: over | invoicing: over')
  live.end()
})

it('the panel has lines on what is committed, and one on a scenario that is over', () => {
  const progress = new Map([
    ['shop', progressOf(shop)],
    ['first', progressOf(shop)],
  ])
  const input = { names: ['first', 'shop'], elapsedSec: 7, progress, ticks: new Map(), over: new Set(['first']) }
  const lines = testPanelLines({ ...input, script: undefined, thresholds: [], columns: 120 })
  expect(lines.slice(0, 4)).toEqual([
    ' millrace run   0:07',
    ' first   over   1,043,000 acked',
    ' shop   measuring   acked 1,043,000/s',
    '       transactions 9.0/s   aborted 0.0/s   FAILED 2   commit p50 4.00 ms   p99 12.00 ms   max 40.00 ms',
  ])
})
