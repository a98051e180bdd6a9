// Shows the series of the lag collector: groups, topics and partitions, the limit on rows, and that what is unknown has none.
// Method: a snapshot made by hand, judged by the real memory.
import { describe, expect, it } from 'vitest'
import { dataOf, lagCollector } from '../../../agents/collectors/lag.ts'
import { LagTable } from '../../../agents/lag/lag-table.ts'
import type { GroupSnapshot, LagSnapshot } from '../../../agents/snapshot.ts'

import { textOf } from '../look.ts'

const metadata = { clusterId: 'id', controllerId: 1, brokers: new Map(), topics: new Map() }

interface Group {
  readonly id: string
  readonly commits: Readonly<Record<number, number>> | undefined
}

function snapshotOf(groups: readonly Group[], ends: Readonly<Record<number, number>>, endsAtMs = 0): LagSnapshot {
  const ofTopic = Object.entries(ends).map(([partition, highWatermark]) => {
    return [Number(partition), { logStart: 0, lastStable: highWatermark, highWatermark }] as const
  })
  return {
    clusterId: 'id',
    commitsAtMs: endsAtMs,
    endsAtMs,
    metadata,
    groups: groups.map(({ id, commits }): GroupSnapshot => {
      const offsets = Object.entries(commits ?? {}).map(([partition, offset]) => [Number(partition), offset] as const)
      return {
        groupId: id,
        type: 'classic',
        state: 'Empty',
        protocolType: 'consumer',
        coordinator: 1,
        description: { groupId: id, state: 'Empty', assignor: '', members: [] },
        commits: commits === undefined ? undefined : new Map([['t', new Map(offsets)]]),
      }
    }),
    ends: new Map([['t', new Map(ofTopic)]]),
    gaps: [],
  }
}

const limits = { granularity: 'partition', 'rows-max': 100, 'groups-max': 100 } as const

function samplesOf(
  snapshot: LagSnapshot,
  table = new LagTable(),
  values: Partial<typeof limits> | object = {},
): string[] {
  table.take(snapshot)
  table.judge(snapshot.endsAtMs)
  const data = dataOf(snapshot, table, { ...limits, ...values }, () => 60_000)
  const text = textOf(lagCollector.families.native('c', data, true))
  return text.split('\n').filter(line => line !== '' && !line.startsWith('#')) // biome-ignore format: one line
}

const valuesOf = (samples: readonly string[], name: string) =>
  samples.filter(line => line.startsWith(`millrace_${name}{`)).map(line => line.slice(`millrace_${name}`.length))

describe('the lag collector', () => {
  it('sums partitions into topic and group, and gives each partition its own', () => {
    const samples = samplesOf(snapshotOf([{ id: 'g', commits: { 0: 5, 1: 10 } }], { 0: 10, 1: 10 }))
    expect(valuesOf(samples, 'consumer_group_lag_offsets')).toEqual(['{cluster="c",group="g"} 5'])
    expect(valuesOf(samples, 'consumer_group_topic_lag_offsets')).toEqual(['{cluster="c",group="g",topic="t"} 5'])
    expect(valuesOf(samples, 'consumer_group_partition_lag_offsets')).toEqual([
      '{cluster="c",group="g",topic="t",partition="0"} 5',
      '{cluster="c",group="g",topic="t",partition="1"} 0',
    ])
    expect(valuesOf(samples, 'topic_partition_high_watermark_offset')).toHaveLength(2)
  })

  it('has no sample where there is no commit or no end: no -1, no NaN, no 0', () => {
    const samples = samplesOf(
      snapshotOf(
        [
          { id: 'g', commits: { 7: 3 } },
          { id: 'h', commits: undefined },
        ],
        { 0: 10 },
      ),
    )
    expect(valuesOf(samples, 'consumer_group_lag_offsets')).toEqual([])
    expect(valuesOf(samples, 'consumer_group_partition_lag_offsets')).toEqual([])
    expect(valuesOf(samples, 'consumer_group_partition_committed_offset')).toHaveLength(1)
    expect(samples.join('\n')).not.toMatch(/NaN|-1/)
    expect(valuesOf(samples, 'consumer_group_status')).toContain('{cluster="c",group="h",status="unknown"} 1')
  })

  it('seconds come from the history of ends, as bounds; a group is as its oldest partition', () => {
    const memory = new LagTable()
    const group = [{ id: 'g', commits: { 0: 10, 1: 20 } }]
    samplesOf(snapshotOf(group, { 0: 10, 1: 20 }, 1000), memory)
    samplesOf(snapshotOf(group, { 0: 15, 1: 20 }, 3000), memory)
    const samples = samplesOf(snapshotOf(group, { 0: 15, 1: 25 }, 6000), memory)
    const at = (partition: number) => `{cluster="c",group="g",topic="t",partition="${partition}"}`
    expect(valuesOf(samples, 'consumer_group_partition_lag_low_seconds')).toEqual([`${at(0)} 3`, `${at(1)} 0`])
    expect(valuesOf(samples, 'consumer_group_partition_lag_high_seconds')).toEqual([`${at(0)} 5`, `${at(1)} 3`])
    expect(valuesOf(samples, 'consumer_group_lag_seconds')).toEqual(['{cluster="c",group="g"} 5'])
  })

  it('a bound from below is no answer for the group', () => {
    const samples = samplesOf(snapshotOf([{ id: 'g', commits: { 0: 5 } }], { 0: 10 }))
    expect(valuesOf(samples, 'consumer_group_lag_seconds')).toEqual([])
    expect(valuesOf(samples, 'consumer_group_partition_lag_low_seconds')).toHaveLength(1)
  })

  it('beyond the limit the largest lags keep their series, and the sums stay whole', () => {
    const samples = samplesOf(
      snapshotOf([{ id: 'g', commits: { 0: 9, 1: 0, 2: 5 } }], { 0: 10, 1: 10, 2: 10 }),
      undefined,
      { 'rows-max': 2 },
    )
    expect(valuesOf(samples, 'consumer_group_partition_lag_offsets')).toEqual([
      '{cluster="c",group="g",topic="t",partition="1"} 10',
      '{cluster="c",group="g",topic="t",partition="2"} 5',
    ])
    expect(valuesOf(samples, 'consumer_group_lag_offsets')).toEqual(['{cluster="c",group="g"} 16'])
    expect(valuesOf(samples, 'agent_partition_rows_dropped')).toEqual(['{cluster="c",collector="lag"} 1'])
  })

  it('a group that is gone has no series in the next look, and comes back without a past', () => {
    const memory = new LagTable()
    samplesOf(snapshotOf([{ id: 'g', commits: { 0: 9 } }], { 0: 10 }, 0), memory)
    expect(samplesOf(snapshotOf([], { 0: 10 }, 1000), memory).join('\n')).not.toContain('group="g"')
    const back = samplesOf(snapshotOf([{ id: 'g', commits: { 0: 2 } }], { 0: 10 }, 2000), memory)
    expect(valuesOf(back, 'consumer_group_status')).toContain('{cluster="c",group="g",status="rewound"} 0')
  })
})
