// One block of memory in which a producer's batches are built and from which they are sent. Payload bytes lie in front of
// the batches in the same block, so that a value is copied with copyWithin: no view is made, nothing is allocated.

export interface Slab {
  readonly buffer: Buffer
  readonly view: DataView
  /** Bytes in front that are free for payload, templates and scratch. */
  readonly headroomBytes: number
  readonly batchBytes: number
  readonly batches: number
}

export function makeSlab(headroomBytes: number, batchBytes: number, batches: number): Slab {
  const memory = new ArrayBuffer(headroomBytes + strideOf(batchBytes) * batches)
  return { buffer: Buffer.from(memory), view: new DataView(memory), headroomBytes, batchBytes, batches }
}

export const batchBaseOf = (slab: Slab, index: number): number => slab.headroomBytes + index * strideOf(slab.batchBytes)

export const batchIndexOf = (slab: Slab, base: number): number =>
  (base - slab.headroomBytes) / strideOf(slab.batchBytes)

/** Aligned to 8 bytes, because 64-bit stores across cache lines cost more. */
const strideOf = (batchBytes: number): number => (batchBytes + 7) & ~7
