// Shows what `transaction` of a script does with messages: committed when its function returns, aborted in every other case, and
// nothing is left open. Method: VUs as a thread of VUs has them, against an embedded broker; what is in the topic is read with
// read_committed and without.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type EmbeddedCluster, startBroker } from '../../../broker/start.ts'
import { isMillraceError } from '../../../core/errors.ts'
import { runIn, type VuContext } from '../../../loadgen/script/context.ts'
import { type Message, ScriptKafka } from '../../../loadgen/script/kafka.ts'
import { consume, produce, transaction } from '../../../loadgen/script/modules/millrace.ts'
import { MetricRegistry } from '../../../loadgen/script/registry.ts'
import { createTopic, listOffsets } from '../../../wire/admin.ts'
import { Cluster } from '../../../wire/cluster.ts'
import type { Connection } from '../../../wire/connection.ts'
import { TransactionalProducer } from '../../../wire/transactions.ts'
import { settingsOf } from '../../kafka/settings.ts'
import { consumeOf, produceOf } from '../plans.ts'

let brokers: EmbeddedCluster
let cluster: Cluster
let kafka: ScriptKafka
beforeAll(async () => {
  brokers = await startBroker({ inThread: true })
  cluster = await Cluster.connect(settingsOf(brokers.bootstrap))
  kafka = kafkaOf()
})
afterAll(async () => {
  await kafka.close()
  await cluster.close()
  await brokers.close()
})

const kafkaOf = (changes: Partial<ReturnType<typeof produceOf>> = {}) =>
  new ScriptKafka({
    client: settingsOf(brokers.bootstrap),
    topic: undefined,
    produce: produceOf(changes),
    consume: consumeOf({ isolation: 'read_committed' }),
    transactional: { id: 'load-pay', timeoutMs: 60_000 },
    vus: 1,
  })

let vus = 0
let topics = 0
async function setUp(of = kafka) {
  const topic = `payments-${topics++}`
  await createTopic(cluster, { name: topic, partitions: 2, replicationFactor: 1 })
  const abort = new AbortController()
  const registry = new MetricRegistry()
  const vu: VuContext = {
    ...{ id: ++vus, scenario: undefined, registry, kafka: of, tags: {}, group: '', sleeping: new Set<Promise<void>>() },
    ...{ iteration: 1, iterationInInstance: 0, iterationInTest: 0, signal: abort.signal },
  }
  const send = (value: string, more: Partial<Message> = {}) => produce({ value, partition: 0, ...more }, { topic })
  return { topic, vu, abort, send, counts: () => countsOf(registry), as: <T>(work: () => T) => runIn(vu, work) }
}

function countsOf(registry: MetricRegistry) {
  const counts = registry.take().map(([key, sink]) => [key.trimEnd(), sink.kind === 'counter' ? sink.sum : undefined])
  return Object.fromEntries(counts.filter(([key]) => /transactions_|records_/.test(String(key))))
}

/** Read from the beginning to where a reader of committed data gets. */
async function committedIn(topic: string): Promise<string[]> {
  const [from, to] = await Promise.all([listOffsets(cluster, topic, 'all', 'latest'), stableOf(topic)])
  expect(to, 'nothing is left open').toEqual(new Map([...from].map(([partition, { offset }]) => [partition, offset])))
  const reader = kafkaOf()
  const { vu } = await setUp(reader)
  const read = await runIn(vu, () => consume({ topic, max: 100, timeoutMs: 300 }))
  await reader.close()
  return read.map(message => message.text())
}

async function stableOf(topic: string) {
  const found = await listOffsets(cluster, topic, 'all', 'latest', 'read_committed')
  return new Map([...found].map(([partition, { offset }]) => [partition, offset]))
}

describe('transaction', () => {
  it('commits when its function returns, with what it returned; aborts when it throws or has said so', async () => {
    const { topic, send, as, counts } = await setUp()
    await as(async () => {
      const placed = await transaction(async () => [await send('a'), await send('b', { partition: 1 })])
      expect(placed.flat().map(({ partition, offset }) => [partition, offset])).toEqual([
        [0, 0],
        [1, 0],
      ])
      const refused = transaction(async () => {
        await send('c')
        throw new Error('no funds')
      })
      await expect(refused).rejects.toThrow('no funds')
      const told = await transaction(async tx => {
        await send('d')
        tx.abort()
        return 'not today'
      })
      expect(told).toBe('not today')
      // Not awaited by the function: it is in the transaction all the same.
      await transaction(() => void send('e'))
      await send('beside')
    })
    expect(await committedIn(topic)).toEqual(['a', 'e', 'beside', 'b'])
    expect(counts()).toEqual({
      ...{ transactions_committed: 2, transactions_aborted: 2, records_committed: 3, records_aborted: 2 },
      records_produced: 6,
    })
    const { written, uncertain } = kafka.books.take()
    expect([written, uncertain]).toEqual([[[topic, { acked: [5, 1], markers: [4, 1], uncertain: [0, 0] }]], []])
  })

  it('is none without a message', async () => {
    const { as, counts } = await setUp()
    await as(() => transaction(() => 1))
    expect(counts()).toEqual({})
  })

  it('is one at a time for each VU, and nothing is produced behind its end', async () => {
    const { topic, as, send } = await setUp()
    const late = Promise.withResolvers<void>()
    let dangling: Promise<unknown> | undefined
    await as(async () => {
      await transaction(async tx => {
        await expect(transaction(() => 1)).rejects.toThrow(/while one of this VU is open/)
        await expect(consume({ topic, group: 'g' })).rejects.toThrow(/beside the transaction/)
        dangling = late.promise.then(() => send('late'))
        tx.abort()
        await expect(send('after')).rejects.toThrow(/after its abort/)
      })
      late.resolve()
      await expect(dangling).rejects.toThrow(/transaction that is over/)
    })
    expect(await committedIn(topic)).toEqual([])
  })

  it('needs the acknowledgement of all', async () => {
    const { as } = await setUp(kafkaOf({ acks: 1 }))
    await expect(as(() => transaction(() => 1))).rejects.toThrow('transaction needs acks all, not 1')
  })

  it('a message that could not be sent takes the others with it, even when the function goes on', async () => {
    const { topic, as, send, counts } = await setUp()
    const { id } = await brokers.faults.add({ match: { api: 'Produce', topic, partition: 1 }, effect: { kind: 'error', code: 'MESSAGE_TOO_LARGE' } }) // biome-ignore format: one line
    await as(async () => {
      const broken = transaction(async () => {
        await send('good')
        await send('bad', { partition: 1 }).catch(() => {})
      })
      await expect(broken).rejects.toThrow(/MESSAGE_TOO_LARGE/)
      await brokers.faults.remove(id)
      await transaction(() => send('next', { partition: 1 }))
    })
    expect(await committedIn(topic)).toEqual(['next'])
    expect(counts()).toMatchObject({ transactions_failed: 1, transactions_committed: 1, records_aborted: 1 })
    expect(kafka.books.take().uncertain).toEqual([topic])
  })

  it('of a producer that was fenced fails, and the next one has a producer again', async () => {
    const { topic, vu, as, send } = await setUp()
    await as(async () => {
      const fenced = transaction(async () => {
        await send('old')
        await TransactionalProducer.open(cluster, { transactionalId: `load-pay-${vu.id}`, timeoutMs: 60_000 })
      })
      const error = await fenced.catch((each: unknown) => each)
      expect(isMillraceError(error) && error.code).toMatch(/FENCED|EPOCH/)
      await transaction(() => send('new'))
    })
    expect(await committedIn(topic)).toEqual(['new'])
  })

  it('that is interrupted is aborted, and the VU can begin another one', async () => {
    const { topic, vu, abort, as, send, counts } = await setUp()
    const sent = Promise.withResolvers<void>()
    const interrupted = as(() =>
      transaction(async () => {
        await send('half')
        sent.resolve()
        await new Promise(() => {})
      }),
    )
    await sent.promise
    abort.abort()
    const next = runIn({ ...vu, signal: new AbortController().signal }, () => transaction(() => send('whole')))
    await expect(interrupted).rejects.toThrow('interrupted')
    await next
    expect(await committedIn(topic)).toEqual(['whole'])
    expect(counts()).toMatchObject({ transactions_committed: 1, records_committed: 1 })
  })

  it('announces its partitions, once in each, where the cluster has the first protocol', async () => {
    const { topic, as, send } = await setUp()
    const announced = vi.spyOn(TransactionalProducer.prototype, 'addPartitions')
    // The first to ask is the producer, for the features of the cluster.
    const features = { apiVersions: { finalizedFeatures: [] } } as unknown as Connection
    const asked = vi.spyOn(Cluster.prototype, 'connection').mockImplementationOnce(async () => features)
    await as(async () => {
      for (const how of ['commit', 'abort', 'commit'])
        await transaction(async tx => {
          await send(`${how} 1`)
          await send(`${how} 2`)
          if (how === 'abort') tx.abort()
        })
    })
    expect(announced.mock.calls).toEqual([1, 2, 3].map(() => [topic, [0]]))
    for (const spy of [announced, asked]) spy.mockRestore()
    expect(await committedIn(topic)).toEqual(['commit 1', 'commit 2', 'commit 1', 'commit 2'])
  })
})
