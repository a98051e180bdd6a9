// What alerts compare with, as data: one table, each with its default, its kind and what it means. `alerts/thresholds.yaml` is made
// from it, a file of the user's own (alerts/settings.ts) is read by it.
import { type Parsed, parseDuration } from '../core/units.ts'

type Kind = 'duration' | 'share' | 'count' | 'pattern'

interface ThresholdKind {
  readonly kind: Kind
  readonly fallback: string
  readonly help: string
}

const duration = (fallback: string, help: string) => ({ kind: 'duration', fallback, help }) as const
const share = (fallback: string, help: string) => ({ kind: 'share', fallback, help }) as const
const count = (fallback: string, help: string) => ({ kind: 'count', fallback, help }) as const
const pattern = (fallback: string, help: string) => ({ kind: 'pattern', fallback, help }) as const

export const thresholdTable = {
  'no-progress-max': duration('20s', 'a whole group that gets on nowhere for so long, while records wait, is stalled'),
  'partition-stalled-for': duration(
    '2m',
    'single partitions may be stuck for so long: a crashed member is replaced by then',
  ),
  'lag-max': duration('5m', 'age of the oldest unread record of a group, while its lag grows'),
  'lag-for': duration('2m', 'for how long it is above that'),
  'catch-up-max': duration('1h', 'time until a group that catches up will have done so'),
  'catch-up-for': duration('10m', 'for how long it is above that'),
  'retention-left-min': share('20%', 'share of the retention time that is left before unread records may be deleted'),
  'log-unread-max': share('80%', 'share of a log that is not read yet, where old segments are being deleted'),
  'ahead-for': duration('2m', 'commits beyond the end of a log for so long'),
  'abandoned-after': duration('1d', 'a group that nobody was in for so long is not stopped but abandoned'),
  'transaction-open-max': duration('5m', 'a transaction that holds back readers for so long'),
  'under-replicated-for': duration(
    '3m',
    'partitions under-replicated for so long: a broker that is restarted is back by then',
  ),
  'under-min-isr-for': duration('30s', 'partitions under min ISR for so long'),
  'offline-for': duration('15s', 'partitions without a leader for so long'),
  'dead-letter-topics': pattern(
    '(?i).*[-_.](dlq|dlt|dead[-_.]?letters?([-_.]queue|[-_.]topic)?)',
    'names of topics for what could not be processed',
  ),
  'dead-letters-max': count('0', 'records in ten minutes on such a topic'),
  'broker-down-for': duration('10s', 'a broker that does not answer for so long'),
  'elections-max': count('3', 'elections of a controller in fifteen minutes'),
  'quorum-lag-max': duration('30s', 'a voter of the metadata quorum that is behind by so long'),
  'disk-free-min': share('10%', 'share of a volume that is free'),
  'disk-full-within': duration(
    '4h',
    'a volume that will be full by then, as it filled over fifteen minutes and over two hours',
  ),
  'leader-imbalance-max': share('20%', 'share of partitions that their preferred replica does not lead'),
  'leader-imbalance-for': duration('30m', 'for how long it is above that'),
  'certificate-left-min': duration('14d', 'time until the certificate of a listener ends'),
  'canary-failed-max': share('50%', 'share of the canary records of a minute that are not acknowledged'),
  'canary-latency-max': duration(
    '1s',
    'of 99 percent of canary records, from sending to reading back, over one and over five minutes',
  ),
  'connect-down-for': duration('1m', 'no worker of a Connect cluster answers for so long'),
  'connect-failed-for': duration('30s', 'a connector or a task that has failed for so long'),
  'connect-restarts-max': count('3', 'restarts of a task in half an hour'),
  'agent-down-for': duration('1m', 'no agent watches a cluster for so long'),
  'agent-age-max': duration('3m', 'age of the newest data of a collector'),
  'agent-blind-for': duration('5m', 'the agent is refused something for so long'),
} as const satisfies Readonly<Record<string, ThresholdKind>>

export type ThresholdName = keyof typeof thresholdTable
export const thresholdNames = Object.keys(thresholdTable) as ThresholdName[]

type ValueOf<K extends Kind> = K extends 'pattern' ? string : number
/** Durations in seconds, shares from 0 to 1. */
export type Thresholds = { readonly [Name in ThresholdName]: ValueOf<(typeof thresholdTable)[Name]['kind']> }

export function parseThreshold(name: ThresholdName, text: string): Parsed<number | string> {
  switch (thresholdTable[name].kind) {
    case 'duration': {
      const parsed = parseDuration(text)
      return 'problem' in parsed ? parsed : { value: parsed.value / 1000 }
    }
    case 'share': {
      const [, percent] = /^(\d+(?:\.\d+)?)%$/.exec(text) ?? []
      if (percent !== undefined && Number(percent) <= 100) return { value: Number(percent) / 100 }
      return { problem: `"${text}" is not a share: write 20%, at most 100%` }
    }
    case 'count':
      return /^\d+$/.test(text) ? { value: Number(text) } : { problem: `"${text}" is not a whole number of 0 or more` }
    case 'pattern':
      return patternProblem(text) ?? { value: text }
  }
}

const withoutFlags = (pattern: string) => pattern.replace(/^\(\?[is]+\)/, '')

/** Whether a label that is not there fits. */
export const fitsEmpty = (pattern: string): boolean => new RegExp(`^(?:${withoutFlags(pattern)})$`).test('')

/** Regular expressions of Prometheus are RE2's; what JavaScript takes too is nearly the same, but for flags in front. */
export function patternProblem(text: string): { readonly problem: string } | undefined {
  try {
    new RegExp(withoutFlags(text))
    return /\(\?<?[=!]|\\[1-9]/.test(text)
      ? { problem: `"${text}" looks around or back, which Prometheus cannot` }
      : undefined
  } catch {
    return { problem: `"${text}" is not a regular expression` }
  }
}

export const thresholdDefaults = Object.fromEntries(
  thresholdNames.map(name => {
    const parsed = parseThreshold(name, thresholdTable[name].fallback)
    if ('problem' in parsed) throw new TypeError(`${name}: ${parsed.problem}`)
    return [name, parsed.value]
  }),
) as unknown as Thresholds
