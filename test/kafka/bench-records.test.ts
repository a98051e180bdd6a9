// Shows that every flag that shapes records does what it says: sizes, keys, payload, headers, partitioner, compression.
// Method: the command runs as a process, and what it left in the topic is read back over wire/ record by record, or by
// somebody else's consumer.
import { writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Cluster } from '../../wire/cluster.ts'
import { numberOf, stampOf, streamsOf, upTo } from '../loadgen/stamps.ts'
import { BenchCommand } from './bench/command.ts'
import { countByPartition, type ReadRecord, readBatches, readRecords } from './bench/read-back.ts'
import { describeBrokers } from './brokers/describe-brokers.ts'
import type { SharedCluster } from './brokers/target.ts'
import { settingsOf } from './settings.ts'

describeBrokers('bench produce, record by record', broker => {
  let kafka: SharedCluster
  let cluster: Cluster
  let bench: BenchCommand
  let topics = 0
  beforeAll(async () => {
    kafka = await broker.shared()
    cluster = await Cluster.connect(settingsOf(kafka.bootstrap))
    bench = await BenchCommand.make(kafka.bootstrap)
  })
  afterAll(async () => {
    await bench?.remove()
    await cluster?.close()
    await kafka?.stop()
  })

  /** Produces into a new topic and keeps it. */
  async function produce(flags: readonly string[], partitions = 1) {
    const topic = `records-${topics++}`
    const into = ['--topic', topic, '--partitions', String(partitions), '--keep-topic', '--workers', '1']
    const { result } = await bench.succeed(['produce', ...into, ...flags])
    return { topic, result, records: await readRecords(cluster, topic) }
  }

  const shareOf = (records: readonly ReadRecord[], is: (record: ReadRecord) => boolean) =>
    records.filter(is).length / records.length

  it('stamps every record with its own number and moment, which is also its timestamp', async () => {
    const startedMs = Date.now()
    const { records, result } = await produce(['--records', '20000', '--workers', '3'], 4)
    expect(result.produce!.totalRecords).toBe(20_000)
    const values = [0, 1, 2, 3].map(own =>
      records.filter(({ partition }) => partition === own).map(({ value }) => value!),
    )
    for (const sequences of streamsOf(values).values()) expect(sequences).toEqual(upTo(sequences.length))
    for (const { value, timestampMs } of records) {
      expect(Math.floor(stampOf(value!)!.intendedUs / 1000)).toBe(timestampMs)
    }
    expect(new Set(records.map(({ value }) => stampOf(value!)!.run)).size).toBe(1)
    const times = records.map(({ timestampMs }) => timestampMs)
    expect(Math.min(...times)).toBeGreaterThanOrEqual(startedMs)
    expect(Math.max(...times)).toBeLessThanOrEqual(Date.now())
    // The payload behind the stamp differs as well.
    expect(new Set(records.map(({ value }) => value!.toString('latin1', 32))).size).toBe(20_000)
  })

  broker.once(() => {
    it('makes the same records from the same seed, and others from another', async () => {
      const payloads = async (seed: string) => {
        const flags = [
          '--records',
          '500',
          '--seed',
          seed,
          '--keys',
          'uniform:1000',
          '--record-size',
          '20..60',
          '--stamp',
          'none',
        ]
        const { records } = await produce([...flags, '--partitioner', 'sticky'])
        return records.map(({ key, value }) => `${key} ${value!.toString('hex')}`)
      }
      const [first, same, other] = [await payloads('7'), await payloads('7'), await payloads('8')]
      expect(same).toEqual(first)
      expect(other).not.toEqual(first)
    })

    describe('--record-size', () => {
      const sizesOf = async (size: string, count: number) =>
        (await produce(['--record-size', size, '--records', String(count)])).records.map(({ value }) => value!.length)

      it.each(['1', '100', '64KiB'])('%s is exactly that', async size => {
        const bytes = size === '64KiB' ? 65_536 : Number(size)
        expect(new Set(await sizesOf(size, 200))).toEqual(new Set([bytes]))
      })

      it('100..1024 is uniform in between', async () => {
        const sizes = await sizesOf('100..1024', 20_000)
        expect([Math.min(...sizes), Math.max(...sizes)]).toEqual([100, 1024])
        const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length
        expect(Math.abs(mean - 562)).toBeLessThan(8) // four standard errors of 267 / sqrt(20000)
        expect(new Set(sizes).size).toBe(925)
      })

      it('takes ranges with weights', async () => {
        const sizes = await sizesOf('64..256:70,1KiB..4KiB:30', 20_000)
        const small = sizes.filter(size => size <= 256)
        expect(sizes.every(size => (size >= 64 && size <= 256) || (size >= 1024 && size <= 4096))).toBe(true)
        expect(Math.abs(small.length / sizes.length - 0.7)).toBeLessThan(0.015)
      })
    })

    describe('--keys', () => {
      it('none: null keys', async () => {
        const { records } = await produce(['--records', '100', '--keys', 'none'])
        expect(records.every(({ key }) => key === null)).toBe(true)
      })

      it('sequential: the number of the record', async () => {
        const { records } = await produce(['--records', '1000', '--keys', 'sequential', '--stamp', 'none'], 3)
        for (const record of records) expect(Number(record.key!.toString().slice(4))).toBe(numberOf(record.value!))
      })

      it('uniform:N: N keys, equally often', async () => {
        const { records } = await produce(['--records', '20000', '--keys', 'uniform:20'])
        const counts = Map.groupBy(records, ({ key }) => key!.toString())
        expect(counts.size).toBe(20)
        for (const [, { length }] of counts) expect(Math.abs(length - 1000)).toBeLessThan(130)
      })

      it('zipf:N:s: the k-th key with a share of 1 / k^s', async () => {
        const { records } = await produce(['--records', '50000', '--keys', 'zipf:100:1'])
        const total = Array.from({ length: 100 }, (_, index) => 1 / (index + 1)).reduce((sum, part) => sum + part, 0)
        for (const rank of [1, 2, 5]) {
          const share = shareOf(records, ({ key }) => Number(key!.toString().slice(4)) === rank - 1)
          expect(Math.abs(share - 1 / rank / total)).toBeLessThan(0.01)
        }
      })

      it('hot:p: one key has that share', async () => {
        const { records } = await produce(['--records', '20000', '--keys', 'hot:0.3'])
        const byKey = [...Map.groupBy(records, ({ key }) => key!.toString())].sort(
          ([, a], [, b]) => b.length - a.length,
        )
        expect(Math.abs(byKey[0]![1].length / 20_000 - 0.3)).toBeLessThan(0.015)
        expect(byKey[1]![1].length).toBeLessThan(10)
      })
    })
  })

  describe('--partitioner', () => {
    it('sticky: whole batches, spread over all partitions', async () => {
      const { topic, records } = await produce(['--records', '60000', '--batch-bytes', '16KiB'], 6)
      for (const count of countByPartition(records, 6)) expect(Math.abs(count - 10_000)).toBeLessThan(3_000)
      let batches = 0
      for await (const _ of readBatches(cluster, topic)) batches++
      expect(records.length / batches).toBeGreaterThan(100)
    })

    it('roundrobin: the same number to each, one after the other', async () => {
      const { records } = await produce(['--records', '6000', '--partitioner', 'roundrobin', '--stamp', 'none'], 6)
      expect(countByPartition(records, 6)).toEqual([1000, 1000, 1000, 1000, 1000, 1000])
      for (const [, own] of Map.groupBy(records, ({ partition }) => partition)) {
        expect(new Set(own.map(({ value }) => numberOf(value!) % 6)).size).toBe(1)
      }
    })

    it('manual: only to those named', async () => {
      const { records } = await produce(['--records', '1000', '--partitioner', 'manual:0,4'], 5)
      expect(countByPartition(records, 5)).toEqual([500, 0, 0, 0, 500])
    })

    it('murmur2: every key where other producers put it', async () => {
      const { records } = await produce(['--records', '5000', '--keys', 'uniform:300'], 7)
      const ours = new Map(records.map(({ key, partition }) => [key!.toString(), partition]))
      expect(ours.size).toBe(300)
      await kafka.tools.createTopic('by-others', 7)
      const lines = [...ours.keys()].map(key => `${key}\tx`)
      await kafka.tools.write('by-others', lines, { keyed: true })
      const written = await readRecords(cluster, 'by-others')
      expect(new Map(written.map(each => [each.key!.toString(), each.partition]))).toEqual(ours)
    })
  })

  broker.once(() => {
    describe('--payload', () => {
      it('random: every byte value about equally often', async () => {
        const { records } = await produce(['--records', '2000', '--record-size', '288'])
        const counts = new Array<number>(256).fill(0)
        for (const { value } of records) for (const byte of value!.subarray(32)) counts[byte]!++
        for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(250)
      })

      it('text: printable, and the stamp is too', async () => {
        const { topic, records } = await produce(['--records', '500', '--payload', 'text'])
        for (const { value } of records) expect(value!.toString('latin1')).toMatch(/^[\w-]{43}[A-Za-z0-9 .]{57}$/)
        const lines = await kafka.tools.read(topic, { recordsMax: 500 })
        expect(lines).toEqual(records.map(({ value }) => value!.toString()))
      })

      const template =
        '{"id":"{{uuid}}","n":{{seq}},"at":{{timestampMs}},"user":{{int:1..5000}},"type":"{{choice:view,buy}}","ok":{{bool}}}'

      it('json: documents from a template, each its own', async () => {
        const { records } = await produce(['--records', '1000', '--payload', `json:${template}`])
        const documents = records.map(({ value }) => JSON.parse(value!.toString()))
        expect(documents.map(({ n }) => n)).toEqual(Array.from({ length: 1000 }, (_, index) => index))
        expect(new Set(documents.map(({ id }) => id)).size).toBe(1000)
        expect(new Set(documents.map(({ type }) => type))).toEqual(new Set(['view', 'buy']))
        expect(documents.every(({ user, ok }) => user >= 1 && user <= 5000 && typeof ok === 'boolean')).toBe(true)
        for (const [index, { at }] of documents.entries()) expect(at).toBe(records[index]!.timestampMs)
      })

      it('json:@FILE: the same from a file', async () => {
        await writeFile(bench.path('template.json'), '{"n":{{seq}}}')
        const { records } = await produce(['--records', '10', '--payload', `json:@${bench.path('template.json')}`])
        expect(records.map(({ value }) => value!.toString())).toEqual(records.map((_, index) => `{"n":${index}}`))
      })

      it('file:PATH: pieces of the file behind the stamp', async () => {
        const text = Array.from({ length: 4_000 }, (_, index) => `${index} bottles of beer\n`).join('')
        await writeFile(bench.path('song.txt'), text)
        const { records } = await produce(['--records', '1000', '--payload', `file:${bench.path('song.txt')}`])
        const pieces = records.map(({ value }) => value!.toString('latin1', 32))
        const twice = `${text}${text}`
        expect(pieces.filter(piece => !twice.includes(piece))).toEqual([])
        expect(new Set(pieces).size).toBeGreaterThan(600)
      })
    })
  })

  it('--header: on every record, seen by another consumer', async () => {
    const { topic, records } = await produce(['--records', '50', '--header', 'source=bench', '--header', 'empty='])
    const [first] = records
    expect(first!.headers.map(({ key, value }) => [key, value?.toString()])).toEqual([
      ['source', 'bench'],
      ['empty', ''],
    ])
    const lines = await kafka.tools.read(topic, { recordsMax: 50, print: ['headers', 'key'] })
    expect(lines.filter(line => line.startsWith('source:bench,empty:\tnull\t')).length).toBeGreaterThan(0)
  })

  describe('--compression', () => {
    it.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'])('%s is what the batches carry and others read', async codec => {
      const flags = ['--records', '3000', '--payload', 'text', '--compression', codec]
      const { topic, result, records } = await produce([...flags, '--compression-ratio', '4'])
      const codecs = new Set<string>()
      for await (const { batch } of readBatches(cluster, topic)) codecs.add(batch.codec)
      expect([...codecs]).toEqual([codec])
      expect(await kafka.tools.read(topic, { recordsMax: 3000 })).toEqual(records.map(({ value }) => value!.toString()))
      if (codec === 'none') expect(result.produce!.compressionRatio).toBeUndefined()
      else expect(result.produce!.compressionRatio).toBeGreaterThan(1.5)
    })

    it.each([1, 2, 5])('reaches a target ratio of %d within a fifth', async target => {
      const flags = ['--records', '20000', '--record-size', '1000', '--compression', 'zstd']
      const { result } = await produce([...flags, '--compression-ratio', String(target)])
      expect(Math.abs(result.produce!.compressionRatio! / target - 1)).toBeLessThan(0.2)
    })
  })
})
