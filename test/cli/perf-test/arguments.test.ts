// Shows that command lines are read as Kafka's own tools read them, and that all that is wrong is told.
import { describe, expect, it } from 'vitest'
import { KafkaArgumentReader, parseKafkaArguments } from '../../../cli/perf-test/arguments.ts'

const flags = {
  topic: { takes: 'one', help: '' },
  throughput: { takes: 'one', help: '' },
  'producer-props': { takes: 'many', help: '' },
  'producer.config': { takes: 'one', help: '' },
  'print-metrics': { takes: 'nothing', help: '' },
  timeout: { takes: 'optional', help: '' },
} as const
const parse = (line: string) => parseKafkaArguments(flags, line === '' ? [] : line.split(' '))
const problemsOf = (line: string) => parse(line).problems.map(({ path, message }) => `${path} ${message}`)

describe('arguments', () => {
  it.each([
    ['--topic a --throughput -1', { topic: ['a'], throughput: ['-1'] }],
    ['--topic=a', { topic: ['a'] }],
    ['--producer-props a=1 b=2 --topic t', { 'producer-props': ['a=1', 'b=2'], topic: ['t'] }],
    ['--producer-props a=1 --topic t --producer-props b=2', { 'producer-props': ['a=1', 'b=2'], topic: ['t'] }],
    ['--print-metrics --topic a', { 'print-metrics': [], topic: ['a'] }],
    ['--timeout --topic a', { timeout: [], topic: ['a'] }],
    ['--to a', { topic: ['a'] }], // any beginning that fits one flag only
    ['--topic', {}],
  ])('%s', (line, expected) => expect(Object.fromEntries(parse(line).given)).toEqual(expected))

  it('tells all that is wrong', () => {
    expect(problemsOf('--topc a --t b --topic --print-metrics=yes -x 1')).toEqual([
      '--topc is not a recognized option; did you mean --topic?',
      '--t could be --topic or --throughput or --timeout',
      '--topic expected one argument',
      '--print-metrics takes no value',
      '-x is not a recognized option',
    ])
  })

  it('reads numbers, and says which are none', () => {
    const reader = new KafkaArgumentReader(parse('--topic 1x --throughput 1e3 stray'.replace(' stray', '')))
    expect(reader.whole('topic', { min: 1 }, 7)).toBe(7)
    expect(reader.decimal('throughput', -1)).toBe(1000)
    expect(reader.problems).toEqual([{ path: '--topic', message: "could not convert '1x' to a whole number" }])
  })

  it('has no place for stray words', () => {
    expect(new KafkaArgumentReader(parse('stray --topic a b')).problems.map(({ path }) => path)).toEqual(['stray', 'b'])
  })
})
