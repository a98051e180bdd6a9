// Every flag of `millrace bench`, once: command line, environment (MILLRACE_RECORD_SIZE), checks, help and defaults all
// come from this table. A default is written as a user would write it.
import { parseDuration, parseOneOf, parseSize, parseWhole } from '../../core/units.ts'
import type { BenchMode } from '../plan.ts'
import { list, optional, toggle, withDefault } from './flag.ts'
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
  parseText,
  parseTopicName,
} from './parsers.ts'
import { parseRatePlan } from './rate-language.ts'

const all: readonly BenchMode[] = ['produce', 'consume', 'roundtrip']
const producing: readonly BenchMode[] = ['produce', 'roundtrip']
const fetching: readonly BenchMode[] = ['consume', 'roundtrip']
const consuming: readonly BenchMode[] = ['consume']

const connection = { group: 'Connection:', modes: all }
const topic = { group: 'Topic:', modes: producing }
const load = { group: 'Load:', modes: all }
const records = { group: 'Records:', modes: producing }
const producer = { group: 'Producer:', modes: producing }
const consumer = { group: 'Consumer:', modes: consuming }
const fetch = { group: 'Consumer:', modes: fetching }
const output = { group: 'Output:', modes: all }

const int32Max = 2 ** 31 - 1
const dayMs = 86_400_000
const positiveDuration = bounded(parseDuration, 1, 365 * dayMs, 'between 1ms and 365d')
const timer = bounded(parseDuration, 1, int32Max, 'between 1ms and 24d')
const int32Size = (min: number, minText: string) => bounded(parseSize, min, int32Max, `between ${minText} and 2GiB - 1`)
/** Kafka's own properties count milliseconds without a unit. */
const msToText = (text: string) => (/^\d+$/.test(text.trim()) ? `${text.trim()}ms` : text)

export const benchFlags = {
  bootstrap: optional({
    ...connection,
    placeholder: 'host:port,...',
    help: 'brokers to start from',
    parse: parseText,
  }),
  commandConfig: optional({
    ...connection,
    placeholder: 'file',
    help: "client.properties file, as Kafka's own tools take it: connection, TLS, SASL, and hints for the flags below",
    parse: parseText,
  }),
  property: list({
    ...connection,
    placeholder: 'name=value',
    help: 'one client property, such as security.protocol=SASL_SSL; may be repeated',
    parse: parsePair,
  }),
  requestTimeout: optional({
    ...connection,
    placeholder: 'time',
    help: 'how long one request may take',
    parse: timer,
    fallbackText: '30s',
  }),

  topic: optional({
    ...connection,
    group: 'Topic:',
    placeholder: 'name',
    help: 'topic to use; to produce without it, a topic is created and deleted afterwards',
    parse: parseTopicName,
  }),
  partitions: withDefault('6', {
    ...topic,
    placeholder: 'count',
    help: 'create the topic, if it does not exist, with so many partitions; delete it afterwards',
    parse: parseWhole(1, 100_000),
  }),
  replicationFactor: withDefault('-1', {
    ...topic,
    placeholder: 'count',
    help: "of a created topic; -1 is the broker's default",
    parse: bounded(parseWhole(-1, 32_767), -1, 32_767, 'at least 1, or -1'),
  }),
  topicConfig: list({
    ...topic,
    placeholder: 'name=value',
    help: 'setting of a created topic, such as min.insync.replicas=2; may be repeated',
    parse: parsePair,
  }),
  keepTopic: toggle({ ...topic, help: 'leave a topic that this run created' }),

  workers: optional({
    ...load,
    placeholder: 'count',
    help: 'worker threads (in roundtrip: of each side)',
    parse: parseWhole(1, 1024),
    fallbackText: 'one for each CPU, at most 4',
  }),
  rate: optional({
    ...load,
    modes: producing,
    placeholder: 'rate',
    help: 'total of all workers, in records (50k/s) or bytes (100MB/s); or a shape: ramp:0..200k/s:30s, stages:0..50k/s:30s,50k/s:2m, steps:50k/s..200k/s:50k/s:1m, burst:10k/s..200k/s:1s/30s, sine:50k/s..150k/s:1m; poisson: before either makes arrivals random',
    parse: parseRatePlan,
    fallbackText: 'flat out',
  }),
  late: withDefault('queue', {
    ...load,
    modes: producing,
    placeholder: 'policy',
    help: 'of records that cannot be made at their time (--rate): queue (made late; later than --late-max fails the run) or drop (not sent; counted)',
    parse: parseOneOf(['queue', 'drop']),
  }),
  lateMax: optional({
    ...load,
    modes: producing,
    placeholder: 'time',
    help: 'a record this late is dropped',
    parse: timer,
    fallbackText: '10s with queue, 100ms with drop',
  }),
  duration: optional({
    ...load,
    placeholder: 'time',
    help: 'measured time, after the warm-up',
    parse: positiveDuration,
    fallbackText: '30s where nothing else ends the run',
  }),
  records: optional({
    ...load,
    placeholder: 'count',
    help: 'records in total, warm-up included; ends the run if --duration does not do so before',
    parse: parseWhole(1),
  }),
  warmup: optional({
    ...load,
    placeholder: 'time',
    help: 'time at the start that is not measured',
    parse: bounded(parseDuration, 0, dayMs, 'at most 1d'),
    fallbackText: '5s when producing, 0s with --records',
  }),
  repeat: withDefault('1', {
    ...load,
    placeholder: 'count',
    help: 'run so many times, and summarise: medians, spread, confidence intervals',
    parse: parseWhole(1, 1000),
  }),
  seed: withDefault('1', {
    ...load,
    modes: producing,
    placeholder: 'number',
    help: 'of sizes, keys and payload: the same seed makes the same records',
    parse: parseWhole(0, 2 ** 32 - 1),
  }),

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
    help: 'random, text, json:TEMPLATE, json:@FILE or file:PATH',
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
    help: 'sticky, roundrobin, murmur2 (by key) or manual:0,2',
    parse: parsePartitioner,
    fallbackText: 'sticky, murmur2 with keys',
  }),

  acks: withDefault('all', {
    ...producer,
    placeholder: 'acks',
    help: '0, 1 or all',
    parse: parseAcks,
    property: { name: 'acks' },
  }),
  idempotent: toggle({
    ...producer,
    help: 'no duplicates and no reordering by retries; needs --acks all',
    property: { name: 'enable.idempotence' },
  }),
  compression: withDefault('none', {
    ...producer,
    placeholder: 'codec',
    help: 'none, gzip, snappy, lz4 or zstd',
    parse: parseOneOf(['none', 'gzip', 'snappy', 'lz4', 'zstd']),
    property: { name: 'compression.type' },
  }),
  batchBytes: withDefault('256KiB', {
    ...producer,
    placeholder: 'size',
    help: 'a batch is sent when it is this large',
    parse: int32Size(256, '256'),
    property: { name: 'batch.size' },
  }),
  lingerMs: withDefault('5', {
    ...producer,
    placeholder: 'ms',
    help: 'or when its first record is this old',
    parse: bounded(parsePlainMs, 0, int32Max, 'between 0 and 24d'),
    property: { name: 'linger.ms' },
  }),
  inFlight: withDefault('5', {
    ...producer,
    placeholder: 'count',
    help: 'produce requests in flight per connection',
    parse: parseWhole(1, 1000),
    property: { name: 'max.in.flight.requests.per.connection' },
  }),
  bufferBytes: withDefault('32MiB', {
    ...producer,
    placeholder: 'size',
    help: 'memory per worker for records that are not acknowledged',
    parse: bounded(parseSize, 1, 2 ** 40, 'between 1 and 1TiB'),
    property: { name: 'buffer.memory' },
  }),
  requestBytes: withDefault('1MiB', {
    ...producer,
    placeholder: 'size',
    help: 'one produce request carries at most this, and at least one batch',
    parse: int32Size(1024, '1KiB'),
  }),
  deliveryTimeout: withDefault('2m', {
    ...producer,
    placeholder: 'time',
    help: 'a record that is not acknowledged after this time has failed',
    parse: timer,
    property: { name: 'delivery.timeout.ms', toText: msToText },
  }),

  group: optional({
    ...consumer,
    placeholder: 'id',
    help: "start at this group's committed offsets, and commit as the run goes on",
    parse: parseText,
  }),
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
  noStamps: toggle({ ...consumer, help: 'do not look for the stamps of bench runs: no latency, no accounting' }),
  noCrcCheck: toggle({ ...fetch, help: 'do not verify the checksum of every batch' }),
  isolation: withDefault('read_uncommitted', {
    ...fetch,
    placeholder: 'level',
    help: 'read_uncommitted or read_committed',
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

  out: optional({ ...output, placeholder: 'file', help: 'write the result there, as JSON', parse: parseText }),
  calibration: optional({
    ...output,
    placeholder: 'file',
    help: 'calibration of this machine, for the headroom of the run; none: without',
    parse: parseText,
    fallbackText: 'what millrace calibrate wrote last',
  }),
  hlog: optional({
    ...output,
    placeholder: 'file',
    help: 'write latencies of every window there, as an HdrHistogram interval log with tags',
    parse: parseText,
  }),
  percentiles: optional({
    ...output,
    placeholder: 'file',
    help: 'write percentile distributions for plotting: run.hgrm becomes run.response.hgrm, run.service.hgrm, ...',
    parse: parseText,
  }),
  json: toggle({ ...output, help: 'print the result as JSON instead of the summary' }),
  requireValid: toggle({
    ...output,
    help: 'fail (exit code 12) when the run was limited by the generator, by the broker, or disturbed',
  }),
  quiet: toggle({ ...output, help: 'no live output' }),
} as const
