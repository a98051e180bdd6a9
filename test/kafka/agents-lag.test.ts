// Shows that `millrace lag` and the agent agree with Kafka's own tools on real Kafka, row by row: groups of all four types with
// members and without, partitions that were never committed, records that were deleted, a topic made again and smaller,
// transactions, compaction, groups that never come to rest.
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { lagCollector } from '../../agents/collectors/lag.ts'
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
import { looker } from '../agents/look.ts'
import { append, appendBatch } from '../agents/writing.ts'
import { reasonWithout } from '../broker/clients/describe-client.ts'
import { readRecords } from './bench/read-back.ts'
import { describeKafka } from './harness/describe-kafka.ts'
import { type KafkaCluster, startKafka } from './harness/index.ts'
import { runCommand } from './harness/tools.ts'
import { grow, storm, tempers, transact } from './lag-cases.ts'
import { makeGroups, times } from './lag-groups.ts'
import { byRow, consumerGroupRows, describedBy } from './lag-oracles.ts'
import { settingsOf } from './settings.ts'

const properties = { 'log.cleaner.backoff.ms': '100' }
const waiting = { timeout: 110_000, interval: 200 }

describeKafka('lag beside kafka-consumer-groups', () => {
  let kafka: KafkaCluster
  let cluster: Cluster
  const consumers: ChildProcess[] = []
  /** The share consumer and the streams application. */
  let others: readonly ChildProcess[] = []

  beforeAll(async () => {
    // Installed where that can be; a machine without it says so by the test that fails.
    reasonWithout('promtool', '--version', 'prometheus')
    kafka = await startKafka({ heapMb: 512, properties })
    cluster = await Cluster.connect(settingsOf(kafka.bootstrap))
    others = await makeGroups(kafka, cluster, consumers)
  })
  afterAll(async () => {
    for (const consumer of consumers) {
      consumer.kill('SIGKILL')
      if (consumer.exitCode === null && consumer.signalCode === null) await once(consumer, 'exit')
    }
    await cluster?.close()
    await kafka?.stop()
  })

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
    // The tool of share and of streams groups is another one.
    const ofTool = report.groups.filter(({ type }) => type === 'classic' || type === 'consumer')
    const ours = ofTool.flatMap(({ groupId, partitions }) =>
      partitions.map(({ topic, partition, committed, ends, lag, member }) => ({
        row: `${groupId} ${topic} ${partition}`,
        committed: committed === undefined ? '-' : String(committed),
        end: String(ends?.highWatermark),
        // The tool does not clamp: a commit beyond the end is a negative lag.
        lag: lag === undefined ? '-' : String(lag.toEnd - lag.ahead),
        member: member?.memberId ?? '-',
      })),
    )
    expect(ours.toSorted(byRow)).toEqual(await consumerGroupRows(kafka))
    const types = Object.fromEntries(
      ofTool.map(({ groupId, type, state, members }) => [groupId, [type, state, members]]),
    )
    expect(types).toEqual({
      'by-classic': ['classic', 'Stable', 1],
      'by-consumer': ['consumer', 'Stable', 1],
      empty: ['classic', 'Empty', 0],
      overtaken: ['classic', 'Empty', 0],
      ahead: ['classic', 'Empty', 0],
    })
  })

  it('share and streams groups with live members: as their own tools say, in the report and on the page', async () => {
    const liveOf = async () => {
      const { groups } = await take()
      return ['copier', 'sharers'].map(id => groups.find(({ groupId }) => groupId === id))
    }
    await vi.waitFor(async () => {
      const live = await liveOf()
      expect(live).toMatchObject([
        { type: 'streams', state: 'Stable', members: 1, lag: 0, unknownPartitions: 0 },
        { type: 'share', state: 'Stable', members: 1, lag: 0, unknownPartitions: 0 },
      ])
      expect(live.map(group => group!.partitions.length)).toEqual([3, 3])
    }, waiting)
    // Frozen, they keep their membership, and fall behind.
    for (const child of others) child.kill('SIGSTOP')
    try {
      for (const partition of [0, 1, 2]) await append(cluster, 'shared', partition, times(partition + 2))
      const [streams, share] = await liveOf()
      const { lines } = await looker(lagCollector, cluster)()
      const onPage = (group: string, name: string) =>
        lines.filter(line => line.startsWith(`consumer_group_partition_${name}{cluster="c",group="${group}"`)).map(line => Number(line.split(' ').at(-1))) // biome-ignore format: one line
      const [ofShare, ofStreams] = await Promise.all([
        describedBy(kafka, 'kafka-share-groups', 'sharers'),
        describedBy(kafka, 'kafka-streams-groups', 'copier'),
      ])
      const sorted = (rows: readonly Record<string, string>[]) =>
        rows.toSorted((a, b) => (a.PARTITION! < b.PARTITION! ? -1 : 1))
      expect(share!.partitions.map(row => [row.committed, row.lag!.toEnd].map(String))).toEqual(
        sorted(ofShare).map(row => [row['START-OFFSET'], row.LAG]),
      )
      expect(
        streams!.partitions.map(row => [row.committed, row.ends!.highWatermark, row.lag!.toEnd].map(String)),
      ).toEqual(sorted(ofStreams).map(row => [row['CURRENT-OFFSET'], row['LOG-END-OFFSET'], row['OFFSET-LAG']]))
      expect(onPage('copier', 'lag_offsets')).toEqual([2, 3, 4])
      expect(onPage('sharers', 'lag_offsets')).toEqual([2, 3, 4])
    } finally {
      for (const child of others) child.kill('SIGCONT')
    }
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

  const rowOf = async (group: string) => (await take()).groups.find(({ groupId }) => groupId === group)!.partitions[0]!

  it('an open transaction holds back the stable end alone; one that is aborted commits nothing; a marker is nothing to read', async () => {
    await createTopic(cluster, { name: 'paid', partitions: 1, replicationFactor: 1 })
    await commitOffsets(cluster, 'payer', 'paid', new Map([[0, 0]]))
    const first = await transact(kafka.bootstrap, { topic: 'paid', group: 'payer', offset: 3 })
    expect(await rowOf('payer')).toMatchObject({ committed: 0, lag: { toEnd: 3, toStable: 0 } })
    await first.abort()
    // The coordinator answers before the marker is written, and the stable end moves a moment after that.
    const isAborted = { committed: 0, lag: { toEnd: 4, toStable: 4 } }
    await vi.waitFor(async () => expect(await rowOf('payer')).toMatchObject(isAborted), waiting)
    const second = await transact(kafka.bootstrap, { topic: 'paid', group: 'payer', offset: 7 })
    await second.commit()
    const isCommitted = { committed: 7, lag: { toEnd: 1, toStable: 1 }, lagSeconds: 0 }
    await vi.waitFor(async () => expect(await rowOf('payer')).toMatchObject(isCommitted), waiting)
    const { value } = await looker(lagCollector, cluster)()
    expect(value('consumer_group_lag_seconds{cluster="c",group="payer"}')).toBe(0)
    expect(value('consumer_group_status{cluster="c",group="payer",status="ok"}')).toBe(1)
  })

  it('groups that never come to rest: each partition once in every look, and no gap', async () => {
    await createTopic(cluster, { name: 'stormy', partitions: 3, replicationFactor: 1 })
    for (const partition of [0, 1, 2]) await append(cluster, 'stormy', partition, times(4))
    const settings = settingsOf(kafka.bootstrap)
    const protocols = ['classic', 'consumer'] as const
    const commits = new Map([[0, 1], [1, 2], [2, 3]]) // biome-ignore format: one line
    for (const protocol of protocols) await commitOffsets(cluster, `storm-${protocol}`, 'stormy', commits)
    const storms = await Promise.all(
      protocols.map(protocol => storm(settings, { groupId: `storm-${protocol}`, topic: 'stormy', protocol })),
    )
    await vi.waitFor(async () => {
      const types = (await take()).groups.filter(({ groupId }) => groupId.startsWith('storm-')).map(({ type }) => type)
      expect(types.toSorted()).toEqual(protocols)
    }, waiting)
    const look = looker(lagCollector, cluster)
    let looks = 0
    try {
      while (looks < 10 || storms.some(({ joins }) => joins() < 6)) {
        const { groups, gaps } = await take()
        const { lines } = await look()
        expect(gaps).toEqual([])
        for (const protocol of protocols) {
          const { type, partitions } = groups.find(({ groupId }) => groupId === `storm-${protocol}`)!
          expect([type, partitions.map(({ partition, lag }) => [partition, lag?.toEnd])]).toEqual([protocol, [[0, 3], [1, 2], [2, 1]]]) // biome-ignore format: one line
        }
        expect(new Set(lines.map(line => line.replace(/ \S+$/, ''))).size).toBe(lines.length)
        looks++
      }
    } finally {
      await Promise.all(storms.map(({ stop }) => stop()))
    }
  })

  it('a compacted log: the lag counts offsets, as the tool does, and is at least the records that are left', async () => {
    const configs = { 'cleanup.policy': 'compact', 'segment.ms': '100', 'min.cleanable.dirty.ratio': '0.01', 'max.compaction.lag.ms': '100' } // biome-ignore format: one line
    await createTopic(cluster, { name: 'compacted', partitions: 1, replicationFactor: 1, configs })
    await commitOffsets(cluster, 'compactor', 'compacted', new Map([[0, 0]]))
    let appended = 0
    await vi.waitFor(async () => {
      await appendBatch(cluster, 'compacted', 0, times(5), 'same')
      appended += 5
      expect((await readRecords(cluster, 'compacted')).length).toBeLessThan(appended)
    }, waiting)
    const { lag, lagSeconds } = await rowOf('compactor')
    expect(lag).toMatchObject({ toEnd: appended, lost: 0, ahead: 0 })
    expect(lagSeconds).toBeGreaterThan(0)
  })

  it('a consumer that bursts, idles, is paused, is slow, is killed: each by its name, and nothing false by an agent that has just begun', async () => {
    expect(await tempers(settingsOf(kafka.bootstrap))).toEqual({
      ...{ burst: 'ok 0', idle: 'ok 0', paused: 'stalled 5', back: 'ok 0', slow: 'lagging 16' },
      ...{ killed: 'stopped 16', 'killed, to a new agent': 'ok 16' },
    })
  })

  const ofGrower = async () =>
    (await looker(lagCollector, cluster)()).lines.filter(line => /^consumer_group_partition_lag_(offsets|high_seconds)\{.*"grower"/.test(line)).map(line => line.replace(/^consumer_group_partition_lag_(\w+)\{cluster="c",group="grower",topic="(\w+)",partition="(\d)"\}/, '$2 $3 $1')) // biome-ignore format: one line

  it('an empty partition is no lag; partitions that are added are there in the next look', async () => {
    await createTopic(cluster, { name: 'growing', partitions: 1, replicationFactor: 1 })
    await commitOffsets(cluster, 'grower', 'growing', new Map([[0, 0]]))
    expect(await ofGrower()).toEqual(['growing 0 offsets 0', 'growing 0 high_seconds 0'])
    await grow(cluster, 'growing', 2)
    await append(cluster, 'growing', 1, times(3))
    await commitOffsets(cluster, 'grower', 'growing', new Map([[1, 1]]))
    await commitOffsets(cluster, 'grower', 'short', new Map([[0, 6]]))
    expect(await ofGrower()).toEqual(expect.arrayContaining(['growing 0 offsets 0', 'growing 1 offsets 2', 'short 0 offsets 0'])) // biome-ignore format: one line
  })

  it('a commit that no log can have is an anomaly of its group alone', async () => {
    await commitOffsets(cluster, 'wide', 'orders', new Map([[0, 2 ** 60]]))
    const { groups, gaps } = await take()
    expect(gaps).toEqual([])
    const wide = groups.find(({ groupId }) => groupId === 'wide')!.partitions[0]!
    expect([wide.committed, wide.lag?.toEnd]).toEqual([2 ** 60, 0])
    expect(groups.find(({ groupId }) => groupId === 'overtaken')!.lag).toBe(5)
  })

  it('offsets that are set back: rewound until the group has caught up with where it was; all of it as the tool says', async () => {
    await commitOffsets(cluster, 'reset', 'short', new Map([[0, 6]]))
    const look = looker(lagCollector, cluster)
    const isRewound = async () =>
      (await look()).value('consumer_group_status{cluster="c",group="reset",status="rewound"}')
    expect(await isRewound()).toBe(0)
    const to = ['--reset-offsets', '--group', 'reset', '--topic', 'short', '--to-offset', '4', '--execute']
    await kafka.tool('kafka-consumer-groups', ['--bootstrap-server', kafka.bootstrap, ...to])
    expect(await isRewound()).toBe(1)
    expect(await rowOf('reset')).toMatchObject({ committed: 4, lag: { toEnd: 2 } })
    await commitOffsets(cluster, 'reset', 'short', new Map([[0, 6]]))
    expect(await isRewound()).toBe(0)
    const rows = (await take()).groups.filter(({ groupId }) => ['payer', 'compactor', 'reset', 'storm-classic', 'grower'].includes(groupId)) // biome-ignore format: one line
    const ours = rows.flatMap(
      ({ groupId, partitions }) =>
      partitions.map(({ topic, partition, committed, ends, lag }) => [`${groupId} ${topic} ${partition}`, committed, ends?.highWatermark, lag?.toEnd]), // biome-ignore format: one line
    )
    const theirs = (await consumerGroupRows(kafka)).map(({ row, committed, end, lag }) => [row, ...[committed, end, lag].map(Number)]) // biome-ignore format: one line
    expect(ours).not.toEqual([])
    expect(theirs).toEqual(expect.arrayContaining(ours))
  })

  it('a topic that goes leaves its group, and no gap', async () => {
    await deleteTopic(cluster, 'growing')
    const left = ['short 0 offsets 0', 'short 0 high_seconds 0']
    await vi.waitFor(async () => expect(await ofGrower()).toEqual(left), waiting)
    expect((await looker(lagCollector, cluster)()).gaps).toEqual([])
  })
})
