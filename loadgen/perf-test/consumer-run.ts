// A run of `millrace consumer-perf-test`: joins the group, reads until there are enough records or none come any more.
import { setTimeout as delay } from 'node:timers/promises'
import { makeClock } from '../../core/clock.ts'
import { exitCodes, isMillraceError, MillraceError } from '../../core/errors.ts'
import { autoCreateTopic } from '../../wire/admin.ts'
import { Cluster } from '../../wire/cluster.ts'
import type { ClientSettings } from '../../wire/settings.ts'
import { allocateRecordLimit, RecordLimit } from '../worker/record-limit.ts'
import { allocateSlots, SlotReader, WorkerSlots, zeroCounts } from '../worker/slots.ts'
import { type Consumed, ConsumerStats, consumerHeader } from './consumer-stats.ts'
import { GroupReading, type GroupReadingSettings } from './group-reading.ts'
import type { JavaDateFormat } from './java-format.ts'
import { type ClientMetric, clientMetricsText, metricsOf } from './metrics-text.ts'
import type { PerfOutcome } from './producer-run.ts'

export interface ConsumerPerfRun {
  readonly client: ClientSettings
  readonly topics: { readonly name: string } | { readonly include: RegExp }
  readonly reading: Omit<GroupReadingSettings, 'topics'>
  readonly numRecords: number
  /** The longest time without a record. */
  readonly timeoutMs: number
  readonly reportingIntervalMs: number
  readonly dateFormat: JavaDateFormat
  readonly showDetailedStats: boolean
  readonly hideHeader: boolean
  readonly printMetrics: boolean
  readonly signal: AbortSignal
  readonly onLine: (line: string) => void
  readonly onNotice: (text: string) => void
}

/** How often it is looked whether there are enough records, or none for too long. */
const lookEveryMs = 20

export async function runConsumerPerf(run: ConsumerPerfRun): Promise<PerfOutcome> {
  if (!run.hideHeader) run.onLine(consumerHeader(run.showDetailedStats))
  const cluster = await Cluster.connect(run.client)
  try {
    return await consume(cluster, await topicsOf(cluster, run), run)
  } finally {
    await cluster.close()
  }
}

async function topicsOf(cluster: Cluster, { topics }: ConsumerPerfRun): Promise<string[]> {
  if ('name' in topics) return [(await autoCreateTopic(cluster, topics.name)).name]
  const all = [...(await cluster.metadata('all', { allowCached: false })).topics.values()]
  const found = all.filter(({ name, internal }) => !internal && topics.include.test(name)).map(({ name }) => name)
  if (found.length > 0) return found
  throw new MillraceError('TOPIC_UNKNOWN', `no topic matches ${topics.include.source}`)
}

async function consume(cluster: Cluster, topics: readonly string[], run: ConsumerPerfRun): Promise<PerfOutcome> {
  const { onLine, onNotice, numRecords } = run
  const clock = makeClock()
  const wallMs = () => Math.floor(clock.wallUsAt(clock.nowNs()) / 1000)
  const memory = allocateSlots()
  const counter = new Counter(new SlotReader(memory))
  const startMs = wallMs()
  const stats = new ConsumerStats({ dateFormat: run.dateFormat, intervalMs: run.reportingIntervalMs, startMs })
  const reading = new GroupReading(
    { ...run.reading, topics },
    {
      cluster,
      clock,
      slots: new WorkerSlots(memory),
      limit: new RecordLimit(allocateRecordLimit(numRecords)),
      onNotice,
      onShare: ownsAny => stats.join.share(ownsAny, wallMs()),
    },
  )
  let failure: MillraceError | undefined
  let isExpired = false
  try {
    await reading.start()
    isExpired = await Promise.race([follow(run, stats, counter, wallMs), reading.failed])
  } catch (error) {
    if (!isMillraceError(error)) throw error
    failure = error
  }
  const endMs = wallMs()
  const consumed = counter.look()
  if (isExpired) onLine(expiredText(run.timeoutMs))
  if (!run.showDetailedStats) onLine(stats.total(endMs, consumed))
  if (run.printMetrics) {
    onLine(clientMetricsText(consumerMetrics(cluster, counter, (endMs - startMs) / 1000)))
    onNotice('metrics: those that this client has too; a Java client has more')
  }
  await reading.end().catch(error => {
    failure ??= isMillraceError(error) ? error : undefined
    if (failure === undefined) throw error
  })
  if (failure !== undefined) return { exitCode: failure.exitCode, reason: failure }
  return { exitCode: run.signal.aborted ? exitCodes.interrupted : exitCodes.ok }
}

/** True: no more records came, and there are not enough. */
async function follow(
  { numRecords, timeoutMs, showDetailedStats, signal, onLine }: ConsumerPerfRun,
  stats: ConsumerStats,
  counter: Counter,
  wallMs: () => number,
): Promise<boolean> {
  let seen = 0
  let movedMs = wallMs()
  while (!signal.aborted) {
    const consumed = counter.look()
    const nowMs = wallMs()
    if (consumed.records > seen) movedMs = nowMs
    seen = consumed.records
    const row = stats.endInterval(nowMs, consumed)
    if (row !== undefined && showDetailedStats) onLine(row)
    if (seen >= numRecords) return false
    if (nowMs - movedMs > timeoutMs) return true
    await delay(lookEveryMs, undefined, { signal }).catch(() => {})
  }
  return false
}

const expiredText = (timeoutMs: number): string =>
  `WARNING: Exiting before consuming the expected number of records: timeout (${timeoutMs} ms) exceeded. ` +
  'You can use the --timeout option to increase the timeout.'

class Counter {
  readonly counts = zeroCounts()
  readonly #slots: SlotReader

  constructor(slots: SlotReader) {
    this.#slots = slots
  }

  look(): Consumed {
    this.#slots.addGrowthTo(this.counts)
    return { records: this.counts.records, bytes: this.counts.bytes }
  }
}

function consumerMetrics({ settings }: Cluster, { counts }: Counter, seconds: number): ClientMetric[] {
  const rate = (count: number) => (seconds === 0 ? 0 : count / seconds)
  return metricsOf(
    'consumer-fetch-manager-metrics',
    { 'client-id': settings.clientId },
    {
      'bytes-consumed-rate': rate(counts.wireBytes),
      'bytes-consumed-total': counts.wireBytes,
      'fetch-rate': rate(counts.requests),
      'fetch-total': counts.requests,
      'records-consumed-rate': rate(counts.records),
      'records-consumed-total': counts.records,
      'records-per-request-avg': counts.requests === 0 ? Number.NaN : counts.records / counts.requests,
    },
  )
}
