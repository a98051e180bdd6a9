// Shows that a file is cut into values as java.util.Scanner cuts it. The cases were checked against kafka-producer-perf-test.
import { describe, expect, it } from 'vitest'
import { splitValues } from '../../../loadgen/payload/value-file.ts'

describe('splitValues', () => {
  it.each([
    { text: 'a\nb\n', delimiter: '\\n', values: ['a', 'b'] },
    { text: '\nalpha\nbeta\n\ngamma\n', delimiter: '\\n', values: ['alpha', 'beta', '', 'gamma'] },
    { text: 'a,b;c', delimiter: '[,;]', values: ['a', 'b', 'c'] },
    { text: 'one', delimiter: '\\n', values: ['one'] },
    { text: '\n', delimiter: '\\n', values: [] },
    { text: 'a\nb\n', delimiter: undefined, values: ['a\nb\n'] },
  ])('%j', ({ text, delimiter, values }) => expect(splitValues(text, delimiter)).toEqual(values))
})
