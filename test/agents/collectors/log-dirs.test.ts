// Shows the series of log directories: sums by directory and topic, replicas on the move apart, a failed disk, and brokers that do
// not know the size of their volumes.
import { describe, expect, it } from 'vitest'
import { logDirFamilies } from '../../../agents/collectors/log-dirs.ts'
import { logDirsOf } from '../../../agents/evaluate/log-dirs.ts'
import type { LogDirAnswer } from '../../../agents/source/log-dirs.ts'
import { kafkaCode } from '../../../wire/error-codes.ts'
import { samplesOf } from '../samples.ts'

const replica = (partitionIndex: number, partitionSize: number, moving?: { lag: number }) => ({
  partitionIndex,
  partitionSize,
  offsetLag: moving?.lag ?? 0,
  isFutureKey: moving !== undefined,
})

function dir(broker: number, logDir: string, changes: Partial<LogDirAnswer['dir']> = {}): LogDirAnswer {
  const volume = { totalBytes: 1_000, usableBytes: 400, isCordoned: false }
  return { broker, dir: { errorCode: 0, logDir, topics: [], ...volume, ...changes } }
}

const samples = (answers: readonly LogDirAnswer[]) =>
  samplesOf(
    logDirFamilies(
      'c',
      logDirsOf(answers, () => true),
    ),
  )

describe('the logdirs collector', () => {
  it('adds up by directory and by topic, over all brokers', () => {
    const topics = [{ name: 'orders', partitions: [replica(0, 10), replica(1, 20)] }]
    const found = samples([dir(1, '/a', { topics }), dir(2, '/a', { topics: [{ name: 'orders', partitions: [replica(0, 9)] }] })]) // biome-ignore format: one line
    expect(found).toEqual(
      expect.arrayContaining([
        'log_dir_online{broker="1",dir="/a"} 1',
        'log_dir_replica_bytes{broker="1",dir="/a"} 30',
        'log_dir_replicas{broker="1",dir="/a"} 2',
        'log_dir_volume_bytes{broker="1",dir="/a"} 1000',
        'log_dir_volume_free_bytes{broker="2",dir="/a"} 400',
        'topic_log_bytes{topic="orders"} 39',
      ]),
    )
  })

  it('replicas that are being moved take room, and are counted apart', () => {
    const topics = [{ name: 't', partitions: [replica(0, 10), replica(1, 4, { lag: 600 })] }]
    expect(samples([dir(1, '/b', { topics })])).toEqual(
      expect.arrayContaining([
        'log_dir_replica_bytes{broker="1",dir="/b"} 14',
        'log_dir_replicas{broker="1",dir="/b"} 1',
        'log_dir_future_replicas{broker="1",dir="/b"} 1',
        'log_dir_future_lag_offsets{broker="1",dir="/b"} 600',
      ]),
    )
  })

  it('a failed directory is offline, and nothing is said of what is in it', () => {
    const failed = { errorCode: kafkaCode.KAFKA_STORAGE_ERROR, totalBytes: -1, usableBytes: -1 }
    expect(samples([dir(1, '/broken', failed)])).toEqual(['log_dir_online{broker="1",dir="/broken"} 0'])
  })

  it('brokers before KIP-827 say no sizes', () => {
    const found = samples([dir(1, '/a', { totalBytes: -1, usableBytes: -1 })])
    expect(found.filter(line => line.includes('volume'))).toEqual([])
  })
})
