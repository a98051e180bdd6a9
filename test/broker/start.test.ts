// Shows the embedded cluster as a library gives it: in a thread of its own, asked by commands, gone when it is closed.
import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { type BrokerOptions, startBroker } from '../../broker/start.ts'
import { createTopic } from '../../wire/admin.ts'
import { Cluster } from '../../wire/cluster.ts'
import { settingsOf } from '../kafka/settings.ts'
import { RawClient } from './raw-client.ts'

describe.each([{ inThread: false }, { inThread: true }] satisfies BrokerOptions[])('startBroker(%o)', options => {
  it('runs, moves leaders and stops brokers on command, and says so', async () => {
    const notices: string[] = []
    const embedded = await startBroker({ ...options, brokers: 3, onNotice: line => notices.push(line) })
    const cluster = await Cluster.connect(settingsOf(embedded.bootstrap))
    await createTopic(cluster, { name: 'a', partitions: 3, replicationFactor: 3, configs: {} })
    expect(await embedded.run('stats')).toMatchObject({ topics: 1, partitions: 3, underReplicated: 0, offline: 0 })

    expect(await embedded.run('moveLeader', 'a', 0, 3)).toBe(true)
    const topic = await cluster.topic('a', { allowCached: false })
    expect(topic.partitions.find(each => each.index === 0)!.leader).toBe(3)

    await embedded.run('stopBroker', 2)
    expect(await embedded.run('stats')).toMatchObject({ underReplicated: 3, offline: 0 })
    await embedded.run('startBroker', 2)
    expect(await embedded.run('stats')).toMatchObject({ underReplicated: 0 })
    expect(notices).toEqual(['broker 2 stopped', 'broker 2 started'])

    await cluster.close()
    await embedded.close()
    await expect(RawClient.open(embedded.brokers[0]!.port)).rejects.toThrow('ECONNREFUSED')
  })

  it('refuses what does not exist, with the reason', async () => {
    const embedded = await startBroker(options)
    await expect(embedded.run('stopBroker', 9)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
    await expect(embedded.run('moveLeader', 'a', 0)).rejects.toMatchObject({ code: 'TOPIC_UNKNOWN' })
    await embedded.close()
  })

  it('fails where its port is taken', async () => {
    const taken = createServer()
    const port = await new Promise<number>(resolve => {
      taken.listen(0, '127.0.0.1', () => resolve((taken.address() as { port: number }).port))
    })
    await expect(startBroker({ ...options, port })).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE' })
    await new Promise(resolve => taken.close(resolve))
  })
})
