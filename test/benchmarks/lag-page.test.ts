// Shows what counts as missing without a word on a metrics page. Method: pages made by hand.
import { expect, it } from 'vitest'
import { lagPageOf, silentlyMissing } from '../../benchmarks/agents/lag-page.ts'

const page = (lines: readonly string[]) => lagPageOf(`${lines.map(line => `millrace_${line}`).join('\n')}\n`, 0)

it('reads rows, ends, brokers and gaps', () => {
  const { rows, ends, brokersUp, gaps } = page([
    'consumer_group_partition_lag_offsets{cluster="c",group="g",topic="t",partition="3"} 7',
    'topic_partition_high_watermark_offset{cluster="c",topic="t",partition="3"} 9',
    'broker_up{cluster="c",broker="2"} 0',
    'agent_gaps{cluster="c",collector="topics",about="broker",reason="timeout"} 2',
  ])
  expect([[...rows], [...ends], [...brokersUp], gaps]).toEqual([['g t 3'], [['t 3', 9]], [['2', 0]], 2])
})

it.each([
  { why: 'nothing says so', lines: [], silent: 2 },
  { why: 'the group is there and has two without a lag', lines: ['consumer_group_unknown_lag_partitions{group="g",reason="no_ends"} 2'], silent: 0 }, // biome-ignore format: one line
  { why: 'the group is there and has one without a lag', lines: ['consumer_group_unknown_lag_partitions{group="g",reason="no_ends"} 1'], silent: 1 }, // biome-ignore format: one line
  { why: 'the group is there, and a broker was not heard', lines: ['consumer_group_info{group="g"} 1', 'agent_gaps{collector="lag",about="broker"} 1'], silent: 2 }, // biome-ignore format: one line
  { why: 'the group is gone, and a broker was not heard', lines: ['agent_gaps{collector="lag",about="broker"} 1'], silent: 0 }, // biome-ignore format: one line
  { why: 'the group is gone, and another collector has a gap', lines: ['agent_gaps{collector="topics",about="broker"} 1'], silent: 2 }, // biome-ignore format: one line
])('two rows are gone: $why', ({ lines, silent }) => {
  expect(silentlyMissing(['g t 1', 'g t 2'], page(lines))).toBe(silent)
})
