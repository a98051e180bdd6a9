// The schema DSL: an API is described once, as data, and gives encode and decode for both sides and TypeScript types.
import { MillraceError } from '../core/errors.ts'
import type { Reader } from './reader.ts'
import { decodeStruct, encodeStruct } from './schema-codec.ts'
import type { Context, DecodedOf, EncodableOf, Shape } from './schema-types.ts'
import type { Writer } from './writer.ts'

export * from './schema-types.ts'

export interface ApiDescription<Request extends Shape, Response extends Shape> {
  readonly key: number
  readonly name: string
  /** Lowest and highest version described here. */
  readonly versions: readonly [min: number, max: number]
  /** First flexible version (KIP-482): compact lengths, tagged fields and the newer headers. */
  readonly flexibleSince?: number
  readonly request: Request
  readonly response: Response
}

export interface Api<Request extends Shape = Shape, Response extends Shape = Shape>
  extends ApiDescription<Request, Response> {
  readonly flexibleSince: number
  encodeRequest(writer: Writer, version: number, body: EncodableOf<Request>): void
  decodeRequest(reader: Reader, version: number): DecodedOf<Request>
  encodeResponse(writer: Writer, version: number, body: EncodableOf<Response>): void
  decodeResponse(reader: Reader, version: number): DecodedOf<Response>
}

export type RequestOf<A> = A extends Api<infer Request, Shape> ? EncodableOf<Request> : never
export type ResponseOf<A> = A extends Api<Shape, infer Response> ? DecodedOf<Response> : never

export function api<const Request extends Shape, const Response extends Shape>(
  description: ApiDescription<Request, Response>,
): Api<Request, Response> {
  const { name, request, response, versions, flexibleSince = Number.POSITIVE_INFINITY } = description
  const contextOf = (version: number): Context => {
    if (version >= versions[0] && version <= versions[1]) return { version, flexible: version >= flexibleSince }
    throw new MillraceError('VERSION_UNSUPPORTED', `${name} version ${version}, known: ${versions.join(' to ')}`)
  }
  return {
    ...description,
    flexibleSince,
    encodeRequest: (writer, version, body) =>
      encodeStruct(writer, request, body as Record<string, unknown>, contextOf(version)),
    decodeRequest: (reader, version) => decodeStruct(reader, request, contextOf(version)) as DecodedOf<Request>,
    encodeResponse: (writer, version, body) =>
      encodeStruct(writer, response, body as Record<string, unknown>, contextOf(version)),
    decodeResponse: (reader, version) => decodeStruct(reader, response, contextOf(version)) as DecodedOf<Response>,
  }
}

/** A structure with versions of its own outside requests (group metadata, SASL tokens, KRaft records). */
export function codec<const S extends Shape>(fields: S, flexibleSince = Number.POSITIVE_INFINITY) {
  const contextOf = (version: number): Context => ({ version, flexible: version >= flexibleSince })
  return {
    encode: (writer: Writer, version: number, value: EncodableOf<S>) =>
      encodeStruct(writer, fields, value as Record<string, unknown>, contextOf(version)),
    decode: (reader: Reader, version: number) => decodeStruct(reader, fields, contextOf(version)) as DecodedOf<S>,
  }
}
