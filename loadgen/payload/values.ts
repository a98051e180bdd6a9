// DATA PLANE: 15 ns for a 100-byte value (one copyWithin and a number), templates about 300 ns.
//
// What is in the records. Values are slices of a pool that lies in the slab in front of the batches, taken one after the
// other, so that no two records of a batch share a slice and a compressor finds only what the pool's make-up offers.
import { readFileSync } from 'node:fs'
import { MillraceError } from '../../core/errors.ts'
import { makeRandom, type Random } from '../../core/random.ts'
import type { Slab } from '../../wire/record-batch/slab.ts'
import type { PayloadPlan, ProducePlan } from '../plan.ts'
import { encodePool } from './encoded/pool.ts'
import { readProfile } from './profile.ts'
import { makeSizeSource, meanSizeBytes, sizeRange } from './sizes.ts'
import { type StampForm, stampBytes, writeNumber, writeNumberText } from './stamp.ts'
import { compileTemplate } from './template.ts'
import { readValues } from './value-file.ts'

export interface ValueSource {
  /** Bytes of the next value, which `write` then puts into its place; -1: it is null. */
  prepare(sequence: number, wallUs: number): number
  write(at: number, bytes: number, sequence: number): void
}

const poolBytesMin = 4 * 1024 * 1024
const templateBytesMax = 1024 * 1024
const utf8BytesMax = 4

/** Memory in front of the batches that the payload needs. */
export function payloadBytes({ payload, size, batchBytes }: ProducePlan): number {
  if (payload.kind === 'json') return templateBytesMax
  if (makesOwnSizes(payload) && payload.kind !== 'replay') return 0
  return Math.max(poolBytesMin, 2 * batchBytes) + sizeRange(size).bytesMax
}

/** The size of each value is the payload's business, and not that of the plan's sizes. */
export const makesOwnSizes = ({ kind }: Pick<PayloadPlan, 'kind'>): boolean =>
  ['json', 'values', 'sequence', 'encoded', 'replay'].includes(kind)

/** In which form values of this payload can carry a stamp; undefined: in none. */
export function stampFormOf(payload: Pick<PayloadPlan, 'kind'>): StampForm | undefined {
  if (makesOwnSizes(payload) || payload.kind === 'letters') return undefined
  return payload.kind === 'text' ? 'text' : 'binary'
}

/** The first payloadBytes(plan) bytes of the slab are the source's own. */
export function makeValueSource(plan: ProducePlan, slab: Slab, random: Random, seed: number): ValueSource {
  const { payload, size } = plan
  if (payload.kind === 'json') return fromTemplate(payload.template, slab, random)
  if (payload.kind === 'values') return fromFile(readValues(payload.path, payload.delimiter), slab, random)
  if (payload.kind === 'sequence') return numbers(slab)
  if (payload.kind === 'encoded') return fromFile(encodePool(payload, seed, 0, Date.now()), slab, random)
  const poolBytes = payloadBytes(plan)
  const slice = makeSlices(poolBytes, sizeRange(size).bytesMax)
  fillPool(slab.buffer.subarray(0, poolBytes), plan, seed)
  // A stamp makes a value unique; without one its number does. A file's content is left as it is, and letters stay letters.
  const isNumbered = plan.stamp !== 'value' && payload.kind !== 'file' && payload.kind !== 'letters'
  const stampBytesMin = plan.stamp === 'value' ? stampBytes[stampFormOf(payload)!] : 0
  const writeOwn = plan.recording === 'none' ? () => {} : payload.kind === 'text' ? writeNumberText : writeNumber
  const { buffer, view } = slab
  const prepare = payload.kind === 'replay' ? sizesOf(payload.path) : makeSizeSource(size, random)
  return {
    prepare,
    write(at, bytes, sequence) {
      if (bytes < 0) return
      const from = slice(bytes)
      buffer.copyWithin(at, from, from + bytes)
      if (isNumbered || bytes < stampBytesMin) writeOwn(view, at, bytes, sequence)
    },
  }
}

function sizesOf(path: string): (sequence: number) => number {
  const { sizes } = readProfile(path)
  return sequence => sizes[sequence % sizes.length]!
}

/** Walks the pool; every round starts a little further on, so that slices differ from those of the round before. */
function makeSlices(poolBytes: number, bytesMax: number): (bytes: number) => number {
  const limit = poolBytes - bytesMax
  let next = 0
  let rounds = 0
  return bytes => {
    if (next > limit) {
      rounds++
      next = (rounds * 7919) % Math.max(1, Math.min(bytesMax, limit))
    }
    const from = next
    next += bytes
    return from
  }
}

function fillPool(pool: Buffer, plan: ProducePlan, seed: number): void {
  if (plan.payload.kind === 'file') return fillFromFile(pool, plan.payload.path)
  const random = makeRandom(seed, 0x706f6f6c)
  if (plan.payload.kind === 'letters') return fillWithLetters(pool, random)
  fillMixed(pool, random, randomShare(plan), plan.payload.kind === 'text')
}

/** What a codec makes of a record's frame and stamp, which are alike from record to record. */
const packedStampBytes = 8

/** The share of random bytes in the pool with which whole records come to the ratio that is aimed for. */
function randomShare({ payload, size, compressionRatioTarget, compression, stamp }: ProducePlan): number {
  if (compressionRatioTarget === undefined) return 1
  const text = payload.kind === 'text'
  const recordBytes = meanSizeBytes(size)
  const ownBytes = stamp === 'value' ? stampBytes[text ? 'text' : 'binary'] : text ? 16 : 8
  const poolBytes = Math.max(1, recordBytes - ownBytes)
  // 64 letters carry 6 bits in each 8: compressible by 4/3 to begin with, for codecs that code letters by frequency.
  const naturalRatio = text && compression !== 'lz4' && compression !== 'snappy' ? 8 / 6 : 1
  const packedBytes = Math.max(0, recordBytes / compressionRatioTarget - packedStampBytes)
  return Math.min(1, (packedBytes / poolBytes) * naturalRatio)
}

const letters = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 .')
/** Long enough that what a codec writes about a run (3 bytes with lz4) does not weigh, short enough for small values. */
const mixBytes = 256

/** In every so many bytes some are random and the rest one constant run: mixed all through, not a zero tail. */
function fillMixed(pool: Buffer, random: Random, randomShare: number, text: boolean): void {
  const constant = text ? 32 : 0
  let owed = 0
  for (let at = 0; at < pool.length; at += mixBytes) {
    owed += mixBytes * randomShare
    const end = Math.min(at + mixBytes, pool.length)
    const randomEnd = Math.min(at + Math.floor(owed), end)
    owed -= Math.floor(owed)
    for (let position = at; position < end; position++) {
      const byte = random.next() >>> 13
      pool[position] = position >= randomEnd ? constant : text ? letters[byte & 63]! : byte & 0xff
    }
  }
}

function fillWithLetters(pool: Buffer, random: Random): void {
  for (let at = 0; at < pool.length; at++) pool[at] = letterA + random.below(26)
}

const letterA = 65

function fillFromFile(pool: Buffer, path: string): void {
  let content: Buffer
  try {
    content = readFileSync(path)
  } catch (cause) {
    throw new MillraceError('CONFIG_INVALID', `--payload file:${path} cannot be read: ${(cause as Error).message}`, {
      cause,
    })
  }
  if (content.length === 0) throw new MillraceError('CONFIG_INVALID', `--payload file:${path} is empty`)
  for (let at = 0; at < pool.length; at += content.length)
    content.copy(pool, at, 0, Math.min(content.length, pool.length - at))
}

function fromTemplate(template: string, slab: Slab, random: Random): ValueSource {
  const render = compileTemplate(template, random)
  const { buffer } = slab
  return {
    prepare: (sequence, wallUs) => {
      const bytes = buffer.write(render(sequence, wallUs), 0, templateBytesMax, 'utf8')
      // Writing stops before a character that does not fit whole, so a cut value may end a few bytes earlier.
      if (bytes < templateBytesMax - utf8BytesMax) return bytes
      throw new MillraceError(
        'RECORD_TOO_LARGE',
        `the payload template makes values of ${templateBytesMax} bytes or more`,
      )
    },
    write(at, bytes) {
      buffer.copyWithin(at, 0, bytes)
    },
  }
}

function fromFile(values: readonly Buffer[], { buffer }: Slab, random: Random): ValueSource {
  let drawn = values[0]!
  return {
    prepare() {
      drawn = values[random.below(values.length)]!
      return drawn.length
    },
    write(at) {
      buffer.set(drawn, at)
    },
  }
}

function numbers({ buffer }: Slab): ValueSource {
  return {
    prepare: sequence => String(sequence).length,
    write(at, bytes, sequence) {
      buffer.write(String(sequence), at, bytes, 'latin1')
    },
  }
}
