// DATA PLANE: 7 ns a record, whatever its size.
//
// Random payload for records of one size, for runs that go flat out: it is laid out once, in the memory of the batches, so
// that every slot has a slice of its own; a record that takes the slot stamps it with its sequence and time and with eight
// bytes of noise made from the sequence. No two records are the same, and no payload bytes are moved.
import type { Random } from '../../core/random.ts'
import type { Slab } from '../../wire/record-batch/slab.ts'
import type { ProducePlan } from '../plan.ts'

const two32 = 0x1_0000_0000
/** Sequence, time and noise. */
const patchedBytes = 24

/** A compressor, or a ratio to aim for, wants payload that is made up anew: see values.ts. */
export function canLayOut({
  payload,
  size,
  keys,
  compression,
  compressionRatioTarget,
  partitioner,
}: ProducePlan): boolean {
  const isPlain = payload.kind === 'random' && compression === 'none' && compressionRatioTarget === undefined
  const isUniform = size.kind === 'fixed' && size.bytes >= patchedBytes && keys.kind === 'none'
  return isPlain && isUniform && partitioner.kind === 'sticky'
}

/** Before the frames are written over it. */
export function layOutPayload({ buffer, headroomBytes }: Slab, random: Random): void {
  const words = Math.floor((buffer.length - headroomBytes) / 4)
  for (let word = 0; word < words; word++) buffer.writeUInt32LE(random.next(), headroomBytes + word * 4)
}

export interface Run {
  readonly first: number
  /** From one record's sequence to the next one's: the number of workers. */
  readonly step: number
  readonly wallUs: number
}

/** Stamps the slots `from` to `to` (excluded) of the batch at `base`. */
export function stampRun(
  view: DataView,
  base: number,
  valueOffsets: Int32Array,
  from: number,
  to: number,
  run: Run,
): void {
  const usHigh = Math.floor(run.wallUs / two32)
  const usLow = run.wallUs >>> 0
  let high = Math.floor(run.first / two32)
  let low = run.first >>> 0
  for (let slot = from; slot < to; slot++) {
    const at = base + valueOffsets[slot]!
    view.setUint32(at, high)
    view.setUint32(at + 4, low)
    view.setUint32(at + 8, usHigh)
    view.setUint32(at + 12, usLow)
    // The mixing steps of MurmurHash3: every bit of the sequence reaches every bit of the noise.
    let noise = Math.imul(low ^ (low >>> 16) ^ high, 0x85ebca6b)
    noise = Math.imul(noise ^ (noise >>> 13), 0xc2b2ae35)
    view.setInt32(at + 16, noise)
    view.setInt32(at + 20, Math.imul(noise ^ (noise >>> 16), 0x9e3779b1))
    low += run.step
    if (low >= two32) {
      low -= two32
      high++
    }
  }
}
