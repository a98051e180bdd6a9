// Shows that values by a schema are what other readers of that schema expect: framing, encoding, made-up fields of every type,
// templates with typed fields; the same seed makes the same values, and what does not fit the schema is told field by field.
import avsc from 'avsc'
import protobuf from 'protobufjs'
import { describe, expect, it } from 'vitest'
import { encodePool, frameHeader, tryEncoded } from '../../../../loadgen/payload/encoded/pool.ts'
import type { EncodedPayload } from '../../../../loadgen/plan.ts'

const nowMs = 1_790_000_000_000

const userEvent = {
  type: 'record',
  name: 'UserEvent',
  namespace: 'com.example',
  fields: [
    { name: 'id', type: { type: 'string', logicalType: 'uuid' } },
    { name: 'user', type: 'long' },
    { name: 'type', type: { type: 'enum', name: 'EventType', symbols: ['view', 'click', 'buy'] } },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'tags', type: { type: 'array', items: 'string' } },
    { name: 'note', type: ['null', 'string'] },
    { name: 'before', type: ['null', 'com.example.EventType'] },
    { name: 'digest', type: { type: 'fixed', name: 'Digest', size: 4 } },
    { name: 'sizes', type: { type: 'map', values: 'double' } },
    { name: 'raw', type: 'bytes' },
    { name: 'flag', type: 'boolean' },
  ],
}
const template =
  '{"id":"{{uuid}}","user":{{int:1..5}},"type":"{{choice:view,buy}}","at":{{timestampMs}},"flag":{{bool}}}'
const small = {
  ...userEvent,
  fields: userEvent.fields.filter(({ name }) => ['id', 'user', 'type', 'at', 'flag'].includes(name)),
}

const proto = `syntax = "proto3";
package com.example;
message Envelope { string id = 1; message Inner { int32 a = 1; } Inner inner = 2; }
message UserEvent {
  string id = 1; int64 user = 2; EventType type = 3; int64 at = 4; repeated string tags = 5;
  map<string, int32> counts = 6; oneof body { string text = 7; bytes raw = 8; } UserEvent cause = 9; bool flag = 10; double rate = 11;
}
enum EventType { VIEW = 0; CLICK = 1; BUY = 2; }`

const avro = (changes: Partial<EncodedPayload> = {}): EncodedPayload => ({
  ...{ kind: 'encoded', format: 'avro', schema: JSON.stringify(userEvent), subjectStrategy: 'topic', schemaId: 7 },
  ...changes,
})
const protobufPayload = (message?: string, changes: Partial<EncodedPayload> = {}): EncodedPayload => ({
  ...{ kind: 'encoded', format: 'protobuf', schema: proto, subjectStrategy: 'topic', schemaId: 9 },
  ...(message !== undefined && { message }),
  ...changes,
})
const few = (payload: EncodedPayload, seed = 1, worker = 0) => encodePool(payload, seed, worker, nowMs).slice(0, 50)

describe('Avro', () => {
  it('fields of every type are made up, behind a zero byte and the id', () => {
    const type = avsc.Type.forSchema(userEvent as avsc.Schema)
    for (const value of few(avro())) {
      expect(value.subarray(0, 5)).toEqual(Buffer.from([0, 0, 0, 0, 7]))
      const read = type.fromBuffer(value.subarray(5)) as { id: string; at: number; type: string }
      expect(read.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/)
      expect(read.at).toBe(nowMs)
      expect(['view', 'click', 'buy']).toContain(read.type)
    }
  })

  it('a template says what is in the fields', () => {
    const payload = avro({ schema: JSON.stringify(small), template })
    const type = avsc.Type.forSchema(small as avsc.Schema)
    const read = few(payload).map(value => type.fromBuffer(value.subarray(5)) as { user: number; type: string })
    expect(read.every(({ user }) => user >= 1 && user <= 5)).toBe(true)
    expect(new Set(read.map(({ type: kind }) => kind))).toEqual(new Set(['view', 'buy']))
  })

  it('without a registry there is no frame', () => {
    const { schemaId: _, ...bare } = avro()
    const type = avsc.Type.forSchema(userEvent as avsc.Schema)
    expect(() => type.fromBuffer(few(bare)[0]!)).not.toThrow()
  })

  it('the same seed makes the same values, another worker others', () => {
    expect(few(avro())).toEqual(few(avro()))
    expect(few(avro(), 1, 1)).not.toEqual(few(avro()))
    expect(new Set(few(avro()).map(String)).size).toBe(50)
  })

  it('what does not fit the schema is told by field', () => {
    const problems = tryEncoded(
      avro({ schema: JSON.stringify(small), template: '{"id":5,"user":1,"type":"sell","at":1,"flag":true}' }),
    )
    expect(problems).toEqual([expect.stringContaining('id: 5 is not'), expect.stringContaining('type: "sell" is not')])
    expect(tryEncoded(avro())).toEqual([])
    expect(() => tryEncoded(avro({ template: 'no json' }))).toThrow('makes no JSON')
    expect(() => tryEncoded(avro({ schema: '{"type":"recor' }))).toThrow()
  })
})

describe('Protobuf', () => {
  const type = protobuf.parse(proto, { keepCase: true }).root.lookupType('com.example.UserEvent')

  it('fields of every type are made up; the first message has one index byte, others their path', () => {
    for (const value of few(protobufPayload('UserEvent'))) {
      expect(value.subarray(0, 7)).toEqual(Buffer.from([0, 0, 0, 0, 9, 2, 2]))
      const read = type.toObject(type.decode(value.subarray(7)))
      expect(read.tags.length).toBeGreaterThan(0)
    }
    expect(few(protobufPayload())[0]!.subarray(0, 6)).toEqual(Buffer.from([0, 0, 0, 0, 9, 0]))
    expect(few(protobufPayload('Envelope.Inner'))[0]!.subarray(0, 8)).toEqual(Buffer.from([0, 0, 0, 0, 9, 4, 0, 0]))
  })

  it('a template says what is in the fields', () => {
    const text = '{"id":"{{uuid}}","user":{{int:1..5}},"type":"{{choice:VIEW,BUY}}","at":{{timestampMs}}}'
    const [value] = few(protobufPayload('UserEvent', { template: text }))
    const read = type.toObject(type.decode(value!.subarray(7)), { enums: String, longs: Number })
    expect(read).toMatchObject({ at: nowMs, user: expect.toSatisfy((user: number) => user >= 1 && user <= 5) })
    expect(['VIEW', 'BUY']).toContain(read.type)
  })

  it('what does not fit the schema is told', () => {
    expect(tryEncoded(protobufPayload('UserEvent', { template: '{"usr":1}' }))).toEqual([
      'usr: is not a field of UserEvent',
    ])
    expect(() => tryEncoded(protobufPayload('Nobody'))).toThrow('Nobody')
    expect(() => tryEncoded(protobufPayload(undefined, { schema: 'syntax = "proto3";' }))).toThrow('no message')
  })
})

describe('the frame', () => {
  it.each([
    { id: 1, indexes: undefined, bytes: [0, 0, 0, 0, 1] },
    { id: 0x0102_0304, indexes: undefined, bytes: [0, 1, 2, 3, 4] },
    { id: 1, indexes: [0], bytes: [0, 0, 0, 0, 1, 0] },
    { id: 1, indexes: [1], bytes: [0, 0, 0, 0, 1, 2, 2] },
    { id: 1, indexes: [1, 0], bytes: [0, 0, 0, 0, 1, 4, 2, 0] },
    { id: 1, indexes: [64], bytes: [0, 0, 0, 0, 1, 2, 0x80, 1] },
    { id: undefined, indexes: [1], bytes: [] },
  ])('$id $indexes', ({ id, indexes, bytes }) => {
    expect([...frameHeader(id, indexes)]).toEqual(bytes)
  })
})
