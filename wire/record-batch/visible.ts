// What a consumer of committed data sees of a fetch (KIP-98): markers never, and no batch of a transaction that was aborted. The
// broker sends everything, and names the aborted transactions beside it.
import { isAbort } from './control.ts'
import { type Batch, type DecodeOptions, decodeBatches } from './decode.ts'

export interface AbortedTransaction {
  readonly producerId: number
  /** Its first in this partition. */
  readonly firstOffset: number
}

export interface SeenBatch extends Batch {
  /** Of a transaction that was aborted: its records are not for the reader. */
  readonly isAborted: boolean
}

/** Data and markers in the order of the log; `aborted` of the answer with read_committed, null otherwise. */
export function* seenBatches(
  records: Buffer,
  aborted: readonly AbortedTransaction[] | null,
  options: DecodeOptions = {},
): Generator<SeenBatch, void, undefined> {
  const beginnings = [...(aborted ?? [])].sort((one, other) => one.firstOffset - other.firstOffset)
  const passedOver = new Set<number>()
  let seen = 0
  for (const batch of decodeBatches(records, options)) {
    for (; seen < beginnings.length && beginnings[seen]!.firstOffset <= batch.lastOffset; seen++) {
      passedOver.add(beginnings[seen]!.producerId)
    }
    const isAborted = !batch.control && batch.transactional && passedOver.has(batch.producerId)
    if (batch.control && batch.records.some(isAbort)) passedOver.delete(batch.producerId)
    yield { ...batch, isAborted }
  }
}
