// Shows that both brokers, real ones of the newest line and of 3.9, understand every API in every version that both sides know:
// each is asked by our encoder, and each answer is without an error and read to its last byte.
import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { apiByKey, apis } from '../../wire/apis/index.ts'
import { decodeResponse, encodeRequest } from '../../wire/frame.ts'
import type { Api } from '../../wire/schema.ts'
import { versionsOf } from '../wire/arbitrary.ts'
import { describeBrokers } from './brokers/describe-brokers.ts'
import type { Capability } from './brokers/left-out.ts'
import type { TestCluster } from './brokers/target.ts'
import { kafkaVersionDefault, kafkaVersionOldest } from './harness/index.ts'
import { type Asked, type Body, questions, topic } from './questions.ts'

/** In 3.9 the new group protocol is there, but switched off. */
const groupsOfKip848 = { 'group.coordinator.rebalance.protocols': 'classic,consumer' }

const cases = questions.map(([key, bodyOf]) => {
  const api = apiByKey.get(key)!
  return { name: api.name, api, bodyOf }
})

/** What the embedded broker does not serve. */
const leftOutOf: Readonly<Record<number, Capability>> = {
  46: 'reassignments',
  77: 'youngGroups',
  89: 'youngGroups',
  90: 'youngGroups',
}
/** Of the groups that came with Kafka 4. */
const isIn39 = (key: number) => leftOutOf[key] !== 'youngGroups'

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

/** Every errorCode in an answer, wherever it is, and every partitionErrorCode. */
function errorCodes(value: unknown): number[] {
  if (value === null || typeof value !== 'object' || Buffer.isBuffer(value)) return []
  return Object.entries(value).flatMap(([name, inner]) =>
    /errorcode$/i.test(name) ? [inner as number] : errorCodes(inner),
  )
}

/** Answers by API and version, for the questions that build on them. */
function createMemory() {
  const answers = new Map<number, Map<number, Body>>()
  return {
    keep: (key: number, version: number, body: Body) => {
      answers.set(key, (answers.get(key) ?? new Map()).set(version, body))
    },
    answer: (key: number, version = Math.max(...(answers.get(key)?.keys() ?? []))) => answers.get(key)?.get(version),
  }
}

describeBrokers(
  'every version of every API',
  broker => {
    let kafka: TestCluster
    let peer: Peer
    let served: Map<number, { minVersion: number; maxVersion: number }>
    let topicId: string
    const memory = createMemory()

    beforeAll(async () => {
      kafka = await broker.start({ properties: broker.version.startsWith('3.') ? groupsOfKip848 : {} })
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

    it('is asked about every API but SASL', () => {
      const names = (keys: readonly number[]) => keys.map(key => apiByKey.get(key)!.name).sort()
      const asked = questions.map(([key]) => key)
      expect(names([...asked, 17, 36])).toEqual(names(apis.map(api => api.key)))
    })

    const ofBroker = cases.filter(({ api }) => !broker.version.startsWith('3.') || isIn39(api.key))
    const byCapability = Map.groupBy(ofBroker, ({ api }) => leftOutOf[api.key])
    for (const [capability, some] of byCapability) {
      const ask = () => it.each(some)('$name', inEveryVersion)
      if (capability === undefined) ask()
      else broker.needs(capability, ask)
    }

    async function inEveryVersion({ api, bodyOf }: (typeof cases)[number]): Promise<void> {
      const { minVersion, maxVersion } = served.get(api.key)!
      const common = versionsOf(api).filter(each => each >= minVersion && each <= maxVersion)
      expect(common.length).toBeGreaterThan(0)
      for (const each of common) {
        const asked: Asked = { version: each, topicId, answer: memory.answer }
        // A coordinator or a leader may still be taking office; anything else stays an error until the time is over.
        await vi.waitFor(
          async () => {
            const answer = await exchange(peer, api, each, bodyOf(asked))
            memory.keep(api.key, each, answer)
            const codes = errorCodes(answer)
            expect([`v${each}`, ...codes]).toEqual([`v${each}`, ...codes.map(() => 0)])
          },
          { timeout: 60_000, interval: 200 },
        )
      }
    }
  },
  { versions: [kafkaVersionDefault, kafkaVersionOldest] },
)
