// Walks the records of one batch, inflated. Bounds-checked like wire/reader.ts, but a fault names the batch, and numbers
// are zigzag varints of up to 64 bits, which no other part of the protocol has.
import { MillraceError } from '../../core/errors.ts'

/** A varlong takes at most ten bytes. */
const varlongBytesMax = 10
const varintMax = 0x7fff_ffff

export class RecordReader {
  readonly #bytes: Buffer
  readonly #baseOffset: number
  position = 0

  constructor(bytes: Buffer, baseOffset: number) {
    this.#bytes = bytes
    this.#baseOffset = baseOffset
  }

  get remaining(): number {
    return this.#bytes.length - this.position
  }

  skip(byteLength: number): void {
    if (byteLength > this.remaining) throw this.corrupt(`${byteLength} bytes wanted, ${this.remaining} left`)
    this.position += byteLength
  }

  varint(): number {
    const value = this.varlong()
    if (value > varintMax || value < -varintMax - 1) throw this.corrupt('a varint of more than 32 bits')
    return value
  }

  varlong(): number {
    let zigzag = 0
    for (let index = 0; index < varlongBytesMax; index++) {
      const byte = this.#bytes[this.position]
      if (byte === undefined) throw this.corrupt('the end within a varint')
      this.position++
      zigzag += (byte & 0x7f) * 2 ** (7 * index)
      if (byte < 0x80) return this.#unzigzag(zigzag)
    }
    throw this.corrupt('a varint of more than 64 bits')
  }

  #unzigzag(zigzag: number): number {
    if (!Number.isSafeInteger(zigzag)) throw this.corrupt('a 64-bit number beyond 2^52')
    return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2
  }

  /** A view, or null where the length is negative. */
  nullableBytes(): Buffer | null {
    const byteLength = this.varint()
    if (byteLength < 0) return null
    const start = this.position
    this.skip(byteLength)
    return this.#bytes.subarray(start, this.position)
  }

  corrupt(what: string): MillraceError {
    const where = `the batch at offset ${this.#baseOffset}, byte ${this.position} of its records`
    return new MillraceError('BATCH_CORRUPT', `${where}: ${what}`)
  }
}
