// Control records (KIP-98): the markers with which a transaction coordinator closes a transaction in every partition it
// touched. They take an offset in the log, and a consumer never shows them.
//
//   key   => version int16, type int16          value => version int16, coordinatorEpoch int32

import { MillraceError } from '../../core/errors.ts'
import { buildBatch } from './build.ts'
import type { BatchRecord } from './decode.ts'

const types = { abort: 0, commit: 1 } as const

export type EndTransaction = keyof typeof types

export type ControlRecord =
  | { readonly kind: EndTransaction; readonly coordinatorEpoch: number }
  /** KRaft's own (leader change, snapshots, voters), and whatever comes later: by KIP-98 to be skipped. */
  | { readonly kind: 'other'; readonly type: number }

export interface MarkerInput {
  readonly kind: EndTransaction
  readonly baseOffset?: number
  readonly leaderEpoch?: number
  readonly producerId: number
  readonly producerEpoch: number
  readonly coordinatorEpoch: number
  readonly timestampMs: number
}

/** A batch of one marker, as the broker itself appends it. */
export function buildMarker({ kind, coordinatorEpoch, timestampMs, ...batch }: MarkerInput): Buffer {
  const key = Buffer.alloc(4)
  key.writeInt16BE(types[kind], 2)
  const value = Buffer.alloc(6)
  value.writeInt32BE(coordinatorEpoch, 2)
  return buildBatch({ ...batch, records: [{ key, value, timestampMs }], transactional: true, control: true })
}

/** `record` must come from a batch whose `control` is set. */
export function parseControl(record: BatchRecord): ControlRecord {
  if (record.key === null || record.key.length < 4) throw corrupt(record, 'has no type')
  const type = record.key.readInt16BE(2)
  if (type !== types.abort && type !== types.commit) return { kind: 'other', type }
  if (record.value === null || record.value.length < 6) throw corrupt(record, 'has no coordinator epoch')
  return { kind: type === types.commit ? 'commit' : 'abort', coordinatorEpoch: record.value.readInt32BE(2) }
}

/** Of a batch whose `control` is set. */
export const isAbort = (record: BatchRecord): boolean => parseControl(record).kind === 'abort'

const corrupt = (record: BatchRecord, what: string) =>
  new MillraceError('BATCH_CORRUPT', `the control record at offset ${record.offset} ${what}`)

/** For readers that walk records in place: whether the control record with its key at this position ends an abort. */
export const isAbortMarker = (buffer: Buffer, keyAt: number): boolean => buffer.readInt16BE(keyAt + 2) === types.abort
