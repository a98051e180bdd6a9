// DATA PLANE: some products for each batch; a product costs 60 ns.
//
// A CRC as what it is, the remainder of a polynomial over GF(2): the checksum of a whole is worked out from the checksums of its
// parts, and that of bytes of which a few were changed from what was changed. Remainders are 32-bit integers with their bits
// reflected, as CRC-32 and CRC-32C have them: the highest bit is the coefficient of 1, the lowest that of x^31.

const one = 0x8000_0000 | 0
const xToThe8 = 0x0080_0000

/** Bytes whose checksum is known: the CRC, and `shiftOf` their number. */
export interface Piece {
  readonly crc: number
  readonly shift: number
}

export class CrcAlgebra {
  readonly #polynomial: number
  /** x^(8 · 2^k), by k. */
  readonly #doublings = [xToThe8]

  /** `polynomial`: reflected, without its x^32. */
  constructor(polynomial: number) {
    this.#polynomial = polynomial
    for (let k = 1; k < 48; k++) this.#doublings.push(this.multiply(this.#doublings[k - 1]!, this.#doublings[k - 1]!))
  }

  /** The remainder of the product of two remainders. */
  multiply(left: number, right: number): number {
    const polynomial = this.#polynomial
    let product = 0
    let shifted = right | 0
    for (let bit = 31; bit >= 0; bit--) {
      product ^= shifted & -((left >>> bit) & 1)
      shifted = (shifted >>> 1) ^ (polynomial & -(shifted & 1))
    }
    return product
  }

  /** The remainder of x^(8 · bytes): what moving so many bytes away from the end multiplies by. */
  shiftOf(bytes: number): number {
    let product = one
    for (let k = 0, rest = bytes; rest > 0; k++, rest = Math.floor(rest / 2)) {
      if (rest % 2 === 1) product = this.multiply(product, this.#doublings[k]!)
    }
    return product
  }

  /** The CRC of two pieces, one behind the other, from the CRC of each. */
  combine(firstCrc: number, second: Piece): number {
    return (this.multiply(firstCrc, second.shift) ^ second.crc) >>> 0
  }

  /**
   * What a big-endian 32-bit word adds to a CRC, by exclusive or, compared with zeros in its place; `shift` is `shiftOf` the bytes
   * from its start to the end.
   */
  wordTerm(word: number, shift: number): number {
    const reversed = (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)
    return this.multiply(reversed, shift)
  }
}
