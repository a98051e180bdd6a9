// DATA PLANE: once a request.
import type { Batch } from './batch.ts'
import type { PartitionSender } from './partition-sender.ts'

/** What the next request carries: at most one batch a partition, partitions taking turns at being first. */
export function gatherBatches(
  senders: readonly PartitionSender[],
  turn: number,
  requestBytesMax: number,
  nowNs: number,
): Batch[] {
  const batches: Batch[] = []
  const count = senders.length
  let bytesLeft = requestBytesMax
  for (let step = 0; step < count; step++) {
    // A batch that alone is larger than the request limit still goes, by itself.
    const limit = batches.length === 0 ? Number.POSITIVE_INFINITY : bytesLeft
    const batch = senders[(turn + step) % count]!.next(nowNs, limit)
    if (batch === undefined) continue
    batches.push(batch)
    bytesLeft -= batch.sealed!.length
    if (bytesLeft <= 0) break
  }
  return batches
}
