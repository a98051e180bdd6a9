// Shows that what real clients and real brokers send is read in full and written again byte for byte.
// Method: scripts/capture-fixtures.ts recorded Kafka's own tools and kafkajs against Kafka 4.x and 3.9.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { apiByKey } from '../../wire/apis/index.ts'
import { decodeRequest, decodeResponse, encodeRequest, encodeResponse } from '../../wire/frame.ts'
import type { Api } from '../../wire/schema.ts'

interface Fixture {
  readonly api: string
  readonly version: number
  readonly exchanges: readonly { broker: string; client: string; request: string; response: string }[]
}

const dir = join(import.meta.dirname, '../fixtures/wire')
const fileNames = readdirSync(dir).filter(name => /^\d\d-.*\.json$/.test(name))

const cases = fileNames.flatMap(fileName => {
  const fixture = JSON.parse(readFileSync(join(dir, fileName), 'utf8')) as Fixture
  const api = apiByKey.get(Number(fileName.slice(0, 2)))!
  return fixture.exchanges.map(exchange => {
    const title = `${api.name} v${fixture.version}, ${exchange.client} to Kafka ${exchange.broker}`
    const request = Buffer.from(exchange.request, 'hex')
    const response = Buffer.from(exchange.response, 'hex')
    return { title, api, version: fixture.version, broker: exchange.broker, request, response }
  })
})

const withoutSize = (chunks: Buffer[]) => Buffer.concat(chunks).subarray(4).toString('hex')

describe('recorded traffic', () => {
  it.each(cases)('$title: the request', ({ api, version, request }) => {
    const { apiKey, apiVersion, correlationId, clientId, body } = decodeRequest(request)
    expect([apiKey, apiVersion]).toEqual([api.key, version])
    const again = encodeRequest(api, version, correlationId, clientId, body as Record<string, unknown>)
    expect(withoutSize(again)).toBe(request.toString('hex'))
  })

  it.each(cases)('$title: the response', ({ api, version, response }) => {
    const { correlationId, body } = decodeResponse(api, version, response)
    const again = encodeResponse(api, version, correlationId, body)
    expect(withoutSize(again)).toBe(response.toString('hex'))
  })

  it('is there for every API, from both lines of Kafka', () => {
    const recorded = (line: string) => new Set(cases.filter(each => each.broker.startsWith(line)).map(each => each.api))
    for (const line of ['4.', '3.9']) {
      const missing = [...apiByKey.values()].filter((api: Api) => !recorded(line).has(api)).map(api => api.name)
      expect([line, ...missing]).toEqual([line])
    }
  })
})
