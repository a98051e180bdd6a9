// Shows that what breaks arrives at a webhook, and that it is taken back: offsets that are reset, a cluster that is gone. Method: the agent
// as a process beside the embedded broker, Prometheus with our rules and Alertmanager with our configuration, all in a hurry:
// one second in the place of their intervals. The same on real Kafka with the real intervals: npm run test:incidents.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type EmbeddedCluster, startBroker } from '../../../broker/start.ts'
import { until } from '../../../cli/stack/programs.ts'
import { commitOffsets, createTopic } from '../../../wire/admin.ts'
import { Cluster } from '../../../wire/cluster.ts'
import { append } from '../../agents/writing.ts'
import { isFiring } from '../../incidents/incident.ts'
import { type Stack, startStack } from '../../incidents/stack.ts'
import { settingsOf } from '../../kafka/settings.ts'
import { describeClient, reasonWithout } from './describe-client.ts'

const reason =
  reasonWithout('prometheus', '--version', 'prometheus') ??
  reasonWithout('prometheus-alertmanager', '--version', 'prometheus-alertmanager')
const everySecond = ['lag', 'brokers', 'topics', 'quorum'].flatMap(name => [`--${name}-interval`, '1s'])
const inAHurry = (text: string) =>
  text.replaceAll(/interval: (5s|30s)$/gm, 'interval: 1s').replaceAll(/group_(wait|interval): \w+/g, 'group_$1: 1s')
const rewound = { alert: 'MillraceConsumerGroupRewound', labels: { cluster: 'fast', group: 'reader' } }
const unreachable = { alert: 'MillraceClusterUnreachable', labels: { cluster: 'fast' } }
const timeoutMs = 30_000

describeClient('prometheus and prometheus-alertmanager', reason, () => {
  let dir: string
  let brokers: EmbeddedCluster
  let cluster: Cluster
  let stack: Stack
  const commit = (offset: number) => commitOffsets(cluster, 'reader', 'orders', new Map([[0, offset]]))
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'millrace-incidents-'))
    brokers = await startBroker()
    cluster = await Cluster.connect(settingsOf(brokers.bootstrap))
    await createTopic(cluster, { name: 'orders', partitions: 1, replicationFactor: 1 })
    await append(cluster, 'orders', 0, [1, 2, 3, 4].map(() => Date.now())) // biome-ignore format: one line
    await commit(4)
    const thresholds = 'thresholds: { broker-down-for: 2s }'
    stack = await startStack({
      ...{ bootstrap: brokers.bootstrap, dir, clusterName: 'fast', thresholds },
      scrapeInterval: '1s',
      agentFlags: everySecond,
      hurry: inAHurry,
    })
  }, 60_000)
  afterAll(async () => {
    await cluster?.close()
    await stack?.close()
    await brokers?.close()
  })

  it('a group that is set back is told, and when it is where it was, too; then a cluster that is gone', {
    timeout: 90_000,
  }, async () => {
    await commit(1)
    await until('the rewound group arrives', () => isFiring(stack.notices, rewound), timeoutMs)
    await commit(4)
    await until('it resolves', () => !isFiring(stack.notices, rewound), timeoutMs)
    await brokers.run('stopBroker', 1)
    await until('the cluster arrives', () => isFiring(stack.notices, unreachable), timeoutMs)
    await brokers.run('startBroker', 1)
    await until('it resolves', () => !isFiring(stack.notices, unreachable), timeoutMs)
    expect(stack.notices.map(({ alert, isFiring: fires }) => `${alert} ${fires ? 'fires' : 'resolved'}`)).toEqual([
      'MillraceConsumerGroupRewound fires',
      'MillraceConsumerGroupRewound resolved',
      'MillraceClusterUnreachable fires',
      'MillraceClusterUnreachable resolved',
    ])
  })
})
