// Requests and responses as they travel: a size, a header, a body. Header versions follow the body's: flexible requests
// have header v2 and flexible responses header v1, each with tagged fields (KIP-482). ApiVersions alone keeps response
// header v0, and falls back to body v0 when the broker does not know the asked version (KIP-511).
//
// A frame, here, is a message without its four bytes of size: whoever splits the stream has read them.
import { MillraceError } from '../core/errors.ts'
import { apiVersions } from './apis/18-api-versions.ts'
import { apiByKey } from './apis/index.ts'
import { Reader } from './reader.ts'
import type { Api, EncodableOf, RequestOf, ResponseOf, Shape } from './schema.ts'
import { Writer } from './writer.ts'

const sizeBytes = 4
const unsupportedVersion = 35

/** What a response is encoded from; decoding gives `ResponseOf`, with every field present. */
export type ResponseBodyOf<A> = A extends Api<Shape, infer Response> ? EncodableOf<Response> : never

/** The request in the order of sending, size first; record batches are in it by reference. */
export function encodeRequest<A extends Api>(
  api: A,
  version: number,
  correlationId: number,
  clientId: string | null,
  body: RequestOf<A>,
): Buffer[] {
  const writer = new Writer()
  writer.int32(0)
  writer.int16(api.key)
  writer.int16(version)
  writer.int32(correlationId)
  writeClientId(writer, clientId)
  if (version >= api.flexibleSince) writer.uvarint(0)
  api.encodeRequest(writer, version, body)
  return sized(writer)
}

/** The answer to a request that was sent in this version. */
export function decodeResponse<A extends Api>(
  api: A,
  version: number,
  frame: Buffer,
): { correlationId: number; body: ResponseOf<A> } {
  const reader = new Reader(frame)
  const correlationId = reader.int32()
  if (hasResponseTags(api, version)) skipTags(reader)
  const body = api.decodeResponse(reader, answeredVersion(api, version, reader)) as ResponseOf<A>
  assertAtEnd(reader)
  return { correlationId, body }
}

/** Only the correlation id: what a client needs to find the request that a frame answers. */
export function correlationIdOf(frame: Buffer): number {
  return new Reader(frame).int32()
}

// ---- the broker's side ----

export interface RequestHeader {
  readonly apiKey: number
  readonly apiVersion: number
  readonly correlationId: number
  readonly clientId: string | null
  /** Stands at the first byte of the body. */
  readonly reader: Reader
}

/** Any request's header. An unknown API key reads as header v1: the broker closes such a connection anyway. */
export function decodeRequestHeader(frame: Buffer): RequestHeader {
  const reader = new Reader(frame)
  const apiKey = reader.int16()
  const apiVersion = reader.int16()
  const correlationId = reader.int32()
  const clientIdBytes = reader.int16()
  const clientId = clientIdBytes < 0 ? null : reader.utf8(clientIdBytes)
  const api = apiByKey.get(apiKey)
  if (api !== undefined && apiVersion >= api.flexibleSince) skipTags(reader)
  return { apiKey, apiVersion, correlationId, clientId, reader }
}

/** The whole request of an API in the table. */
export function decodeRequest(frame: Buffer): RequestHeader & { body: unknown } {
  const header = decodeRequestHeader(frame)
  const api = apiByKey.get(header.apiKey)
  if (api === undefined) throw new MillraceError('VERSION_UNSUPPORTED', `API key ${header.apiKey} is not known here`)
  const body: unknown = api.decodeRequest(header.reader, header.apiVersion)
  assertAtEnd(header.reader)
  return { ...header, body }
}

/** The response in the order of sending, size first; record batches are in it by reference. */
export function encodeResponse<A extends Api>(
  api: A,
  version: number,
  correlationId: number,
  body: ResponseBodyOf<A>,
): Buffer[] {
  const writer = new Writer()
  writer.int32(0)
  writer.int32(correlationId)
  if (hasResponseTags(api, version)) writer.uvarint(0)
  api.encodeResponse(writer, version, body)
  return sized(writer)
}

// ---- shared ----

function writeClientId(writer: Writer, clientId: string | null): void {
  if (clientId === null) return writer.int16(-1)
  // Never compact, not even in header v2, so that a broker can read it before it knows the version.
  const byteLength = Buffer.byteLength(clientId)
  writer.int16(byteLength)
  writer.utf8(clientId, byteLength)
}

function hasResponseTags(api: Api, version: number): boolean {
  return api.key !== apiVersions.key && version >= api.flexibleSince
}

function answeredVersion(api: Api, version: number, reader: Reader): number {
  if (api.key !== apiVersions.key || reader.remaining < 2) return version
  return reader.buffer.readInt16BE(reader.position) === unsupportedVersion ? 0 : version
}

/** No header field is tagged yet, so all tags are skipped. */
function skipTags(reader: Reader): void {
  for (let left = reader.count(reader.uvarint()); left > 0; left--) {
    reader.uvarint()
    reader.bytes(reader.uvarint())
  }
}

/** Bytes left over mean that sender and reader do not speak of the same message. */
function assertAtEnd(reader: Reader): void {
  if (reader.remaining > 0) throw reader.corrupt(`${reader.remaining} bytes left over`)
}

function sized(writer: Writer): Buffer[] {
  writer.patchInt32(0, writer.length - sizeBytes)
  return writer.chunks()
}
