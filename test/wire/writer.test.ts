// Shows that a writer's chunks have no seams: whatever is written where one chunk ends and the next begins reads back.
import { describe, expect, it } from 'vitest'
import { Reader } from '../../wire/reader.ts'
import { Writer } from '../../wire/writer.ts'

const values = [
  { type: 'int8', value: -2 },
  { type: 'int16', value: -300 },
  { type: 'uint16', value: 65_535 },
  { type: 'int32', value: -70_000 },
  { type: 'uint32', value: 0xffff_fffe },
  { type: 'int64', value: Number.MIN_SAFE_INTEGER },
  { type: 'roundedInt64', value: 2 ** 63 },
  { type: 'roundedInt64', value: -(2 ** 63) },
  { type: 'roundedInt64', value: Number.MAX_SAFE_INTEGER },
  { type: 'float64', value: 0.1 },
  { type: 'uvarint', value: 0xffff_ffff },
] as const

describe('a writer', () => {
  it.each(values)('writes $type across the end of a chunk', ({ type, value }) => {
    for (let before = 500; before < 520; before++) {
      const writer = new Writer()
      for (let index = 0; index < before; index++) writer.int8(index & 0x7f)
      writer[type](value)
      const reader = new Reader(writer.buffer(), before)
      expect(reader[type]()).toBe(value)
      expect(reader.remaining).toBe(0)
    }
  })

  it('keeps the order of copied and referenced bytes, and patches the size in front of them', () => {
    const writer = new Writer()
    const batch = Buffer.from('batch')
    writer.int32(0)
    writer.reference(batch)
    writer.utf8('é')
    writer.patchInt32(0, writer.length)
    expect(writer.chunks()).toContain(batch)
    expect(Buffer.concat(writer.chunks()).toString('latin1')).toBe('\x00\x00\x00\x0bbatch\xc3\xa9')
  })

  it('refuses what 64 bits of a double cannot hold exactly', () => {
    expect(() => new Writer().int64(2 ** 53)).toThrow(RangeError)
  })
})
