// What is in the records that a bench run produces, and where they go.
import { parseOneOf } from '../../../core/units.ts'
import { list, optional, withDefault } from '../flag.ts'
import {
  parseCompressionRatio,
  parseKeys,
  parsePair,
  parsePartitioner,
  parsePayload,
  parseRecordSize,
} from '../parsers.ts'
import { producing } from './shared.ts'

const records = { group: 'Records:', modes: producing }

export const recordsFlags = {
  recordSize: withDefault('100', {
    ...records,
    placeholder: 'size',
    help: 'bytes of the value: 100, 1KiB, 100..1024, or with weights 64..256:70,1KiB..4KiB:30',
    parse: parseRecordSize,
  }),
  keys: withDefault('none', {
    ...records,
    placeholder: 'kind',
    help: 'none, sequential, uniform:N, zipf:N:s or hot:p (share of one hot key)',
    parse: parseKeys,
  }),
  payload: withDefault('random', {
    ...records,
    placeholder: 'kind',
    help: 'random, text, json:TEMPLATE, json:@FILE, file:PATH (cut into values of --record-size), lines:PATH (each value one of its lines) whole:PATH (each value all of it), replay:PROFILE (sizes, keys and tombstones as millrace capture has found them), avro:SCHEMA.avsc or protobuf:FILE.proto#Message (by a schema, with ,json:TEMPLATE for what is in its fields; docs/payloads.md)',
    parse: parsePayload,
  }),
  compressionRatio: optional({
    ...records,
    placeholder: 'ratio',
    help: 'how well random or text payload compresses, 1 = not at all',
    parse: parseCompressionRatio,
  }),
  header: list({ ...records, placeholder: 'name=value', help: 'record header; may be repeated', parse: parsePair }),
  stamp: optional({
    ...records,
    placeholder: 'place',
    help: 'where each record carries its run, producer, sequence and times: value (32 bytes of it, as text 43), header (36 bytes more) or none',
    parse: parseOneOf(['value', 'header', 'none']),
    fallbackText: 'value where it fits, else header in a roundtrip, else none',
  }),
  partitioner: optional({
    ...records,
    placeholder: 'kind',
    help: 'sticky, roundrobin, murmur2 (by key), manual:0,2 or replay (as the records of --payload replay were)',
    parse: parsePartitioner,
    fallbackText: 'sticky, murmur2 with keys',
  }),
} as const
