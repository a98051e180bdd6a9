// `npm run bench:agents`: a cluster with many groups, and monitors beside it, one at a time: how long a scrape and a look take, what
// a monitor weighs, and whether its HTTP side is ever held up. Nothing that it starts outlives it.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { startBrokerProcess } from '../cli/broker-process.ts'
import { startKafka } from '../test/kafka/harness/index.ts'
import { parseBootstrap } from '../wire/bootstrap.ts'
import { Cluster } from '../wire/cluster.ts'
import { clientDefaults } from '../wire/settings.ts'
import { fill, type Size } from './agents/fill.ts'
import { Monitor, type MonitorKind, type Scrape } from './agents/monitor.ts'
import { peerBinary, peerKind } from './agents/peers.ts'
import { percentile } from './agents/percentile.ts'

const help = `Scrapes monitors of a cluster with many groups, and prints what each took.

  npm run bench:agents -- [options]

  --size small|large     2,000 partitions, 300 groups, 60,000 commits; or 10,000, 5,000 and 500,000; none: 3 and nothing (default small)
  --kafka                real Apache Kafka instead of the embedded broker
  --kminion PATH         a binary of kminion, measured as well (default: KMINION_BINARY, or kminion on PATH)
  --kafka-exporter PATH  a binary of kafka_exporter, measured as well (default: KAFKA_EXPORTER_BINARY, or kafka_exporter on PATH)
  --scrapes N            of each kind (default 20)
  --plain-scrapes N      of them also as plain text, which no Prometheus asks for (default 20)
  --look-time S          seconds between looks of the agent (default 5)
  --out FILE             the numbers as JSON
  --help
`

const sizes: Readonly<Record<string, Size>> = {
  none: { topics: 1, partitionsPerTopic: 3, groups: 0, partitionsPerGroup: 0 },
  tiny: { topics: 10, partitionsPerTopic: 20, groups: 20, partitionsPerGroup: 50 },
  small: { topics: 100, partitionsPerTopic: 20, groups: 300, partitionsPerGroup: 200 },
  large: { topics: 500, partitionsPerTopic: 20, groups: 5_000, partitionsPerGroup: 100 },
}
const readyTimeoutMs = 180_000

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: 'small' },
    kafka: { type: 'boolean', default: false },
    kminion: { type: 'string' },
    'kafka-exporter': { type: 'string' },
    scrapes: { type: 'string', default: '20' },
    'plain-scrapes': { type: 'string', default: '20' },
    'look-time': { type: 'string', default: '5' },
    out: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

/** The published program: sources that are compiled on the fly weigh more than the agent. */
const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))

function kinds(): MonitorKind[] {
  const lookTime = `${values['look-time']}s`
  const agent: MonitorKind = {
    name: 'millrace agent',
    path: process.execPath,
    start: (bootstrap, port) => ({
      args: [
        main,
        'agent',
        ...[
          '--bootstrap',
          bootstrap,
          '--listen',
          `127.0.0.1:${port}`,
          '--lag-interval',
          lookTime,
          '--lag-timeout',
          '30s',
        ],
        ...['--lag-rows-max', '1000000'],
      ],
      env: {},
    }),
  }
  const paths = { kminion: values.kminion, kafka_exporter: values['kafka-exporter'] }
  const peers = (['kminion', 'kafka_exporter'] as const).flatMap(name => {
    const path = paths[name] ?? peerBinary(name, process.env)
    return path === undefined ? [] : [peerKind(name, path)]
  })
  return [agent, ...peers]
}

async function measure(kind: MonitorKind, bootstrap: string, { groups, partitionsPerGroup }: Size) {
  const monitor = await Monitor.start(kind, bootstrap)
  const lagSamples = (page: string) =>
    page.match(/^\w*(partition_lag(_offsets)?|consumergroup_lag)\{.*$/gm)?.length ?? 0
  const expected = groups * partitionsPerGroup
  try {
    await monitor.until(page => lagSamples(page) >= expected, readyTimeoutMs)
    // Some looks more, so that memory and look times are those of every day.
    await delay(kind.name === 'millrace agent' ? Number(values['look-time']) * 4_000 : 0)
    const [gzip, plain]: [Scrape[], Scrape[]] = [[], []]
    const lookSec: number[] = []
    const blockedMs: number[] = []
    let memoryMb: Monitor['memoryMb'] | undefined
    for (let each = 0; each < Number(values.scrapes); each++) {
      gzip.push(await monitor.scrape('gzip'))
      memoryMb ??= monitor.memoryMb
      if (each < Number(values['plain-scrapes'])) plain.push(await monitor.scrape('identity'))
      // The others say neither, and a page of theirs may take ten seconds.
      if (kind.name !== 'millrace agent') continue
      const page = await monitor.page()
      lookSec.push(numberOf(page, 'millrace_collector_duration_seconds{cluster="[^"]*",collector="lag"}'))
      blockedMs.push(numberOf(page, 'nodejs_eventloop_lag_max_seconds') * 1000)
      await delay(500)
    }
    const msOf = (scrapes: readonly Scrape[]) => scrapes.map(({ ms }) => ms)
    return {
      monitor: kind.name,
      scrapeGzipMs: { p50: percentile(msOf(gzip), 50), p99: percentile(msOf(gzip), 99) },
      scrapePlainMs: { p50: percentile(msOf(plain), 50), p99: percentile(msOf(plain), 99) },
      pageMb: { gzip: gzip[0]!.bytes / 1e6, plain: (plain[0]?.bytes ?? Number.NaN) / 1e6 },
      ...(lookSec.length === 0 ? {} : { lookSec: { p50: percentile(lookSec, 50), max: Math.max(...lookSec) } }),
      ...(blockedMs.length === 0 ? {} : { httpBlockedMsMax: Math.max(...blockedMs) }),
      // When looks had been made and the page had been asked for once; and after all scrapes, those as plain text among them.
      memoryMb,
      memoryMbAfterScrapes: monitor.memoryMb,
    }
  } finally {
    await monitor.stop()
  }
}

function numberOf(page: string, pattern: string): number {
  const line = new RegExp(`^${pattern.replaceAll(/[{}]/g, '\\$&')} (.*)$`, 'm').exec(page)
  return line === null ? Number.NaN : Number(line[1])
}

async function run(): Promise<void> {
  const size = sizes[values.size]
  if (size === undefined) throw new Error(`--size: ${values.size} is not one of ${Object.keys(sizes).join(', ')}`)
  const broker = values.kafka
    ? await startKafka({ heapMb: 2048 }).then(kafka => ({ bootstrap: kafka.bootstrap, close: () => kafka.stop() }))
    : await startBrokerProcess({ memoryBytesMax: 2 * 1024 ** 3 })
  try {
    const parsed = parseBootstrap(broker.bootstrap)
    if ('problem' in parsed) throw new Error(parsed.problem)
    const cluster = await Cluster.connect({ ...clientDefaults, bootstrap: parsed.value })
    await fill(cluster, size)
    await cluster.close()
    const results = []
    for (const kind of kinds()) {
      results.push(await measure(kind, broker.bootstrap, size))
      console.log(JSON.stringify(results.at(-1), undefined, 1))
    }
    if (values.out !== undefined) {
      const about = { measuredAt: new Date().toISOString(), size, broker: values.kafka ? 'Apache Kafka' : 'embedded' }
      writeFileSync(values.out, `${JSON.stringify({ ...about, results }, undefined, 1)}\n`)
    }
  } finally {
    await broker.close()
  }
}

if (values.help) console.log(help)
else {
  execFileSync(process.execPath, [fileURLToPath(new URL('../scripts/build.ts', import.meta.url))])
  await run()
}
