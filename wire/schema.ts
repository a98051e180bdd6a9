// The schema DSL: an API is described once, as data, and this file turns the description into encode and decode for both
// sides and into TypeScript types. Grammar and encodings: the Kafka protocol guide; flexible versions and tagged fields:
// KIP-482. A field that a version does not have is not written, and reads as its default.
import { MillraceError } from '../core/errors.ts'
import { Reader } from './reader.ts'
import { Writer } from './writer.ts'

/** What a codec needs to know besides the value. */
interface Context {
  readonly version: number
  readonly flexible: boolean
}

/** How a type is built, open to inspection: tests derive generators from it, the broker its coverage list. */
export type Kind =
  | { readonly name: 'int8' | 'int16' | 'uint16' | 'int32' | 'uint32' | 'int64' | 'float64' | 'boolean' }
  | { readonly name: 'string' | 'bytes' | 'records' | 'uuid' }
  | { readonly name: 'array'; readonly of: AnyType }
  | { readonly name: 'struct'; readonly fields: Shape }
  | { readonly name: 'nullable'; readonly of: AnyType }

/** A type and, through since/until/tag/default, a field. `Optional` marks fields that an encoder may leave out. */
export class Type<Decoded, Encodable = Decoded, Optional extends boolean = boolean> {
  readonly kind: Kind
  readonly sinceVersion: number
  readonly untilVersion: number
  readonly tagNumber: number | undefined
  readonly #default: Decoded | undefined
  declare readonly optional: Optional
  declare readonly encodable: Encodable

  constructor(kind: Kind, { since = 0, until = Number.POSITIVE_INFINITY, tag, fallback }: FieldSettings<Decoded> = {}) {
    this.kind = kind
    this.sinceVersion = since
    this.untilVersion = until
    this.tagNumber = tag
    this.#default = fallback
  }

  /** The field exists from this version on. */
  since(version: number): Type<Decoded, Encodable, true> {
    return new Type(this.kind, { ...this.#settings(), since: version })
  }

  /** The field exists up to and including this version. */
  until(version: number): Type<Decoded, Encodable, true> {
    return new Type(this.kind, { ...this.#settings(), until: version })
  }

  /** A tagged field (flexible versions only): written only when it differs from its default. */
  tag(number: number): Type<Decoded, Encodable, true> {
    return new Type(this.kind, { ...this.#settings(), tag: number })
  }

  /** The value of a field that is absent or left out. */
  default(value: Decoded): Type<Decoded, Encodable, true> {
    return new Type(this.kind, { ...this.#settings(), fallback: value })
  }

  existsIn({ version, flexible }: Context): boolean {
    const inRange = version >= this.sinceVersion && version <= this.untilVersion
    return inRange && (this.tagNumber === undefined || flexible)
  }

  defaultValue(): Decoded {
    return this.#default === undefined ? (zeroOf(this.kind) as Decoded) : this.#default
  }

  #settings(): FieldSettings<Decoded> {
    return { since: this.sinceVersion, until: this.untilVersion, tag: this.tagNumber, fallback: this.#default }
  }
}

interface FieldSettings<Decoded> {
  since?: number | undefined
  until?: number | undefined
  tag?: number | undefined
  fallback?: Decoded | undefined
}

export type AnyType = Type<unknown, unknown, boolean>
export type Shape = { readonly [field: string]: AnyType }
type TypeOrShape = AnyType | Shape

type Flat<T> = { [K in keyof T]: T[K] }
type OptionalKeys<S> = { [K in keyof S]: S[K] extends Type<unknown, unknown, true> ? K : never }[keyof S]

/** What decoding gives: every field, absent ones with their defaults. */
export type DecodedOf<T> =
  T extends Type<infer D, unknown, boolean> ? D : T extends Shape ? { [K in keyof T]: DecodedOf<T[K]> } : never

/** What encoding takes: fields with a default, or that not every version has, may be left out. */
export type EncodableOf<T> = T extends AnyType
  ? T['encodable']
  : T extends Shape
    ? Flat<
        { [K in Exclude<keyof T, OptionalKeys<T>>]: EncodableOf<T[K]> } & { [K in OptionalKeys<T>]?: EncodableOf<T[K]> }
      >
    : never

const plain = <T>(name: Exclude<Kind['name'], 'array' | 'struct' | 'nullable'>) => new Type<T, T, false>({ name })

export const int8 = plain<number>('int8')
export const int16 = plain<number>('int16')
export const uint16 = plain<number>('uint16')
export const int32 = plain<number>('int32')
export const uint32 = plain<number>('uint32')
/** Safe integers only (below 2^53 in size): enough for every offset, timestamp and producer id. */
export const int64 = plain<number>('int64')
export const float64 = plain<number>('float64')
export const boolean = plain<boolean>('boolean')
export const string = plain<string>('string')
export const bytes = plain<Buffer>('bytes')
/** Record batches: encoded by reference, decoded as a view of the frame. */
export const records = plain<Buffer>('records')
/** 16 bytes in Kafka's own text form, URL-safe base64 of 22 characters. */
export const uuid = plain<string>('uuid')
export const zeroUuid = 'AAAAAAAAAAAAAAAAAAAAAA'

export function struct<const S extends Shape>(fields: S): Type<DecodedOf<S>, EncodableOf<S>, false> {
  return new Type<DecodedOf<S>, EncodableOf<S>, false>({ name: 'struct', fields })
}

const asType = (of: TypeOrShape): AnyType => (of instanceof Type ? of : struct(of))

export function array<const T extends TypeOrShape>(of: T): Type<DecodedOf<T>[], readonly EncodableOf<T>[], false> {
  return new Type<DecodedOf<T>[], readonly EncodableOf<T>[], false>({ name: 'array', of: asType(of) })
}

export function nullable<const T extends TypeOrShape>(of: T): Type<DecodedOf<T> | null, EncodableOf<T> | null, false> {
  return new Type<DecodedOf<T> | null, EncodableOf<T> | null, false>({ name: 'nullable', of: asType(of) })
}

function zeroOf(kind: Kind): unknown {
  switch (kind.name) {
    case 'boolean':
      return false
    case 'string':
      return ''
    case 'bytes':
    case 'records':
      return Buffer.alloc(0)
    case 'uuid':
      return zeroUuid
    case 'array':
      return []
    case 'nullable':
      return null
    case 'struct':
      return Object.fromEntries(Object.entries(kind.fields).map(([name, type]) => [name, type.defaultValue()]))
    default:
      return 0
  }
}

// ---- encode ----

function encode(writer: Writer, kind: Kind, value: unknown, context: Context): void {
  switch (kind.name) {
    case 'string':
      return encodeString(writer, value as string, context)
    case 'bytes':
    case 'records':
      return encodeBytes(writer, value as Buffer, kind.name === 'records', context)
    case 'uuid':
      return writer.bytes(uuidBytes(value as string))
    case 'boolean':
      return writer.int8(value ? 1 : 0)
    case 'array':
      return encodeArray(writer, kind.of, value as readonly unknown[], context)
    case 'nullable':
      return value === null
        ? encodeNull(writer, kind.of.kind, context)
        : encodePresent(writer, kind.of.kind, value, context)
    case 'struct':
      return encodeStruct(writer, kind.fields, value as Record<string, unknown>, context)
    default:
      return writer[kind.name](value as number)
  }
}

function uuidBytes(value: string): Buffer {
  const decoded = Buffer.from(value, 'base64url')
  if (decoded.length !== 16) throw new RangeError(`not a Kafka UUID: '${value}'`)
  return decoded
}

function encodeLength(writer: Writer, length: number, wide: boolean, { flexible }: Context): void {
  if (flexible) writer.uvarint(length + 1)
  else if (wide) writer.int32(length)
  else writer.int16(length)
}

function encodeString(writer: Writer, value: string, context: Context): void {
  const byteLength = Buffer.byteLength(value)
  encodeLength(writer, byteLength, false, context)
  writer.utf8(value, byteLength)
}

function encodeBytes(writer: Writer, value: Buffer, byReference: boolean, context: Context): void {
  encodeLength(writer, value.length, true, context)
  if (byReference) writer.reference(value)
  else writer.bytes(value)
}

function encodeArray(writer: Writer, of: AnyType, values: readonly unknown[], context: Context): void {
  encodeLength(writer, values.length, true, context)
  for (const value of values) encode(writer, of.kind, value, context)
}

/** Strings, bytes and arrays have a length that says null; a structure has a byte in front (-1 null, 1 present). */
function encodeNull(writer: Writer, kind: Kind, context: Context): void {
  if (kind.name === 'struct') writer.int8(-1)
  else encodeLength(writer, -1, kind.name !== 'string', context)
}

function encodePresent(writer: Writer, kind: Kind, value: unknown, context: Context): void {
  if (kind.name === 'struct') writer.int8(1)
  encode(writer, kind, value, context)
}

function encodeStruct(writer: Writer, fields: Shape, value: Record<string, unknown>, context: Context): void {
  const tagged: [tag: number, type: AnyType, value: unknown][] = []
  for (const name in fields) {
    const type = fields[name]!
    if (!type.existsIn(context)) continue
    const given = value[name]
    if (type.tagNumber === undefined)
      encode(writer, type.kind, given === undefined ? type.defaultValue() : given, context)
    else if (given !== undefined && !equal(given, type.defaultValue())) tagged.push([type.tagNumber, type, given])
  }
  if (context.flexible) encodeTagged(writer, tagged, context)
}

function encodeTagged(writer: Writer, tagged: [tag: number, type: AnyType, value: unknown][], context: Context): void {
  writer.uvarint(tagged.length)
  for (const [tag, type, value] of tagged.sort(([a], [b]) => a - b)) {
    const content = new Writer()
    encode(content, type.kind, value, context)
    writer.uvarint(tag)
    writer.uvarint(content.length)
    writer.bytes(content.buffer())
  }
}

function equal(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === 0 && b.length === 0
  return a === b || (typeof a === 'object' && a !== null && JSON.stringify(a) === JSON.stringify(b))
}

// ---- decode ----

function decode(reader: Reader, kind: Kind, context: Context): unknown {
  switch (kind.name) {
    case 'boolean':
      return reader.int8() !== 0
    case 'uuid':
      return reader.bytes(16).toString('base64url')
    case 'struct':
      return decodeStruct(reader, kind.fields, context)
    case 'nullable':
      return decodeNullable(reader, kind.of.kind, context)
    case 'string':
    case 'bytes':
    case 'records':
    case 'array':
      return decodeSized(reader, kind, decodeLength(reader, kind.name !== 'string', context), context)
    default:
      return reader[kind.name]()
  }
}

function decodeLength(reader: Reader, wide: boolean, { flexible }: Context): number {
  if (flexible) return reader.uvarint() - 1
  return wide ? reader.int32() : reader.int16()
}

function decodeSized(reader: Reader, kind: Kind, length: number, context: Context): unknown {
  // A null where the description allows none reads as empty: brokers do that in a few places (null records, empty arrays).
  if (length < 0) return zeroOf(kind)
  if (kind.name === 'string') return reader.utf8(length)
  if (kind.name !== 'array') return reader.bytes(length)
  const values: unknown[] = new Array(reader.count(length))
  for (let index = 0; index < length; index++) values[index] = decode(reader, kind.of.kind, context)
  return values
}

function decodeNullable(reader: Reader, kind: Kind, context: Context): unknown {
  if (kind.name === 'struct') return reader.int8() < 0 ? null : decodeStruct(reader, kind.fields, context)
  const length = decodeLength(reader, kind.name !== 'string', context)
  return length < 0 ? null : decodeSized(reader, kind, length, context)
}

function decodeStruct(reader: Reader, fields: Shape, context: Context): Record<string, unknown> {
  const value: Record<string, unknown> = {}
  for (const name in fields) {
    const type = fields[name]!
    const onWire = type.tagNumber === undefined && type.existsIn(context)
    value[name] = onWire ? decode(reader, type.kind, context) : type.defaultValue()
  }
  if (context.flexible) decodeTagged(reader, fields, value, context)
  return value
}

/** Unknown tags are skipped: that is what makes them safe to add (KIP-482). */
function decodeTagged(reader: Reader, fields: Shape, value: Record<string, unknown>, context: Context): void {
  for (let left = reader.count(reader.uvarint()); left > 0; left--) {
    const tag = reader.uvarint()
    const content = new Reader(reader.bytes(reader.uvarint()))
    for (const name in fields) {
      const type = fields[name]!
      if (type.tagNumber === tag && type.existsIn(context)) value[name] = decode(content, type.kind, context)
    }
  }
}

// ---- APIs ----

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
