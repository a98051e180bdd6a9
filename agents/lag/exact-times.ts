// When single records were written, as read from the log: the exact answer where the history of ends has none, or only a wide one.
// Each costs a broker the read of a batch, so there is a budget for each look, and what was read is kept while the commit stays.
import type { OffsetAnswer } from '../source/commit-times.ts'
import type { TopicColumns } from './topic-columns.ts'

export interface RecordRead {
  /** Undefined: nothing but control batches were there. */
  readonly timestampMs: number | undefined
  readonly recordOffset: number | undefined
  /** The broker stamped it when it came. */
  readonly isAppendTime: boolean
  /** Offset up to which there are control batches only; undefined: there is a record. */
  readonly markersUntil: number | undefined
}

/** Topic id to partition to offset: looked up for every row, so without making keys. */
type ReadByOffset = Map<string, Map<number, Map<number, RecordRead>>>

export class ExactTimes {
  #read: ReadByOffset = new Map()
  #next: ReadByOffset = new Map()

  recordAt({ id }: TopicColumns, partition: number, offset: number): RecordRead | undefined {
    return this.#read.get(id)?.get(partition)?.get(offset)
  }

  markersUntil({ id }: TopicColumns, partition: number, offset: number): number | undefined {
    return this.#read.get(id)?.get(partition)?.get(offset)?.markersUntil
  }

  /** Whether it need not be asked again: markers have to be, when the log has grown beyond them. */
  knows({ id, highWatermark }: TopicColumns, partition: number, offset: number): boolean {
    const read = this.#read.get(id)?.get(partition)?.get(offset)
    if (read === undefined) return false
    put(this.#next, id, partition, offset, read)
    return read.markersUntil === undefined || read.markersUntil >= highWatermark[partition]!
  }

  /** What was neither known nor answered in this look is forgotten. */
  keep(answers: readonly (OffsetAnswer & { readonly topicId: string })[]): void {
    for (const { topicId, partition, offset, timestampMs, recordOffset, isAppendTime, markersUntil } of answers)
      put(this.#next, topicId, partition, offset, { timestampMs, recordOffset, isAppendTime, markersUntil })
    this.#read = this.#next
    this.#next = new Map()
  }
}

function put(into: ReadByOffset, topicId: string, partition: number, offset: number, read: RecordRead): void {
  const ofTopic = into.get(topicId) ?? new Map<number, Map<number, RecordRead>>()
  const ofPartition = ofTopic.get(partition) ?? new Map<number, RecordRead>()
  into.set(topicId, ofTopic.set(partition, ofPartition.set(offset, read)))
}
