// Protocol Buffers values: by a message of a .proto file, from a JSON template or made up by their types.
import { createRequire } from 'node:module'
import type * as Protobuf from 'protobufjs'
import type { Random } from '../../../core/random.ts'
import { bytes, int32, int64, itemCount, text, uint32 } from './made-up.ts'
import type { Encoding } from './model.ts'

/** Loaded when the first schema is read: most runs have none. */
const protobufjs = (): typeof Protobuf => createRequire(import.meta.url)('protobufjs') as typeof Protobuf

/** Messages in messages in messages: here making up ends, which recursive types need. */
const depthMax = 4

/** Without a name the first message of the file is meant. */
export function protobufEncoding(schemaText: string, messageName: string | undefined): Encoding {
  const lib = protobufjs()
  const parsed = lib.parse(schemaText, { keepCase: true })
  const scope = parsed.package === undefined ? parsed.root : (parsed.root.lookup(parsed.package) as Protobuf.Namespace)
  const type = messageName === undefined ? firstMessage(lib, scope) : scope.lookupType(messageName)
  return {
    schemaType: 'PROTOBUF',
    name: type.fullName.replace(/^\./, ''),
    messageIndexes: indexesOf(lib, type, scope),
    makeUp: random => makeUp(lib, type, random, 0),
    problemWith(value) {
      if (value === null || typeof value !== 'object') return ['value: is not an object']
      const wrong = type.verify(type.fromObject(value))
      const unknown = Object.keys(value).filter(
        name => type.fields[name] === undefined && type.oneofs?.[name] === undefined,
      )
      return [...(wrong === null ? [] : [wrong]), ...unknown.map(name => `${name}: is not a field of ${type.name}`)]
    },
    encode: value => Buffer.from(type.encode(type.fromObject(value as Record<string, unknown>)).finish()),
  }
}

function messagesIn(lib: typeof Protobuf, scope: Protobuf.NamespaceBase): Protobuf.Type[] {
  return scope.nestedArray.filter(each => each instanceof lib.Type)
}

function firstMessage(lib: typeof Protobuf, scope: Protobuf.NamespaceBase): Protobuf.Type {
  const [first] = messagesIn(lib, scope)
  if (first === undefined) throw new Error('the file defines no message')
  return first
}

/** Of the message and of those around it, among the messages at their level, outermost first: how a registry's clients name it. */
function indexesOf(lib: typeof Protobuf, type: Protobuf.Type, scope: Protobuf.NamespaceBase): number[] {
  const own = (within: Protobuf.NamespaceBase) => messagesIn(lib, within).indexOf(type)
  const parent = type.parent
  if (parent instanceof lib.Type) return [...indexesOf(lib, parent, scope), own(parent)]
  return [own(scope)]
}

function makeUp(lib: typeof Protobuf, type: Protobuf.Type, random: Random, depth: number): Record<string, unknown> {
  const made: Record<string, unknown> = {}
  const chosen = new Set(type.oneofsArray.map(({ fieldsArray }) => fieldsArray[random.below(fieldsArray.length)]))
  for (const field of type.fieldsArray) {
    field.resolve()
    if (field.partOf !== null && !chosen.has(field)) continue
    if (depth >= depthMax && field.resolvedType instanceof lib.Type) continue
    const one = () => fieldValue(lib, field, random, depth)
    if (field.map)
      made[field.name] = Object.fromEntries(
        Array.from({ length: itemCount(random) }, () => [keyOf(field, random), one()]),
      )
    else made[field.name] = field.repeated ? Array.from({ length: itemCount(random) }, one) : one()
  }
  return made
}

const keyOf = (field: Protobuf.Field, random: Random): string => {
  const { keyType } = field as unknown as Protobuf.MapField
  return keyType === 'string' ? text(random) : keyType === 'bool' ? 'true' : String(random.below(1_000))
}

function fieldValue(lib: typeof Protobuf, field: Protobuf.Field, random: Random, depth: number): unknown {
  const { resolvedType } = field
  if (resolvedType instanceof lib.Enum) {
    const values = Object.values(resolvedType.values)
    return values[random.below(values.length)]
  }
  if (resolvedType instanceof lib.Type) return makeUp(lib, resolvedType, random, depth + 1)
  switch (field.type) {
    case 'string':
      return text(random)
    case 'bytes':
      return bytes(random)
    case 'bool':
      return random.next() >>> 31 === 1
    case 'double':
    case 'float':
      return random.fraction() * 1_000
    case 'uint32':
    case 'fixed32':
      return uint32(random)
    case 'int64':
    case 'uint64':
    case 'sint64':
    case 'fixed64':
    case 'sfixed64':
      return int64(random)
    default:
      return int32(random)
  }
}
