// Shows that the lines of a producing perf test are those of Kafka's tool, and that kafkatest's rules read them.
import { describe, expect, it } from 'vitest'
import { makeHistogram } from '../../../core/histogram.ts'
import { ProducerStats } from '../../../loadgen/perf-test/producer-stats.ts'
import { isWindowLine, readProducerTotal } from './kafkatest.ts'

function times(...ms: readonly number[]) {
  const histogram = makeHistogram()
  for (const value of ms) histogram.recordValue(value * 1e6)
  return histogram
}

const settings = { intervalSec: 5, slackSec: 0.5, isSteadyState: false, startSec: 0 }

describe('ProducerStats', () => {
  it('tells an interval when it is over, and the whole run at the end', () => {
    const stats = new ProducerStats(settings)
    stats.record(times(1, 2), 200)
    expect(stats.endWindow(1)).toEqual([])
    stats.record(times(3), 100)
    expect(stats.endWindow(4.99)).toEqual([
      '3 records sent, 0.6 records/sec (0.00 MB/sec), 2.0 ms avg latency, 3.0 ms max latency.',
    ])
    stats.record(times(10), 1024 * 1024 * 10)
    expect(stats.totalLine(8)).toBe(
      '4 records sent, 0.500000 records/sec (1.25 MB/sec), 4.00 ms avg latency, 10.00 ms max latency, 2 ms 50th, 10 ms 95th, 10 ms 99th, 10 ms 99.9th.',
    )
  })

  it('waits with an interval in which nothing came back', () => {
    const stats = new ProducerStats(settings)
    expect(stats.endWindow(5)).toEqual([])
    stats.record(times(6000), 100)
    const [line = ''] = stats.endWindow(8)
    expect(line).toMatch(/^1 records sent, 0\.1 records\/sec/)
    expect(isWindowLine(line)).toBe(true)
  })

  it('announces the steady state with its first interval, and counts it from its own start', () => {
    const stats = new ProducerStats({ ...settings, isSteadyState: true, startSec: 10 })
    stats.record(times(1), 100)
    expect(stats.endWindow(15)[0]).toBe('In steady state.')
    stats.record(times(1), 100)
    expect(stats.endWindow(20)).toHaveLength(1)
    expect(stats.totalLine(20)).toMatch(/^2 steady state records sent, 0\.200000 records\/sec/)
  })

  it('is read by the rules of kafkatest', () => {
    const stats = new ProducerStats(settings)
    stats.record(times(...Array.from({ length: 1000 }, (_, index) => index + 1)), 100_000)
    expect(readProducerTotal(stats.totalLine(2))).toEqual({
      records: 1000,
      recordsPerSec: 500,
      mbPerSec: 0.05,
      avgMs: expect.closeTo(500.5, 0),
      maxMs: expect.closeTo(1000, -1),
      percentilesMs: [500, 950, 990, 999].map(ms => expect.closeTo(ms, -1)),
    })
  })

  it('of nothing at all says so in the same form', () => {
    const line = new ProducerStats(settings).totalLine(1)
    expect(line).toBe(
      '0 records sent, 0.000000 records/sec (0.00 MB/sec), NaN ms avg latency, 0.00 ms max latency, 0 ms 50th, 0 ms 95th, 0 ms 99th, 0 ms 99.9th.',
    )
  })
})
