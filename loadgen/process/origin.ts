// Where a record comes from that was passed on: which run has read it, and from which partition and offset. By it the run proves
// that each record was passed on exactly once. A header of 16 bytes, big-endian: run (4), partition (4), offset (8).
import type { RecordHeader } from '../../wire/record-batch/build.ts'

export const originHeaderName = 'mr-origin'
const originBytes = 16

export interface Origin {
  readonly partition: number
  readonly offset: number
}

export function originHeader(run: number, { partition, offset }: Origin): RecordHeader {
  const value = Buffer.alloc(originBytes)
  value.writeUInt32BE(run, 0)
  value.writeUInt32BE(partition, 4)
  value.writeBigUInt64BE(BigInt(offset), 8)
  return { key: originHeaderName, value }
}

/** Undefined: it was not passed on by this run. */
export function originOf(headers: readonly RecordHeader[], run: number): Origin | undefined {
  const value = headers.findLast(({ key }) => key === originHeaderName)?.value
  if (value?.length !== originBytes || value.readUInt32BE(0) !== run) return undefined
  return { partition: value.readUInt32BE(4), offset: Number(value.readBigUInt64BE(8)) }
}
