// The types of the schema DSL: what a field can be, in which versions it exists, and which TypeScript types follow from it.
// Grammar: the Kafka protocol guide; flexible versions and tagged fields: KIP-482.

/** What a codec needs to know besides the value. */
export interface Context {
  readonly version: number
  readonly flexible: boolean
}

/** How a type is built, open to inspection: tests derive generators from it, the broker its coverage list. */
export type Kind =
  | {
      readonly name: 'int8' | 'int16' | 'uint16' | 'int32' | 'uint32' | 'int64' | 'roundedInt64' | 'float64' | 'boolean'
    }
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
/** Beyond 2^53 the nearest number: what any client may put there must not make the whole answer unreadable for others. */
export const roundedInt64 = plain<number>('roundedInt64')
export const float64 = plain<number>('float64')
export const boolean = plain<boolean>('boolean')
export const string = plain<string>('string')
export const bytes = plain<Buffer>('bytes')
/** Record batches: encoded by reference, in one piece or in several, decoded as a view of the frame. */
export const records = new Type<Buffer, Buffer | readonly Buffer[], false>({ name: 'records' })
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

/** The value of a field that is absent and has no default of its own. */
export function zeroOf(kind: Kind): unknown {
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
