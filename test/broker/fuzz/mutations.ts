// What is done to a frame before it is sent. Mostly its size stays right, so that what is inside gets read.
import type { Random } from '../../../core/random.ts'

export interface Mutated {
  readonly frame: Buffer
  readonly kinds: readonly MutationKind[]
}

const edges = [0, 1, -1, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fff_ffff, -0x8000_0000]
const sizeBytes = 4
/** The smallest frame that a mutation finds something to do in: size, API key, version. */
const frameBytesMin = 9

const edge = (random: Random) => edges[random.below(edges.length)]! | 0
const within = (frame: Buffer, random: Random) => sizeBytes + random.below(frame.length - sizeBytes)

const mutations = {
  bytes: (frame: Buffer, random: Random) => {
    for (let left = 1 + random.below(6); left > 0; left--) frame[within(frame, random)] = random.below(256)
    return frame
  },
  bit: (frame: Buffer, random: Random) => {
    frame[within(frame, random)]! ^= 1 << random.below(8)
    return frame
  },
  truncated: (frame: Buffer, random: Random) => frame.subarray(0, within(frame, random)),
  int32: (frame: Buffer, random: Random) => {
    frame.writeInt32BE(edge(random), sizeBytes + random.below(frame.length - 2 * sizeBytes))
    return frame
  },
  inserted: (frame: Buffer, random: Random) => {
    const at = within(frame, random)
    return Buffer.concat([frame.subarray(0, at), Buffer.from([random.below(256)]), frame.subarray(at)])
  },
  moved: (frame: Buffer, random: Random) => {
    const from = within(frame, random)
    frame.copyWithin(within(frame, random), from, from + random.below(32))
    return frame
  },
  appended: (frame: Buffer, random: Random) => Buffer.concat([frame, frame.subarray(within(frame, random))]),
  api: (frame: Buffer, random: Random) => {
    frame.writeInt16BE(random.below(80), sizeBytes)
    return frame
  },
  version: (frame: Buffer, random: Random) => {
    frame.writeInt16BE(random.below(20) - 1, sizeBytes + 2)
    return frame
  },
} as const satisfies Record<string, (frame: Buffer, random: Random) => Buffer>

export type MutationKind = keyof typeof mutations | 'size'

const names = Object.keys(mutations) as (keyof typeof mutations)[]
export const mutationKinds: readonly MutationKind[] = [...names, 'size']

/** Up to three mutations, of any kind; one frame in fifty also lies about its size. */
export function mutated(original: Buffer, random: Random): Mutated {
  let frame: Buffer = Buffer.from(original)
  const kinds: MutationKind[] = []
  for (let left = random.below(4); left > 0 && frame.length >= frameBytesMin; left--) {
    const name = names[random.below(names.length)]!
    frame = mutations[name](frame, random)
    kinds.push(name)
  }
  if (frame.length < sizeBytes) frame = Buffer.alloc(sizeBytes)
  frame.writeInt32BE(frame.length - sizeBytes, 0)
  if (random.below(50) === 0) {
    frame.writeInt32BE(edge(random), 0)
    kinds.push('size')
  }
  return { frame, kinds }
}

/** The same bytes in pieces, as a network may deliver them. */
export function cut(bytes: Buffer, random: Random): Buffer[] {
  const pieces: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + random.below(random.below(4) === 0 ? 16 : bytes.length)
    pieces.push(bytes.subarray(at, end))
    at = end
  }
  return pieces
}
