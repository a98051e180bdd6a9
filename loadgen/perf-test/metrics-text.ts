// --print-metrics: the table of Kafka's tools, with those of a Java client's metrics that have the same meaning here.
import type { BenchPlan } from '../plan.ts'
import type { Result } from '../result.ts'
import { javaFixed } from './java-format.ts'

export interface ClientMetric {
  readonly group: string
  readonly name: string
  readonly tags: Readonly<Record<string, string>>
  readonly value: number
}

/** A blank line, a head, and a line a metric in the order of their names. */
export function clientMetricsText(metrics: readonly ClientMetric[]): string {
  const rows = metrics.map(({ group, name, tags, value }) => {
    const shownTags = Object.entries(tags).map(([tag, text]) => `${tag}=${text}`)
    return { label: `${group}:${name}:{${shownTags.join(', ')}}`, value }
  })
  const width = Math.max(...rows.map(({ label }) => label.length))
  rows.sort((one, other) => (one.label < other.label ? -1 : 1))
  const lines = rows.map(({ label, value }) => `${label.padEnd(width)} : ${javaFixed(value, 3)}`)
  return ['', `${'Metric Name'.padEnd(width)}   Value`, ...lines].join('\n')
}

export function producerMetrics({ produce, measuredSeconds }: Result, plan: BenchPlan): ClientMetric[] {
  if (produce === undefined) return []
  const tags = { 'client-id': plan.client.clientId }
  const topicTags = { ...tags, topic: plan.topic.name }
  const { batches, requests, totalRecords, errors, retries, wireBytes, compressionRatio, serviceLatency } = produce
  const rate = (count: number) => (measuredSeconds === 0 ? 0 : count / measuredSeconds)
  const ofClient = {
    'batch-size-avg': batches === 0 ? Number.NaN : wireBytes / batches,
    'compression-rate-avg': compressionRatio === undefined ? 1 : 1 / compressionRatio,
    'record-error-total': errors,
    'record-retry-total': retries,
    'record-send-rate': rate(totalRecords),
    'record-send-total': totalRecords,
    'records-per-request-avg': requests === 0 ? Number.NaN : totalRecords / requests,
    'request-latency-avg': serviceLatency?.meanMs ?? Number.NaN,
    'request-latency-max': serviceLatency?.maxMs ?? Number.NaN,
    'request-total': requests,
  }
  const ofTopic = {
    'byte-rate': rate(wireBytes),
    'byte-total': wireBytes,
    'record-error-total': errors,
    'record-retry-total': retries,
    'record-send-rate': rate(totalRecords),
    'record-send-total': totalRecords,
  }
  return [...metricsOf('producer-metrics', tags, ofClient), ...metricsOf('producer-topic-metrics', topicTags, ofTopic)]
}

export const metricsOf = (
  group: string,
  tags: Readonly<Record<string, string>>,
  values: Readonly<Record<string, number>>,
): ClientMetric[] => Object.entries(values).map(([name, value]) => ({ group, name, tags, value }))
