// Reads a message. Every read is bounds-checked and a length is never trusted further than the bytes that are there, so a
// damaged or hostile frame ends in FRAME_CORRUPT with its position, never in a huge allocation or an endless loop.
import { MillraceError } from '../core/errors.ts'

export class Reader {
  readonly buffer: Buffer
  position: number
  readonly #end: number

  constructor(buffer: Buffer, position = 0, end = buffer.length) {
    this.buffer = buffer
    this.position = position
    this.#end = end
  }

  get remaining(): number {
    return this.#end - this.position
  }

  int8(): number {
    return this.buffer.readInt8(this.#take(1))
  }

  int16(): number {
    return this.buffer.readInt16BE(this.#take(2))
  }

  uint16(): number {
    return this.buffer.readUInt16BE(this.#take(2))
  }

  int32(): number {
    return this.buffer.readInt32BE(this.#take(4))
  }

  uint32(): number {
    return this.buffer.readUInt32BE(this.#take(4))
  }

  int64(): number {
    const at = this.#take(8)
    const value = this.buffer.readInt32BE(at) * 0x1_0000_0000 + this.buffer.readUInt32BE(at + 4)
    if (!Number.isSafeInteger(value)) throw this.corrupt('a 64-bit integer beyond 2^53')
    return value
  }

  /** Beyond 2^53 the nearest number. */
  roundedInt64(): number {
    const at = this.#take(8)
    return this.buffer.readInt32BE(at) * 0x1_0000_0000 + this.buffer.readUInt32BE(at + 4)
  }

  float64(): number {
    return this.buffer.readDoubleBE(this.#take(8))
  }

  uvarint(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.int8()
      value |= (byte & 0x7f) << shift
      if (byte >= 0) return value >>> 0
    }
    throw this.corrupt('a varint of more than 32 bits')
  }

  /** A view, not a copy: it lives as long as the frame. */
  bytes(byteLength: number): Buffer {
    const at = this.#take(byteLength)
    return this.buffer.subarray(at, at + byteLength)
  }

  utf8(byteLength: number): string {
    const at = this.#take(byteLength)
    return this.buffer.toString('utf8', at, at + byteLength)
  }

  /** An element count that the remaining bytes could hold (each element takes at least one byte). */
  count(claimed: number): number {
    if (claimed > this.remaining) throw this.corrupt(`${claimed} elements claimed with ${this.remaining} bytes left`)
    return claimed
  }

  corrupt(what: string): MillraceError {
    return new MillraceError('FRAME_CORRUPT', `damaged message at byte ${this.position} of ${this.#end}: ${what}`)
  }

  #take(byteLength: number): number {
    const at = this.position
    if (byteLength < 0 || at + byteLength > this.#end) {
      throw this.corrupt(`${byteLength} bytes wanted, ${this.#end - at} left`)
    }
    this.position = at + byteLength
    return at
  }
}
