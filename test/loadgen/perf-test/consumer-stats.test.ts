// Shows that the rows of a consuming perf test are those of Kafka's tool: what counts as time to join, and what each rate is of.
import { describe, expect, it } from 'vitest'
import { ConsumerStats, JoinTime } from '../../../loadgen/perf-test/consumer-stats.ts'
import { isConsumerWindowLine, readConsumerTotal } from './kafkatest.ts'

const startMs = new Date(2026, 0, 1, 12, 0, 0, 0).getTime()
const dateFormat = (date: Date) => `2026-01-01 12:00:${String(date.getSeconds()).padStart(2, '0')}:000`
const make = () => new ConsumerStats({ dateFormat, intervalMs: 5_000, startMs })
const mb = 1024 * 1024

describe('ConsumerStats', () => {
  it('tells joining and fetching apart', () => {
    const stats = make()
    stats.join.share(true, startMs + 3_000)
    const line = stats.total(startMs + 5_000, { records: 1_000, bytes: 10 * mb })
    expect(line).toBe(
      '2026-01-01 12:00:00:000, 2026-01-01 12:00:05:000, 10.0000, 2.0000, 1000, 200.0000, 3000, 2000, 5.0000, 500.0000',
    )
    expect(readConsumerTotal(line)).toMatchObject({ records: 1_000, rebalanceMs: 3_000, fetchMs: 2_000 })
  })

  it('rows of intervals: counts from the start, rates of the interval', () => {
    const stats = make()
    stats.join.share(true, startMs + 1_000)
    expect(stats.endInterval(startMs + 4_999, { records: 10, bytes: mb })).toBeUndefined()
    const first = stats.endInterval(startMs + 5_000, { records: 100, bytes: 10 * mb })!
    expect(first).toBe('2026-01-01 12:00:05:000, 0, 10.0000, 2.0000, 100, 20.0000, 1000, 4000, 2.5000, 25.0000')
    expect(isConsumerWindowLine(first)).toBe(true)
    // Nothing has come: the interval goes on.
    expect(stats.endInterval(startMs + 10_000, { records: 100, bytes: 10 * mb })).toBeUndefined()
    const second = stats.endInterval(startMs + 15_000, { records: 200, bytes: 20 * mb })!
    expect(second).toBe('2026-01-01 12:00:15:000, 0, 20.0000, 1.0000, 200, 10.0000, 0, 10000, 1.0000, 10.0000')
  })

  it('of nothing at all has Java’s own words where there is no number', () => {
    expect(make().total(startMs, { records: 0, bytes: 0 })).toContain(', 0.0000, NaN, 0, NaN, 0, 0, NaN, NaN')
  })
})

describe('JoinTime', () => {
  it('counts again while the member has no partition, and only then', () => {
    const join = new JoinTime(0)
    join.share(true, 100)
    join.share(true, 200)
    join.share(false, 300)
    join.share(false, 350)
    join.share(true, 400)
    expect(join.totalMs).toBe(200)
    expect([join.takeRound(), join.takeRound()]).toEqual([200, 0])
  })
})
