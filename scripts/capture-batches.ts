// Writes test/fixtures/batches/*.json: record batches as Kafka's own Java producer made them and the broker stored them,
// with what Kafka's own consumer reads from them. Needs a JDK. Run by hand, when a new kind of batch is wanted:
//   node scripts/capture-batches.ts
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type KafkaCluster, startKafka } from '../test/kafka/harness/index.ts'

const fixturesDir = join(import.meta.dirname, '../test/fixtures/batches')
const producerPath = join(import.meta.dirname, 'CaptureBatches.java')

const topics: readonly { readonly name: string; readonly config?: string }[] = [
  { name: 'none' },
  { name: 'none-plain' },
  { name: 'none-append-time', config: 'message.timestamp.type=LogAppendTime' },
  { name: 'gzip' },
  { name: 'gzip-append-time', config: 'message.timestamp.type=LogAppendTime' },
  { name: 'snappy' },
  { name: 'lz4' },
  { name: 'zstd' },
  { name: 'transactions' },
]

async function run(cluster: KafkaCluster, tool: string, args: readonly string[]): Promise<string> {
  const result = await cluster.tool(tool, args)
  if (result.code !== 0) throw new Error(`${tool} ${args.join(' ')}: ${result.stderr}`)
  return result.stdout
}

/** All segments: the old timestamps make the broker begin a new one before a marker of today. */
async function readLog(partitionDir: string): Promise<Buffer> {
  const names = (await readdir(partitionDir)).filter(name => name.endsWith('.log')).sort()
  return Buffer.concat(await Promise.all(names.map(name => readFile(join(partitionDir, name)))))
}

async function capture(cluster: KafkaCluster, { name, config }: (typeof topics)[number]): Promise<void> {
  const bootstrap = ['--bootstrap-server', cluster.bootstrap]
  const create = ['--create', '--topic', name, '--partitions', '1']
  await run(cluster, 'kafka-topics', [...bootstrap, ...create, ...(config === undefined ? [] : ['--config', config])])
  const lines = await run(cluster, producerPath, [cluster.bootstrap, name])
  const log = await readLog(join(cluster.brokers[0]!.dataDir, `${name}-0`))
  const fixture = {
    source: `Apache Kafka ${cluster.version}, Java client and broker; scripts/capture-batches.ts`,
    log: log.toString('hex'),
    records: lines
      .split('\n')
      .filter(line => line.startsWith('{'))
      .map(line => JSON.parse(line)),
  }
  await writeFile(join(fixturesDir, `${name}.json`), `${JSON.stringify(fixture, null, 2)}\n`)
  console.log(`${name}: ${fixture.records.length} records, ${log.length} bytes`)
}

await mkdir(fixturesDir, { recursive: true })
await using cluster = await startKafka({
  properties: { 'transaction.state.log.replication.factor': '1', 'transaction.state.log.min.isr': '1' },
})
for (const topic of topics) await capture(cluster, topic)
