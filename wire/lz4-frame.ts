// The LZ4 frame format around lz4-napi's block codec: what Kafka means by "lz4" since record batch v1.
// https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md
//
// lz4-napi has frame functions of its own, but they take half the speed, stop silently at a missing end mark, and have
// no limit on the inflated size; a damaged or hostile batch must end in an error, not in all of the memory.
import { createRequire } from 'node:module'
import type * as Lz4 from 'lz4-napi'
import { MillraceError } from '../core/errors.ts'
import { xxhash32 } from './xxhash32.ts'

let library: typeof Lz4 | undefined

/** Native code of some megabytes: it is loaded for the first batch that needs it. */
function lz4(): typeof Lz4 {
  library ??= createRequire(import.meta.url)('lz4-napi') as typeof Lz4
  return library
}

const frameMagic = 0x184d2204
const blockIsRaw = 0x8000_0000
const versionBits = 0xc0
const version = 0x40
const blocksAreIndependent = 0x20
const blocksHaveChecksum = 0x10
const contentSizeIsGiven = 0x08
const contentHasChecksum = 0x04
const dictionaryIsGiven = 0x01
/** A linked block refers back at most this far. */
const windowBytes = 65_536
/** No LZ4 sequence gives more than 255 bytes for one byte of input. */
const ratioMax = 255

/** What Java's producer writes: version 1, independent blocks of at most 64 KiB, no checksums (the batch has its CRC). */
const blockBytesMax = 65_536
const header = Buffer.from([0x04, 0x22, 0x4d, 0x18, version | blocksAreIndependent, 0x40, 0x82])
const endMark = Buffer.alloc(4)

export function lz4Compress(bytes: Buffer): Buffer {
  const parts: Buffer[] = [header]
  for (let at = 0; at < bytes.length; at += blockBytesMax) pushBlock(parts, bytes.subarray(at, at + blockBytesMax))
  parts.push(endMark)
  return Buffer.concat(parts)
}

/** lz4-napi puts the inflated size before a block, in the very four bytes where the frame wants the block's own size. */
function pushBlock(parts: Buffer[], content: Buffer): void {
  const block = lz4().compressSync(content)
  const blockBytes = block.length - 4
  if (blockBytes < content.length) {
    block.writeUInt32LE(blockBytes, 0)
    parts.push(block)
    return
  }
  const size = Buffer.allocUnsafe(4)
  size.writeUInt32LE(content.length + blockIsRaw, 0)
  parts.push(size, content)
}

export function lz4Decompress(frame: Buffer, sizeMax: number): Buffer {
  const { flags, blockSizeMax, headerEnd } = readHeader(frame)
  const linked = (flags & blocksAreIndependent) === 0
  const parts: Buffer[] = []
  let inflated = 0
  let at = headerEnd
  for (;;) {
    need(frame, at, 4)
    const field = frame.readUInt32LE(at)
    at += 4
    if (field === 0) break
    const size = field % blockIsRaw
    need(frame, at, size)
    const block = frame.subarray(at, at + size)
    at += size
    if ((flags & blocksHaveChecksum) !== 0) at = checkHash(frame, at, block, 'block')
    if (size > blockSizeMax) throw corrupt(`a block of ${size} bytes where the header allows ${blockSizeMax}`)

    const content = field >= blockIsRaw ? block : inflate(block, blockSizeMax, linked ? window(parts) : undefined)
    inflated += content.length
    if (inflated > sizeMax) throw corrupt(`inflates to more than the limit of ${sizeMax} bytes`)
    parts.push(content)
  }
  const content = parts.length === 1 ? parts[0]! : Buffer.concat(parts)
  if ((flags & contentHasChecksum) !== 0) at = checkHash(frame, at, content, 'content')
  if (at !== frame.length) throw corrupt(`${frame.length - at} bytes after the end of the frame`)
  return content
}

function readHeader(frame: Buffer): { flags: number; blockSizeMax: number; headerEnd: number } {
  need(frame, 0, header.length)
  if (frame.readUInt32LE(0) !== frameMagic) throw corrupt('does not start with the magic number of a frame')
  const flags = frame[4]!
  if ((flags & versionBits) !== version) throw corrupt(`has frame version ${flags >>> 6}, where 1 is known`)
  if ((flags & dictionaryIsGiven) !== 0) throw corrupt('wants a dictionary')
  const blockSizeCode = (frame[5]! >>> 4) & 7
  if (blockSizeCode < 4) throw corrupt(`has block size code ${blockSizeCode}, where 4 to 7 are known`)

  const checkAt = 6 + ((flags & contentSizeIsGiven) !== 0 ? 8 : 0)
  need(frame, checkAt, 1)
  const check = (xxhash32(frame.subarray(4, checkAt)) >>> 8) & 0xff
  if (check !== frame[checkAt]) throw corrupt('has a header whose checksum does not match')
  return { flags, blockSizeMax: 2 ** (8 + 2 * blockSizeCode), headerEnd: checkAt + 1 }
}

function inflate(block: Buffer, blockSizeMax: number, dictionary: Buffer | undefined): Buffer {
  const sized = Buffer.allocUnsafe(4 + block.length)
  sized.writeUInt32LE(Math.min(blockSizeMax, block.length * ratioMax), 0)
  block.copy(sized, 4)
  try {
    return lz4().uncompressSync(sized, dictionary)
  } catch (cause) {
    throw corrupt('has a block that does not inflate', cause)
  }
}

/** The last 64 KiB of what was inflated so far. */
function window(parts: Buffer[]): Buffer {
  const recent: Buffer[] = []
  let bytes = 0
  for (let index = parts.length - 1; index >= 0 && bytes < windowBytes; index--) {
    recent.unshift(parts[index]!)
    bytes += parts[index]!.length
  }
  return Buffer.concat(recent).subarray(-windowBytes)
}

function checkHash(frame: Buffer, at: number, content: Buffer, what: string): number {
  need(frame, at, 4)
  if (frame.readUInt32LE(at) !== xxhash32(content)) throw corrupt(`has a ${what} whose checksum does not match`)
  return at + 4
}

function need(frame: Buffer, at: number, byteLength: number): void {
  if (at + byteLength > frame.length) throw corrupt(`ends at byte ${frame.length}, before its end mark`)
}

const corrupt = (what: string, cause?: unknown) =>
  new MillraceError('BATCH_CORRUPT', `lz4 data ${what}`, cause === undefined ? {} : { cause })
