// Retention has deleted what was to be read next: that is told, and reading goes on with what is left.
import { kafkaCode, kafkaError } from '../../wire/error-codes.ts'
import type { ConsumeLoopDeps } from './consume-loop.ts'
import type { PartitionPosition } from './partition-position.ts'

export const partitionName = (topic: string, { partition }: PartitionPosition): string =>
  `topic '${topic}' partition ${partition}`

export async function goOnFromEarliest(
  positions: readonly PartitionPosition[],
  topic: string,
  { earliestOffset, onNotice }: Pick<ConsumeLoopDeps, 'earliestOffset' | 'onNotice'>,
): Promise<void> {
  for (const position of positions) {
    const { partition, offset } = position
    const name = partitionName(topic, position)
    const first = await earliestOffset(partition)
    // The log ends before the offset: it was cut off, or is another one than it was.
    if (first <= offset) throw kafkaError(kafkaCode.OFFSET_OUT_OF_RANGE, `${name} offset ${offset}`)
    onNotice(`${name}: offsets ${offset} to ${first - 1} are deleted already, going on from ${first}`)
    position.offset = first
    position.isOutOfRange = false
  }
}
