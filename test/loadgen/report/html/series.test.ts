// Shows that a rate of what comes all at once is drawn where there is one. Method: windows of a result, as the page gets them.
import { describe, expect, it } from 'vitest'
import { timeLines } from '../../../../loadgen/report/html/page/series.ts'
import type { Result } from '../../../../loadgen/result.ts'

const resultOf = (windows: readonly object[]) => ({ windows }) as unknown as Result

describe('the lines of committed transactions', () => {
  it('leave out the last milliseconds of a run', () => {
    const { acked, committed, recordsCommitted } = timeLines(
      resultOf([
        { sec: 1, seconds: 1, produced: 100, transactionsCommitted: 2, recordsCommitted: 90 },
        { sec: 1.004, seconds: 0.004, produced: 0, transactionsCommitted: 1, recordsCommitted: 10 },
      ]),
    )
    expect(acked).toEqual([100, 0])
    expect(committed).toEqual([2, null])
    expect(recordsCommitted).toEqual([90, null])
  })
})
