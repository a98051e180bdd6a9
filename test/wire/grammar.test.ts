// Shows that our descriptions are Kafka's: field by field, in wire order, in every version, and error by error.
// Method: grammar.json holds the schemas compiled into the newest kafka-clients (scripts/kafka-grammar.ts writes it); ours
// are rendered in the same words. Nullability is compared over all versions together: we let a field be null wherever
// some version does, and read a null that should not be there as empty.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { apiByKey, apis } from '../../wire/apis/index.ts'
import { kafkaErrors } from '../../wire/error-codes.ts'
import type { AnyType, Api, Kind, Shape } from '../../wire/schema.ts'
import { versionsOf } from './arbitrary.ts'

type Side = 'request' | 'response'

interface Grammar {
  readonly kafka: string
  readonly apis: readonly {
    readonly key: number
    readonly versions: readonly {
      readonly version: number
      readonly flexible: boolean
      readonly request?: readonly string[]
      readonly response?: readonly string[]
    }[]
  }[]
  readonly errors: readonly { code: number; name: string; retriable: boolean; staleMetadata: boolean }[]
}

const grammarPath = join(import.meta.dirname, '../fixtures/wire/grammar.json')
const grammar = JSON.parse(readFileSync(grammarPath, 'utf8')) as Grammar

/** Kafka's lines of one version; a side that is left out is as in the version before. */
function kafkaLines(key: number, version: number, side: Side): readonly string[] {
  const versions = grammar.apis.find(api => api.key === key)!.versions
  const latest = versions.filter(each => each.version <= version && each[side] !== undefined).at(-1)
  return latest?.[side] ?? []
}

function ourLines(api: Api, version: number, side: Side): string[] {
  return fieldLines(api[side], '', { version, flexible: version >= api.flexibleSince })
}

/** Tagged fields come after all others, by tag, as on the wire. */
function fieldLines(fields: Shape, path: string, context: { version: number; flexible: boolean }): string[] {
  const existing = Object.entries(fields).filter(([, type]) => type.existsIn(context))
  const ordered = existing.sort(([, a], [, b]) => (a.tagNumber ?? -1) - (b.tagNumber ?? -1))
  return ordered.flatMap(([name, type]) => typeLines(type, path + name, context))
}

function typeLines(type: AnyType, here: string, context: { version: number; flexible: boolean }): string[] {
  const kind = bare(type.kind)
  const mark = type.kind.name === 'nullable' ? '?' : ''
  const tag = type.tagNumber === undefined ? '' : ` tag ${type.tagNumber}`
  // The same on the wire.
  const name = kind.name === 'roundedInt64' ? 'int64' : kind.name
  const line = `${here} ${name}${mark}${tag}`
  if (kind.name === 'struct') return [line, ...fieldLines(kind.fields, `${here}.`, context)]
  if (kind.name !== 'array') return [line]
  const element = bare(kind.of.kind)
  if (element.name === 'struct') return [line, ...fieldLines(element.fields, `${here}[].`, context)]
  return [line, `${here}[] ${element.name}`]
}

const bare = (kind: Kind): Kind => (kind.name === 'nullable' ? kind.of.kind : kind)
const withoutMarks = (lines: readonly string[]) => lines.map(line => line.replace('?', ''))

/** Paths of the fields that may be null in some version. Record batches are left out: their null reads as empty. */
function nullables(linesOf: (version: number) => readonly string[], versions: readonly number[]): string[] {
  const marked = versions.flatMap(linesOf).filter(line => line.includes('?') && !line.includes(' records?'))
  return [...new Set(marked.map(line => line.split(' ')[0]!))].sort()
}

const cases = apis.flatMap(api =>
  versionsOf(api).flatMap(version =>
    (['request', 'response'] as const).map(side => ({ api, version, side, title: `${api.name} v${version} ${side}` })),
  ),
)

describe(`the descriptions, beside Kafka ${grammar.kafka}`, () => {
  it.each(cases)('$title has the same fields in the same order', ({ api, version, side }) => {
    const ours = withoutMarks(ourLines(api, version, side))
    expect(ours).toEqual(withoutMarks(kafkaLines(api.key, version, side)))
  })

  it.each(apis.map(api => ({ api, name: api.name })))('$name allows null where Kafka does', ({ api }) => {
    for (const side of ['request', 'response'] as const) {
      const kafkas = nullables(version => kafkaLines(api.key, version, side), versionsOf(api))
      expect(nullables(version => ourLines(api, version, side), versionsOf(api))).toEqual(kafkas)
    }
  })

  it('cover every version that Kafka serves, and agree on which are flexible', () => {
    for (const { key, versions } of grammar.apis) {
      const api = apiByKey.get(key)!
      expect([api.name, ...versionsOf(api)]).toEqual([api.name, ...versions.map(each => each.version)])
      const flexible = versions.map(each => each.version >= api.flexibleSince)
      expect([api.name, ...flexible]).toEqual([api.name, ...versions.map(each => each.flexible)])
    }
  })
})

describe('the error table', () => {
  it('has every code of Kafka with its name, and says the same of retrying', () => {
    const ours = [...kafkaErrors.values()].map(({ code, name, retriable }) => ({ code, name, retriable }))
    expect(ours).toEqual(grammar.errors.map(({ code, name, retriable }) => ({ code, name, retriable })))
  })

  it('asks for new metadata where Kafka calls it stale, and when the controller has moved', () => {
    const ours = [...kafkaErrors.values()].filter(kind => kind.refresh === 'metadata').map(kind => kind.name)
    const stale = grammar.errors.filter(error => error.staleMetadata || error.name === 'NOT_CONTROLLER')
    expect(ours).toEqual(stale.map(error => error.name))
  })
})
