// What becomes of a record: passed on, or, where processing it fails however often it is tried, left to a dead letter queue. Pure.
import type { RecordHeader } from '../../wire/record-batch/build.ts'
import { murmur2, partitionOf } from '../payload/murmur2.ts'
import type { HandlingPlan } from '../plan.ts'
import type { ReadRecord } from './log-reader.ts'
import { originHeader } from './origin.ts'
import type { OutputRecord } from './output.ts'

export interface HandlerSettings {
  readonly plan: HandlingPlan
  readonly seed: number
  readonly run: number
  readonly topic: string
  readonly partitionsOf: (topic: string) => number
}

export interface HandledCounts {
  readonly forwarded: number
  readonly deadLettered: number
  /** Could not be processed, and there is no dead letter queue. */
  readonly skipped: number
  /** Tries that failed. */
  readonly failedTries: number
}

export interface Handled extends HandledCounts {
  readonly outputs: readonly OutputRecord[]
}

export const nothingHandled: HandledCounts = { forwarded: 0, deadLettered: 0, skipped: 0, failedTries: 0 }

export const sumOf = (one: HandledCounts, other: HandledCounts): HandledCounts => ({
  forwarded: one.forwarded + other.forwarded,
  deadLettered: one.deadLettered + other.deadLettered,
  skipped: one.skipped + other.skipped,
  failedTries: one.failedTries + other.failedTries,
})

/** Whether processing fails is the record's own: tried again, or read again by somebody else, it fails again. */
export function fails(seed: number, errorRatio: number, partition: number, offset: number): boolean {
  if (errorRatio <= 0) return false
  let mixed = (seed ^ Math.imul(partition + 1, 0x9e37_79b9) ^ Math.imul(offset >>> 0, 0x85eb_ca6b)) >>> 0
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85eb_ca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35)
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 0x1_0000_0000 < errorRatio
}

export function handle(records: readonly ReadRecord[], settings: HandlerSettings, nowMs: number): Handled {
  const { plan, seed } = settings
  const { forwardTo, deadLetterTo, errorRatio, retries } = plan
  const outputs: OutputRecord[] = []
  const counts = { forwarded: 0, deadLettered: 0, skipped: 0, failedTries: 0 }
  for (const record of records) {
    const isFailing = fails(seed, errorRatio, record.partition, record.offset)
    if (isFailing) counts.failedTries += 1 + retries
    const to = isFailing ? deadLetterTo : forwardTo
    if (to !== undefined) outputs.push(outputOf(record, to, isFailing, settings, nowMs))
    if (!isFailing) counts.forwarded += to === undefined ? 0 : 1
    else if (to === undefined) counts.skipped++
    else counts.deadLettered++
  }
  return { outputs, ...counts }
}

/** Milliseconds of work. */
export function workMs(records: number, { failedTries }: Handled, { retries }: HandlingPlan, recordMs: number): number {
  // The first try of each is counted with the records.
  const failing = failedTries / (1 + retries)
  return (records + failing * retries) * recordMs
}

function outputOf(
  record: ReadRecord,
  topic: string,
  isFailing: boolean,
  { run, topic: from, plan, partitionsOf }: HandlerSettings,
  timestampMs: number,
): OutputRecord {
  const { key, value, headers, partition, offset } = record
  const context = isFailing ? failureHeaders(from, record, 1 + plan.retries) : []
  return {
    topic,
    partition: placeOf(key, partition, partitionsOf(topic)),
    record: { key, value, timestampMs, headers: [...headers, ...context, originHeader(run, { partition, offset })] },
  }
}

/** By the key, as every producer places it; records without one keep their partition, and so their order. */
function placeOf(key: Buffer | null, partition: number, partitions: number): number {
  if (key === null) return partition % partitions
  return partitionOf(murmur2(new DataView(key.buffer, key.byteOffset, key.byteLength), 0, key.length), partitions)
}

/** By the names of Kafka Connect (KIP-298), which tools for dead letter queues know. */
function failureHeaders(topic: string, { partition, offset }: ReadRecord, tries: number): RecordHeader[] {
  const texts = {
    '__connect.errors.topic': topic,
    '__connect.errors.partition': String(partition),
    '__connect.errors.offset': String(offset),
    '__connect.errors.stage': 'TRANSFORMATION',
    '__connect.errors.exception.message': `injected by --error-ratio, after ${tries} ${tries === 1 ? 'try' : 'tries'}`,
  }
  return Object.entries(texts).map(([key, text]) => ({ key, value: Buffer.from(text) }))
}
