// Shows that keys of perf tests are the numbers of a range as Kafka's tool writes them, of several lengths, each record with its own
// and in the partition where Java's default partitioner puts it.
import { describe, expect, it } from 'vitest'
import { murmur2, partitionOf } from '../../../loadgen/payload/murmur2.ts'
import type { KeyPlan } from '../../../loadgen/plan.ts'
import { RecordMaker } from '../../../loadgen/worker/record-maker.ts'
import { decodeBatches } from '../../../wire/record-batch/decode.ts'
import { sealBatch } from '../../../wire/record-batch/seal.ts'
import { produceOf } from '../plans.ts'
import { identity } from '../stamps.ts'

const seal = { compression: 'none', producerId: -1, producerEpoch: -1 } as const

/** Keys and values of so many records, by partition. */
function make(keys: KeyPlan, count: number, partitions: number) {
  const plan = produceOf({
    keys,
    stamp: 'none',
    payload: { kind: 'sequence' },
    batchBytes: 1_024,
    bufferBytes: 2 ** 20,
  })
  const maker = new RecordMaker(plan, 1, identity())
  const batches = Array.from({ length: partitions }, (_, partition) => {
    const batch = maker.pool.take()!
    batch.open(partition, 0)
    return batch
  })
  const found: { partition: number; key: string; value: string }[] = []
  const close = (partition: number) => {
    const [decoded] = decodeBatches(Buffer.from(sealBatch(maker.slab, batches[partition]!, 0, seal)))
    for (const { key, value } of decoded!.records) found.push({ partition, key: String(key), value: String(value) })
    batches[partition]!.open(partition, 0)
  }
  for (let sequence = 0; sequence < count; sequence++) {
    const partition = maker.partitionByKey(sequence, partitions)
    // A record that finds its batch full keeps its key for the next one.
    if (!maker.append(batches[partition]!, sequence, 0, 0)) {
      close(partition)
      expect(maker.partitionByKey(sequence, partitions)).toBe(partition)
      maker.append(batches[partition]!, sequence, 0, 0)
    }
  }
  for (let partition = 0; partition < partitions; partition++) if (batches[partition]!.count > 0) close(partition)
  return found
}

const partitionOfKey = (key: string, partitions: number) => {
  const bytes = Buffer.from(key)
  return partitionOf(murmur2(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length), partitions)
}

describe('numbers as keys', () => {
  it('in turn: each value’s key is its number within the range', () => {
    const records = make({ kind: 'numbers', count: 150, draw: 'in-turn' }, 1_000, 3)
    expect(records).toHaveLength(1_000)
    for (const { key, value } of records) expect(key).toBe(String(Number(value) % 150))
  })

  it('at random: all of the range, and nothing else', () => {
    const keys = make({ kind: 'numbers', count: 12, draw: 'random' }, 1_000, 2).map(({ key }) => key)
    expect(new Set(keys)).toEqual(new Set(Array.from({ length: 12 }, (_, number) => String(number))))
  })

  it('lie where Java puts them', () => {
    for (const { key, partition } of make({ kind: 'numbers', count: 1_000, draw: 'random' }, 500, 7)) {
      expect(partition).toBe(partitionOfKey(key, 7))
    }
  })

  it('a range of one has one key', () => {
    expect(new Set(make({ kind: 'numbers', count: 1, draw: 'random' }, 5, 1).map(({ key }) => key))).toEqual(
      new Set(['0']),
    )
  })
})
