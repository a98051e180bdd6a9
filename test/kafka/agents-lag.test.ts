// Shows that `millrace lag` agrees with kafka-consumer-groups on real Kafka, row by row: groups of both protocols with
// members and without, partitions that were never committed, records that were deleted, a topic made again and smaller.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import {
  collectorSettings,
  everything,
  type GroupReport,
  type LagReport,
  startAgent,
  takeLagReport,
} from '../../agents/index.ts'
import { commitOffsets, createTopic, deleteTopic } from '../../wire/admin.ts'
import { Cluster } from '../../wire/cluster.ts'
import { append, deleteBefore } from '../agents/writing.ts'
import { reasonWithout } from '../broker/clients/describe-client.ts'
import { describeKafka } from './harness/describe-kafka.ts'
import { type KafkaCluster, startKafka } from './harness/index.ts'
import { runCommand } from './harness/tools.ts'
import { settingsOf } from './settings.ts'

const waiting = { timeout: 110_000, interval: 200 }

describeKafka('lag beside kafka-consumer-groups', () => {
  let kafka: KafkaCluster
  let cluster: Cluster
  const consumers: ChildProcess[] = []

  beforeAll(async () => {
    // Installed where that can be; a machine without it says so by the test that fails.
    reasonWithout('promtool', '--version', 'prometheus')
    kafka = await startKafka({ heapMb: 512 })
    cluster = await Cluster.connect(settingsOf(kafka.bootstrap))
    await createTopic(cluster, { name: 'orders', partitions: 3, replicationFactor: 1 })
    for (const partition of [0, 1, 2]) await append(cluster, 'orders', partition, times(5 + partition))
    for (const protocol of ['classic', 'consumer']) consume(protocol)
    await commitOffsets(cluster, 'empty', 'orders', new Map([[0, 2], [2, 7]])) // biome-ignore format: one line
    await createTopic(cluster, { name: 'short', partitions: 1, replicationFactor: 1 })
    await append(cluster, 'short', 0, times(6))
    await commitOffsets(cluster, 'overtaken', 'short', new Map([[0, 1]]))
    await deleteBefore(cluster, 'short', 0, 4)
    await makeAgainSmaller()
  })
  afterAll(async () => {
    for (const consumer of consumers) {
      consumer.kill('SIGKILL')
      if (consumer.exitCode === null && consumer.signalCode === null) await once(consumer, 'exit')
    }
    await cluster?.close()
    await kafka?.stop()
  })

  const times = (count: number) => Array.from({ length: count }, (_, index) => Date.now() - 1000 * (count - index))

  function consume(protocol: string): void {
    const args = ['--bootstrap-server', kafka.bootstrap, '--topic', 'orders', '--group', `by-${protocol}`]
    const properties = [`group.protocol=${protocol}`, 'auto.commit.interval.ms=200', 'auto.offset.reset=earliest']
    const flags = properties.flatMap(property => ['--command-property', property])
    const line = kafka.toolCommand('kafka-console-consumer', [...args, ...flags])
    consumers.push(spawn(line.command, line.args, { stdio: 'ignore' }))
  }

  /** A group keeps what it has committed when a topic goes and comes back, unless the broker was told of the deletion. */
  async function makeAgainSmaller(): Promise<void> {
    await createTopic(cluster, { name: 'again', partitions: 1, replicationFactor: 1 })
    await deleteTopic(cluster, 'again')
    await createTopic(cluster, { name: 'again', partitions: 1, replicationFactor: 1 })
    await append(cluster, 'again', 0, times(2))
    await commitOffsets(cluster, 'ahead', 'again', new Map([[0, 9]]))
  }

  const take = (): Promise<LagReport> =>
    takeLagReport(cluster, { timeoutMs: 10_000, nowMs: Date.now, withSeconds: true })

  const isCaughtUp = ({ partitions }: GroupReport) =>
    partitions.length === 3 && partitions.every(({ lag }) => lag?.toEnd === 0)

  it('every row is as the tool says it, and every group has its type', async () => {
    const report = await vi.waitFor(async () => {
      const found = await take()
      const read = found.groups.filter(({ groupId }) => groupId.startsWith('by-'))
      expect(read.map(isCaughtUp)).toEqual([true, true])
      return found
    }, waiting)
    expect(report.gaps).toEqual([])
    const ours = report.groups.flatMap(({ groupId, partitions }) =>
      partitions.map(({ topic, partition, committed, ends, lag, member }) => ({
        row: `${groupId} ${topic} ${partition}`,
        committed: committed === undefined ? '-' : String(committed),
        end: String(ends?.highWatermark),
        // The tool does not clamp: a commit beyond the end is a negative lag.
        lag: lag === undefined ? '-' : String(lag.toEnd - lag.ahead),
        member: member?.memberId ?? '-',
      })),
    )
    const described = await kafka.tool('kafka-consumer-groups', [
      ...['--bootstrap-server', kafka.bootstrap, '--describe', '--all-groups'],
    ])
    expect(ours.toSorted(byRow)).toEqual(toolRows(described.stdout).toSorted(byRow))
    const types = Object.fromEntries(
      report.groups.map(({ groupId, type, state, members }) => [groupId, [type, state, members]]),
    )
    expect(types).toEqual({
      'by-classic': ['classic', 'Stable', 1],
      'by-consumer': ['consumer', 'Stable', 1],
      empty: ['classic', 'Empty', 0],
      overtaken: ['classic', 'Empty', 0],
      ahead: ['classic', 'Empty', 0],
    })
  })

  it('the page of the agent is clean to promtool in spite of names that try to break it, and agrees with the report', async () => {
    const evil = 'quote" backslash\\ newline\n ☃ {a="b"}'
    await commitOffsets(cluster, evil, 'orders', new Map([[0, 2]]))
    const collectors = collectorSettings({ lag: { intervalMs: 60_000 } })
    const client = settingsOf(kafka.bootstrap)
    const clusters = [
      { name: 'real', client, groups: everything, topics: everything, collectors, profiles: ['native'] },
    ] as const
    const agent = await startAgent({ clusters, listen: { host: '127.0.0.1', port: 0 } }, () => {})
    try {
      await vi.waitFor(async () => expect((await fetch(`${agent.url}/readyz`)).status).toBe(200), waiting)
      const text = await (await fetch(`${agent.url}/metrics`)).text()
      expect(text).toContain('group="quote\\" backslash\\\\ newline\\n ☃ {a=\\"b\\"}"')
      expect(text).toContain('millrace_consumer_group_lag_offsets{cluster="real",group="overtaken"} 5')
      const { code, stdout, stderr } = await runCommand('promtool', ['check', 'metrics'], { input: text })
      expect([code, stdout, stderr]).toEqual([0, '', ''])
    } finally {
      await agent.close()
    }
  })

  it('seconds are those of the next record; what is lost or ahead has its own number', async () => {
    const { groups } = await take()
    const rowsOf = (group: string) => groups.find(({ groupId }) => groupId === group)!.partitions
    const [overtaken] = rowsOf('overtaken')
    expect(overtaken!.lag).toEqual({ toEnd: 5, toStable: 5, toRead: 2, lost: 3, ahead: 0 })
    const [ahead] = rowsOf('ahead')
    expect([ahead!.lag?.ahead, ahead!.lagSeconds]).toEqual([7, undefined])
    const [behind, caughtUp] = rowsOf('empty')
    expect(behind!.lagSeconds).toBeGreaterThan(2)
    expect(behind!.lagSeconds).toBeLessThan(600)
    expect(caughtUp!.lagSeconds).toBe(0)
  })
})

const byRow = (a: { row: string }, b: { row: string }) => (a.row < b.row ? -1 : 1)

/** GROUP TOPIC PARTITION CURRENT-OFFSET LOG-END-OFFSET LAG CONSUMER-ID HOST CLIENT-ID, for each group under a head of its own. */
function toolRows(text: string) {
  const lines = text.split('\n').map(line => line.trim().split(/\s+/))
  return lines
    .filter(([group, topic]) => group !== undefined && topic !== undefined && group !== 'GROUP' && group !== 'Consumer')
    .map(([group, topic, partition, committed = '', end = '', lag = '', member = '']) => ({
      row: `${group} ${topic} ${partition}`,
      committed,
      end,
      lag,
      member,
    }))
}
