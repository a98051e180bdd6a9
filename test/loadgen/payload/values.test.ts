// Shows what is in the values: pieces of the pool that no two records of a batch share, the compression ratio that was asked
// for, text that is text, the bytes of a file, rendered templates, and the stamp in front.
// Method: records are made as a producer makes them, sealed, and decoded again.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { MillraceError } from '../../../core/errors.ts'
import { payloadBytes, stampFormOf } from '../../../loadgen/payload/values.ts'
import type { CompressionName, ProducePlan } from '../../../loadgen/plan.ts'
import { RecordMaker } from '../../../loadgen/worker/record-maker.ts'
import { decodeBatches } from '../../../wire/record-batch/decode.ts'
import { sealBatch } from '../../../wire/record-batch/seal.ts'
import { produceOf } from '../plans.ts'
import { identity, numberOf, stampOf } from '../stamps.ts'

const wallUs = 1_767_323_045_678_901
const noProducer = { producerId: -1, producerEpoch: -1 }

interface Filled {
  /** Bytes before and after compression. */
  readonly plainBytes: number
  readonly sealedBytes: number
  readonly values: readonly Buffer[]
  readonly sequences: readonly number[]
}

/** Batch after batch, each filled to the brim by records that follow each other. */
function* batchesOf(
  plan: ProducePlan,
  count: number,
  { seed = 1, maker = new RecordMaker(plan, seed, identity()) } = {},
) {
  for (let made = 0, sequence = 0; made < count; made++) {
    const batch = maker.pool.take()!
    batch.open(0, 0)
    const sequences: number[] = []
    while (maker.append(batch, sequence, wallUs + sequence, 0)) sequences.push(sequence++)
    const sealed = sealBatch(maker.slab, batch, 0, { compression: plan.compression, ...noProducer })
    const [decoded] = decodeBatches(Buffer.from(sealed))
    const values = decoded!.records.map(record => record.value!)
    const filled: Filled = { plainBytes: batch.end, sealedBytes: sealed.length, values, sequences }
    maker.pool.giveBack(batch)
    yield filled
  }
}

function firstBatches(plan: ProducePlan, count: number, options?: Parameters<typeof batchesOf>[2]): Filled[] {
  return [...batchesOf(plan, count, options)]
}

describe('slices of the pool', () => {
  const cases = [
    { why: 'fixed size', size: { kind: 'fixed', bytes: 100 }, batchBytes: 65_536, batches: 100 },
    {
      why: 'a size that is all stamp and a little',
      size: { kind: 'fixed', bytes: 56 },
      batchBytes: 16_384,
      batches: 400,
    },
    { why: 'varying sizes', size: { kind: 'uniform', bytesMin: 60, bytesMax: 900 }, batchBytes: 65_536, batches: 100 },
    { why: 'values of half a batch', size: { kind: 'fixed', bytes: 30_000 }, batchBytes: 65_536, batches: 150 },
    {
      why: 'batches larger than the least pool',
      size: { kind: 'fixed', bytes: 5_000 },
      batchBytes: 3_000_000,
      batches: 4,
    },
  ] as const

  it.each(cases)('$why: no two records of a batch share a byte of it, also where it begins anew', cases => {
    const plan = produceOf({ size: cases.size, batchBytes: cases.batchBytes, bufferBytes: 2 * cases.batchBytes })
    const maker = new RecordMaker(plan, 1, identity())
    const pool = maker.slab.buffer.subarray(0, payloadBytes(plan))
    let passedBytes = 0
    let near = 0
    for (const { values } of batchesOf(plan, cases.batches, { maker })) {
      passedBytes += values.reduce((sum, value) => sum + value.length, 0)
      const pieces = values.map(value => {
        // The stamp covers the first 32 bytes; the 24 behind it occur once in 4 MiB of random bytes.
        const needle = value.subarray(32, 56)
        const ahead = pool.indexOf(needle, near)
        const from = (ahead < 0 ? pool.indexOf(needle) : ahead) - 32
        near = from
        if (!pool.subarray(from + 32, from + value.length).equals(value.subarray(32)))
          throw new Error('not of the pool')
        return { from, to: from + value.length }
      })
      pieces.sort((a, b) => a.from - b.from)
      for (let index = 1; index < pieces.length; index++) {
        if (pieces[index]!.from < pieces[index - 1]!.to)
          throw new Error(`two records share byte ${pieces[index]!.from}`)
      }
    }
    // The table is wrong if the pool was never gone through.
    expect(passedBytes).toBeGreaterThan(pool.length)
  })

  it('are the same for the same seed, and others for another', () => {
    const values = (seed: number) =>
      firstBatches(produceOf(), 1, { seed })[0]!.values.map(value => value.toString('hex'))
    expect(values(1)).toEqual(values(1))
    expect(values(1)[0]).not.toBe(values(2)[0])
  })
})

describe('stamps', () => {
  const kinds = [
    { kind: 'random', form: 'binary' },
    { kind: 'text', form: 'text' },
  ] as const

  it.each(kinds)('of $kind payload hold sequence and time of every record', ({ kind, form }) => {
    expect(stampFormOf({ kind })).toBe(form)
    for (const { values, sequences } of firstBatches(produceOf({ payload: { kind } }), 3)) {
      const stamps = values.map(stampOf)
      expect(stamps.map(stamp => stamp!.sequence)).toEqual(sequences)
      expect(stamps.map(stamp => stamp!.intendedUs)).toEqual(sequences.map(sequence => wallUs + sequence))
    }
  })

  it('are not in the value when they are a header, or none: then a number makes it unique', () => {
    for (const stamp of ['header', 'none'] as const) {
      for (const { values, sequences } of firstBatches(produceOf({ stamp }), 3)) {
        expect(values.map(numberOf)).toEqual(sequences)
      }
    }
  })

  it('are not promised for templates', () => {
    expect(stampFormOf({ kind: 'json' })).toBeUndefined()
  })
})

describe('text payload', () => {
  it('is letters, digits, space and full stop, all the way', () => {
    const plan = produceOf({ payload: { kind: 'text' }, compressionRatioTarget: 3 })
    for (const value of firstBatches(plan, 2)[0]!.values)
      expect(value.toString('latin1')).toMatch(/^[\w-]{43}[A-Za-z0-9 .]{57}$/)
  })
})

describe('compression ratio', () => {
  const ratioOf = (kind: 'random' | 'text', codec: CompressionName, bytes: number, target: number) => {
    const plan = produceOf({
      payload: { kind },
      size: { kind: 'fixed', bytes },
      compression: codec,
      compressionRatioTarget: target,
      batchBytes: 65_536,
    })
    const batches = firstBatches(plan, 8)
    const plain = batches.reduce((sum, batch) => sum + batch.plainBytes, 0)
    return plain / batches.reduce((sum, batch) => sum + batch.sealedBytes, 0)
  }

  const kinds = ['random', 'text'] as const
  const codecs: CompressionName[] = ['zstd', 'lz4', 'gzip', 'snappy']
  // lz4 and snappy spend bytes on every run: with small records, or 64 bytes a command, they do not come to 4.
  const isInReach = (codec: CompressionName, bytes: number, target: number) =>
    target < 4 || codec === 'zstd' || codec === 'gzip' || (codec === 'lz4' && bytes >= 1000)
  const cases = kinds.flatMap(kind =>
    codecs.flatMap(codec =>
      [100, 1000].flatMap(bytes =>
        [1.5, 2, 4].filter(target => isInReach(codec, bytes, target)).map(target => ({ kind, codec, bytes, target })),
      ),
    ),
  )

  it.each(cases)('$kind payload of $bytes bytes, $codec: $target within 15 %', ({ kind, codec, bytes, target }) => {
    // Frames, stamps and text have a ratio of their own, below which no make-up of the pool can go.
    const least = ratioOf(kind, codec, bytes, 1)
    const ratio = ratioOf(kind, codec, bytes, target) / Math.max(target, least)
    expect(ratio).toBeGreaterThan(0.85)
    expect(ratio).toBeLessThan(1.15)
  })

  const leasts = [
    { kind: 'random', codec: 'zstd', bytes: 1000, least: 1.02 },
    { kind: 'random', codec: 'lz4', bytes: 1000, least: 1.01 },
    { kind: 'text', codec: 'zstd', bytes: 1000, least: 4 / 3 },
    { kind: 'text', codec: 'lz4', bytes: 1000, least: 1.02 },
  ] as const
  it.each(leasts)('$kind payload, $codec: $least by itself', ({ kind, codec, bytes, least }) => {
    expect(ratioOf(kind, codec, bytes, 1) / least).toBeGreaterThan(0.97)
    expect(ratioOf(kind, codec, bytes, 1) / least).toBeLessThan(1.03)
  })
})

describe('file payload', () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-values-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const fileOf = (name: string, content: string) => {
    const path = join(folder, name)
    writeFileSync(path, content)
    return path
  }

  it('is the file, over and over, behind the stamp', () => {
    const line = 'The quick brown fox jumps over the lazy dog.\n'
    const path = fileOf('fox.txt', line)
    const endless = line.repeat(5)
    for (const value of firstBatches(produceOf({ payload: { kind: 'file', path } }), 1)[0]!.values) {
      expect(endless).toContain(value.toString('latin1', 32))
    }
  })

  it('is refused when it is missing or empty', () => {
    const refusal = (path: string) => () =>
      new RecordMaker(produceOf({ payload: { kind: 'file', path } }), 1, identity())
    expect(refusal(join(folder, 'missing'))).toThrow(/file:.*missing cannot be read: ENOENT/)
    expect(refusal(fileOf('empty', ''))).toThrow(/file:.*empty is empty/)
  })
})

describe('templates', () => {
  const json = (template: string, changes: Partial<ProducePlan> = {}) =>
    produceOf({ payload: { kind: 'json', template }, stamp: 'none', ...changes })

  it('render every record anew', () => {
    const [batch] = firstBatches(json('{"id":{{seq}},"at":{{timestampUs}},"who":"{{choice:ä,bb,ccc}}"}'), 1)
    for (const [index, value] of batch!.values.entries()) {
      const { id, at, who } = JSON.parse(value.toString())
      expect([id, at]).toEqual([batch!.sequences[index], wallUs + index])
      expect(['ä', 'bb', 'ccc']).toContain(who)
    }
  })

  it('may render nothing', () => {
    expect(firstBatches(json('', { batchBytes: 256 }), 1)[0]!.values[0]).toEqual(Buffer.alloc(0))
  })

  // 16 pieces of 65,536: exactly 1 MiB. The ü of the second makes the cut fall inside a character.
  const tooLong = ['{{text:65536}}'.repeat(16), `x${'{{text:65535}}ü'.repeat(16)}`]
  it.each(tooLong)('that render 1 MiB or more are refused, never cut (%#)', template => {
    const maker = new RecordMaker(json(template, { batchBytes: 4 * 2 ** 20, bufferBytes: 8 * 2 ** 20 }), 1, identity())
    const batch = maker.pool.take()!
    batch.open(0, 0)
    const append = () => maker.append(batch, 0, wallUs, 0)
    expect(append).toThrow(MillraceError)
    expect(append).toThrow(/values of 1048576 bytes or more/)
  })
})

describe('payload of perf tests', () => {
  const perf = (payload: ProducePlan['payload']) => produceOf({ payload, stamp: 'none', batchBytes: 4_096 })

  it('letters are upper-case letters, all 26 of them, and nothing else is written over them', () => {
    const values = firstBatches(perf({ kind: 'letters' }), 20).flatMap(batch => batch.values.map(String))
    for (const value of values) expect(value).toMatch(/^[A-Z]{100}$/)
    expect(new Set(values.join('')).size).toBe(26)
    expect(new Set(values).size).toBe(values.length)
  })

  it('values are those of a file, drawn at random, of whatever size', () => {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-values-'))
    const path = join(folder, 'values.txt')
    writeFileSync(path, 'a\nbb\n\nccc\n')
    const [batch] = firstBatches(perf({ kind: 'values', path, delimiter: '\\n' }), 1)
    expect(new Set(batch!.values.map(String))).toEqual(new Set(['a', 'bb', '', 'ccc']))
    rmSync(folder, { recursive: true })
  })

  it('numbers count from 0, as text', () => {
    const [batch] = firstBatches(perf({ kind: 'sequence' }), 1)
    expect(batch!.values.map(String)).toEqual(batch!.sequences.map(String))
  })
})
