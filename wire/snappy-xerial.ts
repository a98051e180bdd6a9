// Snappy as Kafka frames it: the stream format of xerial's snappy-java (the Java client's library), which is neither
// raw snappy nor the official framing: 16 bytes of header, then blocks, each behind its length as a big-endian int32.
// A raw snappy block is read too, as librdkafka does: some clients have always written that.
import { createRequire } from 'node:module'
import type * as Snappy from 'snappy'
import { MillraceError } from '../core/errors.ts'

let library: typeof Snappy | undefined

/** Native code of some megabytes: it is loaded for the first batch that needs it. */
function snappy(): typeof Snappy {
  library ??= createRequire(import.meta.url)('snappy') as typeof Snappy
  return library
}

const magic = Buffer.from('\x82SNAPPY\0', 'latin1')
/** Magic, version 1, lowest compatible version 1. */
const header = Buffer.concat([magic, Buffer.from([0, 0, 0, 1, 0, 0, 0, 1])])
const blockBytesMax = 32_768
/** No snappy element gives more than 64 bytes for its two or three bytes of input. */
const ratioMax = 32
/** Memory outside the JavaScript heap is fresh from the system every time: a copy into a pooled Buffer is 6 times faster. */
const intoHeap = { copyOutputData: true } as const

export function snappyCompress(bytes: Buffer): Buffer {
  const { compressSync } = snappy()
  const parts: Buffer[] = [header]
  for (let at = 0; at < bytes.length; at += blockBytesMax) {
    const block = compressSync(bytes.subarray(at, at + blockBytesMax), intoHeap)
    const size = Buffer.allocUnsafe(4)
    size.writeInt32BE(block.length, 0)
    parts.push(size, block)
  }
  return Buffer.concat(parts)
}

export function snappyDecompress(bytes: Buffer, sizeMax: number): Buffer {
  if (!bytes.subarray(0, magic.length).equals(magic)) return inflate(bytes, sizeMax)

  const parts: Buffer[] = []
  let inflated = 0
  let at = header.length
  if (bytes.length < at) throw corrupt('ends within its header')
  while (at < bytes.length) {
    if (at + 4 > bytes.length) throw corrupt('ends within the length of a block')
    const size = bytes.readInt32BE(at)
    at += 4
    if (size < 0 || at + size > bytes.length)
      throw corrupt(`claims a block of ${size} bytes, ${bytes.length - at} left`)
    const content = inflate(bytes.subarray(at, at + size), sizeMax - inflated)
    at += size
    inflated += content.length
    parts.push(content)
  }
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts)
}

function inflate(block: Buffer, sizeMax: number): Buffer {
  const claimed = claimedBytes(block)
  if (claimed > sizeMax) throw corrupt(`inflates to ${claimed} bytes, more than the ${sizeMax} left of the limit`)
  if (claimed > block.length * ratioMax)
    throw corrupt(`claims ${claimed} bytes inflated from a block of ${block.length}`)
  try {
    return snappy().uncompressSync(block, { ...intoHeap, asBuffer: true }) as Buffer
  } catch (cause) {
    throw corrupt('has a block that does not inflate', cause)
  }
}

/** A block opens with its inflated size as a varint; the library would allocate whatever stands there. */
function claimedBytes(block: Buffer): number {
  let size = 0
  for (let index = 0; index < 5; index++) {
    const byte = block[index]
    if (byte === undefined) throw corrupt('ends within the inflated size of a block')
    size += (byte & 0x7f) * 2 ** (7 * index)
    if (byte < 0x80) return size
  }
  throw corrupt('has a block whose inflated size is not a 32-bit number')
}

const corrupt = (what: string, cause?: unknown) =>
  new MillraceError('BATCH_CORRUPT', `snappy data ${what}`, cause === undefined ? {} : { cause })
