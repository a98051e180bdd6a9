// What happens to record batches on a bad way: bytes change, and what a disk has to carry is counted.
import { at, headerBytes, logOverheadBytes } from '../../wire/record-batch/constants.ts'
import { isFields, partitionsIn, topicListsOf } from './named-topics.ts'

/** Changes a byte of each partition's first batch, in a copy: what is stored stays sound. */
export function corruptBatches(message: unknown): void {
  for (const partition of partitionsOf(message)) {
    const { records } = partition
    if (!Buffer.isBuffer(records) || records.length < headerBytes) continue
    const copy = Buffer.from(records)
    const batchEnd = Math.min(copy.readInt32BE(at.batchLength) + logOverheadBytes, copy.length)
    copy[batchEnd - 1]! ^= 0xff
    partition.records = copy
  }
}

/** Remembers the record batches of a message; the result puts them back as they were. */
export function keepBatches(message: unknown): () => void {
  const kept = [...partitionsOf(message)].map(({ records }) =>
    Buffer.isBuffer(records) ? Buffer.from(records) : records,
  )
  return () => {
    let index = 0
    for (const partition of partitionsOf(message)) partition.records = kept[index++]
  }
}

export function recordBytesIn(message: unknown): number {
  let total = 0
  for (const { records } of partitionsOf(message)) if (Buffer.isBuffer(records)) total += records.length
  return total
}

function* partitionsOf(message: unknown): Generator<Record<string, unknown>> {
  for (const [, , list] of topicListsOf(message)) {
    for (const element of list) for (const each of partitionsIn(element)?.list ?? []) if (isFields(each)) yield each
  }
}
