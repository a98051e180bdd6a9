// Shows that transaction markers are built as the broker builds them and read back, and that KRaft's control records are
// recognised as something else. The bytes of real markers are in golden.test.ts.
import { describe, expect, it } from 'vitest'
import { buildBatch } from '../../../wire/record-batch/build.ts'
import { buildMarker, parseControl } from '../../../wire/record-batch/control.ts'
import { decodeBatches } from '../../../wire/record-batch/decode.ts'

const decodeOne = (batch: Buffer) => [...decodeBatches(batch)][0]!
const controlBatch = (key: Buffer | null, value: Buffer | null) =>
  decodeOne(buildBatch({ records: [{ key, value, timestampMs: 0 }], baseOffset: 9, control: true })).records[0]!

describe('markers', () => {
  it.each(['commit', 'abort'] as const)('%s comes back with its producer and coordinator', kind => {
    const marker = { kind, baseOffset: 41, producerId: 4000, producerEpoch: 2, coordinatorEpoch: 17, timestampMs: 1234 }
    const batch = decodeOne(buildMarker(marker))
    expect(batch).toMatchObject({
      control: true,
      transactional: true,
      producerId: 4000,
      producerEpoch: 2,
      baseSequence: -1,
      lastOffset: 41,
      maxTimestampMs: 1234,
    })
    expect(batch.records.map(parseControl)).toEqual([{ kind, coordinatorEpoch: 17 }])
  })
})

describe('other control records', () => {
  it('are told apart by their type', () => {
    expect(parseControl(controlBatch(Buffer.from('00000002', 'hex'), Buffer.alloc(0)))).toEqual({
      kind: 'other',
      type: 2,
    })
  })

  it.each([
    { why: 'no key', key: null, value: Buffer.alloc(6), message: 'has no type' },
    { why: 'a short key', key: Buffer.alloc(3), value: Buffer.alloc(6), message: 'has no type' },
    { why: 'no value', key: Buffer.alloc(4), value: null, message: 'has no coordinator epoch' },
    { why: 'a short value', key: Buffer.alloc(4), value: Buffer.alloc(5), message: 'has no coordinator epoch' },
  ])('with $why are refused', ({ key, value, message }) => {
    expect(() => parseControl(controlBatch(key, value))).toThrow(`the control record at offset 9 ${message}`)
  })
})
