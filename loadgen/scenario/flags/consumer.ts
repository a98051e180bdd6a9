// How a bench run consumes.
import { parseDuration, parseOneOf } from '../../../core/units.ts'
import { parseCatchUp } from '../catch-up-language.ts'
import { list, optional, toggle, withDefault } from '../flag.ts'
import { bounded, parseStart, parseText } from '../parsers.ts'
import { consuming, dayMs, fetching, int32Max, int32Size, msToText } from './shared.ts'

const consumer = { group: 'Consumer:', modes: consuming }
const fetch = { group: 'Consumer:', modes: fetching }

export const consumerFlags = {
  from: withDefault('earliest', {
    ...consumer,
    placeholder: 'start',
    help: 'earliest, latest, timestamp:2026-01-31T12:00:00Z or offsets:0=10,1=20',
    parse: parseStart,
  }),
  untilEnd: toggle({
    ...consumer,
    help: 'stop at the end offsets seen at the start; the default without --duration and --records',
  }),
  decode: withDefault('records', {
    ...consumer,
    placeholder: 'level',
    help: 'headers (of batches) or records (every record, compressed batches inflated)',
    parse: parseOneOf(['headers', 'records']),
  }),
  books: list({
    ...consumer,
    placeholder: 'file',
    help: 'result of the producing run (its --out): all it had acknowledged must be read once and in order, or this run fails; may be repeated',
    parse: parseText,
  }),
  noStamps: toggle({ ...consumer, help: 'do not look for the stamps of bench runs: no latency, no accounting' }),
  catchUp: optional({
    ...fetch,
    placeholder: 'how',
    help: 'let the consumers fall behind once and catch up: pause:10s, or go back: seek:earliest, seek:-5m, seek:1000000 (records)',
    parse: parseCatchUp,
  }),
  catchUpAfter: optional({
    ...fetch,
    placeholder: 'time',
    help: 'measured time before that, to compare with',
    parse: bounded(parseDuration, 1, dayMs, 'between 1ms and 1d'),
    fallbackText: '5s',
  }),
  noCrcCheck: toggle({ ...fetch, help: 'do not verify the checksum of every batch' }),
  isolation: withDefault('read_uncommitted', {
    ...fetch,
    placeholder: 'level',
    help: 'read_uncommitted or read_committed',
    fallbackText: 'read_uncommitted; read_committed in a roundtrip with transactions',
    parse: parseOneOf(['read_uncommitted', 'read_committed']),
    property: { name: 'isolation.level' },
  }),
  fetchMinBytes: withDefault('1', {
    ...fetch,
    placeholder: 'size',
    help: 'a broker answers a fetch when it has this much',
    parse: int32Size(1, '1'),
    property: { name: 'fetch.min.bytes' },
  }),
  fetchMaxBytes: withDefault('50MiB', {
    ...fetch,
    placeholder: 'size',
    help: 'one fetch brings at most this',
    parse: int32Size(1024, '1KiB'),
    property: { name: 'fetch.max.bytes' },
  }),
  fetchMaxWait: withDefault('500ms', {
    ...fetch,
    placeholder: 'time',
    help: 'a broker answers a fetch after this time in any case',
    parse: bounded(parseDuration, 0, int32Max, 'at most 24d'),
    property: { name: 'fetch.max.wait.ms', toText: msToText },
  }),
  partitionMaxBytes: withDefault('1MiB', {
    ...fetch,
    placeholder: 'size',
    help: 'one fetch brings at most this of one partition',
    parse: int32Size(1024, '1KiB'),
    property: { name: 'max.partition.fetch.bytes' },
  }),
} as const
