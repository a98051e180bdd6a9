// Shows how a size-and-key profile is read: both forms, keys made of numbers, and all that is wrong told at once, by line.
// Method: profiles as text; records are made as a producer makes them and decoded again.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { isMillraceError } from '../../../core/errors.ts'
import { readProfile, sizeOfProfile } from '../../../loadgen/payload/profile.ts'
import { parseProfile, profileHeaderLine, profileLine } from '../../../loadgen/payload/profile-text.ts'
import { meanRecordBytes } from '../../../loadgen/rate.ts'
import { RecordMaker } from '../../../loadgen/worker/record-maker.ts'
import { decodeBatches } from '../../../wire/record-batch/decode.ts'
import { sealBatch } from '../../../wire/record-batch/seal.ts'
import { produceOf } from '../plans.ts'
import { identity } from '../stamps.ts'

const dir = mkdtempSync(join(tmpdir(), 'millrace-profile-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const ndjson = (...records: readonly object[]) =>
  [profileHeaderLine('orders', 0), ...records.map(record => JSON.stringify(record))].join('\n')

function textsOf(text: string, path: string) {
  const { sizes, keyOf, keys } = parseProfile(text, path)
  return [...sizes].map((size, index) => [size, keys[keyOf[index]!]?.toString('latin1')])
}

function problemsOf(text: string, path: string): string[] {
  try {
    parseProfile(text, path)
  } catch (error) {
    if (isMillraceError(error)) return error.problems.map(({ path: at, message }) => `${at}: ${message}`)
    throw error
  }
  return []
}

describe('a profile', () => {
  it('as NDJSON: the size of each value, and keys of the length and repetition that they had', () => {
    const records = [{ valueBytes: 10, key: 7, keyBytes: 4 }, { valueBytes: 0 }, { valueBytes: 9, key: 2, keyBytes: 4 }]
    expect(textsOf(ndjson(...records, records[0]!), 'p.ndjson')).toEqual([
      [10, '0000'],
      [0, undefined],
      [9, '0001'],
      [10, '0000'],
    ])
  })

  it('as CSV: keys as they stand there, in double quotes where they have commas or quotes', () => {
    const text = 'value_bytes,key\r\n10,a\r\n20,\r\n30,"b,""c"\r\n10,a\r\n'
    expect(textsOf(text, 'p.csv')).toEqual([
      [10, 'a'],
      [20, undefined],
      [30, 'b,"c'],
      [10, 'a'],
    ])
  })

  it('has keys that all differ, as many as their length can hold', () => {
    const lines = Array.from({ length: 256 }, (_, key) => ({ valueBytes: 1, key, keyBytes: 1 }))
    const { keys } = parseProfile(ndjson(...lines), 'p')
    expect(new Set(keys.map(key => key.toString('hex'))).size).toBe(256)
    expect(problemsOf(ndjson(...lines, { valueBytes: 1, key: 256, keyBytes: 1 }), 'p')).toEqual([
      'p: 257 keys of 1 byte cannot all differ',
    ])
  })

  it('that is wrong: every line that is, with what is wrong in it', () => {
    const text = [
      profileHeaderLine('orders', 0),
      'nonsense',
      '[]',
      '{"valueBytes":-1}',
      profileLine({ valueBytes: 1, key: 1, keyBytes: 5 }),
      '{"valueBytes":1,"key":"alice","keyBytes":5}',
      '{"valueBytes":1,"key":1}',
      profileLine({ valueBytes: 1, key: 1, keyBytes: 6 }),
    ].join('\n')
    expect(problemsOf(text, 'p.ndjson')).toEqual([
      'p.ndjson:2: is not JSON',
      'p.ndjson:3: is no JSON object',
      'p.ndjson:4: valueBytes is not a number of bytes',
      'p.ndjson:6: key is not a whole number from 0',
      'p.ndjson:7: keyBytes is not a number of bytes',
      'p.ndjson:8: key 1 has 6 bytes here and 5 before',
    ])
    expect(problemsOf('value_bytes,key\n1\n1,a,b\nx,a', 'p.csv').map(text => text.slice(0, 8))).toEqual([
      'p.csv:2:',
      'p.csv:3:',
      'p.csv:4:',
    ])
  })

  it('keeps tombstones, partitions and times, counted from its first record', () => {
    const text = ndjson(
      { valueBytes: 5, partition: 3, atMs: 100 },
      { valueBytes: 0, tombstone: true, partition: 0, atMs: 100 },
      { valueBytes: 0, partition: 3, atMs: 250.5 },
    )
    const profile = parseProfile(text, 'p')
    expect([...profile.sizes]).toEqual([5, -1, 0])
    expect([...profile.partitions!]).toEqual([3, 0, 3])
    expect([...profile.timesMs!]).toEqual([0, 0, 150.5])
    expect(sizeOfProfile(profile)).toEqual({ kind: 'uniform', bytesMin: 0, bytesMax: 5 })
  })

  it('has neither partitions nor times where not every record has one, and none of CSV', () => {
    const one = parseProfile(ndjson({ valueBytes: 1, partition: 0 }, { valueBytes: 1 }), 'p')
    for (const profile of [one, parseProfile('value_bytes,key\n1,a\n', 'p.csv')])
      expect([profile.partitions, profile.timesMs]).toEqual([undefined, undefined])
  })

  it('of version 1: times are put together from the gaps within partitions, and never run backwards', () => {
    const header = '{"profile":"millrace","version":1,"topic":"orders"}'
    const records = [
      { valueBytes: 1, partition: 0 },
      { valueBytes: 1, partition: 0, gapMs: 50 },
      // Its own time nobody knows.
      { valueBytes: 1, partition: 1 },
      { valueBytes: 1, partition: 0, gapMs: 55 },
      { valueBytes: 1, partition: 1, gapMs: 10 },
      { valueBytes: 1, partition: 0, gapMs: -20 },
      { valueBytes: 1, partition: 1, gapMs: 60 },
    ]
    const text = [header, ...records.map(record => JSON.stringify(record))].join('\n')
    expect([...parseProfile(text, 'p').timesMs!]).toEqual([0, 50, 50, 105, 105, 105, 120])
  })

  it('with tombstones, partitions or times that cannot be is refused, all of a line at once', () => {
    const text = ndjson(
      { valueBytes: 4, tombstone: true, partition: -1, atMs: -5, gapMs: 'x' },
      { valueBytes: 1, tombstone: 'yes', partition: 0.5 },
      { valueBytes: 1, atMs: 9 },
      { valueBytes: 1, atMs: 8 },
      { valueBytes: 1 },
    )
    expect(problemsOf(text, 'p')).toEqual([
      'p:2: a tombstone has no value, and its valueBytes is 0',
      'p:2: partition is not its number, from 0',
      'p:2: atMs is not a number of milliseconds from 0',
      'p:2: gapMs is not a number of milliseconds',
      'p:3: tombstone is neither true nor false',
      'p:3: partition is not its number, from 0',
      'p:5: atMs 8 is before that of the line before, 9',
      'p:6: has no atMs, and lines before have one',
    ])
  })

  it('of another kind: the first lines that are wrong, and how many more', () => {
    const problems = problemsOf('x\n'.repeat(100), 'p.ndjson')
    expect([problems.length, problems.at(-1)]).toEqual([21, 'p.ndjson: 80 more lines are wrong'])
  })

  it('without records, of another version, or without its columns is refused', () => {
    expect(problemsOf('', 'p')).toEqual(['p: the profile holds no records'])
    expect(problemsOf(ndjson(), 'p')).toEqual(['p: the profile holds no records'])
    expect(problemsOf('{"profile":"millrace","version":3}\n{"valueBytes":1}', 'p')).toEqual([
      'p:1: profiles of the versions 1 and 2 are read, this is another',
    ])
    expect(problemsOf('size,key\n1,a', 'p.csv')).toEqual(['p.csv:1: the first line is not value_bytes,key'])
  })

  it('that is not there is told as a setting', () => {
    expect(() => readProfile(join(dir, 'absent'))).toThrow(/^--payload replay:.*absent cannot be read/)
  })
})

describe('records that follow a profile', () => {
  const path = join(dir, 'p.csv')
  const long = 'k'.repeat(300)
  writeFileSync(path, `value_bytes,key\n10,a\n0,\n3000,${long}\n7,\n`)
  const plan = produceOf({
    payload: { kind: 'replay', path },
    keys: { kind: 'replay', path },
    size: { kind: 'uniform', bytesMin: 0, bytesMax: 3000 },
    stamp: 'header',
    partitioner: { kind: 'murmur2' },
  })

  it('have its sizes and keys in its order, and again from the beginning', () => {
    const maker = new RecordMaker(plan, 1, identity())
    const batch = maker.pool.take()!
    batch.open(0, 0)
    for (let sequence = 0; sequence < 8; sequence++) {
      maker.partitionByKey(sequence, 3)
      expect(maker.append(batch, sequence, 1_767_323_045_678_901, 0)).toBe(true)
    }
    const sealed = sealBatch(maker.slab, batch, 0, { compression: 'none', producerId: -1, producerEpoch: -1 })
    const [decoded] = decodeBatches(Buffer.from(sealed))
    const round = [
      [10, 'a'],
      [0, undefined],
      [3000, long],
      [7, undefined],
    ]
    expect(decoded!.records.map(({ key, value }) => [value!.length, key?.toString()])).toEqual([...round, ...round])
  })

  it('without a key take turns over the partitions', () => {
    const maker = new RecordMaker(plan, 1, identity())
    const batch = maker.pool.take()!
    batch.open(0, 0)
    const partitions = [0, 1, 2, 3, 4, 5].map(sequence => {
      const partition = maker.partitionByKey(sequence, 4)
      maker.append(batch, sequence, 0, 0)
      return partition
    })
    expect([partitions[1], partitions[3], partitions[5]]).toEqual([1, 3, 1])
    expect(partitions[0]).toBe(partitions[4])
  })

  it('have no value where it had none, and carry their headers all the same', () => {
    const nulls = join(dir, 'nulls.ndjson')
    writeFileSync(
      nulls,
      ndjson({ valueBytes: 0, tombstone: true, key: 0, keyBytes: 2 }, { valueBytes: 0 }, { valueBytes: 3 }),
    )
    const maker = new RecordMaker({ ...plan, payload: { kind: 'replay', path: nulls }, keys: { kind: 'replay', path: nulls } }, 1, identity()) // biome-ignore format: one line
    const batch = maker.pool.take()!
    batch.open(0, 0)
    for (let sequence = 0; sequence < 4; sequence++) expect(maker.append(batch, sequence, 0, 0)).toBe(true)
    const sealed = sealBatch(maker.slab, batch, 0, { compression: 'none', producerId: -1, producerEpoch: -1 })
    const [decoded] = decodeBatches(Buffer.from(sealed))
    expect(decoded!.records.map(({ key, value }) => [key?.length, value?.length])).toEqual([
      [2, undefined],
      [undefined, 0],
      [undefined, 3],
      [2, undefined],
    ])
    expect(decoded!.records.every(({ headers }) => headers.length === 1)).toBe(true)
    expect(batch.dataBytes).toBe(2 + 3 + 2)
    expect(meanRecordBytes({ ...plan, payload: { kind: 'replay', path: nulls } })).toBe(5 / 3)
  })

  it('weigh what the profile weighs on average, which turns a rate in bytes into one in records', () => {
    expect(meanRecordBytes(plan)).toBe((11 + 0 + 3300 + 7) / 4)
  })
})
