// DATA PLANE: 3 ns a record, whatever its size.
//
// Random payload for records of one size, for runs that go flat out: it is laid out once, in the memory of the batches, so
// that every slot has a slice of its own; a record that takes the slot stamps it and puts eight bytes of noise made from
// its sequence into the value. No two records are the same, and no payload bytes are moved.
import type { Random } from '../../core/random.ts'
import type { Slab } from '../../wire/record-batch/slab.ts'
import type { ProducePlan } from '../plan.ts'
import { stampBytes } from './stamp.ts'

const two32 = 0x1_0000_0000
export const noiseBytes = 8

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

/**
 * Stamps the slots `from` to `to` (excluded) of the batch at `base`. What all stamps of a run share is there already, and so is
 * a lateness of 0. Words are counted as signed integers of 32 bits, which V8 keeps in registers.
 */
export function stampRun(
  view: DataView,
  base: number,
  valueOffsets: Int32Array,
  places: SlotPlaces,
  from: number,
  to: number,
  run: Run,
): void {
  const { sequence, stream, wallUs } = run
  const carryAt = from + two32 - (sequence % two32)
  if (carryAt < to) {
    stampRun(view, base, valueOffsets, places, from, carryAt, { sequence, stream, wallUs })
    stampRun(view, base, valueOffsets, places, carryAt, to, { sequence: sequence + carryAt - from, stream, wallUs })
    return
  }
  const { stampAt, noiseAt } = places
  const high = highWord(run)
  const usLow = wallUs | 0
  const mark = noiseMark(run)
  let low = sequence | 0
  for (let slot = from; slot < to; slot++) {
    const at = base + valueOffsets[slot]!
    if (stampAt >= 0) {
      view.setInt32(at + stampAt + 12, stream)
      view.setInt32(at + stampAt + 16, high)
      view.setInt32(at + stampAt + 20, low)
      view.setInt32(at + stampAt + 24, usLow)
    }
    const noise = scramble(low)
    view.setInt32(at + noiseAt, noise)
    view.setInt32(at + noiseAt + 4, swapHalves(noise) ^ mark)
    low = (low + 1) | 0
  }
}

/** The word of the stamp that holds the high bits of sequence and time. */
export const highWord = ({ sequence, wallUs }: Run): number =>
  (Math.floor(sequence / two32) << 20) | Math.floor(wallUs / two32)

/**
 * The first word of the noise; two records of a stream differ in it, for it can be undone (G. Marsaglia, Xorshift RNGs, 2003). It
 * is linear in the bits of the sequence, which laid-out-checksum.ts builds on.
 */
export function scramble(low: number): number {
  let word = low ^ (low << 13)
  word ^= word >>> 17
  return word ^ (word << 5)
}

/** The second word is the first one turned by half, and this: two records of the same sequence differ in it. */
export const noiseMark = ({ sequence, stream }: Run): number =>
  Math.imul(Math.floor(sequence / two32), 0x85ebca6b) ^ stream

export const swapHalves = (word: number): number => (word << 16) | (word >>> 16)
