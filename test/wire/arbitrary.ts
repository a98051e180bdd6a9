// Values for an API, derived from its description: a field that a version lacks has its default, all others anything.
import fc from 'fast-check'
import type { AnyType, Api, Kind, Shape } from '../../wire/schema.ts'

interface Context {
  readonly version: number
  readonly flexible: boolean
}

const contextOf = (api: Api, version: number): Context => ({ version, flexible: version >= api.flexibleSince })

/** Full values, as decoding gives them: every field of the description is there. */
export const requestOf = (api: Api, version: number) => structOf(api.request, contextOf(api, version))
export const responseOf = (api: Api, version: number) => structOf(api.response, contextOf(api, version))

/** The same value as a caller may give it: whatever equals its default is left out. */
export function withoutDefaults(fields: Shape, value: Record<string, unknown>): Record<string, unknown> {
  const given = Object.entries(fields).filter(([name, type]) => !isDefault(type, value[name]))
  return Object.fromEntries(given.map(([name, type]) => [name, strip(type.kind, value[name])]))
}

export const versionsOf = ({ versions: [min, max] }: Api): number[] =>
  Array.from({ length: max - min + 1 }, (_, index) => min + index)

const isDefault = (type: AnyType, value: unknown) => JSON.stringify(type.defaultValue()) === JSON.stringify(value)

function strip(kind: Kind, value: unknown): unknown {
  if (value === null) return null
  if (kind.name === 'nullable') return strip(kind.of.kind, value)
  if (kind.name === 'array') return (value as unknown[]).map(element => strip(kind.of.kind, element))
  if (kind.name === 'struct') return withoutDefaults(kind.fields, value as Record<string, unknown>)
  return value
}

function structOf(fields: Shape, context: Context): fc.Arbitrary<Record<string, unknown>> {
  const arbitraries = Object.entries(fields).map(([name, type]) => [name, fieldOf(type, context)] as const)
  // With a prototype, as object literals have one: equality is then about fields alone.
  return fc.record(Object.fromEntries(arbitraries), { noNullPrototype: true })
}

function fieldOf(type: AnyType, context: Context): fc.Arbitrary<unknown> {
  const absent = fc.constant(type.defaultValue())
  return type.existsIn(context) ? fc.oneof({ weight: 4, arbitrary: anyOf(type.kind, context) }, absent) : absent
}

function anyOf(kind: Kind, context: Context): fc.Arbitrary<unknown> {
  switch (kind.name) {
    case 'int8':
      return fc.integer({ min: -0x80, max: 0x7f })
    case 'int16':
      return fc.integer({ min: -0x8000, max: 0x7fff })
    case 'uint16':
      return fc.integer({ min: 0, max: 0xffff })
    case 'int32':
      return fc.integer()
    case 'uint32':
      return fc.integer({ min: 0, max: 0xffff_ffff })
    case 'int64':
      return fc.maxSafeInteger()
    case 'roundedInt64':
      return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(Number)
    case 'float64':
      return fc.double({ noNaN: true })
    case 'boolean':
      return fc.boolean()
    case 'string':
      return fc.string({ unit: 'binary', maxLength: 12 })
    case 'bytes':
    case 'records':
      return fc.uint8Array({ maxLength: 40 }).map(bytes => Buffer.from(bytes))
    case 'uuid':
      return fc.uint8Array({ minLength: 16, maxLength: 16 }).map(bytes => Buffer.from(bytes).toString('base64url'))
    case 'array':
      return fc.array(anyOf(kind.of.kind, context), { maxLength: 3 })
    case 'nullable':
      return fc.option(anyOf(kind.of.kind, context))
    case 'struct':
      return structOf(kind.fields, context)
  }
}
