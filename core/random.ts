// Seeded randomness, so that the same seed makes the same records. The generator is xorshift32 (Marsaglia 2003): a few
// nanoseconds a draw and good enough for payload and key choice; it must not be used for anything that has to be secret.

export interface Random {
  /** An unsigned 32-bit integer. */
  next(): number
  /** In [0, 1). */
  fraction(): number
  /** An integer in [0, limit). */
  below(limit: number): number
}

/** A stream of its own for each worker of a seed. */
export function makeRandom(seed: number, stream = 0): Random {
  // A mix of seed and stream (the finaliser of MurmurHash3), because xorshift must not start at zero and close seeds
  // would start close together.
  let state = mix((seed ^ Math.imul(stream + 1, 0x9e3779b9)) >>> 0) || 0x6d2b79f5
  const next = () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
  const fraction = () => next() / 0x1_0000_0000
  return { next, fraction, below: limit => Math.floor(fraction() * limit) }
}

function mix(value: number): number {
  let mixed = value
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
