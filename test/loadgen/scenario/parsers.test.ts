// Shows the little languages of the bench flags: what each text means, and that a refusal says what would be right.
// Method: tables of text against the part of the plan, and of text against a piece of the refusal.
import { describe, expect, it } from 'vitest'
import type { Parsed } from '../../../core/units.ts'
import {
  bounded,
  parseAcks,
  parseCompressionRatio,
  parseKeys,
  parsePair,
  parsePartitioner,
  parsePayload,
  parsePlainMs,
  parseRecordSize,
  parseStart,
  parseTopicName,
} from '../../../loadgen/scenario/parsers.ts'

type Parser = (text: string) => Parsed<unknown>

function accepts(name: string, parse: Parser, cases: Record<string, unknown>): void {
  describe(name, () => {
    it.each(Object.entries(cases))('%s', (text, value) => expect(parse(text)).toEqual({ value }))
  })
}

function refuses(name: string, parse: Parser, cases: Record<string, string>): void {
  describe(`${name} refuses`, () => {
    it.each(Object.entries(cases))('"%s"', (text, problem) => {
      expect(parse(text)).toEqual({ problem: expect.stringContaining(problem) })
    })
  })
}

accepts('record size', parseRecordSize, {
  '100': { kind: 'fixed', bytes: 100 },
  '1KiB': { kind: 'fixed', bytes: 1024 },
  '100..1024': { kind: 'uniform', bytesMin: 100, bytesMax: 1024 },
  '1KiB..1KiB': { kind: 'uniform', bytesMin: 1024, bytesMax: 1024 },
  '64..256:70,1KiB..4KiB:30': {
    kind: 'weighted',
    buckets: [
      { bytesMin: 64, bytesMax: 256, weight: 70 },
      { bytesMin: 1024, bytesMax: 4096, weight: 30 },
    ],
  },
  '100:0.5, 1MB:1': {
    kind: 'weighted',
    buckets: [
      { bytesMin: 100, bytesMax: 100, weight: 0.5 },
      { bytesMin: 1_000_000, bytesMax: 1_000_000, weight: 1 },
    ],
  },
})

refuses('record size', parseRecordSize, {
  '': 'not a size',
  '0': 'at least 1 byte',
  '64k': 'write 64KiB',
  '200..100': 'smallest..largest',
  '1..2..3': 'smallest..largest',
  '..5': 'not a size',
  '2GiB': 'more than any Kafka request',
  '100,200': 'size:weight',
  '100:0': 'size:weight',
  '100:-1': 'size:weight',
  '100:70,': 'size:weight',
  '5..1:70': 'smallest..largest',
})

accepts('keys', parseKeys, {
  none: { kind: 'none' },
  sequential: { kind: 'sequential' },
  'uniform:1000': { kind: 'uniform', count: 1000 },
  'zipf:10000:1.1': { kind: 'zipf', count: 10_000, exponent: 1.1 },
  'hot:0.2': { kind: 'hot', share: 0.2 },
  'hot:1': { kind: 'hot', share: 1 },
})

refuses('keys', parseKeys, {
  '': 'none, sequential',
  some: 'none, sequential',
  'none:1': 'none, sequential',
  uniform: 'whole number',
  'uniform:0': 'between 1 and',
  'uniform:1:2': 'none, sequential',
  'zipf:100': 'exponent',
  'zipf:100:0': 'exponent',
  'zipf:100:1:1': 'none, sequential',
  'hot:0': 'share above 0',
  'hot:1.5': 'share above 0',
  'hot:20%': 'none, sequential',
})

accepts('payload', parsePayload, {
  random: { kind: 'random' },
  text: { kind: 'text' },
  'json:{"id":{{seq}}}': { kind: 'json', template: '{"id":{{seq}}}' },
  'json:@/tmp/a:b.json': { kind: 'json-file', path: '/tmp/a:b.json' },
  'file:/tmp/a:b': { kind: 'file', path: '/tmp/a:b' },
})

refuses('payload', parsePayload, {
  '': 'random',
  json: 'random',
  'json:': 'random',
  'json:@': 'random',
  'file:': 'random',
})

accepts('partitioner', parsePartitioner, {
  sticky: { kind: 'sticky' },
  roundrobin: { kind: 'roundrobin' },
  murmur2: { kind: 'murmur2' },
  'manual:0,2': { kind: 'manual', partitions: [0, 2] },
})

refuses('partitioner', parsePartitioner, {
  hash: 'sticky',
  'manual:': 'manual:0,2',
  'manual:0,': 'manual:0,2',
  'manual:-1': 'manual:0,2',
})

accepts('acks', parseAcks, { '0': 0, '1': 1, all: -1, '-1': -1 })
refuses('acks', parseAcks, { '2': '0, 1 or all', ALL: '0, 1 or all', '': '0, 1 or all' })

accepts('start', parseStart, {
  earliest: { kind: 'earliest' },
  latest: { kind: 'latest' },
  'timestamp:1700000000000': { kind: 'timestamp', timestampMs: 1_700_000_000_000 },
  'timestamp:2026-01-31T12:00:00Z': { kind: 'timestamp', timestampMs: Date.UTC(2026, 0, 31, 12) },
  'timestamp:2026-01-31T12:00:00.5+02:00': { kind: 'timestamp', timestampMs: Date.UTC(2026, 0, 31, 10) + 500 },
  'timestamp:2026-01-31': { kind: 'timestamp', timestampMs: Date.UTC(2026, 0, 31) },
  'offsets:0=10,1=20': { kind: 'offsets', offsets: { 0: 10, 1: 20 } },
})

refuses('start', parseStart, {
  begin: 'earliest',
  'timestamp:': 'earliest',
  'timestamp:yesterday': 'not a time',
  'timestamp:2026-01-31T12:00:00': 'not a time', // no zone
  'timestamp:2026-13-31': 'not a time',
  'offsets:0': 'partition=offset',
  'offsets:0=-1': 'partition=offset',
  'offsets:0=1,0=2': 'twice',
})

accepts('pair', parsePair, {
  'a=b': { name: 'a', value: 'b' },
  'a=b=c': { name: 'a', value: 'b=c' },
  'a=': { name: 'a', value: '' },
})

describe('pair', () => {
  it('is refused without being quoted: it may be a password', () => {
    expect(parsePair('hunter2')).toEqual({ problem: 'is not name=value' })
    expect(parsePair('=hunter2')).toEqual({ problem: 'is not name=value' })
  })
})

accepts('topic name', parseTopicName, { 'a.b_c-D9': 'a.b_c-D9', ['t'.repeat(249)]: 't'.repeat(249) })
refuses('topic name', parseTopicName, {
  '': 'topic name',
  '.': 'topic name',
  '..': 'topic name',
  'a/b': 'topic name',
  ['t'.repeat(250)]: 'topic name',
})

accepts('compression ratio', parseCompressionRatio, { '1': 1, '2.5': 2.5 })
refuses('compression ratio', parseCompressionRatio, { '0.5': 'between 1', x: 'between 1', '-2': 'between 1' })

accepts('linger', parsePlainMs, { '0': 0, '5': 5, '0.5': 0.5, '5ms': 5, '1s': 1000 })
refuses('linger', parsePlainMs, { '-1': 'not a duration', five: 'not a duration' })

describe('bounds', () => {
  const parse = bounded(parsePlainMs, 1, 10, 'between 1 and 10')
  it.each(['1', '10'])('%s is within', text => expect(parse(text)).toEqual({ value: Number(text) }))
  it.each(['0', '11'])('%s is not', text =>
    expect(parse(text)).toEqual({ problem: `"${text}" must be between 1 and 10` }),
  )
})
