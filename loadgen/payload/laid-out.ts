// DATA PLANE: 8 ns a record, whatever its size.
//
// Random payload for records of one size, for runs that go flat out: it is laid out once, in the memory of the batches, so
// that every slot has a slice of its own; a record that takes the slot stamps it and puts eight bytes of noise made from
// its sequence into the value. No two records are the same, and no payload bytes are moved.
import type { Random } from '../../core/random.ts'
import type { Slab } from '../../wire/record-batch/slab.ts'
import type { ProducePlan } from '../plan.ts'
import { stampBytes } from './stamp.ts'

const two32 = 0x1_0000_0000
const noiseBytes = 8

/** A compressor, or a ratio to aim for, wants payload that is made up anew: see values.ts. */
export function canLayOut(plan: ProducePlan): boolean {
  const { payload, size, keys, compression, compressionRatioTarget, partitioner } = plan
  const isPlain = payload.kind === 'random' && compression === 'none' && compressionRatioTarget === undefined
  const patchedBytes = noiseBytes + (plan.stamp === 'value' ? stampBytes.binary : 0)
  const isUniform = size.kind === 'fixed' && size.bytes >= patchedBytes && keys.kind === 'none'
  return isPlain && isUniform && partitioner.kind === 'sticky'
}

/** Before the frames are written over it. */
export function layOutPayload({ buffer, headroomBytes }: Slab, random: Random): void {
  const words = Math.floor((buffer.length - headroomBytes) / 4)
  for (let word = 0; word < words; word++) buffer.writeUInt32LE(random.next(), headroomBytes + word * 4)
}

export interface Run {
  /** Of the first record among those of its producer and partition; the others follow. */
  readonly sequence: number
  /** See `streamWord`. */
  readonly stream: number
  readonly wallUs: number
}

/** Where the stamp and the noise lie, from the start of the value; -1: no stamp. */
export interface SlotPlaces {
  readonly stampAt: number
  readonly noiseAt: number
}

/** Stamps the slots `from` to `to` (excluded) of the batch at `base`. What all stamps of a run share is there already. */
export function stampRun(
  view: DataView,
  base: number,
  valueOffsets: Int32Array,
  { stampAt, noiseAt }: SlotPlaces,
  from: number,
  to: number,
  { sequence, stream, wallUs }: Run,
): void {
  const usHigh = Math.floor(wallUs / two32)
  const usLow = wallUs >>> 0
  let high = Math.floor(sequence / two32)
  let low = sequence >>> 0
  for (let slot = from; slot < to; slot++) {
    const at = base + valueOffsets[slot]!
    if (stampAt >= 0) {
      view.setUint32(at + stampAt + 12, stream)
      view.setUint32(at + stampAt + 16, ((high << 20) | usHigh) >>> 0)
      view.setUint32(at + stampAt + 20, low)
      view.setUint32(at + stampAt + 24, usLow)
      view.setUint32(at + stampAt + 28, 0)
    }
    // The mixing steps of MurmurHash3: every bit of the sequence reaches every bit of the noise. Each step can be undone,
    // so two records of a stream differ in the first word, and two of the same sequence in the second.
    let noise = Math.imul(low ^ (low >>> 16) ^ high, 0x85ebca6b)
    noise = Math.imul(noise ^ (noise >>> 13), 0xc2b2ae35)
    view.setInt32(at + noiseAt, noise)
    view.setInt32(at + noiseAt + 4, Math.imul(noise ^ (noise >>> 16), 0x9e3779b1) ^ stream)
    if (++low === two32) {
      low = 0
      high++
    }
  }
}
