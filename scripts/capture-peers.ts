// Writes test/fixtures/peers/: what kminion and kafka_exporter print beside one real Kafka with the scene of test/kafka/peers-cluster.ts,
// what the agent prints by their names, and what Kafka's own tools say of it. Their versions go into the README there by hand.
//
//   KMINION_BINARY=/path KAFKA_EXPORTER_BINARY=/path node scripts/capture-peers.ts
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { collectorSettings } from '../agents/collector-settings.ts'
import { everything } from '../agents/matcher.ts'
import { Monitor } from '../benchmarks/agents/monitor.ts'
import { type PeerName, peerBinary, peerKind, peerVariables } from '../benchmarks/agents/peers.ts'
import { lookBeside } from '../cli/agent-diff.ts'
import { startPeersCluster } from '../test/kafka/peers-cluster.ts'
import { settingsOf } from '../test/kafka/settings.ts'

const outDir = join(import.meta.dirname, '../test/fixtures/peers')
const peers: readonly PeerName[] = ['kminion', 'kafka_exporter']

const { kafka, close } = await startPeersCluster()
try {
  for (const name of peers) await capturePages(name)
  const server = ['--bootstrap-server', kafka.bootstrap]
  const groups = await kafka.tool('kafka-consumer-groups', [...server, '--describe', '--all-groups'])
  await writeFile(join(outDir, 'consumer-groups.txt'), groups.stdout.trimStart())
  const starts = await kafka.tool('kafka-get-offsets', [...server, '--time', 'earliest', '--exclude-internal-topics'])
  await writeFile(join(outDir, 'log-starts.txt'), starts.stdout)
} finally {
  await close()
}

async function capturePages(name: PeerName): Promise<void> {
  const path = peerBinary(name, process.env)
  if (path === undefined) throw new Error(`${name} is not on PATH, and ${peerVariables[name]} does not say where it is`)
  const monitor = await Monitor.start(peerKind(name, path), kafka.bootstrap)
  try {
    await monitor.until(page => page.includes('by-classic'), 60_000)
    const cluster = {
      ...{ name: 'c', client: settingsOf(kafka.bootstrap), collectors: collectorSettings({}), isOnly: true },
      ...{ profiles: [], topics: everything, groups: everything },
    }
    const agent = { clusters: [cluster], listen: { host: '127.0.0.1', port: 0 } }
    const { theirs, ours } = await lookBeside(monitor.url, agent, new AbortController().signal)
    await writeFile(join(outDir, `${name}.prom`), kept(theirs.after, name === 'kminion' ? 'kminion_' : 'kafka_'))
    const own = `(${name === 'kminion' ? 'kminion_' : 'kafka_'}|millrace_consumer_group_info\\b)`
    await writeFile(join(outDir, `millrace-as-${name}.prom`), kept(ours, own))
  } finally {
    await monitor.stop()
  }
}

/** What is about Kafka, and not about the process or its runtime. */
function kept(page: string, names: string): string {
  const wanted = new RegExp(`^(# TYPE )?${names}`)
  return page
    .split('\n')
    .filter(line => wanted.test(line))
    .map(line => `${line}\n`)
    .join('')
}
