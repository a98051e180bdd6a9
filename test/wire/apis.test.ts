// Shows that every API in every version reads back what it wrote, in both directions, with and without the fields that
// have defaults; and that a damaged frame ends in FRAME_CORRUPT or in a value, never in anything else.
// Method: values derived from the descriptions themselves. That the descriptions are Kafka's is for grammar.test.ts
// (against the compiled schemas) and fixtures.test.ts (against real traffic) to show.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isMillraceError } from '../../core/errors.ts'
import { apiByKey, apis } from '../../wire/apis/index.ts'
import { decodeRequest, decodeResponse, encodeRequest, encodeResponse } from '../../wire/frame.ts'
import type { Api } from '../../wire/schema.ts'
import { requestOf, responseOf, versionsOf, withoutDefaults } from './arbitrary.ts'

const unsupportedVersion = 35
const cases = apis.flatMap(api => versionsOf(api).map(version => ({ api, version, title: `${api.name} v${version}` })))

/** The frame without its size, which is checked on the way. */
function frameOf(chunks: Buffer[]): Buffer {
  const message = Buffer.concat(chunks)
  expect(message.readInt32BE(0)).toBe(message.length - 4)
  return message.subarray(4)
}

/** A response whose error code sends ApiVersions back to version 0 is a case of its own, below. */
const responses = (api: Api, version: number) =>
  responseOf(api, version).filter(body => api.name !== 'ApiVersions' || body.errorCode !== unsupportedVersion)

const requestFrame = (api: Api, version: number) =>
  requestOf(api, version).map(body => frameOf(encodeRequest(api, version, 7, 'me', body)))
const responseFrame = (api: Api, version: number) =>
  responses(api, version).map(body => frameOf(encodeResponse(api, version, 7, body)))

/** What a decoder made of it: a value, or the code of the error. Any foreign error fails the test. */
function outcomeOf(decode: () => unknown): 'value' | string {
  try {
    decode()
    return 'value'
  } catch (error) {
    if (isMillraceError(error)) return error.code
    throw error
  }
}

describe('every API in every version', () => {
  it.each(cases)('$title: a request reads back as it was', ({ api, version }) => {
    const headers = fc.record({ correlationId: fc.integer(), clientId: fc.option(fc.string({ unit: 'binary' })) })
    const check = fc.property(requestOf(api, version), headers, (body, { correlationId, clientId }) => {
      const frame = frameOf(encodeRequest(api, version, correlationId, clientId, body))
      const read = decodeRequest(frame)
      expect(read).toMatchObject({ apiKey: api.key, apiVersion: version, correlationId, clientId })
      expect(read.body).toEqual(body)
      const short = withoutDefaults(api.request, body)
      expect(frameOf(encodeRequest(api, version, correlationId, clientId, short))).toEqual(frame)
    })
    fc.assert(check, { numRuns: 40 })
  })

  it.each(cases)('$title: a response reads back as it was', ({ api, version }) => {
    const check = fc.property(responses(api, version), fc.integer(), (body, correlationId) => {
      const frame = frameOf(encodeResponse(api, version, correlationId, body))
      expect(decodeResponse(api, version, frame)).toEqual({ correlationId, body })
      const short = withoutDefaults(api.response, body)
      expect(frameOf(encodeResponse(api, version, correlationId, short))).toEqual(frame)
    })
    fc.assert(check, { numRuns: 40 })
  })

  it.each(cases)('$title: cut at any byte it is FRAME_CORRUPT', ({ api, version }) => {
    const check = fc.property(requestFrame(api, version), responseFrame(api, version), (request, response) => {
      for (let end = 0; end < request.length; end++) {
        expect(outcomeOf(() => decodeRequest(request.subarray(0, end)))).toBe('FRAME_CORRUPT')
      }
      for (let end = 0; end < response.length; end++) {
        expect(outcomeOf(() => decodeResponse(api, version, response.subarray(0, end)))).toBe('FRAME_CORRUPT')
      }
    })
    fc.assert(check, { numRuns: 5 })
  })

  it.each(cases)('$title: with bytes changed it is a value or FRAME_CORRUPT', ({ api, version }) => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 6 })
    const check = fc.property(
      requestFrame(api, version),
      responseFrame(api, version),
      changes,
      (request, response, by) => {
        const body = damaged(request, by)
        // Past the header, so that the frame stays one of this API in this version.
        request.copy(body, 0, 0, 12)
        expect(['value', 'FRAME_CORRUPT']).toContain(outcomeOf(() => decodeRequest(body)))
        expect(['value', 'FRAME_CORRUPT']).toContain(
          outcomeOf(() => decodeResponse(api, version, damaged(response, by))),
        )
      },
    )
    fc.assert(check, { numRuns: 40 })
  })
})

function damaged(frame: Buffer, changes: [at: number, to: number][]): Buffer {
  const copy = Buffer.from(frame)
  for (const [at, to] of changes) copy[at % copy.length] = to
  return copy
}

describe('ApiVersions', () => {
  const api = apiByKey.get(18)!

  it('reads the answer of a broker that does not know the asked version, which comes in version 0 (KIP-511)', () => {
    const body = { errorCode: unsupportedVersion, apiKeys: [{ apiKey: 18, minVersion: 0, maxVersion: 3 }] }
    const frame = frameOf(encodeResponse(api, 0, 1, body))
    expect(decodeResponse(api, 5, frame).body).toMatchObject(body)
  })

  it('has no tagged fields in its response header, whatever the version', () => {
    const frame = frameOf(encodeResponse(api, 3, 1, { errorCode: 0, apiKeys: [] }))
    // correlation id, error code, an empty compact array, throttle time, no tags
    expect(frame.toString('hex')).toBe(`00000001${'0000'}01${'00000000'}00`)
  })
})

describe('a frame', () => {
  it('of an API that is not in the table is refused, and its header is still readable', () => {
    const frame = Buffer.from('03e70000000000070002 6d65'.replaceAll(' ', ''), 'hex')
    expect(outcomeOf(() => decodeRequest(frame))).toBe('VERSION_UNSUPPORTED')
  })

  it('with bytes left over is FRAME_CORRUPT: the two sides do not speak of the same message', () => {
    const frame = Buffer.concat([...encodeResponse(apiByKey.get(36)!, 0, 1, {}), Buffer.from([0])]).subarray(4)
    expect(outcomeOf(() => decodeResponse(apiByKey.get(36)!, 0, frame))).toBe('FRAME_CORRUPT')
  })

  it('holds record batches by reference, not as a copy', () => {
    const records = Buffer.from('a batch')
    const topicData = [{ name: 't', partitionData: [{ index: 0, records }] }]
    const chunks = encodeRequest(apiByKey.get(0)!, 9, 1, null, { acks: 1, timeoutMs: 1, topicData })
    expect(chunks).toContain(records)
  })

  it('takes record batches in several pieces, which read as one', () => {
    const pieces = [Buffer.from('a ba'), Buffer.from('tch')]
    const messageOf = (records: Buffer | Buffer[]) => {
      const topicData = [{ name: 't', partitionData: [{ index: 0, records }] }]
      return encodeRequest(apiByKey.get(0)!, 9, 1, null, { acks: 1, timeoutMs: 1, topicData })
    }
    expect(messageOf(pieces)).toEqual(expect.arrayContaining(pieces))
    expect(Buffer.concat(messageOf(pieces))).toEqual(Buffer.concat(messageOf(Buffer.from('a batch'))))
  })
})
