// Avro values (https://avro.apache.org/docs/1.12.0/specification/): by a schema, from a JSON template or made up by their types.
import { createRequire } from 'node:module'
import type { Random } from '../../../core/random.ts'
import { bytes, int32, int64, itemCount, text, uuid } from './made-up.ts'
import type { Encoding } from './model.ts'

type Avsc = typeof import('avsc')
/** Loaded when the first schema is read: most runs have none. */
const avsc = (): Avsc => createRequire(import.meta.url)('avsc') as Avsc

type Schema = string | readonly Schema[] | Complex

interface Complex {
  readonly type: Schema
  readonly name?: string
  readonly namespace?: string
  readonly logicalType?: string
  readonly fields?: readonly { readonly name: string; readonly type: Schema }[]
  readonly symbols?: readonly string[]
  readonly items?: Schema
  readonly values?: Schema
  readonly size?: number
}

export function avroEncoding(schemaText: string): Encoding {
  const schema = JSON.parse(schemaText) as Schema
  const type = avsc().Type.forSchema(schema as Parameters<Avsc['Type']['forSchema']>[0], { noAnonymousTypes: false })
  const maker = new AvroMaker(schema)
  return {
    schemaType: 'AVRO',
    name: type.name ?? 'value',
    makeUp: (random, nowMs) => maker.make(schema, random, nowMs),
    problemWith(value) {
      const wrong: string[] = []
      const errorHook = (path: string[], found: unknown, wanted: { toString(): string }) => {
        wrong.push(`${path.join('.') || 'value'}: ${JSON.stringify(found)} is not ${typeText(wanted.toString())}`)
      }
      type.isValid(value, { errorHook })
      return wrong
    },
    encode: value => type.toBuffer(value),
  }
}

const typeTextMax = 60
const typeText = (schema: string): string =>
  schema.length <= typeTextMax ? schema : `${schema.slice(0, typeTextMax)}…`

class AvroMaker {
  readonly #named = new Map<string, Complex>()

  constructor(schema: Schema) {
    this.#collect(schema, '')
  }

  make(schema: Schema, random: Random, nowMs: number): unknown {
    if (typeof schema === 'string') return this.#primitive(schema, random, nowMs)
    if (isUnion(schema)) return this.make(schema[random.below(schema.length)]!, random, nowMs)
    const logical = logicalValue(schema.logicalType, random, nowMs)
    return logical ?? this.#complex(schema, random, nowMs)
  }

  #complex(schema: Complex, random: Random, nowMs: number): unknown {
    const inner = (each: Schema) => this.make(each, random, nowMs)
    switch (schema.type) {
      case 'record':
        return Object.fromEntries(schema.fields!.map(({ name, type }) => [name, inner(type)]))
      case 'enum':
        return schema.symbols![random.below(schema.symbols!.length)]
      case 'array':
        return Array.from({ length: itemCount(random) }, () => inner(schema.items!))
      case 'map':
        return Object.fromEntries(
          Array.from({ length: itemCount(random) }, () => [text(random), inner(schema.values!)]),
        )
      case 'fixed':
        return bytes(random, schema.size)
      default:
        return inner(schema.type)
    }
  }

  #primitive(name: string, random: Random, nowMs: number): unknown {
    switch (name) {
      case 'null':
        return null
      case 'boolean':
        return random.next() >>> 31 === 1
      case 'int':
        return int32(random)
      case 'long':
        return int64(random)
      case 'float':
        return Math.fround(random.fraction() * 1_000)
      case 'double':
        return random.fraction() * 1_000
      case 'bytes':
        return bytes(random)
      case 'string':
        return text(random)
      default:
        return this.make(this.#named.get(name)!, random, nowMs)
    }
  }

  /** By full name and by the name alone, as a schema may say either. */
  #collect(schema: Schema, namespace: string): void {
    if (typeof schema === 'string') return
    if (isUnion(schema)) return schema.forEach(each => void this.#collect(each, namespace))
    const own = schema.namespace ?? namespace
    if (schema.name !== undefined) {
      this.#named.set(schema.name, schema)
      if (own !== '') this.#named.set(`${own}.${schema.name}`, schema)
    }
    for (const { type } of schema.fields ?? []) this.#collect(type, own)
    if (schema.items !== undefined) this.#collect(schema.items, own)
    if (schema.values !== undefined) this.#collect(schema.values, own)
    if (typeof schema.type !== 'string') this.#collect(schema.type, own)
  }
}

const isUnion = (schema: Schema): schema is readonly Schema[] => Array.isArray(schema)

const dayMs = 86_400_000

function logicalValue(logicalType: string | undefined, random: Random, nowMs: number): unknown {
  switch (logicalType) {
    case 'uuid':
      return uuid(random)
    case 'date':
      return Math.floor(nowMs / dayMs)
    case 'time-millis':
      return nowMs % dayMs
    case 'time-micros':
      return (nowMs % dayMs) * 1000
    case 'timestamp-millis':
    case 'local-timestamp-millis':
      return nowMs
    case 'timestamp-micros':
    case 'local-timestamp-micros':
      return nowMs * 1000
    default:
      return undefined
  }
}
