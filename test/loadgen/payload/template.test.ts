// Shows what every placeholder renders, that a seed gives the same text, and that all mistakes are told at once.
import { describe, expect, it } from 'vitest'
import { MillraceError } from '../../../core/errors.ts'
import { makeRandom } from '../../../core/random.ts'
import { compileTemplate } from '../../../loadgen/payload/template.ts'

const wallUs = 1_767_323_045_678_901
const compile = (template: string, seed = 1) => compileTemplate(template, makeRandom(seed))
const render = (template: string, sequence = 42) => compile(template)(sequence, wallUs)

const placeholders = [
  { template: '{{seq}}', looks: /^42$/ },
  { template: '{{timestampMs}}', looks: /^1767323045678$/ },
  { template: '{{timestampUs}}', looks: /^1767323045678901$/ },
  { template: '{{isoTime}}', looks: /^2026-01-02T03:04:05\.678Z$/ },
  { template: '{{uuid}}', looks: /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/ },
  { template: '{{int:5..5}}', looks: /^5$/ },
  { template: '{{int:-20..-10}}', looks: /^-(1\d|20)$/ },
  { template: '{{hex}}', looks: /^[0-9a-f]{16}$/ },
  { template: '{{hex:3}}', looks: /^[0-9a-f]{3}$/ },
  { template: '{{text}}', looks: /^[a-z]{16}$/ },
  { template: '{{text:200}}', looks: /^[a-z]{200}$/ },
  { template: '{{choice:only}}', looks: /^only$/ },
  { template: '{{choice:a,b,c}}', looks: /^[abc]$/ },
  { template: '{{bool}}', looks: /^(true|false)$/ },
  { template: '{{ seq }}', looks: /^42$/ },
  { template: '{{ int:5..5 }}', looks: /^5$/ },
  { template: '{{ choice:a }}', looks: /^a$/ },
]

describe('placeholders', () => {
  it.each(placeholders)('$template', ({ template, looks }) => {
    const text = compile(template)
    for (let round = 0; round < 20; round++) expect(text(42, wallUs)).toMatch(looks)
  })

  it('every end of a range and every choice comes up', () => {
    const text = compile('{{int:1..3}}{{choice:x,y}}{{bool}}')
    const seen = new Set(Array.from({ length: 500 }, () => text(0, 0)))
    expect(seen.size).toBe(3 * 2 * 2)
  })

  it('stand between text, which stays as it is', () => {
    expect(render('{"a":{"id":{{seq}}},"b":"{{choice:ü}}","c":{}}')).toBe('{"a":{"id":42},"b":"ü","c":{}}')
    expect(render('no placeholder')).toBe('no placeholder')
    expect(render('')).toBe('')
  })

  it('are drawn from the seed', () => {
    const template = '{{uuid}} {{int:1..1000000}} {{hex}} {{text}}'
    const series = (seed: number) => {
      const text = compile(template, seed)
      return [text(0, wallUs), text(1, wallUs)]
    }
    expect(series(1)).toEqual(series(1))
    expect(series(1)[0]).not.toBe(series(1)[1])
    expect(series(1)).not.toEqual(series(2))
  })
})

describe('mistakes', () => {
  const refusal = (template: string): MillraceError => {
    try {
      compile(template)
    } catch (error) {
      if (error instanceof MillraceError) return error
      throw error
    }
    throw new Error(`"${template}" was taken`)
  }

  const mistakes = [
    { why: 'unknown name', template: '{{nme}}', says: /\{\{nme\}\}: expected one of seq, timestampMs, .*bool/ },
    { why: 'a name that every object has', template: '{{constructor}}', says: /expected one of seq/ },
    { why: 'another such name', template: '{{toString}}', says: /expected one of seq/ },
    { why: 'range upside down', template: '{{int:5..1}}', says: /\{\{int:5..1\}\}: expected a range/ },
    { why: 'no range', template: '{{int}}', says: /expected a range/ },
    { why: 'range of fractions', template: '{{int:1.5..2}}', says: /expected a range/ },
    { why: 'length zero', template: '{{hex:0}}', says: /expected a length from 1 to 65536/ },
    { why: 'length beyond the limit', template: '{{text:65537}}', says: /expected a length/ },
    { why: 'length in words', template: '{{text:long}}', says: /expected a length/ },
    { why: 'no choices', template: '{{choice}}', says: /expected a list/ },
    { why: 'a space where the colon belongs', template: '{{int 1..5}}', says: /\{\{int 1\.\.5\}\}: expected the form/ },
    { why: 'never closed', template: '{"id":"{{uuid"}', says: /\{\{uuid"\}: expected the form/ },
    { why: 'empty', template: '{{}}', says: /expected the form/ },
  ]
  it.each(mistakes)('$why: $template', ({ template, says }) => {
    const error = refusal(template)
    expect(error.code).toBe('CONFIG_INVALID')
    expect(error.message).toMatch(says)
  })

  it('are told all at once', () => {
    const { message } = refusal('{{one}} {{int:x}} {{uuid}} {{two three}}')
    expect(message.split('\n')[0]).toContain('3 settings')
    for (const part of ['{{one}}', '{{int:x}}', '{{two three}}']) expect(message).toContain(part)
  })
})
