// Shows what becomes of one metric that several scenarios have: counts add up, one no is a no, and what is of the whole generator is not
// counted once for each.
import { describe, expect, it } from 'vitest'
import { mergeReadings } from '../../../loadgen/test/merged-readings.ts'

const gauge = (value: number) => ({ kind: 'gauge', samples: 1, value }) as const
const merged = (metric: string, ...values: readonly number[]) => mergeReadings(metric, values.map(gauge))

describe('readings of several scenarios', () => {
  it('gauges add up', () => {
    expect(merged('in_flight', 3, 4)).toMatchObject({ value: 7, samples: 2 })
  })

  it('one that is not valid is enough', () => {
    expect(merged('valid', 1, 0)).toMatchObject({ value: 0 })
  })

  it('CPU and memory are of the one process in which all of them run', () => {
    expect(merged('cpu_percent', 140, 150)).toMatchObject({ value: 150 })
    expect(merged('rss_bytes', 4e8, 5e8)).toMatchObject({ value: 5e8 })
  })

  it('CPU a record is told of a scenario alone: each has the whole generator in it', () => {
    expect(merged('cpu_us_per_record', 2, 300)).toMatchObject({ samples: 0 })
    expect(mergeReadings('cpu_us_per_record', [gauge(2)])).toMatchObject({ samples: 1, value: 2 })
  })

  it('counters and shares add up, over the longest time', () => {
    const counter = (count: number, seconds: number) => ({ kind: 'counter', samples: 1, count, seconds }) as const
    expect(mergeReadings('iterations', [counter(3, 5), counter(4, 2)])).toMatchObject({ count: 7, seconds: 5 })
    const rate = (passes: number, samples: number) => ({ kind: 'rate', samples, passes }) as const
    expect(mergeReadings('produce_failed', [rate(1, 10), rate(0, 30)])).toMatchObject({ passes: 1, samples: 40 })
  })
})
