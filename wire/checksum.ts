// DATA PLANE: one call per batch, 0.15 ns a byte. CRC-32C (Castagnoli) of record batches, on the processor's own
// instruction through @node-rs/crc32, which reads the caller's memory (shared memory too) without a copy.
import { crc32c as crc32cOfAll } from '@node-rs/crc32'

/** CRC-32C of `buffer[start, end)`. The range costs one small view object, never a copy of the bytes. */
export function crc32c(buffer: Uint8Array, start = 0, end = buffer.length): number {
  return crc32cOfAll(start === 0 && end === buffer.length ? buffer : buffer.subarray(start, end))
}
