// DATA PLANE: a free list of large frame buffers. A consumer at 900 MB/s that allocated every fetch response anew would pay
// the kernel for each of its pages and the garbage collector for each buffer; reusing a handful keeps memory flat.

const frameBytesMin = 64 * 1024
const freeFramesMax = 8
const freeBytesMax = 64 * 1024 * 1024
/** A buffer more than this many times too large is left for a frame that needs it. */
const wasteMax = 4

export class FramePool {
  readonly #free: ArrayBufferLike[] = []
  #freeBytes = 0

  get freeBytes(): number {
    return this.#freeBytes
  }

  /** A buffer of exactly this length with unspecified content, on the tightest free memory that holds it. */
  take(byteLength: number): Buffer {
    const index = this.#tightest(byteLength)
    if (index < 0) return Buffer.allocUnsafeSlow(roundedUp(byteLength)).subarray(0, byteLength)
    const memory = this.#free.splice(index, 1)[0]!
    this.#freeBytes -= memory.byteLength
    return Buffer.from(memory, 0, byteLength)
  }

  /** Takes back what `take` gave; nobody may read it any more. The oldest make room when the list is full. */
  give(frame: Buffer): void {
    const memory = frame.buffer
    if (memory.byteLength > freeBytesMax || this.#free.includes(memory)) return
    this.#free.push(memory)
    this.#freeBytes += memory.byteLength
    while (this.#free.length > freeFramesMax || this.#freeBytes > freeBytesMax) {
      this.#freeBytes -= this.#free.shift()!.byteLength
    }
  }

  #tightest(byteLength: number): number {
    const largest = roundedUp(byteLength) * wasteMax
    let best = -1
    let bestBytes = Number.POSITIVE_INFINITY
    for (let index = 0; index < this.#free.length; index++) {
      const freeBytes = this.#free[index]!.byteLength
      if (freeBytes >= byteLength && freeBytes <= largest && freeBytes < bestBytes) {
        best = index
        bestBytes = freeBytes
      }
    }
    return best
  }
}

/** Powers of two, so that frames of nearly the same size can use each other's memory. */
function roundedUp(byteLength: number): number {
  let rounded = frameBytesMin
  while (rounded < byteLength) rounded *= 2
  return rounded
}
