// Shows that kafka-python and confluent-kafka (librdkafka) work against the embedded broker as their documentation has it:
// every codec, transactions, seeking, administration, and groups in the protocols that each of them knows: two consumers
// share a topic, read every record once and commit, and when one leaves the other takes over.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { RunningCluster } from '../../../broker/running.ts'
import { describeClient } from './describe-client.ts'
import { pythonClients } from './python.ts'
import { storedBatches, storedCodecs } from './stored.ts'

const timeoutMs = 90_000
const records = 300
const codecs = ['gzip', 'lz4', 'none', 'snappy', 'zstd']

let running: RunningCluster
beforeAll(async () => {
  running = await RunningCluster.start({
    brokers: 3,
    configs: { 'auto.create.topics.enable': 'false', 'group.consumer.heartbeat.interval.ms': '300' },
  })
})
afterAll(() => running.close())

const python = await pythonClients()
const run = (script: string, ...args: string[]) => {
  const bootstrap = running.brokers.map(({ host, port }) => `${host}:${port}`).join(',')
  return python.run(script, [bootstrap, ...args], timeoutMs - 5_000)
}

describeClient('kafka-python', python.reason, () => {
  it('produces, transacts, consumes and administers', { timeout: timeoutMs }, async () => {
    expect(await run('kafka_python_client.py')).toEqual({
      delivered: true,
      read: true,
      codecs,
      committed: ['0', '2'],
      uncommitted: ['0', '1', '2'],
      'offset in transaction': 102,
      seek: [400, 7],
      edges: [0, 500],
      'by time': 0,
      'committed offset': 8,
      topics: ['kp-coded', 'kp-paid'],
      nodes: [1, 2, 3],
      partitions: [0, 1, 2, 3].map(index => [index, 3]),
      configs: { 'retention.ms': '3600000', 'max.message.bytes': '2000' },
      'too large': 'MessageSizeTooLargeError',
      'low watermark': 50,
      offsets: [50, 500],
      altered: 99,
      groups: ['kp-paying', 'kp-seeking'],
      state: 'Empty',
      transaction: ['CompleteCommit'],
      'groups after': [],
      'log dirs': [1, 2, 3].map(id => [id, 1]),
      'topics after': ['kp-coded', 'kp-paid'],
    })
    expect(storedCodecs(running.state, 'kp-coded')).toEqual(codecs)
  })

  it('two consumers share, read, commit and take over', { timeout: timeoutMs }, async () => {
    expect(await run('kafka_python_group.py', 'kp', 'kp-group', String(records))).toEqual({
      read: records,
      committed: records,
      shares: [
        [0, 1, 2],
        [3, 4, 5],
      ],
      takenOver: 6,
      state: 'Stable',
      groups: [['kp-group', 'consumer']],
      groupsAfter: [],
    })
  })
})

describeClient('confluent-kafka', python.reason, () => {
  it('produces, transacts, consumes and administers', { timeout: timeoutMs }, async () => {
    const found = await run('confluent_client.py')
    const { topics, ...rest } = found
    expect(rest).toEqual({
      delivered: true,
      read: true,
      codecs,
      timestamped: true,
      committed: ['0', '2'],
      uncommitted: ['0', '1', '2'],
      'offset in transaction': 102,
      fenced: '_FENCED',
      'after fencing': ['0', '2'],
      watermarks: [0, 500],
      seek: [400, 7],
      'by time': true,
      'committed offset': 8,
      nodes: [1, 2, 3],
      partitions: [0, 1, 2, 3].map(index => [index, 3]),
      configs: ['3600000', '2000', 'delete'],
      'too large': ['MSG_SIZE_TOO_LARGE'],
      offsets: [0, 500, 50],
      altered: 99,
      groups: ['paying', 'seeking'],
      group: ['EMPTY', 'CLASSIC', []],
      'groups after': [],
    })
    expect(topics).toEqual(expect.arrayContaining(['ck-coded', 'ck-paid']))
    expect(topics).not.toContain('ck-kept')
    expect(storedCodecs(running.state, 'ck-coded')).toEqual(codecs)
    // Idempotent: every batch says who wrote it.
    expect(storedBatches(running.state, 'ck-coded').every(({ producerId }) => producerId >= 0)).toBe(true)
  })

  // Eager, incremental (KIP-429: the second keeps what it has while it gets more), and assigned by the broker (KIP-848).
  it.each([
    { protocol: 'classic', assignor: 'range' },
    { protocol: 'classic', assignor: 'cooperative-sticky' },
    { protocol: 'consumer', assignor: 'uniform' },
  ])('two consumers share, read, commit and take over: $protocol, $assignor', { timeout: timeoutMs }, async each => {
    const { protocol, assignor } = each
    const found = await run(
      'confluent_group.py',
      `ck-${assignor}`,
      `group-${assignor}`,
      `${records}`,
      protocol,
      assignor,
    )
    expect(found).toMatchObject({ read: records, committed: records, takenOver: 6 })
    expect(found.group).toEqual(['STABLE', protocol.toUpperCase(), 1, assignor])
    expect((found.shares as number[][]).map(share => share.length)).toEqual([3, 3])
  })
})
