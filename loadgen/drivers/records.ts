// DATA PLANE: 60 ns a record without headers, most of it for the views of key and value.
//
// From a batch to the objects that clients take. Key and value stay where they are: clients copy them when they encode.
import type { RecordHeader } from '../../wire/record-batch/build.ts'
import { RecordReader } from '../../wire/record-batch/record-reader.ts'
import { BatchHeader, RecordCursor } from '../../wire/record-batch/scan.ts'
import type { DriverBatch } from '../driver.ts'

const header = new BatchHeader()
const cursor = new RecordCursor()
const none: readonly RecordHeader[] = []

export type MakeRecord<T> = (
  key: Buffer | null,
  value: Buffer | null,
  headers: readonly RecordHeader[],
  timestampMs: number,
) => T

export function mapRecords<T>({ bytes }: DriverBatch, make: MakeRecord<T>): T[] {
  header.read(bytes, 0)
  const records = header.records()
  const { baseTimestampMs, recordsCount } = header
  const made: T[] = []
  cursor.start(records, recordsCount)
  while (cursor.next()) {
    const key = viewOf(records, cursor.keyAt, cursor.keyBytes)
    const value = viewOf(records, cursor.valueAt, cursor.valueBytes)
    made.push(make(key, value, headersOf(records), baseTimestampMs + cursor.timestampDeltaMs))
  }
  return made
}

const viewOf = (records: Buffer, at: number, bytes: number): Buffer | null =>
  bytes < 0 ? null : records.subarray(at, at + bytes)

function headersOf(records: Buffer): readonly RecordHeader[] {
  const countAt = cursor.valueAt + Math.max(cursor.valueBytes, 0)
  if (records[countAt] === 0) return none
  const reader = new RecordReader(records.subarray(countAt, cursor.endAt), 0)
  const headers: RecordHeader[] = []
  for (let left = reader.varint(); left > 0; left--) {
    const key = reader.nullableBytes()
    headers.push({ key: key === null ? '' : key.toString(), value: reader.nullableBytes() })
  }
  return headers
}
