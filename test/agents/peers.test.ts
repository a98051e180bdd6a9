// Shows that each difference between what kminion and kafka_exporter printed of a real cluster and what the agent says of it is explained
// by a rule, that no rule explains what is wrong, and that boards made for them find their names.
// Method: their pages as captured (test/fixtures/peers/README.md), beside the agent's page of that minute, and beside what the agent says
// now of the same scene on the embedded broker.
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ProfileName } from '../../agents/collector.ts'
import { collectorKinds } from '../../agents/collectors/index.ts'
import { comparePages, type Disagreement } from '../../agents/diff.ts'
import { diffRules, notOffered } from '../../agents/diff-rules.ts'
import { labelsOf, nameOf, samplesOf } from '../../agents/samples.ts'
import { type EmbeddedCluster, startBroker } from '../../broker/start.ts'
import { kafkaExporterMetrics, kminionMetrics } from '../../metrics/catalog/foreign.ts'
import { Cluster } from '../../wire/cluster.ts'
import { settingsOf } from '../kafka/settings.ts'
import { looker } from './look.ts'
import { playScene, type Scene, sceneTopics } from './peers-scene.ts'

const fixture = (name: string) => readFileSync(new URL(`../fixtures/peers/${name}`, import.meta.url), 'utf8')
const peers = ['kminion', 'kafka_exporter'] as const
type Peer = (typeof peers)[number]
const page = { kminion: fixture('kminion.prom'), kafka_exporter: fixture('kafka_exporter.prom') }
const own = { kminion: fixture('millrace-as-kminion.prom'), kafka_exporter: fixture('millrace-as-kafka_exporter.prom') }
const compare = (peer: Peer, theirs: string, ours: string) =>
  comparePages(peer, { before: theirs, after: theirs }, ours)
const idsOf = (found: readonly Disagreement[]) => [...new Set(found.map(({ rule }) => rule?.id))].toSorted()
const unexplained = (found: readonly Disagreement[]) => found.filter(({ rule }) => rule === undefined)

const rulesSeen = {
  kminion: ['group-of-a-newer-protocol', 'internal-topic', 'offsets-of-a-share-group', 'version-of-the-cluster', 'version-of-the-exporter'], // biome-ignore format: one line
  kafka_exporter: ['commit-beyond-the-end', 'commit-beyond-the-end-in-the-sum', 'group-of-a-newer-protocol', 'offsets-of-a-share-group', 'unknown-has-no-sample', 'unknown-in-the-sum'], // biome-ignore format: one line
}

describe('pages of one minute', () => {
  it.each(peers)('%s: each difference has its rule', peer => {
    const { agreeing, disagreements } = compare(peer, page[peer], own[peer])
    expect(unexplained(disagreements)).toEqual([])
    expect(idsOf(disagreements)).toEqual(rulesSeen[peer])
    expect(agreeing).toBeGreaterThan(180)
  })

  it.each(peers)('%s: a value that is off by one is explained by no rule', peer => {
    const { disagreements } = compare(peer, page[peer], own[peer])
    const series = [...samplesOf(own[peer]).keys()].filter(each => !each.startsWith('millrace_'))
    const isAlone = (each: string) => disagreements.some(found => found.series === each && found.theirs === undefined)
    const off = own[peer].replaceAll(/^(k.*) (\S+)$/gm, (_, each, value) => `${each} ${Number(value) * 2 + 1}`)
    const found = compare(peer, page[peer], off)
    const wrong = series.filter(each => !isAlone(each))
    expect(wrong.length).toBeGreaterThan(180)
    // Of groups that they cannot see the members are explained by their 0, whatever ours are; beside 2^60 one is nothing.
    const isUnseen = (each: string) =>
      /_members\{.*(by-consumer|sharers|copier)/.test(each) || /lag_sum\{.*wide/.test(each)
    const spared = unexplained(found.disagreements).map(each => each.series)
    expect(wrong.filter(each => !spared.includes(each) && !isUnseen(each))).toEqual([])
  })

  it.each(peers)('%s: what only one of the two has is explained only by its rule', peer => {
    const lines = own[peer].split('\n')
    const isRow = (line: string) => /^k\w+(_lag|_offset)\{.*by-classic/.test(line)
    const less = lines.filter(line => !isRow(line)).join('\n')
    const theirLess = page[peer].split('\n').filter(line => !isRow(line)).join('\n') // biome-ignore format: one line
    const rows = lines.filter(isRow).length
    expect(rows).toBeGreaterThanOrEqual(3)
    expect(unexplained(compare(peer, page[peer], less).disagreements).length).toBe(rows)
    expect(unexplained(compare(peer, theirLess, own[peer]).disagreements).length).toBe(rows)
  })

  it('a topic that kafka_exporter has not heard of yet is explained whole, a partition of it is not', () => {
    const without = (text: string, pattern: RegExp) => text.split('\n').filter(line => !pattern.test(line)).join('\n') // biome-ignore format: one line
    const whole = /topic="single"/
    const { kafka_exporter: theirs } = page
    const came = compare('kafka_exporter', without(theirs, whole), own.kafka_exporter)
    const went = compare('kafka_exporter', theirs, without(own.kafka_exporter, whole))
    expect([unexplained(came.disagreements), unexplained(went.disagreements)]).toEqual([[], []])
    expect(idsOf(came.disagreements)).toContain('topic-came-or-went')
    const part = compare('kafka_exporter', without(theirs, /^kafka_topic_partition_\w+\{.*topic="single"/), own.kafka_exporter) // biome-ignore format: one line
    expect(unexplained(part.disagreements).length).toBeGreaterThan(0)
  })

  // Lines as they stood on both pages when one of three brokers had been killed: partition 2 had no leader.
  const withoutOneBroker = ['commit-without-a-leader', 'controller-of-kraft', 'up-is-all-or-nothing']
  const native = (end: string) => `
millrace_consumer_group_partition_committed_offset{cluster="c",group="a",topic="one",partition="1"} 3
millrace_consumer_group_partition_committed_offset{cluster="c",group="a",topic="one",partition="2"} 3
millrace_topic_partition_high_watermark_offset{cluster="c",topic="one",partition="${end}"} 3`

  it('one of three brokers gone, kminion', () => {
    const theirs = `kminion_exporter_up{version=""} 0
kminion_kafka_broker_info{address="127.0.0.1",broker_id="1",is_controller="true",port="9092",rack_id=""} 1
kminion_kafka_cluster_info{broker_count="2",cluster_id="x",cluster_version="at least v4.1",controller_id="1"} 1
kminion_kafka_consumer_group_topic_offset_sum{group_id="a",topic_name="one"} 3
kminion_kafka_topic_partition_high_water_mark{partition_id="1",topic_name="one"} 3`
    const ours = `kminion_exporter_up{version="0.1.0"} 1
kminion_kafka_broker_info{broker_id="1",address="127.0.0.1",port="9092",is_controller="false"} 1
kminion_kafka_cluster_info{cluster_version="v4.3",broker_count="2",controller_id="2",cluster_id="x"} 1
kminion_kafka_consumer_group_topic_offset_sum{group_id="a",topic_name="one"} 6
kminion_kafka_topic_partition_high_water_mark{topic_name="one",partition_id="1"} 3`
    const { disagreements } = compare('kminion', theirs, ours + native('1'))
    expect([unexplained(disagreements), idsOf(disagreements)]).toEqual([[], withoutOneBroker])
    const led = compare('kminion', theirs, ours + native('2')).disagreements
    expect(unexplained(led).map(({ series }) => nameOf(series))).toEqual([
      'kminion_kafka_consumer_group_topic_offset_sum',
    ])
  })

  it('one of three brokers gone, kafka_exporter', () => {
    const theirs = `kafka_consumergroup_current_offset{consumergroup="a",partition="1",topic="one"} 3
kafka_consumergroup_current_offset_sum{consumergroup="a",topic="one"} 3
kafka_topic_partition_current_offset{partition="1",topic="one"} 3
kafka_topic_partitions{topic="one"} 3`
    const ours = `${theirs.replace('offset_sum{consumergroup="a",topic="one"} 3', 'offset_sum{consumergroup="a",topic="one"} 6')}
kafka_consumergroup_current_offset{consumergroup="a",topic="one",partition="2"} 3`
    const { agreeing, disagreements } = compare('kafka_exporter', theirs, ours + native('1'))
    expect([agreeing, unexplained(disagreements), idsOf(disagreements)]).toEqual([3, [], ['commit-without-a-leader']])
    expect(unexplained(compare('kafka_exporter', theirs, ours + native('2')).disagreements).length).toBe(2)
  })

  it('every rule was seen, but for those of an exporter that was not run', () => {
    const run = diffRules.filter(({ profiles }) => profiles.some(profile => profile !== 'kafka-lag-exporter'))
    const seen = new Set([...rulesSeen.kminion, ...rulesSeen.kafka_exporter, 'topic-came-or-went', ...withoutOneBroker])
    expect(run.map(({ id }) => id).filter(id => !seen.has(id))).toEqual([])
  })
})

it('every rule is in the docs', () => {
  const docs = readFileSync(new URL('../../docs/agent.md', import.meta.url), 'utf8')
  expect(diffRules.map(({ id }) => id).filter(id => !docs.includes(`| \`${id}\` `))).toEqual([])
})

/** GROUP TOPIC PARTITION CURRENT-OFFSET LOG-END-OFFSET LAG; a name may hold blanks. */
const toolRows = [
  ...fixture('consumer-groups.txt').matchAll(/^(.*\S) +(\S+) +(\d+) +(\d+|-) +(\d+) +(-?\d+|-) +\S+ +\S+ +\S+ *$/gm),
].map(([, group, topic, partition, committed, end, lag]) => ({ group: group!, topic, partition, committed, end, lag }))

describe("what Kafka's own tools say of it", () => {
  const escaped = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')
  const row = ({ group, topic, partition }: (typeof toolRows)[number]) =>
    `{consumergroup="${escaped(group)}",partition="${partition}",topic="${topic}"}`

  it('the agent has each commit and each lag, and neither where nothing was committed', () => {
    expect(toolRows.length).toBeGreaterThan(25)
    const ours = samplesOf(own.kafka_exporter)
    for (const each of toolRows) {
      const expected = each.committed === '-' ? undefined : Number(each.committed)
      expect([row(each), ours.get(`kafka_consumergroup_current_offset${row(each)}`)]).toEqual([row(each), expected])
      const lag = expected === undefined ? undefined : Math.max(0, Number(each.lag))
      expect([row(each), ours.get(`kafka_consumergroup_lag${row(each)}`)]).toEqual([row(each), lag])
      const end = `kafka_topic_partition_current_offset{partition="${each.partition}",topic="${each.topic}"}`
      expect(ours.get(end)).toBe(Number(each.end))
    }
  })

  it('the agent has each log start', () => {
    const ours = samplesOf(own.kafka_exporter)
    const starts = fixture('log-starts.txt').trim().split('\n').map(line => line.split(':')) // biome-ignore format: one line
    expect(starts.length).toBeGreaterThan(10)
    for (const [topic, partition, start] of starts)
      expect(ours.get(`kafka_topic_partition_oldest_offset{partition="${partition}",topic="${topic}"}`)).toBe(Number(start)) // biome-ignore format: one line
  })
})

describe('names', () => {
  const catalogs = { kminion: Object.values(kminionMetrics), kafka_exporter: Object.values(kafkaExporterMetrics) }

  it.each(peers)(
    '%s: each name is one of the profile, with its labels and type, or is said not to be offered',
    peer => {
      const types = [...page[peer].matchAll(/^# TYPE (\S+) (\S+)$/gm)]
      expect(types.length).toBeGreaterThan(12)
      const seriesByName = Map.groupBy(page[peer].split('\n'), nameOf)
      for (const [, name, type] of types) {
        const metric = catalogs[peer].find(each => each.name === name)
        if (metric === undefined) {
          expect([name, notOffered.some(({ names }) => names.test(name!))]).toEqual([name, true])
          continue
        }
        const labels = Object.keys(labelsOf(seriesByName.get(name!)?.[0] ?? ''))
        expect([name, metric.labels.filter(label => label !== 'cluster').toSorted()]).toEqual([name, labels.toSorted()])
        // A gauge whose name ends on _sum has no type here, as promtool wants it.
        expect([name, metric.type]).toEqual([name, name!.endsWith('_sum') ? 'unknown' : type])
      }
    },
  )
})

describe('the same scene on the embedded broker', () => {
  let brokers: EmbeddedCluster
  let cluster: Cluster
  let scene: Scene
  beforeAll(async () => {
    brokers = await startBroker()
    cluster = await Cluster.connect(settingsOf(brokers.bootstrap))
    scene = await playScene(settingsOf(brokers.bootstrap), brokers.bootstrap)
  })
  afterAll(async () => {
    await scene?.close()
    await cluster?.close()
    await brokers?.close()
  })

  /** Of groups and topics of the scene; sizes, brokers and the cluster's name are of that other cluster. */
  const ofScene = (text: string) =>
    text
      .split('\n')
      .filter(line => {
        const { topic, topic_name = topic, consumergroup, group_id = consumergroup, group = group_id } = labelsOf(line)
        const isTopic = topic_name === undefined ? group !== undefined : sceneTopics.test(topic_name)
        return isTopic && !/^(sharers|copier)$/.test(group ?? '') && !/_log_dir_size_/.test(line)
      })
      // Another node leads and coordinates there.
      .map(line => line.replace(/coordinator_id="\d+"/, 'coordinator_id="1"').replace(/^(kafka_topic_partition_leader\{.*) \d+$/, '$1 1')) // biome-ignore format: one line
      .join('\n')

  async function pageOf(profiles: readonly ProfileName[]): Promise<string> {
    const kinds = collectorKinds.filter(({ name }) => ['lag', 'topics'].includes(name))
    const looks = await Promise.all(kinds.flatMap(kind => profiles.filter(profile => kind.families[profile] !== undefined).map(profile => looker(kind, cluster, { profile })()))) // biome-ignore format: one line
    // A looker takes the prefix off.
    return looks.flatMap(({ lines }) => lines.map(line => line.replace(/^consumer_group_info/, 'millrace_$&'))).join('\n') // biome-ignore format: one line
  }

  it.each(peers)('%s: each difference has its rule', async peer => {
    const ours = ofScene(await pageOf(['native', peer]))
    const { agreeing, disagreements } = compare(peer, ofScene(page[peer]), ours)
    expect(unexplained(disagreements)).toEqual([])
    const others = /^(version|offsets-of-a-share-group|internal-topic)/
    expect(idsOf(disagreements)).toEqual(rulesSeen[peer].filter(id => !others.test(id)))
    expect(agreeing).toBeGreaterThan(peer === 'kminion' ? 120 : 180)
  })
})
