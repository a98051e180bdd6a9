// Shows which exit code a result has. Method: a table against the codes that scripts rely on.
import { describe, expect, it } from 'vitest'
import { exitCodeOf } from '../../../loadgen/report/exit-code.ts'
import type { Validity } from '../../../loadgen/verdict/model.ts'

const reason = (code: string) => ({ code, message: 'because' })

describe('exit code of a result', () => {
  it.each([
    { why: 'all is well', verdict: 'ok', reasons: [], exitCode: 0 },
    { why: 'sends failed', verdict: 'failed', reasons: [reason('SENDS_FAILED')], exitCode: 11 },
    {
      why: 'the first reason wins',
      verdict: 'failed',
      reasons: [reason('DELIVERY_MISMATCH'), reason('SENDS_FAILED')],
      exitCode: 10,
    },
    { why: 'interrupted beats its reasons', verdict: 'interrupted', reasons: [reason('SENDS_FAILED')], exitCode: 105 },
    { why: 'a code outside the table is a bug', verdict: 'failed', reasons: [reason('NOVEL')], exitCode: 1 },
    { why: 'an inherited property is no code', verdict: 'failed', reasons: [reason('toString')], exitCode: 1 },
    { why: 'failed without a reason is a bug', verdict: 'failed', reasons: [], exitCode: 1 },
  ] as const)('$why: $exitCode', ({ verdict, reasons, exitCode }) => {
    expect(exitCodeOf({ verdict, reasons: [...reasons] })).toBe(exitCode)
  })

  const judged = (verdict: Validity['verdict']): Validity => ({
    verdict,
    limiter: 'schedule',
    finding: '',
    reasons: [],
  })

  it.each([
    { verdict: 'ok', validity: judged('valid'), exitCode: 0 },
    { verdict: 'ok', validity: judged('disturbed'), exitCode: 12 },
    { verdict: 'ok', validity: undefined, exitCode: 12 },
    { verdict: 'failed', validity: judged('disturbed'), exitCode: 11 },
    { verdict: 'interrupted', validity: judged('disturbed'), exitCode: 105 },
  ] as const)(
    'with valid numbers required, $verdict and $validity.verdict: $exitCode',
    ({ exitCode, ...judgement }) => {
      const { verdict, validity } = judgement
      const result = {
        verdict,
        reasons: verdict === 'failed' ? [reason('SENDS_FAILED')] : [],
        ...(validity && { validity }),
      }
      expect(exitCodeOf(result, { requireValid: true })).toBe(exitCode)
      if (verdict === 'ok') expect(exitCodeOf(result)).toBe(0)
    },
  )
})
