// A size-and-key profile of a live topic. Contents are looked at and forgotten: of a key there is left a number. While the capture goes on it is found again by a hash with a salt that nobody keeps.
import { createHmac, randomBytes } from 'node:crypto'
import type { Cluster } from '../../wire/cluster.ts'
import { type ProfileRecord, profileHeaderLine, profileLine } from '../payload/profile-text.ts'
import type { ConsumePlan, StartPlan } from '../plan.ts'
import type { ConsumedMessage } from '../script/kafka.ts'
import { ScriptReader } from '../script/reader.ts'

export interface CaptureSettings {
  readonly topic: string
  readonly from: StartPlan
  /** At most so many. */
  readonly records: number
  /** For so long; absent: until there are as many records as were asked for. */
  readonly durationMs?: number
  /** Monotonic. */
  readonly nowMs: () => number
  readonly wallMs: () => number
}

export interface Captured {
  readonly records: number
  /** That differ. */
  readonly keys: number
  readonly withoutKey: number
  readonly tombstones: number
  readonly valueBytes: number
  /** From the first record to the last, by their timestamps. */
  readonly spanMs: number
  /** NDJSON. */
  readonly text: string
}

const waitMsMax = 500

/** Until there is enough, the time is over, or the signal says so: what has been read by then is the profile. */
export async function captureProfile(
  cluster: Cluster,
  settings: CaptureSettings,
  signal: AbortSignal,
): Promise<Captured> {
  const { topic, from, records, durationMs = Number.POSITIVE_INFINITY, nowMs, wallMs } = settings
  const share = { index: 0, of: 1 }
  const reader = new ScriptReader(cluster, { plan: readPlan(from), topic, group: undefined, share })
  const profiler = new Profiler()
  const order = new TimeOrder()
  const header = profileHeaderLine(topic, wallMs())
  const taken: { readonly atMs: number; readonly record: ProfileRecord }[] = []
  const untilMs = nowMs() + durationMs
  while (taken.length < records && !signal.aborted) {
    const leftMs = untilMs - nowMs()
    if (leftMs <= 0) break
    // An answer has one partition after the other: taken as it is, a short capture would be one of the first partition.
    const read = order.sorted(await reader.read(Number.POSITIVE_INFINITY, Math.min(leftMs, waitMsMax), signal))
    for (const { message, atMs } of read.slice(0, records - taken.length))
      taken.push({ atMs, record: profiler.recordOf(message) })
  }
  taken.sort((one, other) => one.atMs - other.atMs)
  const firstMs = taken[0]?.atMs ?? 0
  const lines = taken.map(({ atMs, record }) => profileLine({ ...record, atMs: atMs - firstMs }))
  return {
    records: taken.length,
    keys: profiler.keys,
    ...profiler.counts,
    spanMs: (taken.at(-1)?.atMs ?? 0) - firstMs,
    text: `${[header, ...lines].join('\n')}\n`,
  }
}

const readPlan = (from: StartPlan): ConsumePlan => ({
  from,
  verifyCrc: true,
  isolation: 'read_uncommitted',
  fetchMinBytes: 1,
  fetchMaxBytes: 8 * 1024 * 1024,
  fetchMaxWaitMs: waitMsMax,
  partitionMaxBytes: 1024 * 1024,
  decode: 'records',
  stopAtEnd: false,
})

/** By timestamp, and within a partition as they are stored: where timestamps run backwards there, the latest before counts. */
class TimeOrder {
  readonly #latestMs = new Map<number, number>()

  sorted(messages: readonly ConsumedMessage[]) {
    return messages
      .map(message => ({ message, atMs: this.#timeOf(message) }))
      .sort((one, other) => one.atMs - other.atMs)
  }

  #timeOf({ partition, timestamp }: ConsumedMessage): number {
    const atMs = Math.max(timestamp, this.#latestMs.get(partition) ?? timestamp)
    this.#latestMs.set(partition, atMs)
    return atMs
  }
}

class Profiler {
  readonly #salt = randomBytes(32)
  readonly #numbers = new Map<string, number>()
  readonly counts = { withoutKey: 0, tombstones: 0, valueBytes: 0 }

  get keys(): number {
    return this.#numbers.size
  }

  recordOf({ key, value, partition }: Pick<ConsumedMessage, 'key' | 'value' | 'partition'>): ProfileRecord {
    this.counts.valueBytes += value?.length ?? 0
    if (value === null) this.counts.tombstones++
    if (key === null) this.counts.withoutKey++
    return {
      valueBytes: value?.length ?? 0,
      ...(value === null && { tombstone: true as const }),
      ...(key !== null && { key: this.#numberOf(key), keyBytes: key.length }),
      partition,
    }
  }

  #numberOf(key: Buffer): number {
    const hash = createHmac('sha256', this.#salt).update(key).digest('base64')
    const number = this.#numbers.get(hash) ?? this.#numbers.size
    this.#numbers.set(hash, number)
    return number
  }
}
