// The books: what the brokers hold more than before, against what they acknowledged, partition by partition.
import type { Delivery } from './result.ts'
import type { RunTopic } from './topic.ts'
import type { Outcome } from './worker/contract.ts'

export function ackedByPartition(outcomes: readonly Outcome[], partitions: number): number[] {
  const acked = new Array<number>(partitions).fill(0)
  for (const outcome of outcomes) {
    for (const [partition, book] of outcome.books.entries()) acked[partition]! += book.acked
  }
  return acked
}

export function balance(
  topic: RunTopic,
  startOffsets: readonly number[],
  endOffsets: readonly number[],
  acked: readonly number[],
): Delivery {
  const partitions = topic.leaders.map((leader, partition) => ({
    partition,
    leader,
    startOffset: startOffsets[partition]!,
    endOffset: endOffsets[partition]!,
    acked: acked[partition]!,
  }))
  return {
    confirmed: partitions.every(({ startOffset, endOffset, acked }) => endOffset - startOffset === acked),
    acked: acked.reduce((sum, count) => sum + count, 0),
    brokerDelta: partitions.reduce((sum, { startOffset, endOffset }) => sum + endOffset - startOffset, 0),
    partitions,
  }
}

/** Says where the books differ, for people. */
export function mismatchText({ partitions, acked, brokerDelta }: Delivery): string {
  const wrong = partitions.filter(({ startOffset, endOffset, acked }) => endOffset - startOffset !== acked)
  const listed = wrong.slice(0, 5).map(({ partition, startOffset, endOffset, acked }) => {
    return `partition ${partition} holds ${endOffset - startOffset} of ${acked}`
  })
  const more = wrong.length > listed.length ? ` and ${wrong.length - listed.length} more partitions` : ''
  return `acknowledged ${acked} records, the brokers hold ${brokerDelta} new ones: ${listed.join(', ')}${more}`
}
