// DATA PLANE: 1 µs a batch, whatever its size, where reading its bytes takes 20 µs for 256 KiB.
//
// The checksum of laid-out records, without reading them. Between two uses of a batch's memory only stamps and noise change,
// and a CRC is linear: each word that is patched adds a term of its own, which depends on its bits and on its place alone. The
// words of a run are the same in all its records, or a linear function of the sequence, which counts up by one; so the terms of
// thousands of records add up to a few products with sums over their places that are known in advance. See docs/DESIGN.md.
import type { Piece } from '../../core/crc-algebra.ts'
import { castagnoli, crc32c } from '../../wire/checksum.ts'
import { headerBytes } from '../../wire/record-batch/constants.ts'
import type { BatchSpace, FixedFramer } from '../../wire/record-batch/frame.ts'
import { batchIndexOf, type Slab } from '../../wire/record-batch/slab.ts'
import { highWord, noiseBytes, noiseMark, type Run, type SlotPlaces, scramble, swapHalves } from './laid-out.ts'
import { stampBytes } from './stamp.ts'

const two32 = 0x1_0000_0000
const notInRuns = -1

export class LaidOutChecksum {
  readonly #slab: Slab
  readonly #capacity: number
  /** Of the words of a record, to the end of its patched part. */
  readonly #shifts: WordShifts
  /** Of the places of the slots before each: a slot's place is the shift from the end of its patched part to that of the batch. */
  readonly #placesBefore: Int32Array
  /** So many low bits of a sequence are enough to count the records of a batch. */
  readonly #lowBits: number
  /** What those low bits add in all records of a batch, by those of its first one. */
  readonly #lowTerms: Int32Array
  readonly #recordsShift: number
  /**
   * By batch: the sequence of its first record, slots stamped in runs so far, their terms, and the checksum with zeros in all patched
   * places once it is known.
   */
  readonly #firstSequences: Float64Array
  readonly #stampedTo: Int32Array
  readonly #runTerms: Int32Array
  readonly #unpatched: (number | undefined)[]

  constructor(slab: Slab, framer: FixedFramer, places: SlotPlaces) {
    const { capacity, valueOffsets } = framer
    this.#slab = slab
    this.#capacity = capacity
    const patchedBytes = Math.max(
      places.stampAt < 0 ? 0 : places.stampAt + stampBytes.binary,
      places.noiseAt + noiseBytes,
    )
    const slotPlaces = placesOf(valueOffsets.subarray(0, capacity), framer.fullBytes - patchedBytes)
    this.#shifts = wordShifts(places, patchedBytes)
    this.#placesBefore = sumsBefore(slotPlaces)
    this.#lowBits = Math.ceil(Math.log2(capacity))
    this.#lowTerms = this.#sumLowTerms(slotPlaces)
    this.#recordsShift = castagnoli.shiftOf(framer.fullBytes - headerBytes)
    this.#firstSequences = new Float64Array(slab.batches)
    this.#stampedTo = new Int32Array(slab.batches)
    this.#runTerms = new Int32Array(slab.batches)
    this.#unpatched = new Array<number | undefined>(slab.batches).fill(undefined)
  }

  /** The slots `from` to `to` (excluded) of the batch are stamped as this run. */
  stamped(batch: BatchSpace, from: number, to: number, run: Run): void {
    const index = batchIndexOf(this.#slab, batch.base)
    if (from === 0) {
      this.#firstSequences[index] = run.sequence
      this.#stampedTo[index] = this.#runTerms[index] = 0
    }
    const isNext = this.#stampedTo[index] === from && run.sequence === this.#firstSequences[index]! + from
    this.#stampedTo[index] = isNext ? to : notInRuns
    const places = this.#placesBefore[to]! ^ this.#placesBefore[from]!
    this.#runTerms[index]! ^= castagnoli.multiply(this.#sharedTerm(run), places)
  }

  /** A record of the batch has a payload of its own now: what is known of its memory no longer holds. */
  overwritten(batch: BatchSpace): void {
    const index = batchIndexOf(this.#slab, batch.base)
    this.#stampedTo[index] = notInRuns
    this.#unpatched[index] = undefined
  }

  /**
   * CRC-32C of the records of a batch; undefined when it has to be read from the bytes: it is not full of runs that follow each
   * other, its records differ in their timestamps, or their sequences cross a multiple of 2^32.
   */
  of(batch: BatchSpace): Piece | undefined {
    const index = batchIndexOf(this.#slab, batch.base)
    const first = this.#firstSequences[index]! % two32
    const isFull = batch.count === this.#capacity && this.#stampedTo[index] === this.#capacity
    const isOneMoment = batch.maxTimestampMs === batch.baseTimestampMs
    if (!isFull || !isOneMoment || first + this.#capacity > two32) return undefined
    const patched = this.#runTerms[index]! ^ this.#sequenceTerms(first)
    this.#unpatched[index] ??= crc32c(this.#slab.buffer, batch.base + headerBytes, batch.base + batch.end) ^ patched
    return { crc: (this.#unpatched[index] ^ patched) >>> 0, shift: this.#recordsShift }
  }

  /** Of all records, what their sequences add: the low bits differ from record to record, those above change once at most. */
  #sequenceTerms(first: number): number {
    const lowCount = 2 ** this.#lowBits
    const low = first % lowCount
    const high = first - low
    const unchanged = Math.min(this.#capacity, lowCount - low)
    const before = this.#placesBefore[unchanged]!
    const after = this.#placesBefore[this.#capacity]! ^ before
    const carried = unchanged < this.#capacity ? castagnoli.multiply(this.#sequenceTerm(high + lowCount), after) : 0
    return this.#lowTerms[low]! ^ castagnoli.multiply(this.#sequenceTerm(high), before) ^ carried
  }

  /** What a record adds by its sequence, at the end of its patched part: linear in the bits of its low word. */
  #sequenceTerm(low: number): number {
    const noise = scramble(low | 0)
    const { low: inStamp, noise: first, noiseBehind: second } = this.#shifts
    return (
      castagnoli.wordTerm(low | 0, inStamp) ^
      castagnoli.wordTerm(noise, first) ^
      castagnoli.wordTerm(swapHalves(noise), second)
    )
  }

  /** What a record adds by what it shares with the others of its run. */
  #sharedTerm(run: Run): number {
    const { stream, high, time, noiseBehind } = this.#shifts
    const inStamp =
      castagnoli.wordTerm(run.stream, stream) ^
      castagnoli.wordTerm(highWord(run), high) ^
      castagnoli.wordTerm(run.wallUs | 0, time)
    return inStamp ^ castagnoli.wordTerm(noiseMark(run), noiseBehind)
  }

  /** Bit by bit: which records have it set depends on the first one's low bits, and those next to each other differ in two records. */
  #sumLowTerms(slotPlaces: Int32Array): Int32Array {
    const terms = new Int32Array(2 ** this.#lowBits)
    for (let bit = 0; bit < this.#lowBits; bit++) {
      const half = 2 ** bit
      const period = half * 2
      const places = new Int32Array(period)
      for (let slot = 0; slot < slotPlaces.length; slot++) places[slot % period]! ^= slotPlaces[slot]!
      const term = this.#sequenceTerm(half)
      let sum = places.subarray(half).reduce((total, place) => total ^ place, 0)
      for (let first = 0; first < period; first++) {
        const added = castagnoli.multiply(term, sum)
        for (let low = first; low < terms.length; low += period) terms[low]! ^= added
        // The slot that had the last number with the bit has the first one without it next, and the other way round.
        sum ^= places[period - 1 - first]! ^ places[(half - 1 - first + period) % period]!
      }
    }
    return terms
  }
}

interface WordShifts {
  readonly stream: number
  readonly high: number
  readonly low: number
  readonly time: number
  readonly noise: number
  readonly noiseBehind: number
}

function wordShifts({ stampAt, noiseAt }: SlotPlaces, patchedBytes: number): WordShifts {
  const noise = castagnoli.shiftOf(patchedBytes - noiseAt)
  const noiseBehind = castagnoli.shiftOf(patchedBytes - noiseAt - 4)
  // A word that is not there adds nothing.
  if (stampAt < 0) return { stream: 0, high: 0, low: 0, time: 0, noise, noiseBehind }
  const inStamp = (at: number) => castagnoli.shiftOf(patchedBytes - stampAt - at)
  return { stream: inStamp(12), high: inStamp(16), low: inStamp(20), time: inStamp(24), noise, noiseBehind }
}

/** The shift of each offset to the end. Records are of two or three lengths, so nearly all are one product away from the next. */
function placesOf(offsets: Int32Array, end: number): Int32Array {
  const places = new Int32Array(offsets.length)
  let [next, place, bytes, shift] = [end, castagnoli.shiftOf(0), 0, castagnoli.shiftOf(0)]
  for (let slot = offsets.length - 1; slot >= 0; slot--) {
    const between = next - offsets[slot]!
    if (between !== bytes) [bytes, shift] = [between, castagnoli.shiftOf(between)]
    place = castagnoli.multiply(place, shift)
    places[slot] = place
    next = offsets[slot]!
  }
  return places
}

function sumsBefore(values: Int32Array): Int32Array {
  const sums = new Int32Array(values.length + 1)
  for (let index = 0; index < values.length; index++) sums[index + 1] = sums[index]! ^ values[index]!
  return sums
}
