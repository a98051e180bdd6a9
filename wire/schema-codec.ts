// Encodes and decodes what schema-types.ts describes. Encodings: the Kafka protocol guide; compact lengths and tagged fields:
// KIP-482. A field that a version does not have is not written, and reads as its default.
import { Reader } from './reader.ts'
import { type AnyType, type Context, type Kind, type Shape, zeroOf } from './schema-types.ts'
import { Writer } from './writer.ts'

// ---- encode ----

function encode(writer: Writer, kind: Kind, value: unknown, context: Context): void {
  switch (kind.name) {
    case 'string':
      return encodeString(writer, value as string, context)
    case 'bytes':
      return encodeBytes(writer, value as Buffer, context)
    case 'records':
      return encodeRecords(writer, value as Buffer | readonly Buffer[], context)
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

function encodeBytes(writer: Writer, value: Buffer, context: Context): void {
  encodeLength(writer, value.length, true, context)
  writer.bytes(value)
}

function encodeRecords(writer: Writer, value: Buffer | readonly Buffer[], context: Context): void {
  const pieces = value instanceof Uint8Array ? [value] : value
  let byteLength = 0
  for (const piece of pieces) byteLength += piece.length
  encodeLength(writer, byteLength, true, context)
  for (const piece of pieces) writer.reference(piece)
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

export function encodeStruct(writer: Writer, fields: Shape, value: Record<string, unknown>, context: Context): void {
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

export function decodeStruct(reader: Reader, fields: Shape, context: Context): Record<string, unknown> {
  const { template, onWire, made } = layoutOf(fields, context)
  const value = { ...template }
  for (const [name, type] of onWire) value[name] = decode(reader, type.kind, context)
  for (const [name, make] of made) value[name] = make()
  if (context.flexible) decodeTagged(reader, fields, value, context)
  return value
}

/** What a structure looks like in one version: worked out once, because answers come thousands of times a second. */
interface Layout {
  /** All fields in their order: those that are not on the wire have their default, unless it is made anew each time. */
  readonly template: Record<string, unknown>
  readonly onWire: readonly (readonly [name: string, type: AnyType])[]
  /** Defaults that whoever gets them could change: lists, structures, bytes. */
  readonly made: readonly (readonly [name: string, make: () => unknown])[]
}

/** By structure; then by version, flexible or not. */
const layouts = new WeakMap<Shape, Record<number, Layout>>()

function layoutOf(fields: Shape, context: Context): Layout {
  const index = 2 * context.version + Number(context.flexible)
  const known = layouts.get(fields)
  if (known?.[index] !== undefined) return known[index]
  const layout = makeLayout(fields, context)
  if (known === undefined) layouts.set(fields, { [index]: layout })
  else known[index] = layout
  return layout
}

function makeLayout(fields: Shape, context: Context): Layout {
  const entries = Object.entries(fields)
  const isOnWire = (type: AnyType) => type.tagNumber === undefined && type.existsIn(context)
  const isMade = (type: AnyType) => !isOnWire(type) && typeof (type.defaultValue() ?? 0) === 'object'
  return {
    template: Object.fromEntries(
      entries.map(([name, type]) => [name, isOnWire(type) ? undefined : type.defaultValue()]),
    ),
    onWire: entries.filter(([, type]) => isOnWire(type)),
    made: entries.filter(([, type]) => isMade(type)).map(([name, type]) => [name, makerOf(type)]),
  }
}

/** What has nothing in it that could be changed is copied, which is far cheaper than making it field by field. */
function makerOf(type: AnyType): () => unknown {
  const value = type.defaultValue()
  const isFlat = type.kind.name === 'struct' && Object.values(value as object).every(field => Object(field) !== field)
  return isFlat ? () => ({ ...(value as object) }) : () => type.defaultValue()
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
