// Shows that real brokers, of the newest line and of 3.9, understand every API in every version that both sides know:
// each is asked by our encoder, and each answer is without an error and read to its last byte.
import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { apiByKey } from '../../wire/apis/index.ts'
import { decodeResponse, encodeRequest } from '../../wire/frame.ts'
import { buildBatch } from '../../wire/record-batch/build.ts'
import type { Api } from '../../wire/schema.ts'
import { versionsOf } from '../wire/arbitrary.ts'
import { describeKafka } from './harness/describe-kafka.ts'
import { type KafkaCluster, kafkaVersionDefault, kafkaVersionOldest, startKafka } from './harness/index.ts'

type Body = Record<string, unknown>

const topic = 'sweep'
const group = 'sweep-group'
const records = buildBatch({ records: [{ key: null, value: Buffer.from('one'), timestampMs: 1_700_000_000_000 }] })

/** One question for each API, with the fields of all its versions. A topic is made and deleted once in each version. */
function bodyOf(key: number, version: number, topicId: string): Body {
  const byName = { name: topic, topicId }
  switch (key) {
    case 0:
      return { acks: 1, timeoutMs: 9_000, topicData: [{ ...byName, partitionData: [{ index: 0, records }] }] }
    case 1: {
      const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1_000 }]
      return { maxWaitMs: 100, minBytes: 1, topics: [{ topic, topicId, partitions }] }
    }
    case 2:
      return { topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp: -1 }] }], timeoutMs: 9_000 }
    case 3:
      return { topics: [{ name: topic }] }
    case 8: {
      const partitions = [{ partitionIndex: 0, committedOffset: 1, committedMetadata: 'here' }]
      return { groupId: group, topics: [{ ...byName, partitions }] }
    }
    case 9: {
      const topics = [{ ...byName, partitionIndexes: [0] }]
      return { groupId: group, topics, groups: [{ groupId: group, topics }] }
    }
    case 10:
      return { key: group, coordinatorKeys: [group] }
    case 18:
      return { clientSoftwareName: 'millrace', clientSoftwareVersion: '0.1.0' }
    case 19:
      return { topics: [{ name: `made-${version}`, numPartitions: 1, replicationFactor: 1 }] }
    case 20: {
      const name = `made-${version + 1}`
      return { topicNames: [name], topics: [{ name }], timeoutMs: 9_000 }
    }
    case 22:
      return { transactionalId: null, transactionTimeoutMs: 0 }
    case 32:
      return { resources: [{ resourceType: 2, resourceName: topic, configurationKeys: ['retention.ms'] }] }
    case 35:
      return { topics: [{ topic, partitions: [0] }] }
    default:
      return {}
  }
}

/** SASL has its own suite: this listener does not want any. */
const swept = [18, 3, 22, 60, 32, 35, 0, 2, 1, 10, 8, 9, 19, 20].map(key => apiByKey.get(key)!)

interface Peer {
  readonly socket: Socket
  readonly closed: Promise<unknown>
}

/** Sends one request and waits for its answer; nothing of wire/connection is in between. */
async function exchange({ socket, closed }: Peer, api: Api, version: number, body: Body): Promise<Body> {
  for (const chunk of encodeRequest(api, version, version, 'sweep', body)) socket.write(chunk)
  let answer = Buffer.alloc(0)
  while (answer.length < 4 || answer.length < 4 + answer.readInt32BE(0)) {
    const bytes = await Promise.race([next(socket, 'data'), closed])
    if (!Buffer.isBuffer(bytes)) throw new Error(`${api.name} v${version}: the broker closed the connection`)
    answer = Buffer.concat([answer, bytes])
  }
  return decodeResponse(api, version, answer.subarray(4)).body as Body
}

const next = (socket: Socket, event: string) => new Promise<unknown>(resolve => socket.once(event, resolve))

/** Every errorCode in an answer, wherever it is. */
function errorCodes(value: unknown): number[] {
  if (value === null || typeof value !== 'object' || Buffer.isBuffer(value)) return []
  return Object.entries(value).flatMap(([name, inner]) =>
    name === 'errorCode' ? [inner as number] : errorCodes(inner),
  )
}

describeKafka('every version of every API', () => {
  describe.each([kafkaVersionDefault, kafkaVersionOldest])('to Kafka %s', version => {
    let kafka: KafkaCluster
    let peer: Peer
    let served: Map<number, { minVersion: number; maxVersion: number }>
    let topicId: string

    beforeAll(async () => {
      kafka = await startKafka({ version, heapMb: 512 })
      const socket = connect(kafka.brokers[0]!.port, '127.0.0.1')
      peer = { socket, closed: next(socket, 'close') }
      await next(socket, 'connect')
      const { apiKeys } = (await exchange(peer, apiByKey.get(18)!, 0, {})) as {
        apiKeys: { apiKey: number; minVersion: number; maxVersion: number }[]
      }
      served = new Map(apiKeys.map(range => [range.apiKey, range]))
      const made = [{ name: topic, numPartitions: 1, replicationFactor: 1 }]
      const created = await exchange(peer, apiByKey.get(19)!, 7, { topics: made })
      topicId = (created.topics as { topicId: string }[])[0]!.topicId
    })

    afterAll(async () => {
      peer?.socket.destroy()
      await kafka?.stop()
    })

    it.each(swept.map(api => ({ api, name: api.name })))('$name', async ({ api }) => {
      const { minVersion, maxVersion } = served.get(api.key)!
      const common = versionsOf(api).filter(each => each >= minVersion && each <= maxVersion)
      expect(common.length).toBeGreaterThan(0)
      for (const each of common) {
        // A coordinator or a leader may still be taking office; anything else stays an error until the time is over.
        await vi.waitFor(
          async () => {
            const codes = errorCodes(await exchange(peer, api, each, bodyOf(api.key, each, topicId)))
            expect([`v${each}`, ...codes]).toEqual([`v${each}`, ...codes.map(() => 0)])
          },
          { timeout: 15_000, interval: 200 },
        )
      }
    })
  })
})
