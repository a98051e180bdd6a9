// Shows that the stamp of a record reads back as what was written, that short values carry what fits, and that nothing
// outside the value is touched.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  readStampSequence,
  readStampUs,
  type StampForm,
  stampBytes,
  writeBinaryStamp,
  writeDigits,
  writeTextStamp,
} from '../../../loadgen/payload/stamp.ts'

const writers = { binary: writeBinaryStamp, text: writeTextStamp }
const forms: StampForm[] = ['binary', 'text']
const at = 5

function stamped(form: StampForm, valueBytes: number, sequence: number, wallUs: number): Buffer {
  const memory = Buffer.alloc(at + valueBytes + 5, '#')
  writers[form](new DataView(memory.buffer, memory.byteOffset, memory.byteLength), at, valueBytes, sequence, wallUs)
  expect(memory.toString('latin1', 0, at)).toBe('#####')
  expect(memory.toString('latin1', at + valueBytes)).toBe('#####')
  return memory
}

// 16 digits: what a text stamp holds; the year is 2286 then.
const sequences = fc.oneof(fc.nat(100_000), fc.integer({ min: 0, max: 2 ** 53 - 1 }))
const wallTimes = fc.integer({ min: 0, max: 2 ** 53 - 1 })

describe.each(forms)('%s stamp', form => {
  it('reads back, for every sequence and every time', () => {
    fc.assert(
      fc.property(sequences, wallTimes, fc.integer({ min: stampBytes[form], max: 200 }), (sequence, wallUs, bytes) => {
        const memory = stamped(form, bytes, sequence, wallUs)
        expect(readStampSequence(memory, at, bytes, form)).toBe(sequence)
        expect(readStampUs(memory, at, bytes, form)).toBe(wallUs)
      }),
    )
  })

  it('is not read from a value that is too short for it', () => {
    for (let bytes = 0; bytes < stampBytes[form]; bytes++) {
      const memory = stamped(form, bytes, 123, 456)
      expect(readStampSequence(memory, at, bytes, form)).toBe(-1)
      expect(readStampUs(memory, at, bytes, form)).toBe(-1)
    }
  })

  it('makes short values different as long as their bytes can be', () => {
    // One byte holds 256 numbers, one digit ten; after that they begin again.
    const different = form === 'binary' ? 256 : 10
    const values = Array.from({ length: different + 1 }, (_, sequence) => stamped(form, 1, sequence, 0)[at])
    expect(new Set(values).size).toBe(different)
    expect(values.at(-1)).toBe(values[0])
  })
})

describe('short binary values', () => {
  const cases = [
    { why: 'no byte, nothing', bytes: 0, sequence: 7, value: '' },
    { why: 'the low bytes, big-endian', bytes: 3, sequence: 0x01020304, value: '020304' },
    { why: 'beyond 32 bits', bytes: 7, sequence: 0x1_0203_0405_0607, value: '01020304050607' },
    { why: 'eight bytes: the whole sequence, no time', bytes: 8, sequence: 2 ** 40 + 5, value: '0000010000000005' },
    { why: 'fifteen: the rest is payload', bytes: 15, sequence: 1, value: `0000000000000001${'23'.repeat(7)}` },
  ]
  it.each(cases)('$why', ({ bytes, sequence, value }) => {
    expect(stamped('binary', bytes, sequence, 99).toString('hex', at, at + bytes)).toBe(value)
  })
})

describe('short text values', () => {
  const cases = [
    { why: 'the low digits', bytes: 4, sequence: 123_456, value: '3456' },
    { why: 'padded with zeros', bytes: 10, sequence: 42, value: '0000000042' },
    {
      why: 'sixteen digits and then payload',
      bytes: 20,
      sequence: 9_876_543_210_123_456,
      value: '9876543210123456####',
    },
  ]
  it.each(cases)('$why', ({ bytes, sequence, value }) => {
    expect(stamped('text', bytes, sequence, 99).toString('latin1', at, at + bytes)).toBe(value)
  })
})

describe('reading what is not a stamp', () => {
  it('says so when a text value holds anything but digits', () => {
    for (const text of ['x'.repeat(32), `${'1'.repeat(31)}:`, `${'1'.repeat(31)}/`]) {
      expect(readStampUs(Buffer.from(text), 0, 32, 'text')).toBe(-1)
    }
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
