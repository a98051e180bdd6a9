// Shows that the records of a full batch share one moment, however many are asked for at once.
import { describe, expect, it } from 'vitest'
import { BatchBuilder } from '../../../loadgen/worker/batch-builder.ts'
import { PartitionSender } from '../../../loadgen/worker/partition-sender.ts'
import { decodeBatches } from '../../../wire/record-batch/decode.ts'
import { produceOf } from '../plans.ts'
import { noRun } from '../stamps.ts'

const wallUs = 1_767_323_045_678_000
const producer = { producerId: -1, producerEpoch: -1 }

function setUp() {
  const senders = [0, 1].map(partition => new PartitionSender(partition, 1))
  const plan = produceOf({ size: { kind: 'fixed', bytes: 100 }, batchBytes: 4_096, bufferBytes: 65_536 })
  const stamp = { ...noRun, producer: 0 }
  return { senders, builder: new BatchBuilder({ plan, seed: 1, stamp, producer, canLeave: () => true }, senders) }
}

describe('records of one moment', () => {
  it('end with their batch; the next batch has a moment of its own', () => {
    const { builder, senders } = setUp()
    let made = 0
    // A millisecond passes from one call to the next.
    for (let ms = 0; ms < 6; ms++) {
      made += builder.appendRun(1_000, made, 1, ms * 1e6, wallUs + ms * 1_000)
    }
    const batches = senders
      .flatMap(sender => sender.unacknowledged)
      .map(({ sealed }) => [...decodeBatches(sealed!)][0]!)
    expect(batches).toHaveLength(6)
    expect(batches.reduce((sum, { records }) => sum + records.length, 0)).toBe(made)
    for (const { records } of batches) expect(new Set(records.map(({ timestampMs }) => timestampMs)).size).toBe(1)
    expect(new Set(batches.map(({ records }) => records[0]!.timestampMs)).size).toBe(6)
  })

  it('fill up what was begun, and then end', () => {
    const { builder, senders } = setUp()
    expect(builder.appendRun(10, 0, 1, 0, wallUs)).toBe(10)
    expect([builder.openCount, senders[0]!.waiting]).toEqual([1, 0])
    const rest = builder.appendRun(1_000, 10, 1, 0, wallUs)
    expect([builder.openCount, senders[0]!.waiting]).toEqual([0, 1])
    expect(builder.appendRun(1_000, 10 + rest, 1, 0, wallUs)).toBe(10 + rest)
  })
})
