// Shows that checksums worked out from parts and from changes are those of the bytes.
// Method: random bytes and cuts, held against the checksum of the whole, by both polynomials that are in use.
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CrcAlgebra } from '../../core/crc-algebra.ts'
import { makeRandom } from '../../core/random.ts'
import { crc32c } from '../../wire/checksum.ts'

const random = makeRandom(7, 0)
const randomBytes = (length: number) => Buffer.from(Array.from({ length }, () => random.next() >>> 24))

describe.each([
  { name: 'CRC-32', polynomial: 0xedb8_8320, crcOf: (bytes: Buffer) => crc32(bytes) },
  { name: 'CRC-32C', polynomial: 0x82f6_3b78, crcOf: (bytes: Buffer) => crc32c(bytes) },
])('$name', ({ polynomial, crcOf }) => {
  const algebra = new CrcAlgebra(polynomial)

  it('of two pieces, one behind the other', () => {
    const expectCombined = (first: Uint8Array, second: Uint8Array) => {
      const piece = { crc: crcOf(Buffer.from(second)), shift: algebra.shiftOf(second.length) }
      expect(algebra.combine(crcOf(Buffer.from(first)), piece)).toBe(crcOf(Buffer.concat([first, second])))
    }
    const bytes = fc.uint8Array({ maxLength: 3_000 })
    fc.assert(fc.property(bytes, bytes, expectCombined))
    expectCombined(randomBytes(40), randomBytes(262_000))
  })

  it.each([0, 1, 0x8000_0000, 0xffff_ffff, 0x1234_5678])('with the word %i anywhere, from that without', word => {
    for (const at of [0, 1, 17, 96]) {
      const bytes = randomBytes(100)
      bytes.writeUInt32BE(0, at)
      const without = crcOf(bytes)
      bytes.writeUInt32BE(word, at)
      expect((without ^ algebra.wordTerm(word, algebra.shiftOf(100 - at))) >>> 0).toBe(crcOf(bytes))
    }
  })

  it('multiplies: commutes, is linear, and takes shifts together', () => {
    const int = fc.integer({ min: 0, max: 0xffff_ffff })
    fc.assert(
      fc.property(int, int, int, (one, two, three) => {
        expect(algebra.multiply(one, two)).toBe(algebra.multiply(two, one))
        expect(algebra.multiply(one, two ^ three)).toBe(algebra.multiply(one, two) ^ algebra.multiply(one, three))
      }),
    )
    expect(algebra.multiply(algebra.shiftOf(1_000), algebra.shiftOf(234))).toBe(algebra.shiftOf(1_234))
  })
})
