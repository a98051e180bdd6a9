// Shows that the page of every profile is clean to `promtool check metrics`, with names that hold quotes, backslashes, newlines and
// unicode. Method: the embedded broker with a group of such a name, the page as a scraper reads it. A topic cannot have such a name in
// Kafka; groups, members and the cluster's own label can.
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { type ProfileName, profileNames } from '../../agents/collector.ts'
import { collectorSettings, everything, startAgent } from '../../agents/index.ts'
import { type EmbeddedCluster, startBroker } from '../../broker/start.ts'
import { commitOffsets, createTopic } from '../../wire/admin.ts'
import { Cluster } from '../../wire/cluster.ts'
import { describeClient, reasonWithout } from '../broker/clients/describe-client.ts'
import { runCommand } from '../kafka/harness/tools.ts'
import { settingsOf } from '../kafka/settings.ts'
import { append } from './writing.ts'

/** One name of each profile, so that a page without it is not taken for a clean one. */
const known = {
  native: 'millrace_consumer_group_lag_offsets',
  kafka_exporter: 'kafka_consumergroup_lag',
  'kafka-lag-exporter': 'kafka_consumergroup_group_lag',
  kminion: 'kminion_kafka_consumer_group_topic_partition_lag',
} as const satisfies Record<ProfileName, string>

const evil = 'quote" backslash\\ newline\n ☃ {a="b"}'
const written = 'quote\\" backslash\\\\ newline\\n ☃ {a=\\"b\\"}'

describeClient('promtool', reasonWithout('promtool', '--version', 'prometheus'), () => {
  let brokers: EmbeddedCluster
  let cluster: Cluster
  beforeAll(async () => {
    brokers = await startBroker()
    cluster = await Cluster.connect(settingsOf(brokers.bootstrap))
    await createTopic(cluster, { name: 'orders', partitions: 2, replicationFactor: 1 })
    for (const partition of [0, 1]) await append(cluster, 'orders', partition, [Date.now() - 2000, Date.now() - 1000])
    for (const group of [evil, 'plain']) await commitOffsets(cluster, group, 'orders', new Map([[0, 1]]))
  })
  afterAll(async () => {
    await cluster?.close()
    await brokers?.close()
  })

  const pages = profileNames.map(name => ({ title: name as string, profiles: [name] }))
  it.each([...pages, { title: 'all on one page', profiles: [...profileNames] }])('$title', async ({ profiles }) => {
    const client = settingsOf(brokers.bootstrap)
    const collectors = collectorSettings({ canary: { isOn: true } })
    const clusters = [{ name: evil, client, groups: everything, topics: everything, collectors, profiles }]
    const agent = await startAgent({ clusters, listen: { host: '127.0.0.1', port: 0 } }, () => {})
    try {
      await vi.waitFor(async () => expect((await fetch(`${agent.url}/readyz`)).status).toBe(200), { timeout: 30_000 })
      const text = await (await fetch(`${agent.url}/metrics`)).text()
      for (const profile of profiles)
        expect(text).toMatch(new RegExp(`^${known[profile]}\\{.*="quote\\\\" backslash`, 'm'))
      expect(text).toContain(`="${written}"`)
      const { code, stdout, stderr } = await runCommand('promtool', ['check', 'metrics'], { input: text })
      expect([code, stdout, stderr]).toEqual([0, '', ''])
    } finally {
      await agent.close()
    }
  })
})
