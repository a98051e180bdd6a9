// Shows that the published schema is the model's, and that it keeps the promises made about it: the keys that users
// script against are there, and a later result with added keys still passes.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { resultSchema } from '../../scripts/result-schema.ts'

interface Schema {
  readonly properties?: Record<string, Schema>
  readonly required?: string[]
  readonly additionalProperties?: unknown
}

const root = fileURLToPath(new URL('../../', import.meta.url))
const published = JSON.parse(readFileSync(`${root}loadgen/result.schema.json`, 'utf8')) as Schema

const at = (path: string): Schema | undefined =>
  path.split('.').reduce<Schema | undefined>((schema, key) => schema?.properties?.[key], published)

describe('result schema', () => {
  it('is what the model says', () => {
    expect(published).toEqual(JSON.parse(JSON.stringify(resultSchema())))
  })

  it('passes its own --check', () => {
    execFileSync(process.execPath, ['scripts/result-schema.ts', '--check'], { cwd: root, stdio: 'pipe' })
  })

  it.each([
    'schemaVersion',
    'verdict',
    'produce.records',
    'produce.recordsPerSec',
    'produce.errors',
    'consume.records',
    'consume.recordsPerSec',
    'cpuUsPerRecord',
  ])('has %s', path => expect(at(path)).toBeDefined())

  it.each(['', 'produce', 'environment'])('leaves room for added keys in "%s"', path => {
    expect((path === '' ? published : at(path))?.additionalProperties).toBeUndefined()
  })
})
