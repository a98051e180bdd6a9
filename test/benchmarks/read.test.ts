// Shows that the numbers quoted of the peers are the ones their tools print, and that an output without a result is a
// failed run and never a zero.
import { describe, expect, it } from 'vitest'
import {
  readConsumerPerfTest,
  readProducerPerfTest,
  readRdkafkaConsumer,
  readRdkafkaProducer,
  readReport,
} from '../../benchmarks/lineup/read.ts'

const perfTest = `Warmup first 2000000 records. Steady state results will print after the complete test summary.
In steady state.
6035636 records sent, 1206885.8 records/sec (115.10 MB/sec), 52.4 ms avg latency, 204.0 ms max latency.
12000000 records sent, 1170503.316426 records/sec (111.63 MB/sec), 44.04 ms avg latency, 268.00 ms max latency, 29 ms 50th, 142 ms 95th, 183 ms 99th, 203 ms 99.9th.
10000000 steady state records sent, 1365187.713311 records/sec (130.19 MB/sec), 40.48 ms avg latency, 208.00 ms max latency, 25 ms 50th, 144 ms 95th, 184 ms 99th, 203 ms 99.9th.
`

const rdkafkaProducer = `%4|1795393156.311|CONFWARN|rdkafka#producer-1| [thrd:app]: offset_commit_cb is a consumer property
% Sending 10000000 messages of size 100 bytes
% 500 messages produced (50000 bytes), 400 delivered (offset 8, 0 failed) in 1ms: 400000 msgs/s and 40.00 MB/s, 0 produce failures, 0 in queue, no compression
% 10000000 messages produced (1000000000 bytes), 10000000 delivered (offset 8279590, 0 failed) in 5254ms: 1903006 msgs/s and 190.30 MB/s, 338 produce failures, 0 in queue, no compression
`

describe('kafka-producer-perf-test', () => {
  it('is quoted by its steady state, and charged for all its records', () => {
    const reading = readProducerPerfTest(perfTest)
    expect(reading).toMatchObject({ records: 10_000_000, recordsPerSec: 1_365_187.713311, totalRecords: 12_000_000 })
    expect(reading.seconds).toBeCloseTo(7.325, 3)
  })

  it('fails without the line', () => {
    expect(() => readProducerPerfTest(perfTest.split('\n').slice(0, 4).join('\n'))).toThrow('steady state')
    expect(() => readProducerPerfTest('')).toThrow('no total')
  })
})

describe('kafka-consumer-perf-test', () => {
  const row =
    '2026-11-23 00:10:00:000, 2026-11-23 00:10:12:000, 953.6743, 79.47, 10000000, 833333.3, 2000, 10000, 95.3674, 1000000.0000'

  it('is quoted by its fetch time', () => {
    expect(readConsumerPerfTest(`some warning\n${row}\n`)).toEqual({
      records: 10_000_000,
      seconds: 10,
      recordsPerSec: 1_000_000,
      totalRecords: 10_000_000,
    })
  })

  it('fails without the row', () => expect(() => readConsumerPerfTest('WARNING: Exiting')).toThrow('no result row'))
})

describe('rdkafka_performance', () => {
  it('is quoted by its last summary', () => {
    expect(readRdkafkaProducer(rdkafkaProducer)).toMatchObject({ records: 10_000_000, seconds: 5.254 })
    const consumed = '% 9000000 messages (900000000 bytes) consumed in 4500ms: 2000000 msgs/s (200.00 MB/s)\n'
    expect(readRdkafkaConsumer(consumed)).toMatchObject({ records: 9_000_000, recordsPerSec: 2_000_000 })
  })

  it('fails when messages failed', () => {
    expect(() => readRdkafkaProducer(rdkafkaProducer.replaceAll('0 failed', '3 failed'))).toThrow('3 messages failed')
  })
})

describe('the contestants of our own', () => {
  const line = { records: 800, seconds: 4, totalRecords: 1_000, errors: 0, cpuSeconds: 5 }

  it('report one line', () => {
    const reading = readReport(`a warning\n${JSON.stringify(line)}\n`)
    expect(reading).toEqual({ records: 800, seconds: 4, recordsPerSec: 200, totalRecords: 1_000 })
  })

  it('fail with a failed send', () => {
    expect(() => readReport(JSON.stringify({ ...line, errors: 2 }))).toThrow('2 sends failed')
  })
})
