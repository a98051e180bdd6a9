// Shows what a run prints at its end. Method: golden files, one per shape of result (a good produce run, a failed
// roundtrip, an interrupted consume run); `vitest -u` rewrites them, and the diff is the review.
import { describe, expect, it } from 'vitest'
import { textReport } from '../../../loadgen/report/text.ts'
import { resultModel } from '../../../loadgen/result.ts'
import { emptyConsumeResult, failedRoundtripResult, produceResult } from './result-fixture.ts'

const cases = [
  { name: 'produce-ok', result: produceResult },
  { name: 'roundtrip-failed', result: failedRoundtripResult },
  { name: 'consume-interrupted', result: emptyConsumeResult },
]

describe('text report', () => {
  it.each(cases)('$name reads as its golden file', async ({ name, result }) => {
    await expect(textReport(result)).toMatchFileSnapshot(`../../golden/report-${name}.txt`)
  })

  it.each(cases)('$name is a result that the model accepts, so the golden file shows what can happen', ({ result }) => {
    expect(resultModel.parse(result)).toBeDefined()
  })

  it.each(cases)('$name fits a terminal of 120 columns', ({ result }) => {
    for (const line of textReport(result).split('\n')) expect(line.length).toBeLessThanOrEqual(120)
  })

  it('prints the numbers first and the verdict last', () => {
    const lines = textReport(failedRoundtripResult).trimEnd().split('\n')
    expect(lines[2]).toContain('1,043,141 msg/s')
    expect(lines.findIndex(line => line.startsWith('verdict: failed'))).toBe(lines.length - 3)
  })
})
