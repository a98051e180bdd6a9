// DATA PLANE: cuts the byte stream of a connection into frames. Budget: nothing per byte for large frames, one copy for
// small ones.
//
// The socket asks where to put its next bytes (`space`) and says how many came (`filled`). Once the size of a large frame
// is known, its own buffer is that place and the kernel writes straight into it. Everything else lands in a scratch area
// and is copied out, because a frame must not change under its reader when the next bytes arrive.
import type { FramePool } from './frame-pool.ts'

export const largeFrameBytes = 64 * 1024

const sizeBytes = 4
// Two frames just below the large size, so that after moving an unfinished one to the front there is room for its rest.
const scratchBytes = 2 * largeFrameBytes
/** A read into the scratch area takes no more than this: what it catches of a large frame has to be copied. */
const scratchReadBytes = largeFrameBytes / 2
const shownBytes = 64

export interface FrameAssemblerOptions {
  readonly pool: FramePool
  /** A complete frame without its size. It owns its bytes; frames of `largeFrameBytes` or more may go back to the pool. */
  readonly onFrame: (frame: Buffer) => void
  /** Makes the error for a size that cannot be true. `bytes` is what was received, size included. */
  readonly refuse: (claimedBytes: number, bytes: Buffer) => Error
  readonly frameBytesMax: number
}

export class FrameAssembler {
  readonly #options: FrameAssemblerOptions
  readonly #scratch = Buffer.allocUnsafeSlow(scratchBytes)
  #scratchUsed = 0
  #large: Buffer | undefined
  #largeUsed = 0
  /** Frames of more are refused. Small while the other side still has to show that it speaks Kafka. */
  frameBytesMax: number

  constructor(options: FrameAssemblerOptions) {
    this.#options = options
    this.frameBytesMax = options.frameBytesMax
  }

  /** True between frames: an end of the stream here is clean. */
  get isAtBoundary(): boolean {
    return this.#large === undefined && this.#scratchUsed === 0
  }

  /** Where the next bytes belong. Never empty; valid until the next call of `filled`. */
  space(): Buffer {
    if (this.#large !== undefined) return this.#large.subarray(this.#largeUsed)
    return this.#scratch.subarray(this.#scratchUsed, Math.min(scratchBytes, this.#scratchUsed + scratchReadBytes))
  }

  /** So many bytes were written at the start of `space`. Throws the error made by `refuse`. */
  filled(byteLength: number): void {
    if (this.#large !== undefined) this.#fillLarge(byteLength)
    else this.#fillScratch(byteLength)
  }

  /** For sources that bring their bytes in buffers of their own. */
  push(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) {
      const copied = bytes.copy(this.space(), 0, at)
      this.filled(copied)
      at += copied
    }
  }

  #fillLarge(byteLength: number): void {
    const frame = this.#large!
    this.#largeUsed += byteLength
    if (this.#largeUsed < frame.length) return
    this.#large = undefined
    this.#options.onFrame(frame)
  }

  #fillScratch(byteLength: number): void {
    const end = this.#scratchUsed + byteLength
    // Nothing is pending while frames are handed out, so that an exception leaves no half-read state behind.
    this.#scratchUsed = 0
    const rest = this.#handOut(end)
    if (rest === end) return
    this.#scratch.copyWithin(0, rest, end)
    this.#scratchUsed = end - rest
  }

  /** Hands out the frames in the scratch area up to `end`; returns where the unfinished rest begins. */
  #handOut(end: number): number {
    let at = 0
    while (end - at >= sizeBytes) {
      const size = this.#sizeAt(at, end)
      const from = at + sizeBytes
      const to = from + size
      if (size >= largeFrameBytes) {
        const frame = this.#options.pool.take(size)
        const copied = this.#scratch.copy(frame, 0, from, Math.min(to, end))
        if (copied < size) return this.#continueLarge(frame, copied, end)
        this.#options.onFrame(frame)
      } else {
        if (to > end) break
        this.#options.onFrame(Buffer.from(this.#scratch.subarray(from, to)))
      }
      at = to
    }
    return at
  }

  #continueLarge(frame: Buffer, used: number, end: number): number {
    this.#large = frame
    this.#largeUsed = used
    return end
  }

  /** A frame holds at least its correlation id. */
  #sizeAt(at: number, end: number): number {
    const size = this.#scratch.readInt32BE(at)
    if (size >= 4 && size <= this.frameBytesMax) return size
    const shown = this.#scratch.subarray(at, Math.min(end, at + shownBytes))
    throw this.#options.refuse(size, Buffer.from(shown))
  }
}
