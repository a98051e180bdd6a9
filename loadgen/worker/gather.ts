// DATA PLANE: once a request.
import type { Batch } from './batch.ts'
import type { PartitionSender } from './partition-sender.ts'

/**
 * What the next request carries: at most one batch a partition, the one that was sealed first before the others. Where a backlog is
 * worked off, more is ready than a request holds, and what has waited longest leaves first, of whatever partition.
 */
export function gatherBatches(senders: readonly PartitionSender[], requestBytesMax: number, nowNs: number): Batch[] {
  const batches: Batch[] = []
  const waiting = senders.filter(sender => sender.waiting > 0)
  if (waiting.length > 1) waiting.sort((one, other) => one.oldest!.order - other.oldest!.order)
  let bytesLeft = requestBytesMax
  for (const sender of waiting) {
    // A batch that alone is larger than the request limit still goes, by itself.
    const limit = batches.length === 0 ? Number.POSITIVE_INFINITY : bytesLeft
    const batch = sender.next(nowNs, limit)
    if (batch === undefined) continue
    batches.push(batch)
    bytesLeft -= batch.sealed!.length
    if (bytesLeft <= 0) break
  }
  return batches
}
