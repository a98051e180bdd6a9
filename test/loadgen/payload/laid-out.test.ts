// Shows that records made in runs over laid-out payload are whole and all different: own sequence, own time, own payload.
// Method: batches are filled and sealed as a worker does it, twice over the same memory, and decoded again.
import { describe, expect, it } from 'vitest'
import { canLayOut, stampRun } from '../../../loadgen/payload/laid-out.ts'
import { writeStampRun } from '../../../loadgen/payload/stamp.ts'
import type { ProducePlan } from '../../../loadgen/plan.ts'
import { BatchBuilder } from '../../../loadgen/worker/batch-builder.ts'
import { PartitionSender } from '../../../loadgen/worker/partition-sender.ts'
import { decodeBatches } from '../../../wire/record-batch/decode.ts'
import { identity, stampOf, upTo } from '../stamps.ts'

const plan: ProducePlan = {
  size: { kind: 'fixed', bytes: 100 },
  keys: { kind: 'none' },
  payload: { kind: 'random' },
  headers: [],
  stamp: 'value',
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

interface Made {
  readonly partition: number
  readonly value: Buffer
  readonly header: Buffer | undefined
}

/**
 * Makes records until so many are out, giving memory back as a broker's answers would. Each run has a moment of its own:
 * `moments` takes it for every record that was made of it.
 */
function makeRecords(records: number, changes: Partial<ProducePlan> = {}, moments: number[] = []): Made[] {
  const senders = [new PartitionSender(0, 0), new PartitionSender(1, 0)]
  const builder = new BatchBuilder(
    {
      plan: { ...plan, ...changes },
      seed: 7,
      stamp: identity(5),
      producer: { producerId: -1, producerEpoch: -1 },
      canLeave: () => true,
    },
    senders,
  )
  const found: Made[] = []
  const takeSealed = () => {
    for (const sender of senders) {
      for (let batch = sender.next(1e18, 1e9); batch !== undefined; batch = sender.next(1e18, 1e9)) {
        for (const { records: decoded } of decodeBatches(Buffer.from(batch.sealed!))) {
          const { partition } = batch
          found.push(
            ...decoded.map(({ value, headers }) => ({
              partition,
              value: value!,
              header: headers[0]?.value ?? undefined,
            })),
          )
        }
        sender.acknowledged(batch)
        builder.giveBack(batch)
      }
    }
  }
  let made = 0
  while (made < records) {
    const moment = wallUs + made
    const run = builder.appendRun(Math.min(50, records - made), made * 3, 3, 0, moment)
    moments.push(...Array.from({ length: run }, () => moment))
    made += run
    takeSealed()
  }
  builder.sealDue(1e18, true)
  takeSealed()
  return found
}

describe('laid-out payload', () => {
  it.each(['value', 'header'] as const)('gives every record its stamp, also over reused memory: as %s', stamp => {
    const moments: number[] = []
    const made = makeRecords(1_000, { stamp }, moments)
    expect(made.length).toBe(1_000)
    const times: number[] = []
    for (const partition of [0, 1]) {
      const own = made.filter(record => record.partition === partition)
      const stamps = own.map(({ value, header }) => stampOf(stamp === 'value' ? value : header!))
      expect(stamps.map(stamp => stamp?.sequence)).toEqual(upTo(own.length))
      for (const stamp of stamps) expect(stamp).toMatchObject({ producer: 5, partition, lateUs: 0 })
      times.push(...stamps.map(stamp => stamp!.intendedUs))
    }
    expect(times.sort((one, other) => one - other)).toEqual(moments)
  })

  it('counts on beyond 32 bits', () => {
    const memory = Buffer.alloc(3 * 40)
    const view = new DataView(memory.buffer, memory.byteOffset, memory.byteLength)
    const run = { sequence: 0xffff_fffe, stream: 0, wallUs }
    stampRun(view, 0, Int32Array.of(0, 40, 80), { stampAt: 0, noiseAt: 32 }, 0, 3, run)
    for (const at of [0, 40, 80]) writeStampRun(view, at, identity())
    const read = [0, 40, 80].map(at => stampOf(memory.subarray(at, at + 40)))
    expect(read.map(stamp => stamp!.sequence)).toEqual([0xffff_fffe, 0xffff_ffff, 0x1_0000_0000])
    expect(read.map(stamp => stamp!.intendedUs)).toEqual([wallUs, wallUs, wallUs])
  })

  it.each(['value', 'header', 'none'] as const)('makes no two payloads alike, stamps left aside: %s', stamp => {
    const from = stamp === 'value' ? 32 : 0
    const payloads = new Set(makeRecords(2_000, { stamp }).map(({ value }) => value.subarray(from).toString('hex')))
    expect(payloads.size).toBe(2_000)
  })

  it('seals a full batch without reading its bytes a second time', () => {
    const sender = new PartitionSender(0, 0)
    const producer = { producerId: -1, producerEpoch: -1 }
    const settings = { plan, seed: 7, stamp: identity(5), producer, canLeave: () => true }
    const builder = new BatchBuilder(settings, [sender])
    const next = () => {
      builder.appendRun(1_000, 0, 1, 0, wallUs)
      const batch = sender.next(1e18, 1e9)!
      sender.acknowledged(batch)
      const sealed = batch.sealed!
      builder.giveBack(batch)
      return sealed
    }
    const first = next()
    expect([...decodeBatches(first)]).toHaveLength(1)
    // What nobody does: so it shows whether anybody looks.
    first[first.length - 1]! ^= 1
    const second = next()
    expect(second.byteOffset).toBe(first.byteOffset)
    expect(() => [...decodeBatches(second)]).toThrow('its bytes give')
  })

  const others: readonly [why: string, over: Partial<ProducePlan>][] = [
    ['a codec wants payload made up anew', { compression: 'lz4' }],
    ['a target ratio wants its mix', { compressionRatioTarget: 2 }],
    ['text is text', { payload: { kind: 'text' } }],
    ['sizes that vary need frames that vary', { size: { kind: 'uniform', bytesMin: 50, bytesMax: 100 } }],
    ['keys are written per record', { keys: { kind: 'sequential' } }],
    ['a value has to hold what is patched', { size: { kind: 'fixed', bytes: 39 } }],
    ['partitions chosen per record make no runs', { partitioner: { kind: 'roundrobin' } }],
  ]
  it.each(others)('is not for every plan: %s', (_why, over) => {
    expect(canLayOut(plan)).toBe(true)
    expect(canLayOut({ ...plan, ...over })).toBe(false)
  })
})
