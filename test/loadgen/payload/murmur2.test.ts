// Shows that a keyed record lands on the partition on which Kafka's Java producer puts it.
// The vectors are those of Kafka's own UtilsTest.testMurmur2.
import { describe, expect, it } from 'vitest'
import { murmur2, partitionOf } from '../../../loadgen/payload/murmur2.ts'

/** Between other bytes, so that reading past either end shows. */
function hashOf(key: string, shift = 3): number {
  const bytes = Buffer.from(key)
  const memory = new Uint8Array(shift + bytes.length + 8).fill(0xa5)
  memory.set(bytes, shift)
  return murmur2(new DataView(memory.buffer), shift, bytes.length)
}

const vectors = [
  { key: '21', hash: -973932308 },
  { key: 'foobar', hash: -790332482 },
  { key: 'a-little-bit-long-string', hash: -985981536 },
  { key: 'a-little-bit-longer-string', hash: -1486304829 },
  { key: 'lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', hash: -58897971 },
  { key: 'abc', hash: 479470107 },
]

describe('murmur2', () => {
  it.each(vectors)('of $key is $hash, as in Java', ({ key, hash }) => {
    expect(hashOf(key)).toBe(hash)
  })

  it('does not depend on where the key lies', () => {
    for (let shift = 0; shift < 9; shift++) expect(hashOf('a-little-bit-longer-string', shift)).toBe(-1486304829)
  })
})

describe('partition of a key', () => {
  // Java: (murmur2 & 0x7fffffff) % partitions; the numbers below were worked out by hand from the vectors.
  const choices = [
    { why: 'positive hash', hash: 479470107, partitions: 6, partition: 3 },
    { why: 'negative hash loses its sign bit, it is not made positive', hash: -973932308, partitions: 6, partition: 0 },
    { why: 'the smallest of all', hash: -2147483648, partitions: 7, partition: 0 },
    { why: 'minus one is the largest', hash: -1, partitions: 10, partition: 7 },
    { why: 'one partition', hash: -58897971, partitions: 1, partition: 0 },
  ]
  it.each(choices)('$why', ({ hash, partitions, partition }) => {
    expect(partitionOf(hash, partitions)).toBe(partition)
  })
})
