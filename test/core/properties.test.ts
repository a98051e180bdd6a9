// Shows that properties files are read as java.util.Properties reads them, and that each entry knows its line.
// Method: the cases of the Java documentation and those where Java itself, fed the same text, was seen to differ from the
// obvious; every expectation here is what Java 17 gives.
import { describe, expect, it } from 'vitest'
import { parseProperties } from '../../core/properties.ts'

const cases: readonly { why: string; text: string; entries: readonly (readonly [number, string, string])[] }[] = [
  {
    why: 'the three separators',
    text: 'a=1\nb:2\nc 3',
    entries: [
      [1, 'a', '1'],
      [2, 'b', '2'],
      [3, 'c', '3'],
    ],
  },
  {
    why: 'blanks around a separator',
    text: 'a = 1\nb\t:\t2',
    entries: [
      [1, 'a', '1'],
      [2, 'b', '2'],
    ],
  },
  { why: 'only the first separator', text: 'a=b=c:d e', entries: [[1, 'a', 'b=c:d e']] },
  { why: 'a separator after a blank', text: 'a =  = b', entries: [[1, 'a', '= b']] },
  { why: 'trailing blanks kept', text: 'a=1  ', entries: [[1, 'a', '1  ']] },
  {
    why: 'no value',
    text: 'a\nb=',
    entries: [
      [1, 'a', ''],
      [2, 'b', ''],
    ],
  },
  {
    why: 'comments and blank lines',
    text: '# x\n  ! y\n\n \t\na=1 # not a comment',
    entries: [[5, 'a', '1 # not a comment']],
  },
  {
    why: 'continuation, indentation dropped',
    text: 'a=one, \\\n    two\nb=3',
    entries: [
      [1, 'a', 'one, two'],
      [3, 'b', '3'],
    ],
  },
  { why: 'a comment sign within a continuation', text: 'a=1\\\n# 2', entries: [[1, 'a', '1# 2']] },
  { why: 'a comment that ends in a backslash', text: '# c \\\na=1', entries: [[2, 'a', '1']] },
  {
    why: 'two backslashes end a value',
    text: 'a=C:\\\\\nb=2',
    entries: [
      [1, 'a', 'C:\\'],
      [2, 'b', '2'],
    ],
  },
  { why: 'three go on', text: 'a=x\\\\\\\ny', entries: [[1, 'a', 'x\\y']] },
  { why: 'a lone backslash line', text: '\\\n# c\na=1', entries: [[3, 'a', '1']] },
  { why: 'a backslash at the end of the file', text: 'a=1\\', entries: [[1, 'a', '1']] },
  { why: 'escaped separators in a key', text: 'a\\=b\\:c\\ d=1', entries: [[1, 'a=b:c d', '1']] },
  { why: 'escapes', text: 'a=\\t\\n\\r\\f\\u00e9\\"\\q', entries: [[1, 'a', '\t\n\r\fé"q']] },
  { why: 'an escaped backslash before u', text: 'a=\\\\u00', entries: [[1, 'a', '\\u00']] },
  {
    why: 'every kind of line end',
    text: 'a=1\r\nb=2\rc=3',
    entries: [
      [1, 'a', '1'],
      [2, 'b', '2'],
      [3, 'c', '3'],
    ],
  },
  { why: 'nothing', text: '', entries: [] },
]

describe('properties', () => {
  it.each(cases)('$why', ({ text, entries }) => {
    const parsed = parseProperties(text)
    expect(parsed.entries.map(({ line, key, value }) => [line, key, value])).toEqual(entries)
    expect(parsed.problems).toEqual([])
  })

  it('names the line of a broken escape and reads the rest', () => {
    const parsed = parseProperties('a=1\nb=\\u12x4\nc=3')
    expect(parsed.problems).toEqual([{ line: 2, message: '\\u must be followed by four hexadecimal digits' }])
    expect(parsed.entries.map(entry => entry.key)).toEqual(['a', 'c'])
  })
})
