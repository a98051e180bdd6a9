// The books: what the brokers hold more than before, against what they acknowledged, partition by partition.
import type { Delivery } from './result.ts'
import type { RunTopic } from './topic.ts'
import type { Outcome } from './worker/contract.ts'

/** By partition: what was acknowledged, and what transactions have left in the log beside it. */
export interface Written {
  readonly acked: readonly number[]
  readonly markers: readonly number[]
  /** Offsets that may be there as well, or not. */
  readonly uncertain: readonly number[]
}

type PartitionDelivery = Delivery['partitions'][number]

export function writtenByPartition(outcomes: readonly Outcome[], partitions: number): Written {
  const none = () => new Array<number>(partitions).fill(0)
  const written = { acked: none(), markers: none(), uncertain: none() }
  for (const { books } of outcomes) {
    for (const [partition, { acked, transactions }] of books.entries()) {
      written.acked[partition]! += transactions?.stored ?? acked
      written.markers[partition]! += transactions?.markers ?? 0
      written.uncertain[partition]! += transactions?.uncertain ?? 0
    }
  }
  return written
}

export function addWritten(one: Written, other: Written): Written {
  const sum = (some: readonly number[], more: readonly number[]) => some.map((count, index) => count + more[index]!)
  return {
    acked: sum(one.acked, other.acked),
    markers: sum(one.markers, other.markers),
    uncertain: sum(one.uncertain, other.uncertain),
  }
}

export function balance(
  topic: RunTopic,
  startOffsets: readonly number[],
  endOffsets: readonly number[],
  { acked, markers, uncertain }: Written,
): Delivery {
  const isTransactional = [...markers, ...uncertain].some(count => count > 0)
  const partitions = topic.leaders.map((leader, partition) => ({
    partition,
    leader,
    startOffset: startOffsets[partition]!,
    endOffset: endOffsets[partition]!,
    acked: acked[partition]!,
    ...(isTransactional ? { markers: markers[partition]!, uncertain: uncertain[partition]! } : {}),
  }))
  return {
    confirmed: partitions.every(isBalanced),
    acked: acked.reduce((sum, count) => sum + count, 0),
    brokerDelta: partitions.reduce((sum, { startOffset, endOffset }) => sum + endOffset - startOffset, 0),
    partitions,
  }
}

/** The partition holds what was acknowledged, and nothing that nobody knows of. */
export function isBalanced(account: PartitionDelivery): boolean {
  const { acked, uncertain = 0 } = account
  const held = recordsHeld(account)
  return held >= acked && held <= acked + uncertain
}

/** New offsets, markers of transactions left out. */
export const recordsHeld = ({ startOffset, endOffset, markers = 0 }: PartitionDelivery): number =>
  endOffset - startOffset - markers

/** Says where the books differ, for people. */
export function mismatchText({ partitions, acked }: Delivery): string {
  const wrong = partitions.filter(each => !isBalanced(each))
  const listed = wrong
    .slice(0, 5)
    .map(each => `partition ${each.partition} holds ${recordsHeld(each)} of ${each.acked}`)
  const more = wrong.length > listed.length ? ` and ${wrong.length - listed.length} more partitions` : ''
  const held = partitions.reduce((sum, each) => sum + recordsHeld(each), 0)
  return `acknowledged ${acked} records, the brokers hold ${held} new ones: ${listed.join(', ')}${more}`
}
