// Shows that a consuming run reads what it was asked to read, no more and no less, minds groups, transactions and checksums,
// and says how it ended.
// Method: topics are filled by bench produce (counted by other people's tools in its suite), by kafkajs where transactions are
// needed, and damaged where they are stored where a checksum must fail; groups are looked at with other people's tools.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Result } from '../../loadgen/result.ts'
import { Kafka, logLevel, type Transaction } from '../kafkajs.ts'
import { BenchCommand, type BenchOptions, expectCodedError } from './bench/command.ts'
import { describeBrokers } from './brokers/describe-brokers.ts'
import type { TestCluster } from './brokers/target.ts'

describeBrokers('bench consume', broker => {
  let kafka: TestCluster
  let bench: BenchCommand
  beforeAll(async () => {
    kafka = await broker.start()
    bench = await BenchCommand.make(kafka.bootstrap)
    await fill('full', 30_000, ['--partitions', '3', '--keys', 'sequential', '--batch-bytes', '16KiB'])
    await fill('packed', 20_000, ['--partitions', '2', '--payload', 'text', '--compression', 'lz4'])
  })
  afterAll(async () => {
    await bench?.remove()
    await kafka?.stop()
  })

  const fill = (topic: string, records: number, more: readonly string[] = []) =>
    bench.succeed(['produce', '--topic', topic, '--keep-topic', '--records', String(records), ...more])

  async function consume(topic: string, flags: readonly string[] = [], options?: BenchOptions): Promise<Result> {
    return (await bench.succeed(['consume', '--topic', topic, ...flags], options)).result
  }

  const countOf = async (topic: string, flags: readonly string[] = []) =>
    (await consume(topic, flags)).consume!.totalRecords

  describe('from where to where', () => {
    it('by default from the earliest to the end, every record once', async () => {
      const { consume: read, delivery, mode } = await consume('full')
      expect(mode).toBe('consume')
      expect(delivery).toBeUndefined()
      expect(read).toMatchObject({
        totalRecords: 30_000,
        records: 30_000,
        bytes: 30_000 * 120,
        reachedEnd: true,
        crcVerified: true,
        decode: 'records',
        errors: 0,
        retries: 0,
      })
    })

    it.each(['1', '2', '3', '5'])('the same with %s workers', async workers => {
      expect(await countOf('full', ['--workers', workers])).toBe(30_000)
    })

    it('latest: only what comes', async () => {
      await fill('latest', 1_000, ['--partitions', '2'])
      const flags = ['--topic', 'latest', '--from', 'latest', '--records', '321']
      const run = bench.start(['consume', ...flags])
      await run.says('measuring')
      await bench.succeed(['produce', '--topic', 'latest', '--records', '321'])
      const { code, result } = await run.outcome
      expect(code).toBe(0)
      expect(result!.consume).toMatchObject({ totalRecords: 321, reachedEnd: false })
    })

    it('timestamp: from the first record that is not older, in milliseconds or as a date', async () => {
      await fill('timed', 700, ['--partitions', '2'])
      const betweenMs = Date.now() + 1
      await fill('timed', 40)
      expect(await countOf('timed', ['--from', `timestamp:${betweenMs}`])).toBe(40)
      expect(await countOf('timed', ['--from', `timestamp:${new Date(betweenMs).toISOString()}`])).toBe(40)
      expect(await countOf('timed', ['--from', 'timestamp:1000'])).toBe(740)
      expect(await countOf('timed', ['--from', `timestamp:${Date.now() + 60_000}`])).toBe(0)
    })

    it('offsets: only the partitions named, from there on, in the middle of a batch as well', async () => {
      const [first, , third] = await kafka.tools.endOffsets('full')
      for (const decode of ['headers', 'records']) {
        const flags = ['--from', 'offsets:0=17,2=1234', '--decode', decode]
        expect(await countOf('full', flags)).toBe(first! - 17 + third! - 1234)
      }
    })

    it('--records: exactly that many, also for the group, which goes on behind them', async () => {
      const limited = (records: number, workers: number) =>
        consume('full', ['--group', 'limited', '--records', String(records), '--workers', String(workers)])
      expect((await limited(7_001, 1)).consume).toMatchObject({ totalRecords: 7_001, reachedEnd: false })
      expect((await limited(12_345, 3)).consume).toMatchObject({ totalRecords: 12_345, reachedEnd: false })
      expect(await countOf('full', ['--group', 'limited'])).toBe(30_000 - 7_001 - 12_345)
    })

    it('--records waits for those that are still to come', async () => {
      await kafka.tools.createTopic('limited', 2)
      const run = bench.start(['consume', '--topic', 'limited', '--records', '500', '--workers', '2'])
      await run.says('measuring')
      await bench.succeed(['produce', '--topic', 'limited', '--records', '700'])
      const { code, result } = await run.outcome
      expect(code).toBe(0)
      expect(result!.consume!.totalRecords).toBe(500)
    })

    it('goes on behind records that are deleted, and says so', async () => {
      await fill('trimmed', 1_000, ['--partitions', '1', '--batch-bytes', '4KiB'])
      await kafka.tools.deleteRecords('trimmed', 0, 400)
      const { result, stderr } = await bench.succeed(['consume', '--topic', 'trimmed', '--from', 'offsets:0=100'])
      expect(result.consume).toMatchObject({ totalRecords: 600, reachedEnd: true })
      expect(stderr).toContain('offsets 100 to 399 are deleted already')
      expect(await countOf('trimmed')).toBe(600)
    })

    it('an empty topic is read at once', async () => {
      await kafka.tools.createTopic('empty', 3)
      const { consume: read } = await consume('empty', [], { timeoutMs: 15_000 })
      expect(read).toMatchObject({ totalRecords: 0, reachedEnd: true })
    })

    broker.once(() => {
      it('records that do not come are missed, after a while', async () => {
        await fill('short', 10, ['--partitions', '1'])
        const outcome = await bench.run(['consume', '--topic', 'short', '--records', '11'])
        expectCodedError(outcome, { code: 'RECORDS_MISSING', exitCode: 10 })
        expect(outcome.result).toMatchObject({ verdict: 'failed', consume: { totalRecords: 10 } })
      })
    })
  })

  describe('what a record is', () => {
    it.each(['full', 'packed'])('%s: both levels of decoding count the same', async topic => {
      const [headers, records] = [await consume(topic, ['--decode', 'headers']), await consume(topic)]
      expect(headers.consume!.totalRecords).toBe(records.consume!.totalRecords)
      expect(headers.consume!.batches).toBe(records.consume!.batches)
      expect(headers.consume!.wireBytes).toBe(records.consume!.wireBytes)
      expect(headers.consume!.decode).toBe('headers')
    })

    it('bytes are those of keys and values, inflated', async () => {
      const { consume: read } = await consume('packed')
      expect(read!.bytes).toBe(20_000 * 100)
      expect(read!.wireBytes).toBeLessThan(read!.bytes * 0.95)
    })

    it('fetch sizes bound what comes at once', async () => {
      const large = await consume('full', ['--workers', '1'])
      const small = await consume('full', [
        '--workers',
        '1',
        '--partition-max-bytes',
        '16KiB',
        '--fetch-max-bytes',
        '32KiB',
      ])
      expect(small.consume!.totalRecords).toBe(30_000)
      expect(small.consume!.fetches).toBeGreaterThan(large.consume!.fetches * 5)
      expect(small.consume!.wireBytes / small.consume!.fetches).toBeLessThan(3 * 16_384)
    })
  })

  describe('--group', () => {
    it('commits what was read, and starts there the next time', async () => {
      await fill('grouped', 3_000, ['--partitions', '3'])
      expect(await countOf('grouped', ['--group', 'readers', '--workers', '2'])).toBe(3_000)
      const after = await kafka.tools.describeGroup('readers')
      expect(after.map(({ lag }) => lag)).toEqual([0, 0, 0])
      expect(after.reduce((sum, { committed }) => sum + committed, 0)).toBe(3_000)
      expect(await countOf('grouped', ['--group', 'readers'])).toBe(0)
      await fill('grouped', 77)
      expect(await countOf('grouped', ['--group', 'readers'])).toBe(77)
    })

    it('starts where another tool has put the group', async () => {
      await kafka.tools.resetGroup('readers', 'grouped', 100)
      const ends = await kafka.tools.endOffsets('grouped')
      const expected = ends.reduce((sum, end) => sum + Math.max(0, end - 100), 0)
      expect(await countOf('grouped', ['--group', 'readers'])).toBe(expected)
    })

    it('commits exactly as far as it has read when it is interrupted', async () => {
      const flags = ['--topic', 'grouped', '--group', 'stopped', '--duration', '60s']
      const run = bench.start(['consume', ...flags])
      await run.says('measuring')
      run.process.kill('SIGINT')
      const { code, result, stderr, seconds } = await run.outcome
      expect(code).toBe(105)
      expect(seconds).toBeLessThan(45)
      expect(stderr).not.toMatch(/^\s+at /m)
      expect(result).toMatchObject({ verdict: 'interrupted', reasons: [{ code: 'INTERRUPTED' }] })
      const committed = (await kafka.tools.describeGroup('stopped')).reduce((sum, each) => sum + each.committed, 0)
      expect(committed).toBe(result!.consume!.totalRecords)
      expect(committed).toBe(3_077)
    })
  })

  describe('--isolation', () => {
    const topic = 'transactions'
    let open: Transaction
    const client = () => new Kafka({ brokers: [kafka.bootstrap], logLevel: logLevel.NOTHING })
    const count = 40
    const messages = (what: string) => Array.from({ length: count }, (_, index) => ({ value: `${what} ${index}` }))
    let closeAll: () => Promise<void>

    beforeAll(async () => {
      await kafka.tools.createTopic(topic, 2)
      const plain = client().producer()
      // The last transaction stays open until all has been read.
      const settings = { idempotent: true, maxInFlightRequests: 1, transactionTimeout: 300_000 }
      const one = client().producer({ transactionalId: 'one', ...settings })
      const two = client().producer({ transactionalId: 'two', ...settings })
      await Promise.all([plain.connect(), one.connect(), two.connect()])
      closeAll = async () => {
        await open.abort()
        await Promise.all([plain.disconnect(), one.disconnect(), two.disconnect()])
      }
      // Two transactions side by side on the same partitions, so that an abort marker must be told by its producer.
      const aborted = await one.transaction()
      const committed = await two.transaction()
      await aborted.send({ topic, messages: messages('aborted') })
      await committed.send({ topic, messages: messages('committed') })
      await plain.send({ topic, messages: messages('plain') })
      await aborted.send({ topic, messages: messages('aborted') })
      await aborted.abort()
      await committed.send({ topic, messages: messages('committed') })
      await committed.commit()
      const again = await one.transaction()
      await again.send({ topic, messages: messages('committed') })
      await again.commit()
      await plain.send({ topic, messages: messages('plain') })
      open = await two.transaction()
      await open.send({ topic, messages: messages('open') })
    })
    afterAll(() => closeAll?.())

    it('read_committed: what another consumer sees', async () => {
      const lines = await kafka.tools.read(topic, { isolation: 'read_committed' })
      expect(new Set(lines.map(line => line.split(' ')[0]))).toEqual(new Set(['committed', 'plain']))
      expect(lines.length).toBe(5 * count)
      for (const decode of ['headers', 'records']) {
        const { consume: read } = await consume(topic, ['--isolation', 'read_committed', '--decode', decode])
        expect(read).toMatchObject({ totalRecords: lines.length, reachedEnd: true })
      }
    })

    it('read_uncommitted: everything but the markers', async () => {
      const lines = await kafka.tools.read(topic, { recordsMax: 8 * count })
      expect(await countOf(topic)).toBe(lines.length)
      expect(lines.length).toBe(8 * count)
    })
  })

  describe('checksums', () => {
    it('a flipped bit in what is stored is found, and passed over only when asked to', {
      timeout: 120_000,
    }, async () => {
      await fill('flipped', 500, ['--partitions', '1', '--record-size', '200'])
      await kafka.damage('flipped')

      for (const decode of ['headers', 'records']) {
        const outcome = await bench.run(['consume', '--topic', 'flipped', '--decode', decode])
        expectCodedError(outcome, { code: 'BATCH_CORRUPT', exitCode: 24 })
        expect(outcome.stderr).toContain('partition 0, fetched at offset 0: ')
        expect(outcome.result).toMatchObject({ verdict: 'failed', consume: { errorsByCode: { BATCH_CORRUPT: 1 } } })
        const { consume: read } = await consume('flipped', ['--no-crc-check', '--decode', decode])
        expect(read).toMatchObject({ totalRecords: 500, crcVerified: false })
      }
      // The other topics are as they were.
      expect(await countOf('full')).toBe(30_000)
    })
  })
})
