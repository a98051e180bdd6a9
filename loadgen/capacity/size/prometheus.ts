// Peaks of production from Prometheus: the most of a query within a time, by its HTTP API.
import { MillraceError } from '../../../core/errors.ts'
import type { Input } from './model.ts'

/** Bytes that producers sent, as deploy/jmx_exporter exports them: the series over all topics has no topic. */
export const peakQueryDefault = 'sum(rate(kafka_server_brokertopicmetrics_bytesin_total{topic=""}[5m]))'

export interface PeakQuery {
  /** `http://prometheus:9090`; user and password in it are sent, and not told. */
  readonly url: string
  readonly query: string
  /** `30d`, as Prometheus writes it. */
  readonly over: string
  readonly timeoutMs: number
}

export type Fetch = (
  url: string,
  init: { headers: Record<string, string>; signal: AbortSignal },
) => Promise<Pick<Response, 'ok' | 'status' | 'text'>>

export async function peakFromPrometheus(
  { url, query, over, timeoutMs }: PeakQuery,
  fetching: Fetch = fetch,
): Promise<Input> {
  const address = new URL(url)
  const { username, password } = address
  address.username = ''
  address.password = ''
  const expression = `max_over_time((${query})[${over}:1m])`
  const where = `${address.origin}${address.pathname.replace(/\/$/, '')}`
  const asked = `${where}/api/v1/query?query=${encodeURIComponent(expression)}`
  const headers: Record<string, string> =
    username === ''
      ? {}
      : {
          authorization: `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}`,
        }
  const failed = (why: string, cause?: unknown) =>
    new MillraceError('PROMETHEUS_UNREACHABLE', `${where}: ${why}`, {
      hint: 'Check --prometheus-url, and the query by hand in Prometheus (--peak-query).',
      ...(cause !== undefined && { cause }),
    })
  let answer: Awaited<ReturnType<Fetch>>
  try {
    answer = await fetching(asked, { headers, signal: AbortSignal.timeout(timeoutMs) })
  } catch (cause) {
    throw failed(cause instanceof Error ? cause.message : String(cause), cause)
  }
  const value = sampleOf(await answer.text())
  if (typeof value === 'string') throw failed(answer.ok ? value : `HTTP ${answer.status}: ${value}`)
  return { name: 'peak', value, unit: 'B/s', from: `${where}: ${expression}` }
}

/** The one sample, or what is wrong. */
function sampleOf(text: string): number | string {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return 'the answer is not of Prometheus'
  }
  const { status, error, data } = body as { status?: string; error?: string; data?: { result?: unknown } }
  if (status !== 'success') return error ?? 'the query failed'
  const { result } = data ?? {}
  if (!Array.isArray(result) || result.length === 0) return 'the query has no result in this time'
  if (result.length > 1) return `the query has ${result.length} series, and must have one: sum() them`
  const value = Number((result[0] as { value?: readonly unknown[] }).value?.[1])
  return Number.isFinite(value) && value > 0 ? value : 'the query is not a number above zero'
}
