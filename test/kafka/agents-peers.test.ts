// Shows that `millrace agent --diff` beside the real kminion and the real kafka_exporter finds no difference that no rule explains: on a
// cluster at rest with all that monitors are known to tell in different ways, and while records arrive.
// Method: their binaries, where they are given (KMINION_BINARY, KAFKA_EXPORTER_BINARY) or on PATH. They are no packages and cannot be had
// everywhere, so without them the suite is skipped, in CI too; there test/agents/peers.test.ts holds the pages that they once printed.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Monitor } from '../../benchmarks/agents/monitor.ts'
import { type PeerName, peerBinary, peerKind, peerVariables } from '../../benchmarks/agents/peers.ts'
import { createTopic, deleteTopic } from '../../wire/admin.ts'
import { append } from '../agents/writing.ts'
import { describeOptional } from '../broker/clients/describe-client.ts'
import { millrace } from '../cli/millrace.ts'
import { describeKafka } from './harness/describe-kafka.ts'
import { type PeersCluster, startPeersCluster } from './peers-cluster.ts'

const peers: readonly PeerName[] = ['kminion', 'kafka_exporter']
const missing = peers.filter(name => peerBinary(name, process.env) === undefined)
const reason =
  missing.length === 0
    ? undefined
    : missing.map(name => `no ${name} on PATH and no ${peerVariables[name]} with its path`).join(', ')

describeOptional('the agent beside kminion and kafka_exporter', reason, () => {
  describeKafka('on real Kafka', () => {
    let scene: PeersCluster
    const monitors = new Map<PeerName, Monitor>()
    beforeAll(async () => {
      scene = await startPeersCluster()
      for (const name of peers) {
        const monitor = await Monitor.start(peerKind(name, peerBinary(name, process.env)!), scene.kafka.bootstrap)
        monitors.set(name, monitor)
        await monitor.until(page => page.includes('by-classic'), 60_000)
      }
    })
    afterAll(async () => {
      for (const monitor of monitors.values()) await monitor.stop()
      await scene?.close()
    })

    const diff = async (name: PeerName) => {
      const { url } = monitors.get(name)!
      const { exitCode, stdout, stderr } = await millrace(['agent', '--bootstrap', scene.kafka.bootstrap, '--diff', url]) // biome-ignore format: one line
      const rules = [...stdout.matchAll(/^\d+ by ([\w-]+):/gm)].map(([, id]) => id)
      return { exitCode, stderr, heading: stdout.split('\n')[0], rules: rules.toSorted(), stdout }
    }

    it('kminion: each difference is explained by a rule', async () => {
      const found = await diff('kminion')
      expect(found, found.stdout).toMatchObject({
        ...{ exitCode: 0, stderr: '', heading: expect.stringMatching(/^kminion: \d{3} series agree, .* 0 disagree$/) },
        rules: ['group-of-a-newer-protocol', 'internal-topic', 'offsets-of-a-share-group', 'version-of-the-cluster', 'version-of-the-exporter'], // biome-ignore format: one line
      })
    })

    it('kafka_exporter: each difference is explained by a rule', async () => {
      const found = await diff('kafka_exporter')
      expect(found, found.stdout).toMatchObject({
        ...{ exitCode: 0, stderr: '', heading: expect.stringMatching(/^kafka_exporter: \d{3} series agree, .* 0 disagree$/) }, // biome-ignore format: one line
        rules: ['commit-beyond-the-end', 'commit-beyond-the-end-in-the-sum', 'group-of-a-newer-protocol', 'offsets-of-a-share-group', 'unknown-has-no-sample', 'unknown-in-the-sum'], // biome-ignore format: one line
      })
    })

    it.each(peers)('%s: a topic that has come and one that has gone, and records that arrive meanwhile', async name => {
      const { cluster } = scene
      await createTopic(cluster, { name: `went-${name}`, partitions: 1, replicationFactor: 1 })
      await monitors.get(name)!.page()
      await deleteTopic(cluster, `went-${name}`)
      await createTopic(cluster, { name: `came-${name}`, partitions: 1, replicationFactor: 1 })
      let isOver = false
      const writing = (async () => {
        while (!isOver) await append(cluster, 'single', 0, [Date.now()])
      })()
      const found = await diff(name).finally(() => {
        isOver = true
      })
      await writing
      expect(found, found.stdout).toMatchObject({ exitCode: 0, heading: expect.stringMatching(/ 0 disagree$/) })
    })
  })
})
