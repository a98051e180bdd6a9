// Shows what is found by the names of other exporters, exactly as they write them, and what `--diff` makes of two pages.
// Method: the embedded broker with one group behind, one caught up, one beyond the end; pages written by hand for the comparison.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ProfileName, profileNames } from '../../agents/collector.ts'
import { collectorKinds } from '../../agents/collectors/index.ts'
import { comparePages, profileOf } from '../../agents/diff.ts'
import { samplesOf } from '../../agents/samples.ts'
import { type EmbeddedCluster, startBroker } from '../../broker/start.ts'
import { catalog } from '../../metrics/catalog.ts'
import { commitOffsets, createTopic } from '../../wire/admin.ts'
import { Cluster } from '../../wire/cluster.ts'
import { settingsOf } from '../kafka/settings.ts'
import { looker } from './look.ts'
import { append } from './writing.ts'

let brokers: EmbeddedCluster
let cluster: Cluster
beforeAll(async () => {
  brokers = await startBroker()
  cluster = await Cluster.connect(settingsOf(brokers.bootstrap))
  await createTopic(cluster, { name: 'orders', partitions: 2, replicationFactor: 1 })
  const nowMs = Date.now()
  for (const partition of [0, 1]) await append(cluster, 'orders', partition, [nowMs - 3000, nowMs - 2000, nowMs - 1000])
  await commitOffsets(cluster, 'billing', 'orders', new Map([[0, 1], [1, 3]])) // biome-ignore format: one line
})
afterAll(async () => {
  await cluster.close()
  await brokers.close()
})

async function pageOf(profile: ProfileName): Promise<string> {
  const kinds = collectorKinds.filter(({ name, families }) => families[profile] !== undefined && name !== 'canary')
  const looks = await Promise.all(kinds.map(kind => looker(kind, cluster, { profile })()))
  return looks.flatMap(({ lines }) => lines).join('\n')
}

describe('name profiles', () => {
  it('kafka_exporter', async () => {
    const samples = samplesOf(await pageOf('kafka_exporter'))
    expect(samples.get('kafka_consumergroup_lag{consumergroup="billing",partition="0",topic="orders"}')).toBe(2)
    expect(samples.get('kafka_consumergroup_lag_sum{consumergroup="billing",topic="orders"}')).toBe(2)
    expect(samples.get('kafka_consumergroup_current_offset_sum{consumergroup="billing",topic="orders"}')).toBe(4)
    expect(samples.get('kafka_topic_partition_current_offset{partition="1",topic="orders"}')).toBe(3)
    expect(samples.get('kafka_topic_partition_leader_is_preferred{partition="1",topic="orders"}')).toBe(1)
    expect(samples.get('kafka_topic_partitions{topic="orders"}')).toBe(2)
    expect(samples.get('kafka_brokers')).toBe(1)
  })

  it('kafka-lag-exporter', async () => {
    const samples = samplesOf(await pageOf('kafka-lag-exporter'))
    expect(
      samples.get('kafka_consumergroup_group_lag{cluster_name="c",group="billing",partition="0",topic="orders"}'),
    ).toBe(2)
    expect(samples.get('kafka_consumergroup_group_max_lag{cluster_name="c",group="billing"}')).toBe(2)
    expect(samples.get('kafka_consumergroup_group_max_lag_seconds{cluster_name="c",group="billing"}')).toBeGreaterThan(
      1.9,
    )
    expect(samples.get('kafka_partition_earliest_offset{cluster_name="c",partition="0",topic="orders"}')).toBe(0)
  })

  it('kminion', async () => {
    const samples = samplesOf(await pageOf('kminion'))
    expect(
      samples.get(
        'kminion_kafka_consumer_group_topic_partition_lag{group_id="billing",partition_id="0",topic_name="orders"}',
      ),
    ).toBe(2)
    expect(samples.get('kminion_kafka_topic_high_water_mark_sum{topic_name="orders"}')).toBe(6)
    expect(samples.get('kminion_kafka_consumer_group_members{group_id="billing"}')).toBe(0)
    expect([...samples.keys()].some(series => series.startsWith('kminion_kafka_topic_log_dir_size_total_bytes{'))).toBe(
      true,
    )
  })

  it('no name of one profile is a name of another, so several can be on one page', async () => {
    const names = await Promise.all(
      profileNames.map(
        async profile => new Set((await pageOf(profile)).split('\n').map(line => /^\w+/.exec(line)?.[0])),
      ),
    )
    const all = names.flatMap(each => [...each])
    expect(new Set(all).size).toBe(all.length)
    expect(catalog.every(({ name }) => name.startsWith('millrace_'))).toBe(true)
  })
})

describe('--diff', () => {
  const lag = (partition: number) => `kafka_consumergroup_lag{consumergroup="g",topic="t",partition="${partition}"}`
  const page = (...lines: string[]) => `# HELP x y\n${lines.join('\n')}\n`

  it('knows whose page it is', async () => {
    for (const profile of profileNames.filter(name => name !== 'native'))
      expect(profileOf(await pageOf(profile))).toBe(profile)
    expect(profileOf(page('node_load1 3'))).toBeUndefined()
  })

  it('agrees with itself', async () => {
    const ours = await pageOf('kminion')
    const { agreeing, disagreements } = comparePages('kminion', { before: ours, after: ours }, ours)
    expect([agreeing > 10, disagreements]).toEqual([true, []])
  })

  it('lists what differs and why; what moves between two looks does not', () => {
    const of3 = 'topic="t",partition="3"}'
    const ends = [`kafka_consumergroup_current_offset{consumergroup="g",${of3} 9`, `kafka_topic_partition_current_offset{${of3} 5`, 'kafka_topic_partitions{topic="t"} 6'] // biome-ignore format: one line
    const same = [`${lag(1)} -1`, `${lag(2)} 7`, `${lag(3)} -4`, ...ends, 'kafka_new_metric 1', 'kafka_exporter_build_info 1'] // biome-ignore format: one line
    const [before, after] = [page(`${lag(0)} 5`, `${lag(5)} 1`, ...same), page(`${lag(0)} 9`, ...same)]
    const ours = page(`${lag(0)} 6`, `${lag(2)} 8`, `${lag(3)} 0`, `${lag(4)} 1`, ...ends)
    const { agreeing, disagreements, otherNames } = comparePages('kafka_exporter', { before, after }, ours)
    expect(agreeing).toBe(5)
    expect(disagreements.map(({ theirs, ours: own, rule }) => [theirs, own, rule?.id])).toEqual([
      [-1, undefined, 'unknown-has-no-sample'],
      [7, 8, undefined],
      [-4, 0, 'commit-beyond-the-end'],
      [undefined, 1, undefined],
    ])
    expect(otherNames.map(({ name, why }) => [name, why === undefined])).toEqual([
      ['kafka_exporter_build_info', false],
      ['kafka_new_metric', true],
    ])
  })

  it('reads labels in any order, with quotes and backslashes in them', () => {
    const [series] = samplesOf('m{b="x\\"y\\\\",a="1",empty=""} 2.5e3').entries()
    expect(series).toEqual(['m{a="1",b="x\\"y\\\\"}', 2500])
  })
})
