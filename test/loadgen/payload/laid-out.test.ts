// Shows that records made in runs over laid-out payload are whole and all different: own sequence, own time, own payload.
// Method: batches are filled and sealed as a worker does it, twice over the same memory, and decoded again.
import { describe, expect, it } from 'vitest'
import { canLayOut } from '../../../loadgen/payload/laid-out.ts'
import { readStampSequence, readStampUs } from '../../../loadgen/payload/stamp.ts'
import type { ProducePlan } from '../../../loadgen/plan.ts'
import { BatchBuilder } from '../../../loadgen/worker/batch-builder.ts'
import { PartitionSender } from '../../../loadgen/worker/partition-sender.ts'
import { decodeBatches } from '../../../wire/record-batch/decode.ts'

const plan: ProducePlan = {
  size: { kind: 'fixed', bytes: 100 },
  keys: { kind: 'none' },
  payload: { kind: 'random' },
  headers: [],
  partitioner: { kind: 'sticky' },
  acks: 1,
  idempotent: false,
  compression: 'none',
  batchBytes: 4_096,
  lingerMs: 5,
  inFlightMax: 5,
  bufferBytes: 16_384,
  requestBytesMax: 1_048_576,
  deliveryTimeoutMs: 1_000,
}
const wallUs = 1_790_000_000_123_456

/** Makes records until so many are out, giving memory back as a broker's answers would; their values in order. */
function makeValues(records: number, first: number, step: number): Buffer[] {
  const senders = [new PartitionSender(0, 0), new PartitionSender(1, 0)]
  const builder = new BatchBuilder(
    { plan, seed: 7, worker: 0, producer: { producerId: -1, producerEpoch: -1 }, canLeave: () => true },
    senders,
  )
  const values: Buffer[] = []
  const takeSealed = () => {
    for (const sender of senders) {
      for (let batch = sender.next(1e18, 1e9); batch !== undefined; batch = sender.next(1e18, 1e9)) {
        for (const { records: decoded } of decodeBatches(Buffer.from(batch.sealed!))) {
          values.push(...decoded.map(record => record.value!))
        }
        sender.acknowledged(batch)
        builder.giveBack(batch)
      }
    }
  }
  let made = 0
  while (made < records) {
    made += builder.appendRun(Math.min(50, records - made), first + made * step, step, 0, wallUs + made)
    takeSealed()
  }
  builder.sealDue(1e18, true)
  takeSealed()
  return values
}

describe('laid-out payload', () => {
  it('gives every record its sequence, also over reused memory and beyond 32 bits', () => {
    const first = 0xffff_ffff - 300
    const values = makeValues(1_000, first, 3)
    const sequences = values.map(value => readStampSequence(value, 0, value.length, 'binary')).sort((a, b) => a - b)
    expect(sequences).toEqual(Array.from({ length: 1_000 }, (_, index) => first + index * 3))
  })

  it('stamps the moment of the run', () => {
    const times = new Set(makeValues(100, 0, 1).map(value => readStampUs(value, 0, value.length, 'binary')))
    expect(times).toEqual(new Set([wallUs, wallUs + 50]))
  })

  it('makes no two payloads alike, stamps left aside', () => {
    const payloads = new Set(makeValues(2_000, 0, 1).map(value => value.subarray(16).toString('hex')))
    expect(payloads.size).toBe(2_000)
  })

  const others: readonly [why: string, over: Partial<ProducePlan>][] = [
    ['a codec wants payload made up anew', { compression: 'lz4' }],
    ['a target ratio wants its mix', { compressionRatioTarget: 2 }],
    ['text is text', { payload: { kind: 'text' } }],
    ['sizes that vary need frames that vary', { size: { kind: 'uniform', bytesMin: 50, bytesMax: 100 } }],
    ['keys are written per record', { keys: { kind: 'sequential' } }],
    ['a value has to hold what is patched', { size: { kind: 'fixed', bytes: 23 } }],
    ['partitions chosen per record make no runs', { partitioner: { kind: 'roundrobin' } }],
  ]
  it.each(others)('is not for every plan: %s', (_why, over) => {
    expect(canLayOut(plan)).toBe(true)
    expect(canLayOut({ ...plan, ...over })).toBe(false)
  })
})
