// Shows what is asked of a schema registry and what becomes of its answers: the subject by each strategy, registering or only
// looking up, credentials, and refusals told with the registry's own words and without a password.
// Method: a server that answers as Confluent's API documents it, and as a real registry did.
import { readFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { withSchemaId } from '../../../../loadgen/payload/encoded/registry.ts'
import type { EncodedPayload, RegistryPlan } from '../../../../loadgen/plan.ts'

const schema = '{"type":"record","name":"UserEvent","namespace":"com.example","fields":[{"name":"id","type":"string"}]}'
const avro: EncodedPayload = { kind: 'encoded', format: 'avro', schema, subjectStrategy: 'topic' }
const proto = 'syntax = "proto3"; package com.example; message UserEvent { string id = 1; }'

interface Asked {
  readonly what: string
  readonly headers: IncomingHttpHeaders
  readonly body: unknown
}

let server: Server
let url: string
let asked: Asked[]
let answer: { status: number; body: string }
beforeAll(async () => {
  server = createServer((request, response) => {
    let text = ''
    request.on('data', chunk => (text += chunk))
    request.on('end', () => {
      asked.push({ what: `${request.method} ${request.url}`, headers: request.headers, body: JSON.parse(text) })
      response.writeHead(answer.status, { 'content-type': 'application/vnd.schemaregistry.v1+json' }).end(answer.body)
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => new Promise(resolve => server.close(resolve)))
beforeEach(() => {
  asked = []
  answer = { status: 200, body: '{"id":42}' }
})

const ask = (payload: EncodedPayload, registry: Partial<RegistryPlan> = {}) =>
  withSchemaId(payload, 'events', { url, autoRegister: true, ...registry })

describe('a schema registry', () => {
  it.each([
    { subjectStrategy: 'topic', subject: 'events-value' },
    { subjectStrategy: 'record', subject: 'com.example.UserEvent' },
    { subjectStrategy: 'topic-record', subject: 'events-com.example.UserEvent' },
  ] as const)('registers the schema under $subject', async ({ subjectStrategy, subject }) => {
    expect(await ask({ ...avro, subjectStrategy })).toMatchObject({ schemaId: 42, subject })
    expect(asked).toMatchObject([{ what: `POST /subjects/${subject}/versions`, body: { schema } }])
    expect(asked[0]!.body).not.toHaveProperty('schemaType')
  })

  it('says what kind of schema it is where it is not Avro', async () => {
    await ask({ ...avro, format: 'protobuf', schema: proto, subjectStrategy: 'record' })
    expect(asked).toMatchObject([
      { what: 'POST /subjects/com.example.UserEvent/versions', body: { schema: proto, schemaType: 'PROTOBUF' } },
    ])
  })

  it('only looks it up with auto.register.schemas=false', async () => {
    await ask(avro, { autoRegister: false })
    expect(asked[0]!.what).toBe('POST /subjects/events-value')
  })

  it('shows user and password, or a token, to whom they are for', async () => {
    await ask(avro, { userInfo: 'alice:secret' })
    await ask(avro, { bearerToken: 'abc' })
    expect(asked.map(({ headers }) => headers.authorization)).toEqual([
      `Basic ${Buffer.from('alice:secret').toString('base64')}`,
      'Bearer abc',
    ])
  })

  it('without one there is nothing to ask', async () => {
    expect(await withSchemaId(avro, 'events', undefined)).toEqual(avro)
  })

  it.each([
    {
      why: 'an incompatible schema',
      answer: { status: 409, body: '{"error_code":409,"message":"Schema being registered is incompatible"}' },
      told: '/subjects/events-value/versions: Schema being registered is incompatible (409)',
    },
    { why: 'no right', answer: { status: 401, body: 'Unauthorized' }, told: 'HTTP status 401' },
    { why: 'no registry at all', answer: { status: 200, body: '<html>' }, told: 'an answer without an id' },
  ])('tells $why', async ({ answer: given, told }) => {
    answer = given
    await expect(ask(avro, { userInfo: 'alice:secret' })).rejects.toMatchObject({
      code: 'REGISTRY_FAILED',
      message: expect.stringContaining(told),
    })
  })

  it('one that is not there is told with its address and without its password', async () => {
    const failed = await ask(avro, { url: 'http://alice:secret@127.0.0.1:1' }).catch((error: Error) => error)
    expect(failed).toMatchObject({ code: 'REGISTRY_FAILED' })
    expect(String(failed)).toContain('127.0.0.1:1')
    expect(String(failed)).not.toContain('secret')
  })
})

// Recorded from Apicurio Registry 2.6.13 (its Confluent-compatible API, /apis/ccompat/v7), asked by the code under test.
const recorded = JSON.parse(readFileSync('test/fixtures/registry/apicurio-2.6.13.json', 'utf8')) as {
  readonly exchanges: readonly {
    readonly request: { readonly method: string; readonly path: string; readonly body: { readonly schema: string } }
    readonly response: { readonly status: number; readonly body: string }
  }[]
}

describe('a real registry, as recorded', () => {
  const [missing, registered, again, found, protobuf, incompatible] = recorded.exchanges
  const payloadOf = ({ request }: (typeof recorded.exchanges)[number], changes: Partial<EncodedPayload> = {}) => ({
    ...avro,
    schema: request.body.schema,
    ...changes,
  })

  it.each([
    { what: 'registers', exchange: registered!, subject: 'events-value' },
    { what: 'registers again, to the same id', exchange: again!, subject: 'events-value' },
    { what: 'finds', exchange: found!, subject: 'events-value', autoRegister: false },
  ])('$what', async ({ exchange, subject, autoRegister = true }) => {
    answer = exchange.response
    expect(await ask(payloadOf(exchange), { autoRegister })).toMatchObject({ subject, schemaId: 1 })
    expect(asked[0]).toMatchObject({ what: `POST ${exchange.request.path}`, body: exchange.request.body })
  })

  it('registers Protobuf', async () => {
    answer = protobuf!.response
    const payload = payloadOf(protobuf!, { format: 'protobuf', message: 'UserEvent', subjectStrategy: 'record' })
    expect(await ask(payload)).toMatchObject({ subject: 'com.example.UserEvent', schemaId: 2 })
    expect(asked[0]).toMatchObject({ what: `POST ${protobuf!.request.path}`, body: protobuf!.request.body })
  })

  it.each([
    { what: 'a subject that is not there', exchange: missing!, told: '(40401)', strategy: 'topic-record' as const },
    {
      what: 'an incompatible schema',
      exchange: incompatible!,
      told: 'Incompatible artifact',
      strategy: 'topic' as const,
    },
  ])('tells $what', async ({ exchange, told, strategy }) => {
    answer = exchange.response
    const asking = ask(payloadOf(exchange, { subjectStrategy: strategy }), { autoRegister: strategy === 'topic' })
    await expect(asking).rejects.toMatchObject({ code: 'REGISTRY_FAILED', message: expect.stringContaining(told) })
    expect(asked[0]!.what).toBe(`POST ${exchange.request.path}`)
  })
})
