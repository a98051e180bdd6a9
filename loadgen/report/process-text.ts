// The lines of a text report on what consumers have made of what they read.
import type { ProcessResult } from '../process/model.ts'
import { countText, plural, rateText } from './format.ts'
import { line } from './lines.ts'
import { commitLines, transactionLines } from './transaction-text.ts'

export function processLines(process: ProcessResult): string[] {
  const { forwardTopic, deadLetterTopic, forwarded, deadLettered, skipped, failedTries, forwardedPerSec } = process
  const rate = forwardedPerSec === undefined ? '' : ` (${rateText(forwardedPerSec)})`
  return [
    ...(forwardTopic === undefined
      ? []
      : [line('passed on', `${plural(forwarded, 'record')} to ${forwardTopic}${rate}`)]),
    ...(deadLetterTopic === undefined
      ? []
      : [line('dead letters', `${plural(deadLettered, 'record')} to ${deadLetterTopic}`)]),
    ...(skipped === 0 ? [] : [line('passed over', `${plural(skipped, 'record')} that could not be processed`)]),
    ...(failedTries === 0 ? [] : [line('tries failed', countText(failedTries))]),
    ...transactionLines(process.transactions),
    ...commitLines(process.commitLatency),
    ...proofLines(process),
  ]
}

function proofLines({ proof, transactions }: ProcessResult): string[] {
  if (proof === undefined) return []
  const { expected, written, lost, duplicated, unexpected } = proof
  const promise = transactions === undefined ? 'at least once' : 'exactly once'
  const found = `${countText(written)} of ${countText(expected)} found where they belong`
  const wrong = `${countText(lost)} lost, ${countText(duplicated)} duplicated, ${countText(unexpected)} not committed`
  return [line(promise, `${found}, ${wrong}`)]
}
