// Shows that what real clients and real brokers send is read in full and written again byte for byte.
// Method: scripts/capture-fixtures.ts recorded Kafka's own tools and Java client, and kafkajs, against Kafka 4.x and 3.9.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { apiVersions } from '../../wire/apis/18-api-versions.ts'
import { apiByKey, apis } from '../../wire/apis/index.ts'
import { decodeRequest, decodeResponse, encodeRequest, encodeResponse } from '../../wire/frame.ts'

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

  // A broker says itself which APIs it has: its answer to ApiVersions is among the recordings.
  it.each(['4.', '3.9'])('is there for every API that Kafka %s serves', line => {
    const ofLine = cases.filter(each => each.broker.startsWith(line))
    const { version, response } = ofLine.find(each => each.api === apiVersions && each.version > 0)!
    const { apiKeys } = decodeResponse(apiVersions, version, response).body
    const served = new Set(apiKeys.map(range => range.apiKey))
    const recorded = new Set(ofLine.map(each => each.api))
    const missing = apis.filter(api => served.has(api.key) && !recorded.has(api)).map(api => api.name)
    expect([line, ...missing]).toEqual([line])
  })
})
