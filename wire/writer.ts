// Grows a message in chunks. Large payloads (record batches) are taken by reference: a produce request of a megabyte is
// then a few small header chunks around the batch itself, written with one gathering system call and never copied.

const chunkBytesMin = 512

export class Writer {
  #chunks: Buffer[] = []
  #chunk = Buffer.allocUnsafe(chunkBytesMin)
  #used = 0
  #closedBytes = 0

  /** Bytes written so far, references included. */
  get length(): number {
    return this.#closedBytes + this.#used
  }

  int8(value: number): void {
    const at = this.#reserve(1)
    this.#chunk.writeInt8(value, at)
  }

  int16(value: number): void {
    const at = this.#reserve(2)
    this.#chunk.writeInt16BE(value, at)
  }

  uint16(value: number): void {
    const at = this.#reserve(2)
    this.#chunk.writeUInt16BE(value, at)
  }

  int32(value: number): void {
    const at = this.#reserve(4)
    this.#chunk.writeInt32BE(value, at)
  }

  uint32(value: number): void {
    const at = this.#reserve(4)
    this.#chunk.writeUInt32BE(value, at)
  }

  /** A safe integer as 64 bits. Offsets, timestamps and producer ids all stay below 2^53. */
  int64(value: number): void {
    if (!Number.isSafeInteger(value)) throw new RangeError(`not a safe integer: ${value}`)
    const at = this.#reserve(8)
    this.#chunk.writeInt32BE(Math.floor(value / 0x1_0000_0000), at)
    this.#chunk.writeUInt32BE(value >>> 0, at + 4)
  }

  /** A whole number of any size that 64 bits hold; 2^63, which 2^63 - 1 is rounded to, is written as that. */
  roundedInt64(value: number): void {
    const at = this.#reserve(8)
    this.#chunk.writeBigInt64BE(value >= 2 ** 63 ? 2n ** 63n - 1n : BigInt(value), at)
  }

  float64(value: number): void {
    const at = this.#reserve(8)
    this.#chunk.writeDoubleBE(value, at)
  }

  /** Unsigned base-128 varint of up to 32 bits (KIP-482: compact lengths and tags). */
  uvarint(value: number): void {
    let rest = value >>> 0
    while (rest > 0x7f) {
      this.int8((((rest & 0x7f) | 0x80) << 24) >> 24)
      rest >>>= 7
    }
    this.int8(rest)
  }

  /** Copies the bytes in. */
  bytes(value: Uint8Array): void {
    const at = this.#reserve(value.length)
    this.#chunk.set(value, at)
  }

  /** Takes the bytes by reference: they must not change until the message has been sent. */
  reference(value: Buffer): void {
    this.#close()
    this.#chunks.push(value)
    this.#closedBytes += value.length
  }

  utf8(value: string, byteLength = Buffer.byteLength(value)): void {
    const at = this.#reserve(byteLength)
    this.#chunk.write(value, at, byteLength, 'utf8')
  }

  /** Overwrites an int32 near the start: the frame size, which is known only at the end. */
  patchInt32(at: number, value: number): void {
    const first = this.#chunks[0] ?? this.#chunk
    first.writeInt32BE(value, at)
  }

  /** The message as a list of buffers to be sent in order. The writer must not be used afterwards. */
  chunks(): Buffer[] {
    this.#close()
    return this.#chunks
  }

  /** The message in one piece. */
  buffer(): Buffer {
    const chunks = this.chunks()
    return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
  }

  /** May replace the chunk: take the position first, then name the chunk. */
  #reserve(byteLength: number): number {
    if (this.#used + byteLength > this.#chunk.length) {
      this.#close()
      this.#chunk = Buffer.allocUnsafe(Math.max(byteLength, this.#closedBytes, chunkBytesMin))
    }
    const at = this.#used
    this.#used += byteLength
    return at
  }

  #close(): void {
    if (this.#used === 0) return
    this.#chunks.push(this.#chunk.subarray(0, this.#used))
    this.#closedBytes += this.#used
    this.#chunk = this.#chunk.subarray(this.#used)
    this.#used = 0
  }
}
