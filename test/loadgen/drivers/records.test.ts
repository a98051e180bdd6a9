// Shows that the records of a batch come out as they went in, for whatever client.
import { describe, expect, it } from 'vitest'
import { mapRecords } from '../../../loadgen/drivers/records.ts'
import { buildBatch } from '../../../wire/record-batch/build.ts'

const read = (bytes: Buffer) =>
  mapRecords({ partition: 0, count: 1, bytes }, (key, value, headers, timestampMs) => ({
    key: key?.toString() ?? null,
    value: value?.toString() ?? null,
    headers: headers.map(({ key: name, value: text }) => [name, text?.toString() ?? null]),
    timestampMs,
  }))

describe('records for clients', () => {
  it('keys, values, nulls, headers and times', () => {
    const records = [
      { key: Buffer.from('k1'), value: Buffer.from('v1'), timestampMs: 1_000 },
      { key: null, value: Buffer.alloc(300, 'x'), timestampMs: 1_007 },
      { key: Buffer.alloc(0), value: null, timestampMs: 1_400 },
      {
        key: null,
        value: Buffer.from('v4'),
        headers: [
          { key: 'mr', value: Buffer.from('stamp') },
          { key: 'none', value: null },
        ],
        timestampMs: 1_000,
      },
    ]
    expect(read(buildBatch({ records }))).toEqual([
      { key: 'k1', value: 'v1', headers: [], timestampMs: 1_000 },
      { key: null, value: 'x'.repeat(300), headers: [], timestampMs: 1_007 },
      { key: '', value: null, headers: [], timestampMs: 1_400 },
      {
        key: null,
        value: 'v4',
        headers: [
          ['mr', 'stamp'],
          ['none', null],
        ],
        timestampMs: 1_000,
      },
    ])
  })

  it('key and value are views: nothing is copied', () => {
    const bytes = buildBatch({ records: [{ key: null, value: Buffer.from('abc'), timestampMs: 0 }] })
    const [value] = mapRecords({ partition: 0, count: 1, bytes }, (_key, view) => view!)
    expect(value!.buffer).toBe(bytes.buffer)
  })
})
