// xxHash32 with seed 0: the checksum of the LZ4 frame format (header, blocks, content).
// https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md

const prime1 = 0x9e3779b1
const prime2 = 0x85ebca77
const prime3 = 0xc2b2ae3d
const prime4 = 0x27d4eb2f
const prime5 = 0x165667b1

const stripeBytes = 16

export function xxhash32(bytes: Buffer): number {
  const stripesEnd = bytes.length - (bytes.length % stripeBytes)
  let hash = stripesEnd === 0 ? prime5 : mergedStripes(bytes, stripesEnd)
  hash = (hash + bytes.length) | 0

  let at = stripesEnd
  for (; at + 4 <= bytes.length; at += 4) {
    hash = Math.imul(rotate(hash + Math.imul(bytes.readInt32LE(at), prime3), 17), prime4)
  }
  for (; at < bytes.length; at++) hash = Math.imul(rotate(hash + Math.imul(bytes[at]!, prime5), 11), prime1)
  return avalanche(hash)
}

function mergedStripes(bytes: Buffer, end: number): number {
  let lane1 = (prime1 + prime2) | 0
  let lane2 = prime2 | 0
  let lane3 = 0
  let lane4 = -prime1 | 0
  for (let at = 0; at < end; at += stripeBytes) {
    lane1 = round(lane1, bytes.readInt32LE(at))
    lane2 = round(lane2, bytes.readInt32LE(at + 4))
    lane3 = round(lane3, bytes.readInt32LE(at + 8))
    lane4 = round(lane4, bytes.readInt32LE(at + 12))
  }
  return (rotate(lane1, 1) + rotate(lane2, 7) + rotate(lane3, 12) + rotate(lane4, 18)) | 0
}

const round = (lane: number, word: number) => Math.imul(rotate(lane + Math.imul(word, prime2), 13), prime1)

const rotate = (value: number, bits: number) => (value << bits) | (value >>> (32 - bits))

function avalanche(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 15), prime2)
  mixed = Math.imul(mixed ^ (mixed >>> 13), prime3)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
