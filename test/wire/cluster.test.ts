// Shows how a cluster finds its way: which address is tried when, what is cached and for how long, what an error makes it
// look up again, and what it says when nothing works. Method: brokers without sockets and a clock that only pauses move.
import { describe, expect, it } from 'vitest'
import { listOffsets } from '../../wire/apis/02-list-offsets.ts'
import { metadata } from '../../wire/apis/03-metadata.ts'
import { offsetCommit } from '../../wire/apis/08-offset-commit.ts'
import { Cluster } from '../../wire/cluster.ts'
import { kafkaCode, kafkaError } from '../../wire/error-codes.ts'
import { addressOf, FakeCluster, metadataAnswer, settingsOf } from './fake-cluster.ts'

const count = (log: readonly string[], entry: string | RegExp) =>
  log.filter(line => (typeof entry === 'string' ? line === entry : entry.test(line))).length

describe('bootstrap', () => {
  it('tries every address until one answers', async () => {
    const fake = new FakeCluster(['b:2'], () => metadataAnswer(['b:2']))
    const cluster = await Cluster.connect(settingsOf(['a:1', 'b:2']), fake.deps)
    expect(fake.log).toEqual(['open a:1', 'open b:2', 'Metadata b:2'])
    await cluster.close()
  })

  it('names what every address said when none answers', async () => {
    const fake = new FakeCluster([], () => ({}))
    const failed = expect(Cluster.connect(settingsOf(['a:1', 'b:2']), fake.deps)).rejects
    await failed.toMatchObject({
      code: 'BROKER_UNREACHABLE',
      exitCode: 20,
      message: 'none of 2 addresses gave a connection:\n  a:1 refused the connection\n  b:2 refused the connection',
    })
  })

  it('keeps the code that all addresses share, with its hint, and that of the only one', async () => {
    const wrongPassword = () => {
      throw kafkaError(kafkaCode.SASL_AUTHENTICATION_FAILED, 'a:1')
    }
    for (const addresses of [['a:1'], ['a:1', 'b:2']]) {
      const connecting = Cluster.connect(settingsOf(addresses), new FakeCluster(addresses, wrongPassword).deps)
      await expect(connecting).rejects.toMatchObject({ code: 'AUTHENTICATION_FAILED', retriable: false })
    }
  })

  it('goes back to the bootstrap addresses when all brokers that it knows are gone', async () => {
    const brokers = ['b:1', 'b:2']
    const fake = new FakeCluster(['boot:9', ...brokers], () => metadataAnswer(brokers))
    const cluster = await Cluster.connect(settingsOf(['boot:9']), fake.deps)
    await cluster.metadata(['t'], { allowCached: false })
    for (const address of ['boot:9', ...brokers]) fake.kill(address)
    fake.raise('boot:9')
    fake.log.length = 0
    await cluster.metadata(['t'], { allowCached: false })
    expect(fake.log.filter(line => line.startsWith('open')).at(-1)).toBe('open boot:9')
    expect(fake.log.at(-1)).toBe('Metadata boot:9')
    await cluster.close()
  })
})

describe('metadata', () => {
  it('a topic that is gone is forgotten when all are asked for', async () => {
    let topic = 'old'
    const fake = new FakeCluster(['a:1'], () => metadataAnswer(['a:1'], { topic }))
    const cluster = await Cluster.connect(settingsOf(['a:1']), fake.deps)
    await cluster.metadata('all')
    topic = 'new'
    await cluster.metadata('all')
    await expect(cluster.topic('old')).rejects.toMatchObject({ code: 'TOPIC_UNKNOWN' })
    expect((await cluster.topic('new')).name).toBe('new')
    await cluster.close()
  })

  it('is asked for once while it is fresh, and again when it is too old', async () => {
    const fake = new FakeCluster(['a:1'], () => metadataAnswer(['a:1']))
    const cluster = await Cluster.connect(settingsOf(['a:1'], { metadataMaxAgeMs: 1_000 }), fake.deps)
    for (let ask = 0; ask < 3; ask++) await cluster.metadata(['t'])
    expect(count(fake.log, 'Metadata a:1')).toBe(2) // the bootstrap's, and that of the topic
    fake.nowMs += 1_001
    await cluster.metadata(['t'])
    expect(count(fake.log, 'Metadata a:1')).toBe(3)
    await cluster.close()
  })

  it('is asked for once by all who want the same at the same time, on one connection', async () => {
    const fake = new FakeCluster(['a:1'], () => metadataAnswer(['a:1']))
    const cluster = await Cluster.connect(settingsOf(['a:1']), fake.deps)
    fake.kill('a:1')
    fake.raise('a:1')
    fake.log.length = 0
    const asking = Array.from({ length: 5 }, () => cluster.metadata(['t'], { allowCached: false }))
    expect(new Set(await Promise.all(asking)).size).toBe(1)
    expect(fake.log.filter(line => !line.startsWith('pause'))).toEqual(['open a:1', 'Metadata a:1'])
    await cluster.close()
  })

  it('does not go back to an older leader that a broker has not yet forgotten (KIP-320)', async () => {
    const heard = [
      { leader: 2, leaderEpoch: 5 },
      { leader: 1, leaderEpoch: 4 },
      { leader: 1, leaderEpoch: 6 },
    ]
    const brokers = ['a:1', 'a:2']
    const fake = new FakeCluster(brokers, (_, __, { topics }) =>
      metadataAnswer(brokers, (topics as unknown[]).length === 0 ? {} : heard.shift()),
    )
    const cluster = await Cluster.connect(settingsOf(['a:1']), fake.deps)
    const leader = async () => (await cluster.topic('t', { allowCached: false })).partitions[0]!.leader
    expect([await leader(), await leader(), await leader()]).toEqual([2, 2, 1])
    await cluster.close()
  })

  it('keeps the brokers it knows when one that has just started names none', async () => {
    const answers = [metadataAnswer(['a:1', 'a:2']), metadataAnswer([])]
    const fake = new FakeCluster(['a:1', 'a:2'], () => answers.shift()!)
    const cluster = await Cluster.connect(settingsOf(['a:1']), fake.deps)
    const { brokers } = await cluster.metadata(['t'], { allowCached: false })
    expect([...brokers.values()].map(addressOf)).toEqual(['a:1', 'a:2'])
    await cluster.close()
  })

  it('is an error of its code for a topic that is not there', async () => {
    const fake = new FakeCluster(['a:1'], () => metadataAnswer(['a:1'], { errorCode: 3 }))
    const cluster = await Cluster.connect(settingsOf(['a:1']), fake.deps)
    await expect(cluster.topic('t')).rejects.toMatchObject({ code: 'TOPIC_UNKNOWN', kafkaCode: 3 })
    await expect(cluster.connection(7)).rejects.toThrow('broker 7 is not in the cluster (brokers: 1)')
    await cluster.close()
  })
})

describe('a request by role', () => {
  const offsets = { topics: [{ name: 't', partitions: [{ partitionIndex: 0, timestamp: -1 }] }] }
  const check = ({ topics }: { topics: readonly { partitions: readonly { errorCode: number }[] }[] }) => {
    const code = topics[0]!.partitions[0]!.errorCode
    if (code !== 0) throw kafkaError(code, 'partition 0')
  }
  const answerOf = (errorCode: number) => ({ topics: [{ name: 't', partitions: [{ partitionIndex: 0, errorCode }] }] })

  it('follows a leader that has moved: the error makes the metadata stale', async () => {
    const brokers = ['a:1', 'a:2']
    let leader = 1
    const fake = new FakeCluster(brokers, (api, node) => {
      if (api === 'Metadata') return metadataAnswer(brokers, { leader, leaderEpoch: leader })
      return answerOf(node.port === leader ? 0 : kafkaCode.NOT_LEADER_OR_FOLLOWER)
    })
    const cluster = await Cluster.connect(settingsOf(['a:1']), fake.deps)
    const send = () => cluster.sendWithRetry({ leader: { topic: 't', partition: 0 } }, listOffsets, offsets, { check })
    await send()
    leader = 2
    fake.log.length = 0
    await send()
    expect(fake.log.filter(line => line.startsWith('ListOffsets'))).toEqual(['ListOffsets a:1', 'ListOffsets a:2'])
    expect(count(fake.log, /^Metadata/)).toBe(1)
    await cluster.close()
  })

  it('follows a coordinator that has moved', async () => {
    let coordinator = 1
    const fake = new FakeCluster(['a:1', 'a:2'], (api, node) => {
      if (api === 'Metadata') return metadataAnswer(['a:1', 'a:2'])
      const found = { key: 'g', nodeId: coordinator, host: 'a', port: coordinator, errorCode: 0, errorMessage: null }
      if (api === 'FindCoordinator') return { coordinators: [found] }
      return answerOf(node.port === coordinator ? 0 : kafkaCode.NOT_COORDINATOR)
    })
    const cluster = await Cluster.connect(settingsOf(['a:1']), fake.deps)
    const commit = () =>
      cluster.sendWithRetry({ coordinator: 'group', key: 'g' }, offsetCommit, { groupId: 'g', topics: [] }, { check })
    await commit()
    coordinator = 2
    fake.log.length = 0
    await commit()
    expect(fake.log.filter(line => line.startsWith('OffsetCommit'))).toEqual(['OffsetCommit a:1', 'OffsetCommit a:2'])
    await cluster.close()
  })

  it('is given up at the deadline, and says how often it was tried', async () => {
    const fake = new FakeCluster(['a:1'], api => (api === 'Metadata' ? metadataAnswer(['a:1']) : answerOf(6)))
    const cluster = await Cluster.connect(settingsOf(['a:1']), fake.deps)
    const target = { leader: { topic: 't', partition: 0 } }
    const sending = cluster.sendWithRetry(target, listOffsets, offsets, { check, timeoutMs: 2_000 })
    await expect(sending).rejects.toMatchObject({
      code: 'REQUEST_REFUSED',
      kafkaCode: 6,
      message: expect.stringMatching(/^partition 0: NOT_LEADER_OR_FOLLOWER \(6\) \(5 tries in 1500 ms\)$/),
    })
    expect(fake.log.filter(line => line.startsWith('pause'))).toEqual([
      'pause 100',
      'pause 200',
      'pause 400',
      'pause 800',
    ])
    await cluster.close()
  })

  it('is not tried again when the error is final', async () => {
    const fake = new FakeCluster(['a:1'], api => (api === 'Metadata' ? metadataAnswer(['a:1']) : answerOf(29)))
    const cluster = await Cluster.connect(settingsOf(['a:1']), fake.deps)
    const sending = cluster.sendWithRetry({ broker: 1 }, listOffsets, offsets, { check })
    await expect(sending).rejects.toMatchObject({ code: 'AUTHORIZATION_FAILED' })
    expect(count(fake.log, 'ListOffsets a:1')).toBe(1)
    await cluster.close()
  })

  it('is tried again on a new connection when the old one is lost', async () => {
    const fake = new FakeCluster(['a:1'], api => (api === 'Metadata' ? metadataAnswer(['a:1']) : answerOf(0)))
    const cluster = await Cluster.connect(settingsOf(['a:1']), fake.deps)
    fake.kill('a:1')
    const sending = cluster.sendWithRetry({ broker: 1 }, listOffsets, offsets, { check })
    fake.raise('a:1')
    await sending
    expect(count(fake.log, 'open a:1')).toBe(2)
    await cluster.close()
  })
})

describe('connections', () => {
  it('to a dead broker are tried at growing intervals, up to a limit', async () => {
    const fake = new FakeCluster(['a:1'], () => metadataAnswer(['a:1', 'dead:2']))
    const settings = settingsOf(['a:1'], { reconnectBackoffMs: 50, reconnectBackoffMaxMs: 240 })
    const cluster = await Cluster.connect(settings, fake.deps)
    for (let attempt = 0; attempt < 5; attempt++) {
      await expect(cluster.connection(2)).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE' })
    }
    expect(fake.log.filter(line => line.startsWith('pause'))).toEqual([
      'pause 50',
      'pause 100',
      'pause 200',
      'pause 200',
    ])
    await cluster.close()
  })

  it('to a broker that has left the cluster are closed', async () => {
    const answers = [metadataAnswer(['a:1', 'a:2']), metadataAnswer(['a:1'])]
    const fake = new FakeCluster(['a:1', 'a:2'], () => answers.shift()!)
    const cluster = await Cluster.connect(settingsOf(['a:1']), fake.deps)
    await cluster.connection(2)
    await cluster.metadata(['t'], { allowCached: false })
    expect(fake.log).toContain('close a:2')
    await cluster.close()
  })

  it('are all closed with the cluster, which then refuses', async () => {
    const fake = new FakeCluster(['a:1', 'a:2'], () => metadataAnswer(['a:1', 'a:2']))
    const cluster = await Cluster.connect(settingsOf(['a:1']), fake.deps)
    await cluster.connection(2)
    await cluster.close()
    expect(fake.log.filter(line => line.startsWith('close')).sort()).toEqual(['close a:1', 'close a:2'])
    const sending = cluster.send('any', metadata, { topics: [] })
    await expect(sending).rejects.toMatchObject({
      code: 'CONNECTION_CLOSED',
      message: 'the cluster client has been closed',
    })
  })
})
