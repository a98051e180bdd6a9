// Shows that a producing run delivers what it says at the rate that was asked for, treats topics as agreed, and reports
// truthfully, also when it is interrupted.
// Method: the command runs as a process; the brokers are asked with other people's tools, and records are read over wire/.
import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { resultModel } from '../../loadgen/result.ts'
import { Cluster } from '../../wire/cluster.ts'
import type { Batch } from '../../wire/record-batch/decode.ts'
import { stampOf } from '../loadgen/stamps.ts'
import { BenchCommand } from './bench/command.ts'
import { readBatches, readRecords } from './bench/read-back.ts'
import { describeBrokers } from './brokers/describe-brokers.ts'
import type { TestCluster } from './brokers/target.ts'
import { settingsOf } from './settings.ts'

describeBrokers('bench produce', broker => {
  let kafka: TestCluster
  let cluster: Cluster
  let bench: BenchCommand
  let topics = 0
  beforeAll(async () => {
    kafka = await broker.start()
    cluster = await Cluster.connect(settingsOf(kafka.bootstrap))
    bench = await BenchCommand.make(kafka.bootstrap)
  })
  afterAll(async () => {
    await bench?.remove()
    await cluster?.close()
    await kafka?.stop()
  })

  const newTopic = () => `produce-${topics++}`
  const into = (topic: string, partitions = 1) => ['--topic', topic, '--partitions', String(partitions), '--keep-topic']

  async function batchesOf(topic: string): Promise<Batch[]> {
    const batches: Batch[] = []
    for await (const { batch } of readBatches(cluster, topic)) batches.push(batch)
    return batches
  }

  describe('delivery', () => {
    it('--records N leaves exactly N, whatever the workers', async () => {
      const topic = newTopic()
      const { result } = await bench.succeed(['produce', ...into(topic, 5), '--records', '10007', '--workers', '3'])
      const ends = await kafka.tools.endOffsets(topic)
      expect(ends.reduce((sum, end) => sum + end, 0)).toBe(10_007)
      expect((await kafka.tools.read(topic, { recordsMax: 10_007 })).length).toBeGreaterThan(0)
      expect(result.delivery).toMatchObject({ confirmed: true, acked: 10_007, brokerDelta: 10_007 })
      expect(result.delivery!.partitions.map(({ endOffset }) => endOffset)).toEqual(ends)
      expect(result.delivery!.partitions.map(({ acked }) => acked)).toEqual(ends)
      expect(result.delivery!.partitions.every(({ startOffset, leader }) => startOffset === 0 && leader === 1)).toBe(
        true,
      )
    })

    it('counts on from what a topic already holds', async () => {
      const topic = newTopic()
      await bench.succeed(['produce', ...into(topic, 2), '--records', '1000'])
      const { result } = await bench.succeed(['produce', '--topic', topic, '--records', '500'])
      expect(result.environment.topic).toMatchObject({ name: topic, created: false, partitions: 2 })
      expect(result.delivery).toMatchObject({ confirmed: true, acked: 500, brokerDelta: 500 })
      expect(result.delivery!.partitions.reduce((sum, { startOffset }) => sum + startOffset, 0)).toBe(1000)
    })

    it.each(['0', '1', 'all'])('--acks %s: everything arrives and is confirmed', async acks => {
      const topic = newTopic()
      const { result } = await bench.succeed(['produce', ...into(topic, 2), '--records', '50000', '--acks', acks])
      expect((await kafka.tools.endOffsets(topic)).reduce((sum, end) => sum + end, 0)).toBe(50_000)
      expect(result.produce).toMatchObject({ totalRecords: 50_000, errors: 0 })
      expect(result.settings).toMatchObject({
        produce: { acks: acks === 'all' ? -1 : Number(acks), idempotent: false },
      })
      expect(
        (await batchesOf(topic)).every(({ producerId, baseSequence }) => producerId === -1 && baseSequence === -1),
      ).toBe(true)
    })

    it('--idempotent: every batch with producer and sequence, without a gap', async () => {
      const topic = newTopic()
      await bench.succeed(['produce', ...into(topic), '--records', '30000', '--idempotent', '--batch-bytes', '8KiB'])
      const batches = await batchesOf(topic)
      expect(batches.length).toBeGreaterThan(100)
      expect(new Set(batches.map(({ producerId, producerEpoch }) => `${producerId >= 0} ${producerEpoch}`))).toEqual(
        new Set(['true 0']),
      )
      let next = 0
      for (const { baseSequence, records } of batches) {
        expect(baseSequence).toBe(next)
        next += records.length
      }
    })
  })

  describe('batches', () => {
    it('--batch-bytes is their upper limit, and flat out they are full', async () => {
      const topic = newTopic()
      await bench.succeed([
        'produce',
        ...into(topic),
        '--records',
        '20000',
        '--batch-bytes',
        '4000',
        '--linger-ms',
        '50',
      ])
      const sizes = (await batchesOf(topic)).map(({ byteLength }) => byteLength)
      expect(Math.max(...sizes)).toBeLessThanOrEqual(4000)
      expect(sizes.filter(size => size > 3800).length / sizes.length).toBeGreaterThan(0.95)
    })

    broker.once(() => {
      it.each([
        { lingerMs: 0, least: 0.2, most: 1 },
        { lingerMs: 250, least: 0, most: 0.06 },
      ])('--linger-ms $lingerMs decides how many records wait for company', async ({ lingerMs, least, most }) => {
        const topic = newTopic()
        const flags = ['--rate', '200/s', '--duration', '3s', '--warmup', '0s', '--linger-ms', String(lingerMs)]
        const { result } = await bench.succeed(['produce', ...into(topic), ...flags, '--workers', '1'])
        const batchesPerRecord = result.produce!.batches / result.produce!.records
        expect(batchesPerRecord).toBeGreaterThan(least)
        expect(batchesPerRecord).toBeLessThanOrEqual(most)
        expect((await batchesOf(topic)).length).toBeGreaterThanOrEqual(result.produce!.batches)
      })
    })

    it('works with the least of everything: two batches of memory, one request in flight', async () => {
      const topic = newTopic()
      const least = ['--batch-bytes', '1KiB', '--buffer-bytes', '2KiB', '--in-flight', '1', '--request-bytes', '1KiB']
      await bench.succeed(['produce', ...into(topic, 6), '--records', '2000', ...least])
      expect((await kafka.tools.endOffsets(topic)).reduce((sum, end) => sum + end, 0)).toBe(2000)
    })
  })

  describe('--rate', () => {
    const flags = ['--duration', '8s', '--warmup', '1s', '--workers', '2']

    it('in records: exactly what was asked for, second by second', async () => {
      const topic = newTopic()
      const { result } = await bench.succeed(['produce', ...into(topic, 3), ...flags, '--rate', '5k/s'])
      const { offered, records, recordsPerSec, latency } = result.produce!
      expect(result.measuredSeconds).toBeGreaterThan(7.99)
      expect(offered).toBe(40_000)
      // What a busy machine is late with at one edge of the measured time is counted on the other side of it.
      expect(Math.abs(records / offered! - 1)).toBeLessThan(0.1)
      expect(Math.abs(recordsPerSec / 5000 - 1)).toBeLessThan(0.1)
      expect(latency!.from).toBe('intended')
      // An answer at the very edge of the measured time may be counted on one side of it and timed on the other.
      expect(Math.abs(latency!.count / records - 1)).toBeLessThan(0.01)
      const written = (await kafka.tools.endOffsets(topic)).reduce((sum, end) => sum + end, 0)
      expect(written).toBe(45_000)
      // Every second has its share: the schedule does not run in bursts.
      const whole = result.windows.filter(({ warmup, seconds }) => !warmup && seconds > 0.9)
      expect(whole.length).toBeGreaterThanOrEqual(7)
      const even = whole.filter(({ produced, seconds }) => Math.abs(produced! / seconds / 5000 - 1) < 0.25)
      expect(even.length).toBeGreaterThan(whole.length / 2)
    })

    broker.once(() => {
      it('in bytes: keys and values together', async () => {
        const topic = newTopic()
        const size = ['--record-size', '480..520', '--keys', 'sequential']
        const { result } = await bench.succeed(['produce', ...into(topic, 3), ...flags, ...size, '--rate', '2MB/s'])
        const { records, bytes, mbPerSec } = result.produce!
        expect(Math.abs(mbPerSec / 2 - 1)).toBeLessThan(0.1)
        expect(Math.abs(bytes / records / 520 - 1)).toBeLessThan(0.01)
        const stored = (await readRecords(cluster, topic)).reduce(
          (sum, { key, value }) => sum + key!.length + value!.length,
          0,
        )
        expect(Math.abs(stored / 18e6 - 1)).toBeLessThan(0.01)
      })
    })
  })

  describe('topics', () => {
    it('creates what it was asked for, and deletes what it created', async () => {
      const topic = newTopic()
      const flags = ['--topic', topic, '--partitions', '4', '--replication-factor', '1']
      // Without keys a compacted topic takes no records.
      const load = ['--keys', 'sequential', '--rate', '100/s', '--duration', '60s', '--warmup', '0s']
      const config = ['--topic-config', 'max.message.bytes=123456', '--topic-config', 'cleanup.policy=compact']
      const run = bench.start(['produce', ...flags, ...config, ...load])
      await run.says('measuring')
      expect(await kafka.tools.describeTopic(topic)).toMatchObject({
        partitions: 4,
        replicationFactor: 1,
        configs: { 'max.message.bytes': '123456', 'cleanup.policy': 'compact' },
      })
      run.process.kill('SIGINT')
      const { result } = await run.outcome
      expect(result).toMatchObject({ verdict: 'interrupted', delivery: { confirmed: true } })
      expect(result!.environment.topic).toMatchObject({
        name: topic,
        partitions: 4,
        replicationFactor: 1,
        created: true,
        configs: { 'max.message.bytes': '123456', 'cleanup.policy': 'compact' },
      })
      expect(await kafka.tools.topicNames()).not.toContain(topic)
    })

    it('makes one of its own when none is named, and removes it', async () => {
      const before = await kafka.tools.topicNames()
      const { result, stderr } = await bench.succeed(['produce', '--records', '1000'])
      expect(result.environment.topic).toMatchObject({ name: expect.stringMatching(/^millrace-bench-/), created: true })
      expect(stderr).toContain(result.environment.topic.name)
      expect(await kafka.tools.topicNames()).toEqual(before)
    })

    it('never deletes a topic that was there, and says so when its layout is another', async () => {
      const topic = newTopic()
      await kafka.tools.createTopic(topic, 2)
      const { result, stderr } = await bench.succeed([
        'produce',
        '--topic',
        topic,
        '--partitions',
        '5',
        '--records',
        '10',
      ])
      expect(result.environment.topic).toMatchObject({ partitions: 2, created: false })
      expect(stderr).toContain(`topic ${topic} exists with 2 partitions`)
      expect((await kafka.tools.endOffsets(topic)).length).toBe(2)
    })
  })

  broker.once(() => {
    describe('report', () => {
      it('says where and with what the run was, in a summary and in JSON', async () => {
        const out = bench.path('own.json')
        const flags = ['--records', '20000', '--record-size', '1KiB', '--seed', '5', '--out', out]
        const outcome = await bench.run(['produce', ...into(newTopic(), 3), ...flags])
        expect(outcome.code).toBe(0)
        const result = resultModel.parse(JSON.parse(await readFile(out, 'utf8')))
        expect(result).toMatchObject({
          schemaVersion: 1,
          verdict: 'ok',
          mode: 'produce',
          settings: { seed: 5, records: 20_000, produce: { size: { kind: 'fixed', bytes: 1024 } } },
          environment: { cluster: { version: expect.stringContaining('4.'), brokers: [{ id: 1 }] } },
        })
        const { records, bytes, recordsPerSec, mbPerSec, mibPerSec, latency } = result.produce!
        expect(bytes).toBe(records * 1024)
        expect(mbPerSec).toBeCloseTo((recordsPerSec * 1024) / 1e6, 6)
        expect(mibPerSec).toBeCloseTo((recordsPerSec * 1024) / 2 ** 20, 6)
        expect(latency!.p50Ms).toBeGreaterThan(0)
        expect(latency!.maxMs).toBeGreaterThanOrEqual(latency!.p9999Ms)
        expect(result.cpuUsPerRecord).toBeGreaterThan(0)
        expect(outcome.stdout).toContain('20,000')
      })

      it('--json prints the same result, and nothing else, to standard output', async () => {
        const { stdout, result } = await bench.succeed(['produce', ...into(newTopic()), '--records', '100', '--json'])
        expect(resultModel.parse(JSON.parse(stdout))).toEqual(result)
      })

      it('takes flags from the environment', async () => {
        const env = { MILLRACE_RECORD_SIZE: '33', MILLRACE_RECORDS: '77', MILLRACE_KEYS: 'sequential' }
        const topic = newTopic()
        await bench.succeed(['produce', ...into(topic), '--records', '78'], { env })
        const records = await readRecords(cluster, topic)
        expect(records.length).toBe(78)
        expect(records.every(({ key, value }) => key!.length === 20 && value!.length === 33)).toBe(true)
      })
    })
  })

  describe('Ctrl-C', () => {
    it('drains, confirms, reports, and removes the topic', async () => {
      const topic = newTopic()
      const flags = ['--topic', topic, '--partitions', '3', '--rate', '20k/s', '--duration', '60s', '--warmup', '0s']
      const run = bench.start(['produce', ...flags, '--linger-ms', '300'])
      await run.says('measuring')
      run.process.kill('SIGINT')
      const { code, result, stdout, stderr, seconds } = await run.outcome
      expect(code).toBe(105)
      expect(seconds).toBeLessThan(45)
      expect(result).toMatchObject({
        verdict: 'interrupted',
        reasons: [{ code: 'INTERRUPTED' }],
        produce: { errors: 0 },
        delivery: { confirmed: true, acked: result!.produce!.totalRecords },
      })
      expect(result!.produce!.totalRecords).toBeGreaterThan(1_000)
      expect(stdout).toContain('interrupted')
      expect(stderr).not.toMatch(/^\s+at /m)
      expect(await kafka.tools.topicNames()).not.toContain(topic)
    })

    it('twice leaves at once', async () => {
      const flags = [...into(newTopic()), '--rate', '1k/s', '--duration', '60s', '--warmup', '0s']
      const run = bench.start(['produce', ...flags, '--acks', '1'])
      await run.says('measuring')
      await kafkaPaused(async () => {
        run.process.kill('SIGINT')
        await run.says('draining')
        await delay(300)
        const askedMs = performance.now()
        run.process.kill('SIGINT')
        const { code, result } = await run.outcome
        // The delivery timeout, which a drain would wait for, is two minutes.
        expect(performance.now() - askedMs).toBeLessThan(15_000)
        expect(code).toBe(105)
        expect(result).toBeUndefined()
      })
    })

    /** A broker that does not answer keeps a run from draining. */
    async function kafkaPaused(work: () => Promise<void>): Promise<void> {
      const [frozen] = kafka.brokers
      await frozen!.freeze()
      try {
        await work()
      } finally {
        await frozen!.thaw()
      }
    }
  })

  it('stamps are in order within each partition, whatever is in flight', async () => {
    const topic = newTopic()
    await bench.succeed(['produce', ...into(topic, 3), '--records', '100000', '--in-flight', '8', '--workers', '1'])
    const last = [-1, -1, -1]
    for (const { partition, value } of await readRecords(cluster, topic)) {
      const { sequence } = stampOf(value!)!
      expect(sequence).toBe(last[partition]! + 1)
      last[partition] = sequence
    }
  })
})
