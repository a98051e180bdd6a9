// DATA PLANE: 5 ns a record where payload is laid out in advance, 40 ns where it is copied; no allocation.
//
// Makes the records of one producer: reserves the frame, writes key and value in place. Records that share a moment and
// have no key, one size and random payload are made in runs, without a call a record.
import type { Piece } from '../../core/crc-algebra.ts'
import type { Random } from '../../core/random.ts'
import { makeRandom } from '../../core/random.ts'
import { encodeHeaders, FixedFramer, GrowingFramer, type RecordFramer } from '../../wire/record-batch/frame.ts'
import { makeSlab, type Slab } from '../../wire/record-batch/slab.ts'
import { type KeySource, makeKeySource } from '../payload/keys.ts'
import { canLayOut, layOutPayload, type SlotPlaces, stampRun } from '../payload/laid-out.ts'
import { LaidOutChecksum } from '../payload/laid-out-checksum.ts'
import { murmur2, partitionOf } from '../payload/murmur2.ts'
import {
  type StampIdentity,
  stampBytes,
  stampHeaderName,
  stampHeaderOffset,
  streamWord,
  writeStampRecord,
  writeStampRun,
  writeStampText,
} from '../payload/stamp.ts'
import { makesOwnSizes, makeValueSource, payloadBytes, type ValueSource } from '../payload/values.ts'
import type { ProducePlan } from '../plan.ts'
import { type Batch, BatchPool } from './batch.ts'

/** Longest linger for which patched batches keep exact record timestamps (their delta is one byte). */
const fixedFrameLingerMsMax = 50

export class RecordMaker {
  readonly slab: Slab
  readonly pool: BatchPool
  readonly keys: KeySource
  readonly #values: ValueSource
  readonly #framer: RecordFramer
  /** Present when payload is laid out in the slots of this framer. */
  readonly #slots: FixedFramer | undefined
  /** Present when those slots are stamped. */
  readonly #checksum: LaidOutChecksum | undefined
  readonly #valueBytes: number
  readonly #isStamped: boolean
  readonly #scratchAt: number
  readonly #stampScratchAt: number
  readonly #identity: StampIdentity
  readonly #stamp: ProducePlan['stamp']
  readonly #isText: boolean
  readonly #places: SlotPlaces
  /** Records made so far, by partition: the sequence of the next one. */
  readonly #made: number[] = []
  #preparedBytes = notPrepared
  #keyIsDrawn = false
  /** Of the key that is drawn. */
  #keyBytes: number

  constructor(plan: ProducePlan, seed: number, identity: StampIdentity) {
    this.#isStamped = plan.recording !== 'none'
    const worker = identity.producer
    const batches = Math.max(2, Math.floor(plan.bufferBytes / plan.batchBytes))
    this.#valueBytes = plan.size.kind === 'fixed' ? plan.size.bytes : 0
    this.#scratchAt = payloadBytes(plan)
    this.#identity = identity
    // Only from a caller that no check has seen: a document must stay one.
    this.#stamp = makesOwnSizes(plan.payload) && plan.stamp === 'value' ? 'none' : plan.stamp
    this.#isText = plan.payload.kind === 'text'
    const random: Random = makeRandom(seed, worker)
    this.keys = makeKeySource(plan.keys, random)
    this.#keyBytes = this.keys.keyBytes
    const keyScratchBytes = Math.max(keyScratchBytesMin, this.keys.keyBytes)
    this.#stampScratchAt = this.#scratchAt + keyScratchBytes
    this.slab = makeSlab(this.#stampScratchAt + stampScratchBytes, plan.batchBytes, batches)
    this.pool = new BatchPool(this.slab)
    // Workers take slices of pools that differ, or each slice would be in the topic once for every worker.
    this.#values = makeValueSource(plan, this.slab, random, makeRandom(seed, worker).next())
    const isLaidOut = canLayOut(plan) && isFixed(plan)
    if (isLaidOut) layOutPayload(this.slab, makeRandom(seed, worker))
    const { bases } = this.pool
    this.#framer = makeFramer(plan, this.slab, bases, this.keys.keyBytes, identity)
    this.#slots = isLaidOut && this.#framer instanceof FixedFramer ? this.#framer : undefined
    this.#places = slotPlaces(plan.stamp, this.#valueBytes)
    if (this.#slots !== undefined && plan.stamp === 'value') this.#stampSlots(this.#slots, bases)
    if (this.#slots !== undefined && this.#isStamped)
      this.#checksum = new LaidOutChecksum(this.slab, this.#slots, this.#places)
    writeStampRun(this.slab.view, this.#stampScratchAt, identity)
  }

  /** The checksum of the batch's records, where it need not be read from their bytes. */
  checksumOf(batch: Batch): Piece | undefined {
    return this.#checksum?.of(batch)
  }

  /** Records made for the partition: the next one's sequence in it. */
  madeFor(partition: number): number {
    return this.#made[partition] ?? 0
  }

  /** The next record of the partition has this sequence: those from it on are not sent. */
  countFrom(partition: number, sequence: number): void {
    this.#made[partition] = sequence
  }

  /** Where Java's default partitioner puts the next record: draws its key and hashes it. */
  partitionByKey(sequence: number, partitions: number): number {
    this.#drawKey(sequence)
    // In a profile some records have a key and some have none: these take turns.
    if (this.#keyBytes < 0) return sequence % partitions
    return partitionOf(murmur2(this.slab.view, this.#scratchAt, this.#keyBytes), partitions)
  }

  /** Appends the record; false when the batch is full and the record has to go into another one. */
  append(batch: Batch, sequence: number, wallUs: number, countFromNs: number, lateUs = 0): boolean {
    if (this.#preparedBytes === notPrepared) this.#preparedBytes = this.#values.prepare(sequence, wallUs)
    // How long it is must be known before there is a place for it.
    if (this.keys.prepare !== undefined) this.#drawKey(sequence)
    const keyBytes = this.#keyBytes
    const valueBytes = this.#preparedBytes
    const ownBytes = Math.max(valueBytes, 0)
    const framer = this.#framer
    if (!framer.reserve(batch, keyBytes, valueBytes, Math.floor(wallUs / 1000))) return false
    if (keyBytes > 0) this.#writeKey(framer.keyAt, sequence)
    else this.#keyIsDrawn = false
    this.#values.write(framer.valueAt, valueBytes, sequence)
    this.#checksum?.overwritten(batch)
    this.#writeStamp(batch.partition, ownBytes, wallUs, lateUs)
    batch.dataBytes += ownBytes + Math.max(keyBytes, 0)
    batch.countFrom(countFromNs)
    this.#preparedBytes = notPrepared
    return true
  }

  /** Appends up to `count` records of one moment, their sequences `step` apart; how many found room. */
  appendRun(batch: Batch, count: number, first: number, step: number, wallUs: number, countFromNs: number): number {
    if (this.#slots === undefined) return this.#appendEach(batch, count, first, step, wallUs, countFromNs)
    const from = batch.count
    const reserved = this.#slots.reserveRun(batch, count, Math.floor(wallUs / 1000))
    const { partition } = batch
    const sequence = this.madeFor(partition)
    const stream = streamWord(this.#identity.producer, partition)
    const run = { sequence, stream, wallUs }
    if (this.#checksum !== undefined) {
      stampRun(this.slab.view, batch.base, this.#slots.valueOffsets, this.#places, from, from + reserved, run)
      this.#checksum.stamped(batch, from, from + reserved, run)
    }
    this.#made[partition] = sequence + reserved
    batch.dataBytes += reserved * this.#valueBytes
    if (reserved > 0) batch.countFrom(countFromNs, reserved)
    return reserved
  }

  #appendEach(batch: Batch, count: number, first: number, step: number, wallUs: number, countFromNs: number): number {
    for (let made = 0; made < count; made++) {
      if (!this.append(batch, first + made * step, wallUs, countFromNs)) return made
    }
    return count
  }

  #writeStamp(partition: number, valueBytes: number, wallUs: number, lateUs: number): void {
    const sequence = this.madeFor(partition)
    this.#made[partition] = sequence + 1
    if (!this.#isStamped || this.#stamp === undefined || this.#stamp === 'none') return
    const { view } = this.slab
    const { valueAt } = this.#framer
    const isText = this.#isText && this.#stamp === 'value'
    if (this.#stamp === 'value' && valueBytes < stampBytes[isText ? 'text' : 'binary']) return
    const textFrom = this.#stampScratchAt
    const stream = streamWord(this.#identity.producer, partition)
    const at = isText ? textFrom : this.#stamp === 'value' ? valueAt : valueAt + valueBytes + stampHeaderOffset
    if (!isText) writeStampRun(view, at, this.#identity)
    writeStampRecord(view, at, stream, sequence, wallUs - lateUs, lateUs)
    if (isText) writeStampText(view, valueAt, textFrom)
  }

  /** The part of the stamp that never changes is written once: records made in a run are never late. */
  #stampSlots({ valueOffsets, capacity }: FixedFramer, bases: readonly number[]): void {
    const { view } = this.slab
    for (const base of bases) {
      for (let slot = 0; slot < capacity; slot++) {
        const at = base + valueOffsets[slot]!
        writeStampRun(view, at, this.#identity)
        writeStampRecord(view, at, 0, 0, 0, 0)
      }
    }
  }

  /** Into the scratch, where it stays until its record has a place. */
  #drawKey(sequence: number): void {
    if (this.#keyIsDrawn) return
    if (this.keys.prepare !== undefined) this.#keyBytes = this.keys.prepare(sequence)
    this.keys.write(this.slab.view, this.#scratchAt, sequence)
    this.#keyIsDrawn = true
  }

  #writeKey(at: number, sequence: number): void {
    if (this.#keyIsDrawn) this.slab.buffer.copyWithin(at, this.#scratchAt, this.#scratchAt + this.#keyBytes)
    else this.keys.write(this.slab.view, at, sequence)
    this.#keyIsDrawn = false
  }
}

/** -1 is a value that is null. */
const notPrepared = -2
/** Longer than any key but those of a profile. */
const keyScratchBytesMin = 32
/** Behind the key: a stamp that is to become text, and the byte that fills its last three. */
const stampScratchBytes = stampBytes.binary + 1

function slotPlaces(stamp: ProducePlan['stamp'], valueBytes: number): SlotPlaces {
  if (stamp === 'value') return { stampAt: 0, noiseAt: stampBytes.binary }
  return { stampAt: stamp === 'header' ? valueBytes + stampHeaderOffset : -1, noiseAt: 0 }
}

/**
 * One size, and batches that are full within the longest delta of a patched timestamp. Paced, a batch grows for as long as the
 * broker is busy: cut at that delta it would waste memory and requests just then.
 */
function isFixed({ rate, lingerMs, size, payload, keys }: ProducePlan): boolean {
  const isFullSoon = rate === undefined && lingerMs <= fixedFrameLingerMsMax
  const isOneSize =
    size.kind === 'fixed' && !makesOwnSizes(payload) && keys.kind !== 'numbers' && keys.kind !== 'replay'
  return isFullSoon && isOneSize
}

function makeFramer(
  plan: ProducePlan,
  slab: Slab,
  bases: readonly number[],
  keyBytes: number,
  identity: StampIdentity,
): RecordFramer {
  const headers = encodeHeaders([...stampHeader(plan.stamp, identity), ...plan.headers])
  if (isFixed(plan) && plan.size.kind === 'fixed') {
    return new FixedFramer(slab, bases, keyBytes, plan.size.bytes, headers)
  }
  return new GrowingFramer(slab, headers)
}

/** In front of the user's own headers, so that it lies at a known place behind the value. */
function stampHeader(stamp: ProducePlan['stamp'], identity: StampIdentity) {
  if (stamp !== 'header') return []
  const value = Buffer.alloc(stampBytes.binary)
  writeStampRun(new DataView(value.buffer, value.byteOffset, value.length), 0, identity)
  return [{ name: stampHeaderName, value }]
}
