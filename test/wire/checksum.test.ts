// Shows that CRC-32C and xxHash32 give the published values, over ranges and over shared memory.
// Method: the vectors of RFC 3720 (iSCSI) appendix B.4 and of the xxHash specification's reference implementation.
import { describe, expect, it } from 'vitest'
import { crc32c } from '../../wire/checksum.ts'
import { xxhash32 } from '../../wire/xxhash32.ts'

const crcCases = [
  { why: 'nothing', bytes: Buffer.alloc(0), crc: 0 },
  { why: 'the check value of the algorithm', bytes: Buffer.from('123456789'), crc: 0xe3069283 },
  { why: '32 zeros', bytes: Buffer.alloc(32), crc: 0x8a9136aa },
  { why: '32 ones', bytes: Buffer.alloc(32, 0xff), crc: 0x62a8ab43 },
  { why: 'rising bytes', bytes: Buffer.from(Array.from({ length: 32 }, (_, i) => i)), crc: 0x46dd794e },
  { why: 'falling bytes', bytes: Buffer.from(Array.from({ length: 32 }, (_, i) => 31 - i)), crc: 0x113fdb5c },
]

describe('crc32c', () => {
  it.each(crcCases)('$why', ({ bytes, crc }) => {
    expect(crc32c(bytes)).toBe(crc)
  })

  it('covers the range asked for and nothing beside it', () => {
    const padded = Buffer.from('xx123456789yyy')
    expect(crc32c(padded, 2, 11)).toBe(0xe3069283)
    expect(crc32c(padded, 2)).toBe(crc32c(Buffer.from('123456789yyy')))
  })

  it('is the same by the loop and by the instruction', () => {
    const bytes = Buffer.from(Array.from({ length: 200 }, (_, i) => (i * 37) & 0xff))
    for (const length of [63, 64, 65, 66]) {
      // The checksum of bytes with their own checksum behind them is a constant of the algorithm, however they are cut.
      const sealed = Buffer.alloc(length + 4)
      bytes.copy(sealed, 0, 0, length)
      sealed.writeUInt32LE(crc32c(bytes, 0, length), length)
      expect(crc32c(sealed)).toBe(0x48674bc7)
    }
  })

  it('reads shared memory, where workers keep their batches', () => {
    const shared = new Uint8Array(new SharedArrayBuffer(16))
    shared.set(Buffer.from('123456789'), 3)
    expect(crc32c(shared, 3, 12)).toBe(0xe3069283)
  })
})

const hashCases = [
  { text: '', hash: 0x02cc5d05 },
  { text: 'a', hash: 0x550d7456 },
  { text: 'abc', hash: 0x32d153ff },
  { text: 'abcdefghijklmnopqrstuvwxyz', hash: 0x63a14d5f },
  { text: 'Nobody inspects the spammish repetition', hash: 0xe2293b2f },
]

describe('xxhash32', () => {
  it.each(hashCases)('of "$text"', ({ text, hash }) => {
    expect(xxhash32(Buffer.from(text))).toBe(hash)
  })
})
