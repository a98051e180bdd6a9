// Shows that the stamp of a record reads back as what was written, in the value, as text and as a header, that anything else
// is not taken for one, and that nothing outside its place is touched.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  Stamp,
  stampBytes,
  stampHeaderBytes,
  stampHeaderName,
  streamWord,
  writeDigits,
  writeNumber,
  writeNumberText,
  writeStampRecord,
  writeStampRun,
  writeStampText,
} from '../../../loadgen/payload/stamp.ts'
import { buildBatch } from '../../../wire/record-batch/build.ts'
import { encodeHeaders } from '../../../wire/record-batch/frame.ts'
import { BatchHeader, RecordCursor } from '../../../wire/record-batch/scan.ts'
import { stampOf } from '../stamps.ts'

interface Fields {
  readonly run: number
  readonly host: number
  readonly producer: number
  readonly partition: number
  readonly sequence: number
  readonly intendedUs: number
  readonly lateUs: number
}

const fields: fc.Arbitrary<Fields> = fc.record({
  run: fc.nat(2 ** 32 - 1),
  host: fc.nat(2 ** 32 - 1),
  producer: fc.nat(2 ** 12 - 1),
  partition: fc.nat(2 ** 20 - 1),
  sequence: fc.oneof(fc.nat(1000), fc.integer({ min: 0, max: 2 ** 44 - 1 })),
  // Microseconds until the year 2112.
  intendedUs: fc.integer({ min: 0, max: 2 ** 52 - 1 }),
  lateUs: fc.oneof(fc.nat(1000), fc.nat(2 ** 32 - 1)),
})

function binary({ run, host, producer, partition, sequence, intendedUs, lateUs }: Fields): Buffer {
  const memory = Buffer.alloc(stampBytes.binary + 2, '#')
  const view = new DataView(memory.buffer, memory.byteOffset, memory.byteLength)
  writeStampRun(view, 1, { run, host })
  writeStampRecord(view, 1, streamWord(producer, partition), sequence, intendedUs, lateUs)
  expect([memory[0], memory.at(-1)]).toEqual([0x23, 0x23])
  return memory.subarray(1, -1)
}

function text(stamp: Fields): Buffer {
  const memory = Buffer.alloc(stampBytes.text + 2, '#')
  const bytes = Buffer.concat([binary(stamp), Buffer.alloc(1)])
  const both = Buffer.concat([memory, bytes])
  writeStampText(new DataView(both.buffer, both.byteOffset, both.byteLength), 1, memory.length)
  expect([both[0], both[memory.length - 1]]).toEqual([0x23, 0x23])
  return both.subarray(1, memory.length - 1)
}

const example: Fields = { run: 1, host: 2, producer: 3, partition: 4, sequence: 5, intendedUs: 6, lateUs: 7 }

describe('a stamp', () => {
  it('in a value reads back, whatever follows it', () => {
    fc.assert(
      fc.property(fields, fc.uint8Array({ maxLength: 20 }), (stamp, rest) => {
        expect(stampOf(Buffer.concat([binary(stamp), rest]))).toEqual(stamp)
      }),
    )
  })

  it('as text is what any base64url decoder makes of it, and reads back', () => {
    fc.assert(
      fc.property(fields, fc.string({ maxLength: 20 }), (stamp, rest) => {
        const written = text(stamp)
        expect(Buffer.from(written.toString('latin1'), 'base64url')).toEqual(binary(stamp))
        expect(stampOf(Buffer.concat([written, Buffer.from(rest)]))).toEqual(stamp)
      }),
    )
  })

  const values = [Buffer.from('a value'), Buffer.alloc(500), Buffer.alloc(0), null]
  it('as a header is found behind every value, in front of other headers', () => {
    fc.assert(
      fc.property(fields, fc.constantFrom(...values), fc.boolean(), (stamp, value, hasOther) => {
        const headers = [{ key: stampHeaderName, value: binary(stamp) }]
        if (hasOther) headers.push({ key: 'other', value: Buffer.from('x') })
        expect(firstStamp({ value, headers })).toEqual(stamp)
      }),
    )
  })

  it('costs as a header what is said', () => {
    const plain = encodeHeaders([{ name: 'a', value: 'b' }])
    const stamped = encodeHeaders([
      { name: stampHeaderName, value: binary(example) },
      { name: 'a', value: 'b' },
    ])
    expect(stamped.length - plain.length).toBe(stampHeaderBytes)
  })

  it('keeps the longest lateness that it can hold', () => {
    expect(stampOf(binary({ ...example, lateUs: 2 ** 40 }))!.lateUs).toBe(2 ** 32 - 1)
  })

  const others = [
    { why: 'a value that is too short', value: binary(example).subarray(0, 31) },
    { why: 'another value', value: Buffer.alloc(100, 'x') },
    { why: 'text that is cut off', value: text(example).subarray(0, 42) },
    { why: 'text with a letter that is none', value: Buffer.from(`${text(example).toString('latin1', 0, 42)}!`) },
    { why: 'text that only begins like one', value: Buffer.from(`TVJT${'A'.repeat(40)}`) },
  ]
  it.each(others)('is not read from $why', ({ value }) => {
    expect(stampOf(value)).toBeUndefined()
  })

  const headers = [
    { why: 'no header', headers: [] },
    { why: 'one of another name', headers: [{ key: 'mx', value: binary(example) }] },
    { why: 'one of another length', headers: [{ key: 'mr', value: Buffer.alloc(31) }] },
    { why: 'one of other content', headers: [{ key: 'mr', value: Buffer.alloc(32) }] },
    { why: 'one without content', headers: [{ key: 'mr', value: null }] },
  ]
  it.each(headers)('is not read from $why', ({ headers }) => {
    expect(firstStamp({ value: Buffer.from('x'), headers })).toBeUndefined()
  })
})

describe('a stamp that follows another', () => {
  const places = ['value', 'header'] as const
  const changes: fc.Arbitrary<Partial<Fields>> = fc
    .constantFrom(...(['run', 'host', 'producer', 'partition', 'intendedUs', 'lateUs'] as const))
    .map(field => ({ [field]: 99 }))
  const nearlyAlike = fc.record({
    first: fields,
    steps: fc.integer({ min: 0, max: 4 }),
    change: fc.oneof(fc.constant<Partial<Fields>>({}), changes),
    place: fc.constantFrom(...places),
  })

  /** Two records of a batch: is the second the `count`-th after the first? */
  function isFollowed(first: Buffer, second: Buffer, place: (typeof places)[number], count: number): boolean {
    const record = (stamp: Buffer) =>
      place === 'value'
        ? { key: null, timestampMs: 0, value: stamp }
        : { key: null, timestampMs: 0, value: Buffer.from('x'), headers: [{ key: stampHeaderName, value: stamp }] }
    const header = new BatchHeader()
    const cursor = new RecordCursor()
    header.read(buildBatch({ records: [record(first), record(second)] }), 0)
    const records = header.records()
    cursor.start(records, 2)
    cursor.next()
    const stamp = new Stamp()
    stamp.read(records, cursor)
    const before = { ...stamp }
    cursor.next()
    const answer = stamp.isFollowed(records, cursor, count)
    expect({ ...stamp }).toEqual(before)
    return answer
  }

  it('is told by its next sequence and by everything else being the same', () => {
    fc.assert(
      fc.property(nearlyAlike, ({ first, steps, change, place }) => {
        fc.pre(first.sequence % 2 ** 32 < 2 ** 32 - 4)
        const second = { ...first, sequence: first.sequence + steps, ...change }
        const isSame = (Object.keys(change) as (keyof Fields)[]).every(field => change[field] === first[field])
        expect(isFollowed(binary(first), binary(second), place, 2)).toBe(isSame && steps === 2)
      }),
    )
  })

  it('is read anew where the low word of its sequence begins anew', () => {
    const first = { ...example, sequence: 2 ** 32 - 1 }
    expect(isFollowed(binary(first), binary({ ...first, sequence: 2 ** 32 }), 'value', 1)).toBe(false)
    expect(isFollowed(binary(first), binary({ ...first, sequence: 0 }), 'value', 1)).toBe(false)
  })

  it.each(places)('is not seen in what is no stamp, or text: %s', place => {
    const next = binary({ ...example, sequence: 6 })
    expect(isFollowed(binary(example), next.subarray(0, 31), place, 1)).toBe(false)
    expect(isFollowed(Buffer.alloc(32), Buffer.alloc(32), place, 0)).toBe(false)
    expect(isFollowed(text(example), text({ ...example, sequence: 6 }), 'value', 1)).toBe(false)
  })
})

function firstStamp(record: {
  value: Buffer | null
  headers: readonly { key: string; value: Buffer | null }[]
}): Fields | undefined {
  const header = new BatchHeader()
  const cursor = new RecordCursor()
  header.read(buildBatch({ records: [{ key: null, timestampMs: 0, ...record }] }), 0)
  const records = header.records()
  cursor.start(records, 1)
  cursor.next()
  const stamp = new Stamp()
  if (!stamp.read(records, cursor)) return undefined
  const { run, host, producer, partition, sequence, intendedUs, lateUs } = stamp
  return { run, host, producer, partition, sequence, intendedUs, lateUs }
}

describe('the number of a value without a stamp', () => {
  const write = { binary: writeNumber, text: writeNumberText }
  function numbered(form: 'binary' | 'text', valueBytes: number, sequence: number): Buffer {
    const memory = Buffer.alloc(5 + valueBytes + 5, '#')
    write[form](new DataView(memory.buffer, memory.byteOffset, memory.byteLength), 5, valueBytes, sequence)
    expect(memory.toString('latin1', 0, 5)).toBe('#####')
    expect(memory.toString('latin1', 5 + valueBytes)).toBe('#####')
    return memory.subarray(5, 5 + valueBytes)
  }

  const cases = [
    { form: 'binary', why: 'no byte, nothing', bytes: 0, sequence: 7, value: '' },
    { form: 'binary', why: 'the low bytes, big-endian', bytes: 3, sequence: 0x01020304, value: '\x02\x03\x04' },
    { form: 'binary', why: 'beyond 32 bits', bytes: 8, sequence: 2 ** 40 + 5, value: '\0\0\x01\0\0\0\0\x05' },
    { form: 'binary', why: 'and then payload', bytes: 10, sequence: 1, value: '\0\0\0\0\0\0\0\x01##' },
    { form: 'text', why: 'the low digits', bytes: 4, sequence: 123_456, value: '3456' },
    { form: 'text', why: 'padded with zeros', bytes: 10, sequence: 42, value: '0000000042' },
    { form: 'text', why: 'and then payload', bytes: 18, sequence: 9_876_543_210_123_456, value: '9876543210123456##' },
  ] as const
  it.each(cases)('is, in $form: $why', ({ form, bytes, sequence, value }) => {
    expect(numbered(form, bytes, sequence).toString('latin1')).toBe(value)
  })

  it.each(['binary', 'text'] as const)('makes short values differ as long as their bytes can, in %s', form => {
    // One byte holds 256 numbers, one digit ten; after that they begin again.
    const different = form === 'binary' ? 256 : 10
    const values = Array.from({ length: different + 1 }, (_, sequence) => numbered(form, 1, sequence)[0])
    expect(new Set(values).size).toBe(different)
    expect(values.at(-1)).toBe(values[0])
  })
})

describe('digits', () => {
  it('are those of the number, at every width, across the seam between its two halves', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 53 - 1 }), fc.integer({ min: 1, max: 16 }), (value, digits) => {
        const memory = Buffer.alloc(16)
        writeDigits(new DataView(memory.buffer, memory.byteOffset), 0, digits, value)
        expect(memory.toString('latin1', 0, digits)).toBe(String(value).padStart(16, '0').slice(-digits))
      }),
    )
  })
})
