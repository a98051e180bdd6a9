// The little languages of the bench flags: sizes, keys, payload, partitioner, start. Each turns text into a part of the
// plan, or says what is wrong and what would be right.
import { type Parsed, parseDuration, parseSize, parseWhole } from '../../core/units.ts'
import { parseBootstrap } from '../../wire/bootstrap.ts'
import type { HostPort } from '../../wire/settings.ts'
import type { KeyPlan, PartitionerPlan, SizeBucket, SizePlan, StartPlan } from '../plan.ts'

/** One address. */
export function parseHostPort(text: string): Parsed<HostPort> {
  const parsed = parseBootstrap(text)
  if ('problem' in parsed) return { problem: `"${text}" is not host:port` }
  const [first, ...more] = parsed.value
  return more.length === 0 ? { value: first! } : { problem: `"${text}" is more than one address` }
}

export const parseText = (text: string): Parsed<string> => (text === '' ? { problem: 'is empty' } : { value: text })

/** Longer values than this fit into no Kafka request. */
const valueBytesMax = 2 ** 30

/** "100", "1KiB", "100..1024" (uniform), "64..256:70,1KiB..4KiB:30" (ranges with weights). */
export function parseRecordSize(text: string): Parsed<SizePlan> {
  if (text.includes(':') || text.includes(',')) return parseBuckets(text)
  const range = parseSizeRange(text)
  if ('problem' in range) return range
  const { bytesMin, bytesMax } = range.value
  if (!text.includes('..')) return { value: { kind: 'fixed', bytes: bytesMin } }
  return { value: { kind: 'uniform', bytesMin, bytesMax } }
}

function parseBuckets(text: string): Parsed<SizePlan> {
  const buckets: SizeBucket[] = []
  for (const part of text.split(',')) {
    const [, rangeText = '', weightText = ''] = /^([^:]*):(\d+(?:\.\d+)?)$/.exec(part.trim()) ?? []
    const weight = Number(weightText)
    if (rangeText === '' || !(weight > 0)) {
      return { problem: `"${part.trim()}" is not size:weight: write 64..256:70,1KiB..4KiB:30` }
    }
    const range = parseSizeRange(rangeText)
    if ('problem' in range) return range
    buckets.push({ ...range.value, weight })
  }
  return { value: { kind: 'weighted', buckets } }
}

function parseSizeRange(text: string): Parsed<{ bytesMin: number; bytesMax: number }> {
  const [low = '', high = low, ...more] = text.split('..')
  const min = parseSize(low)
  if ('problem' in min) return min
  const max = parseSize(high)
  if ('problem' in max) return max
  if (more.length > 0 || min.value > max.value) return { problem: `"${text}" is not smallest..largest` }
  if (min.value < 1) return { problem: `"${text}" must be at least 1 byte` }
  if (max.value > valueBytesMax) return { problem: `"${text}" is more than any Kafka request holds` }
  return { value: { bytesMin: min.value, bytesMax: max.value } }
}

const keysForms = 'none, sequential, uniform:N, zipf:N:s (as in zipf:10000:1.1) or hot:p (as in hot:0.2)'
const keyCountMax = 2 ** 31 - 1

export function parseKeys(text: string): Parsed<KeyPlan> {
  const [kind, first = '', second = '', ...more] = text.trim().split(':')
  const wrong = { problem: `"${text}" is not one of ${keysForms}` }
  const plain = first === '' && second === '' && more.length === 0
  if (kind === 'none' || kind === 'sequential') return plain ? { value: { kind } } : wrong
  if (more.length > 0) return wrong
  if (kind === 'hot') {
    const share = decimal(first)
    if (second !== '' || share === undefined) return wrong
    return share > 0 && share <= 1
      ? { value: { kind, share } }
      : { problem: `"${text}" needs a share above 0 and up to 1` }
  }
  if (kind !== 'uniform' && kind !== 'zipf') return wrong
  const count = parseWhole(1, keyCountMax)(first)
  if ('problem' in count) return { problem: `"${text}": ${count.problem}` }
  if (kind === 'uniform') return second === '' ? { value: { kind, count: count.value } } : wrong
  const exponent = decimal(second)
  if (exponent === undefined || exponent <= 0) return { problem: `"${text}" needs an exponent above 0: zipf:N:s` }
  return { value: { kind, count: count.value, exponent } }
}

const decimal = (text: string): number | undefined => (/^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined)

/** What --payload asks for, before a template or file behind it has been read. */
export type PayloadChoice =
  | { readonly kind: 'random' | 'text' }
  | { readonly kind: 'json'; readonly template: string }
  | { readonly kind: 'json-file'; readonly path: string }
  | { readonly kind: 'file' | 'lines' | 'whole' | 'replay'; readonly path: string }
  | EncodedChoice

export interface EncodedChoice {
  readonly kind: 'avro' | 'protobuf'
  readonly path: string
  readonly message?: string
  /** TEMPLATE or @FILE */
  readonly template?: string
}

export function parsePayload(text: string): Parsed<PayloadChoice> {
  if (text === 'random' || text === 'text') return { value: { kind: text } }
  const encoded = parseEncoded(text)
  if (encoded !== undefined) return { value: encoded }
  const [, kind, rest = ''] = /^(json|file|lines|whole|replay):(.+)$/s.exec(text) ?? []
  if (kind === 'json' && rest !== '@') {
    return { value: rest.startsWith('@') ? { kind: 'json-file', path: rest.slice(1) } : { kind, template: rest } }
  }
  if (kind === 'file' || kind === 'lines' || kind === 'whole' || kind === 'replay')
    return { value: { kind, path: rest } }
  return {
    problem: `"${text}" is not one of random, text, json:TEMPLATE, json:@FILE, file:PATH, lines:PATH, whole:PATH, replay:PROFILE, avro:SCHEMA.avsc or protobuf:FILE.proto#Message, these two with ,json:TEMPLATE if wanted`,
  }
}

/** avro:event.avsc, protobuf:event.proto#Event, both with ,json:TEMPLATE or ,json:@FILE behind. */
function parseEncoded(text: string): EncodedChoice | undefined {
  const [, kind, path, message, template] = /^(avro|protobuf):([^,#]+)(?:#([^,]+))?(?:,json:(.+))?$/s.exec(text) ?? []
  if (path === undefined || (kind === 'avro' && message !== undefined)) return undefined
  return {
    kind: kind as EncodedChoice['kind'],
    path,
    ...(message !== undefined && { message }),
    ...(template !== undefined && { template }),
  }
}

export function parsePartitioner(text: string): Parsed<PartitionerPlan> {
  const trimmed = text.trim()
  if (trimmed === 'sticky' || trimmed === 'roundrobin' || trimmed === 'murmur2' || trimmed === 'replay')
    return { value: { kind: trimmed } }
  const [, list] = /^manual:(\d+(?:,\d+)*)$/.exec(trimmed) ?? []
  if (list === undefined) {
    const problem = `"${text}" is not one of sticky, roundrobin, murmur2, replay or manual:0,2 (a list of partitions)`
    return { problem }
  }
  return { value: { kind: 'manual', partitions: list.split(',').map(Number) } }
}

/** 0, 1, all; -1 is how Kafka writes "all" on the wire and in old configurations. */
export function parseAcks(text: string): Parsed<0 | 1 | -1> {
  const trimmed = text.trim()
  if (trimmed === 'all' || trimmed === '-1') return { value: -1 }
  if (trimmed === '0' || trimmed === '1') return { value: trimmed === '0' ? 0 : 1 }
  return { problem: `"${text}" is not one of 0, 1 or all` }
}

export function parseStart(text: string): Parsed<StartPlan> {
  const trimmed = text.trim()
  if (trimmed === 'earliest' || trimmed === 'latest') return { value: { kind: trimmed } }
  const [, kind, rest = ''] = /^(timestamp|offsets):(.+)$/.exec(trimmed) ?? []
  if (kind === 'timestamp') return parseTimestamp(rest)
  if (kind === 'offsets') return parseOffsets(rest)
  return {
    problem: `"${text}" is not one of earliest, latest, timestamp:2026-01-31T12:00:00Z or offsets:0=10,1=20`,
  }
}

/** A zone is required with a time of day, because "today at noon" is another moment on every machine. */
const isoTime = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/

function parseTimestamp(text: string): Parsed<StartPlan> {
  const timestampMs = /^\d+$/.test(text) ? Number(text) : isoTime.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isSafeInteger(timestampMs)) return { value: { kind: 'timestamp', timestampMs } }
  return { problem: `"${text}" is not a time: write 2026-01-31T12:00:00Z or milliseconds since 1970` }
}

function parseOffsets(text: string): Parsed<StartPlan> {
  const offsets: Record<number, number> = {}
  for (const part of text.split(',')) {
    const [, partition, offset] = /^(\d+)=(\d+)$/.exec(part.trim()) ?? []
    if (offset === undefined) return { problem: `"${part}" is not partition=offset: write offsets:0=10,1=20` }
    if (Object.hasOwn(offsets, Number(partition))) return { problem: `partition ${partition} is named twice` }
    offsets[Number(partition)] = Number(offset)
  }
  return { value: { kind: 'offsets', offsets } }
}

export interface Pair {
  readonly name: string
  readonly value: string
}

/** "name=value"; the value may hold further equals signs and may be empty. */
export function parsePair(text: string): Parsed<Pair> {
  const at = text.indexOf('=')
  // Not quoted: with --property it may be a password.
  if (at < 1) return { problem: 'is not name=value' }
  return { value: { name: text.slice(0, at).trim(), value: text.slice(at + 1) } }
}

/** Names that brokers accept. https://kafka.apache.org: letters, digits, dot, underscore, hyphen, at most 249. */
export function parseTopicName(text: string): Parsed<string> {
  if (/^[A-Za-z0-9._-]{1,249}$/.test(text) && text !== '.' && text !== '..') return { value: text }
  return { problem: `"${text}" is not a topic name: 1 to 249 letters, digits, dots, underscores and hyphens` }
}

export function parseCompressionRatio(text: string): Parsed<number> {
  const value = decimal(text.trim())
  if (value !== undefined && value >= 1 && value <= 1000) return { value }
  return { problem: `"${text}" is not a ratio between 1 (incompressible) and 1000` }
}

/** How many times as fast: "2x", "0.5x", "10". */
export function parseSpeed(text: string): Parsed<number> {
  const value = decimal(text.trim().replace(/x$/, ''))
  if (value !== undefined && value >= 0.001 && value <= 1000) return { value }
  return { problem: `"${text}" is not a factor between 0.001x and 1000x` }
}

/** For flags whose name carries the unit: "5" is milliseconds, and a duration with its own unit is taken as well. */
export function parsePlainMs(text: string): Parsed<number> {
  const trimmed = text.trim()
  return /^\d+(\.\d+)?$/.test(trimmed) ? { value: Number(trimmed) } : parseDuration(trimmed)
}

/** A parser with bounds on what it yields; `boundsText` says them in the unit that users write. */
export const bounded =
  <Value extends number>(parse: (text: string) => Parsed<Value>, min: number, max: number, boundsText: string) =>
  (text: string): Parsed<Value> => {
    const parsed = parse(text)
    if ('problem' in parsed || (parsed.value >= min && parsed.value <= max)) return parsed
    return { problem: `"${text.trim()}" must be ${boundsText}` }
  }
