// Shows that batches written by Kafka's own Java producer and stored by the broker are read as Kafka's own consumer reads
// them, for every codec, and that batches built here from the same records are, byte for byte, what Java builds.
// Method: fixtures captured by scripts/capture-batches.ts from real Kafka; the expectations are Kafka's, not ours.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type BatchInput, buildBatch } from '../../../wire/record-batch/build.ts'
import { buildMarker, parseControl } from '../../../wire/record-batch/control.ts'
import { type Batch, decodeBatches } from '../../../wire/record-batch/decode.ts'

interface Fixture {
  readonly log: string
  readonly records: readonly {
    readonly offset: number
    readonly timestampMs: number
    readonly key: string | null
    readonly value: string | null
    readonly headers: readonly { readonly key: string; readonly value: string | null }[]
  }[]
}

const fixturesDir = join(import.meta.dirname, '../../fixtures/batches')
const names = readdirSync(fixturesDir).map(name => name.replace('.json', ''))
const fixtureOf = (name: string): Fixture => JSON.parse(readFileSync(join(fixturesDir, `${name}.json`), 'utf8'))
const logOf = (name: string) => Buffer.from(fixtureOf(name).log, 'hex')
const batchesOf = (name: string) => [...decodeBatches(logOf(name))]

const hex = (bytes: Buffer | null) => (bytes === null ? null : bytes.toString('hex'))
const dataOf = (batches: readonly Batch[]) =>
  batches
    .filter(batch => !batch.control)
    .flatMap(batch => batch.records)
    .map(({ key, value, headers, ...rest }) => ({
      ...rest,
      key: hex(key),
      value: hex(value),
      headers: headers.map(header => ({ key: header.key, value: hex(header.value) })),
    }))

/** What would build the batch anew. */
const inputOf = (batch: Batch): BatchInput => ({
  ...batch,
  records: batch.records.map(record => ({ ...record, offsetDelta: record.offset - batch.baseOffset })),
  ...(batch.timestampType === 'LogAppendTime' ? { logAppendTimeMs: batch.maxTimestampMs } : {}),
})

describe('what Java wrote', () => {
  it('is there for every codec', () => {
    expect(names).toEqual(expect.arrayContaining(['none', 'gzip', 'snappy', 'lz4', 'zstd', 'transactions']))
  })

  it.each(names)('%s is read as the Java consumer reads it', name => {
    expect(dataOf(batchesOf(name))).toEqual(fixtureOf(name).records)
  })

  it.each(names.filter(name => name !== 'transactions'))('%s is one batch of that codec', name => {
    const batches = batchesOf(name)
    expect(batches).toHaveLength(1)
    expect(batches[0]).toMatchObject({
      codec: name.split('-')[0],
      timestampType: name.endsWith('append-time') ? 'LogAppendTime' : 'CreateTime',
      baseTimestampMs: 1_700_000_000_000,
      transactional: false,
      control: false,
      baseSequence: name.endsWith('plain') ? -1 : 0,
      lastOffset: 7,
    })
  })

  it('holds the markers of a commit and an abort, by the producer of the data', () => {
    const batches = batchesOf('transactions')
    expect(batches.map(batch => [batch.control, batch.transactional, batch.baseOffset])).toEqual([
      [false, true, 0],
      [true, true, 2],
      [false, true, 3],
      [true, true, 4],
    ])
    const markers = batches.filter(batch => batch.control).flatMap(batch => batch.records.map(parseControl))
    expect(markers).toEqual([
      { kind: 'commit', coordinatorEpoch: 0 },
      { kind: 'abort', coordinatorEpoch: 0 },
    ])
    expect(new Set(batches.map(batch => batch.producerId)).size).toBe(1)
  })
})

describe('what is built here', () => {
  it.each(['none', 'none-plain'])('is byte for byte what Java built (%s)', name => {
    const log = logOf(name)
    expect(buildBatch(inputOf(batchesOf(name)[0]!)).toString('hex')).toBe(log.toString('hex'))
  })

  it('is byte for byte what the broker wrote for transactions, markers included', () => {
    const rebuilt = batchesOf('transactions').map(batch => {
      if (!batch.control) return buildBatch(inputOf(batch))
      const control = parseControl(batch.records[0]!)
      if (control.kind === 'other') throw new Error('not a marker')
      return buildMarker({ ...batch, ...control, timestampMs: batch.maxTimestampMs })
    })
    expect(Buffer.concat(rebuilt).toString('hex')).toBe(logOf('transactions').toString('hex'))
  })

  it.each(['gzip', 'snappy', 'lz4', 'zstd'])('packs %s so that it reads the same', name => {
    const [rebuilt] = decodeBatches(buildBatch(inputOf(batchesOf(name)[0]!)))
    expect({ ...rebuilt, byteLength: 0 }).toEqual({ ...batchesOf(name)[0], byteLength: 0 })
  })
})
