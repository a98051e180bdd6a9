// Shows that the console tools of the newest Apache Kafka work against the embedded broker: topics, settings, records, offsets,
// log directories, quorum, transactions, and the performance tools with every codec, idempotent and transactional. What groups
// are asked is in java-groups.test.ts. A JVM takes a second to start, so the questions are asked side by side.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { RunningCluster } from '../../../broker/running.ts'
import { describeKafka } from '../../kafka/harness/describe-kafka.ts'
import { installKafka } from '../../kafka/harness/index.ts'
import { runTool } from '../../kafka/harness/tools.ts'
import { storedBatches, storedCodecs } from './stored.ts'

const timeoutMs = 150_000
const codecs = ['gzip', 'lz4', 'none', 'snappy', 'zstd']

let running: RunningCluster
let installDir: string
let bootstrap: string[]
let dir: string

beforeAll(async () => {
  installDir = await installKafka()
  dir = await mkdtemp(join(tmpdir(), 'millrace-java-tools-'))
  running = await RunningCluster.start({ brokers: 3, configs: { 'auto.create.topics.enable': 'false' } })
  bootstrap = ['--bootstrap-server', running.brokers.map(({ host, port }) => `${host}:${port}`).join(',')]
}, 300_000)
afterAll(async () => {
  await running?.close()
  await rm(dir, { recursive: true, force: true })
})

async function tool(name: string, args: readonly string[], input = ''): Promise<string> {
  const result = await runTool(installDir, name, [...bootstrap, ...args], { input, timeoutMs: 60_000 })
  expect(result, `${name} ${args.join(' ')}\n${result.stdout}${result.stderr}`).toMatchObject({ code: 0 })
  return result.stdout
}

const create = (name: string, partitions = 1) =>
  expect(running.state.topics.create({ name, partitions, replicationFactor: 3 })).not.toHaveProperty('errorCode')
const linesOf = (output: string) => output.split('\n').filter(line => line !== '')
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `${from + index}`)

describeKafka('console tools of Apache Kafka', () => {
  it('kafka-topics creates, describes, grows, lists and deletes', { timeout: timeoutMs }, async () => {
    const topics = (...args: string[]) => tool('kafka-topics', args)
    const wanted = ['--partitions', '3', '--replication-factor', '3', '--config', 'retention.ms=3600000']
    expect(await topics('--create', '--topic', 'made', ...wanted)).toContain('Created topic made.')
    await topics('--alter', '--topic', 'made', '--partitions', '5')
    running.state.shrinkIsr(running.state.partition('made', 4)!, 2)
    const [described, under, listed] = await Promise.all([
      topics('--describe', '--topic', 'made'),
      topics('--describe', '--under-replicated-partitions'),
      topics('--list'),
    ])
    expect(described).toMatch(/PartitionCount: 5\tReplicationFactor: 3\tConfigs: .*retention.ms=3600000/)
    for (const { index, leaderId, replicas, isr } of running.state.topics.byName('made')!.partitions) {
      expect(described).toContain(
        `Topic: made\tPartition: ${index}\tLeader: ${leaderId}\tReplicas: ${replicas.join(',')}\tIsr: ${isr.join(',')}\t`,
      )
    }
    expect(linesOf(under).map(line => /Partition: (\d+)/.exec(line)?.[1])).toEqual(['4'])
    expect(linesOf(listed)).toContain('made')
    await topics('--delete', '--topic', 'made')
    expect(running.state.topics.byName('made')).toBeUndefined()
  })

  it('kafka-configs shows and changes settings of topics and brokers', { timeout: timeoutMs }, async () => {
    create('set')
    const configs = (...args: string[]) => tool('kafka-configs', args)
    const topic = ['--entity-type', 'topics', '--entity-name', 'set']
    const all = ['--entity-type', 'brokers', '--entity-default']
    await Promise.all([
      configs('--alter', ...topic, '--add-config', 'retention.ms=5000,max.message.bytes=2000'),
      configs('--alter', ...all, '--add-config', 'log.retention.bytes=7777777'),
    ])
    await configs('--alter', ...topic, '--delete-config', 'retention.ms')
    const [ofTopic, ofBrokers, ofBroker] = await Promise.all([
      configs('--describe', ...topic, '--all'),
      configs('--describe', ...all),
      configs('--describe', '--entity-type', 'brokers', '--entity-name', '2', '--all'),
    ])
    expect(ofTopic).toContain(
      '  max.message.bytes=2000 sensitive=false synonyms={DYNAMIC_TOPIC_CONFIG:max.message.bytes=2000, ',
    )
    expect(ofTopic).toContain('  retention.ms=604800000 ')
    expect(ofTopic).toContain('  retention.bytes=7777777 sensitive=false synonyms={DYNAMIC_DEFAULT_BROKER_CONFIG:')
    expect(ofBrokers).toContain('  log.retention.bytes=7777777 ')
    expect(ofBroker).toContain('  num.partitions=1 ')
  })

  it('what kafka-console-producer writes, the others read, measure and delete', { timeout: timeoutMs }, async () => {
    create('spoken', 2)
    const produce = (codec: string, from: number) => {
      const keyed = ['--reader-property', 'parse.key=true', '--reader-property', 'key.separator=:']
      const input = numbers(from, from + 50).map(each => `key-${each}:value-${each}\n`)
      return tool(
        'kafka-console-producer',
        ['--topic', 'spoken', '--compression-codec', codec, ...keyed],
        input.join(''),
      )
    }
    await Promise.all([produce('zstd', 0), produce('none', 50)])
    expect(storedCodecs(running.state, 'spoken')).toEqual(['none', 'zstd'])
    const ends = running.state.topics.byName('spoken')!.partitions.map(({ log }) => log.endOffset)
    expect(ends[0]! + ends[1]!).toBe(100)
    const shown = ['print.key', 'print.partition', 'print.offset'].flatMap(each => [
      '--formatter-property',
      `${each}=true`,
    ])
    const [read, latest, earliest, dirs] = await Promise.all([
      tool('kafka-console-consumer', ['--topic', 'spoken', '--from-beginning', '--max-messages', '100', ...shown]),
      tool('kafka-get-offsets', ['--topic', 'spoken']),
      tool('kafka-get-offsets', ['--topic', 'spoken', '--time', 'earliest']),
      tool('kafka-log-dirs', ['--describe', '--topic-list', 'spoken']),
    ])
    expect(linesOf(read)).toHaveLength(100)
    const values = linesOf(read).map(line => /^Partition:\d\tOffset:\d+\tkey-(\d+)\tvalue-\1$/.exec(line)?.[1])
    expect(values.map(Number).sort((a, b) => a - b)).toEqual(numbers(0, 100).map(Number))
    expect(linesOf(latest)).toEqual(ends.map((end, index) => `spoken:${index}:${end}`))
    expect(linesOf(earliest)).toEqual(['spoken:0:0', 'spoken:1:0'])
    const { brokers } = JSON.parse(dirs.slice(dirs.indexOf('{"brokers"')))
    const sizes = running.state.topics.byName('spoken')!.partitions.map(({ log }) => log.sizeBytes)
    expect(brokers).toHaveLength(3)
    for (const { logDirs } of brokers) {
      const found = logDirs[0].partitions.map(({ size }: { size: number }) => size)
      expect(found.sort()).toEqual(sizes.sort())
    }
    const file = join(dir, 'delete.json')
    await writeFile(file, JSON.stringify({ version: 1, partitions: [{ topic: 'spoken', partition: 0, offset: 3 }] }))
    expect(await tool('kafka-delete-records', ['--offset-json-file', file])).toContain('spoken-0\tlow_watermark: 3')
    expect(running.state.partition('spoken', 0)!.log.startOffset).toBe(3)
  })

  it('the performance tools write with every codec, idempotent and in transactions', {
    timeout: timeoutMs,
  }, async () => {
    create('measured')
    create('transacted')
    const perf = (topic: string, count: number, ...more: string[]) => {
      const load = ['--num-records', `${count}`, '--record-size', '100', '--throughput', '-1']
      return tool('kafka-producer-perf-test', ['--topic', topic, ...load, ...more])
    }
    const properties = (...pairs: string[]) => pairs.flatMap(pair => ['--command-property', pair])
    // Two at a time: each has a heap and a compiler of its own.
    const loads = codecs.map(
      codec => () => perf('measured', 2_000, ...properties('acks=all', `compression.type=${codec}`)),
    )
    const transactional = ['--transactional-id', 'perf', '--transaction-duration-ms', '20']
    loads.push(() => perf('transacted', 3_000, ...transactional))
    for (let index = 0; index < loads.length; index += 2) {
      const said = await Promise.all(loads.slice(index, index + 2).map(run => run()))
      for (const each of said) expect(each).toMatch(/^[23]000 records sent, /m)
    }
    const written = storedBatches(running.state, 'measured')
    expect(storedCodecs(running.state, 'measured')).toEqual(codecs)
    expect(written.every(({ producerId }) => producerId >= 0)).toBe(true)
    const batches = storedBatches(running.state, 'transacted')
    expect(batches.filter(({ isControl }) => isControl).length).toBeGreaterThan(0)
    const records = batches.filter(({ isControl }) => !isControl).map(each => each.records)
    expect(records.reduce((sum, each) => sum + each, 0)).toBe(3_000)
    const consumed = await tool('kafka-consumer-perf-test', [
      '--topic',
      'measured',
      '--num-records',
      '10000',
      '--timeout',
      '20000',
    ])
    expect(linesOf(consumed).at(-1)!.split(',')[4]!.trim()).toBe('10000')
  })

  it('kafka-transactions and kafka-metadata-quorum tell what there is', { timeout: timeoutMs }, async () => {
    create('owned')
    const partition = ['--topic', 'transacted', '--partition', '0']
    const [listed, described, producers, hanging, status, replication] = await Promise.all([
      tool('kafka-transactions', ['list']),
      tool('kafka-transactions', ['describe', '--transactional-id', 'perf']),
      tool('kafka-transactions', ['describe-producers', ...partition]),
      tool('kafka-transactions', ['find-hanging', '--broker-id', '1']),
      tool('kafka-metadata-quorum', ['describe', '--status']),
      tool('kafka-metadata-quorum', ['describe', '--replication']),
    ])
    expect(listed).toMatch(/^perf\s.*CompleteCommit/m)
    expect(described).toMatch(/\bperf\s.*CompleteCommit/)
    expect(linesOf(producers)[1]).toMatch(/\sNone\s*$/)
    // Its heading alone.
    expect(linesOf(hanging)).toHaveLength(1)
    expect(status).toMatch(new RegExp(`^ClusterId: +${running.state.clusterId}$`, 'm'))
    expect(
      linesOf(replication)
        .slice(1)
        .map(line => line.split(/\s+/)[0]),
    ).toEqual(['1', '2', '3'])
  })
})
