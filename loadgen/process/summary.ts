// From what was measured of consumers that handle records to their part of the result, and to what is wrong with it.
import type { ErrorCode } from '../../core/errors.ts'
import type { Meter } from '../meter.ts'
import { summariseLatency } from '../meter-summaries.ts'
import type { BenchPlan } from '../plan.ts'
import { per, transactionsResult } from '../summary-produce.ts'
import type { ProcessResult } from './model.ts'

export function processResult(
  { consume }: BenchPlan,
  { consume: side, measuredSec }: Meter,
  proof: ProcessResult['proof'],
): { process?: ProcessResult } {
  const handling = consume?.process?.handling
  if (handling === undefined || side === undefined) return {}
  const { forwardTo, deadLetterTo, transactions } = handling
  const { forwarded, deadLettered, skipped, failedTries } = side.total
  const commitLatency = summariseLatency(side.commit, 'commitAsked')
  const process = {
    ...(forwardTo !== undefined && { forwardTopic: forwardTo }),
    ...(deadLetterTo !== undefined && { deadLetterTopic: deadLetterTo }),
    ...{ forwarded, deadLettered, skipped, failedTries },
    forwardedPerSec: per(side.measured.forwarded, measuredSec),
    ...(transactions !== undefined && { transactions: transactionsResult(side, measuredSec) }),
    ...(transactions === undefined && commitLatency !== undefined && { commitLatency }),
    ...(proof !== undefined && { proof }),
  }
  return { process }
}

/** Exactly once is promised by transactions; without them nothing may be lost. */
export function proofReasons({ consume }: BenchPlan, proof: ProcessResult['proof']) {
  const reasons: { code: ErrorCode; message: string }[] = []
  if (proof === undefined) return reasons
  const { lost, duplicated, unexpected, expected } = proof
  if (lost > 0) {
    reasons.push({ code: 'RECORDS_LOST', message: `of ${expected} records ${lost} were not passed on` })
  }
  const twice = duplicated + unexpected
  if (twice > 0 && consume?.process?.handling?.transactions !== undefined) {
    const message = `of ${expected} records ${duplicated} were passed on more than once, and ${unexpected} that are not committed`
    reasons.push({ code: 'RECORDS_DUPLICATED', message })
  }
  return reasons
}
