// What thresholds make of a result. As in k6 the first reason decides the exit code, and crossed thresholds come last: a run
// that failed or was interrupted says so first.
import type { Result } from '../../result.ts'
import type { ThresholdResult } from './model.ts'
import { unitValueText } from './text.ts'

export function withThresholds(result: Result, thresholds: readonly ThresholdResult[] | undefined): Result {
  if (thresholds === undefined) return result
  const crossed = thresholds.filter(({ ok }) => !ok)
  if (crossed.length === 0) return { ...result, thresholds: [...thresholds] }
  const aborted = crossed.some(threshold => threshold.aborted) ? '; the run was ended by it' : ''
  const message = `${crossed.map(crossedText).join('; ')}${aborted}`
  const reasons = [...result.reasons, { code: 'THRESHOLDS_CROSSED', message }]
  return { ...result, verdict: 'failed', reasons, thresholds: [...thresholds] }
}

/** `response_time: p(99)<50 was 62.10 ms` */
export function crossedText({ metric, expression, value, unit, samples, failedAtSec }: ThresholdResult): string {
  const when = failedAtSec === undefined ? '' : `, first at ${failedAtSec.toFixed(0)} s`
  const was = samples === 0 ? 'had no samples' : `was ${unitValueText(value, unit)}${when}`
  return `${metric}: ${expression} ${was}`
}
