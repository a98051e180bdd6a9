// Producers, by their properties: what is lost, doubled or out of order, and what makes them slow. Defaults are those of Kafka 3.0
// and later.
import type { Facts } from '../facts.ts'
import type { Check, Hit } from '../finding.ts'
import { numberOf, type Settings } from '../settings.ts'

const defaults = { acks: 'all', idempotence: true, inFlight: 5, requestTimeoutMs: 30_000, deliveryTimeoutMs: 120_000 }

export function forRole(
  facts: Facts,
  role: 'producer' | 'consumer',
  name: string,
  find: (settings: Settings) => Omit<Hit, 'subject'> | undefined,
): Hit[] {
  return facts.clients
    .filter(({ roles }) => roles.has(role))
    .flatMap(({ settings }) => {
      const hit = find(settings)
      return hit === undefined ? [] : [{ subject: settings.where(name), ...hit }]
    })
}

const acksOf = (settings: Settings) => {
  const acks = settings.get('acks') ?? settings.get('request.required.acks') ?? defaults.acks
  return acks === '-1' ? 'all' : acks
}

const isIdempotent = (settings: Settings) => settings.get('enable.idempotence') !== 'false'

export const producerChecks: readonly Check[] = [
  {
    id: 'producer-acks',
    severity: 'critical',
    title: 'A producer does not wait for all replicas in sync',
    risk: 'With acks=1 what only the leader has is lost with it, although it was acknowledged; with acks=0 nobody knows whether anything arrived.',
    find: facts =>
      forRole(facts, 'producer', 'acks', settings => {
        const acks = acksOf(settings)
        if (acks === 'all') return undefined
        const severity = acks === '0' ? 'critical' : 'warning'
        return { evidence: `acks=${acks}`, fix: settings.change('acks', 'all'), severity }
      }),
  },
  {
    id: 'producer-not-idempotent',
    severity: 'warning',
    title: 'A producer may write records twice or out of order',
    risk: 'Without idempotence a retry after a lost answer stores the batch again, and several in flight may change places.',
    find: facts =>
      forRole(facts, 'producer', 'enable.idempotence', settings => {
        if (isIdempotent(settings)) return undefined
        return {
          evidence: `enable.idempotence=false, max.in.flight.requests.per.connection=${settings.get('max.in.flight.requests.per.connection') ?? defaults.inFlight}`,
          fix: settings.change('enable.idempotence', 'true'),
        }
      }),
  },
  {
    id: 'producer-in-flight',
    severity: 'warning',
    title: 'Too many requests in flight for an idempotent producer',
    risk: 'With more than five a producer that asks for idempotence does not start, and one that has it by default loses it without a word.',
    find: facts =>
      forRole(facts, 'producer', 'max.in.flight.requests.per.connection', settings => {
        const inFlight = numberOf(settings, 'max.in.flight.requests.per.connection') ?? defaults.inFlight
        if (inFlight <= 5 || !isIdempotent(settings)) return undefined
        return {
          evidence: `max.in.flight.requests.per.connection=${inFlight}`,
          fix: settings.change('max.in.flight.requests.per.connection', '5'),
        }
      }),
  },
  {
    id: 'producer-no-retries',
    severity: 'warning',
    title: 'A producer gives up at the first error',
    risk: 'Every election of a leader is an error that a retry would hide: with retries=0 records are dropped whenever a broker restarts, and idempotence is off.',
    find: facts =>
      forRole(facts, 'producer', 'retries', settings =>
        numberOf(settings, 'retries') === 0
          ? { evidence: 'retries=0', fix: settings.change('retries', '2147483647') }
          : undefined,
      ),
  },
  {
    id: 'producer-delivery-timeout',
    severity: 'warning',
    title: 'A record has less time than one request',
    risk: 'delivery.timeout.ms below linger.ms + request.timeout.ms: the producer refuses to start, or gives records up before they were tried once.',
    find: facts =>
      forRole(facts, 'producer', 'delivery.timeout.ms', settings => {
        const delivery = numberOf(settings, 'delivery.timeout.ms') ?? defaults.deliveryTimeoutMs
        const linger = numberOf(settings, 'linger.ms') ?? 5
        const request = numberOf(settings, 'request.timeout.ms') ?? defaults.requestTimeoutMs
        if (delivery >= linger + request) return undefined
        return {
          evidence: `delivery.timeout.ms=${delivery}, linger.ms=${linger}, request.timeout.ms=${request}`,
          fix: settings.change('delivery.timeout.ms', String(Math.max(defaults.deliveryTimeoutMs, linger + request))),
        }
      }),
  },
  {
    id: 'producer-no-compression',
    severity: 'warning',
    title: 'A producer does not compress',
    risk: 'Network, disks and page cache of every replica and every reader carry the whole size; zstd or lz4 usually save more than half.',
    find: facts =>
      forRole(facts, 'producer', 'compression.type', settings => {
        const codec = settings.get('compression.type') ?? settings.get('compression.codec') ?? 'none'
        if (codec !== 'none') return undefined
        const isSet = settings.isSet('compression.type') || settings.isSet('compression.codec')
        return {
          evidence: `compression.type=none${isSet ? '' : ' (by default)'}`,
          fix: settings.change('compression.type', 'zstd'),
        }
      }),
  },
  {
    id: 'producer-small-batches',
    severity: 'notice',
    title: 'A producer hardly batches',
    risk: 'Each record alone costs a request: brokers spend their CPU on requests, and compression finds nothing to compress.',
    find: facts =>
      forRole(facts, 'producer', 'linger.ms', settings => {
        const [linger, batch] = [numberOf(settings, 'linger.ms'), numberOf(settings, 'batch.size')]
        if (linger !== 0 && (batch === undefined || batch >= 4_096)) return undefined
        const found = [
          linger === 0 ? 'linger.ms=0' : '',
          batch !== undefined && batch < 4_096 ? `batch.size=${batch}` : '',
        ]
        return {
          evidence: found.filter(text => text !== '').join(', '),
          fix: linger === 0 ? settings.change('linger.ms', '5') : settings.change('batch.size', '65536'),
        }
      }),
  },
  {
    id: 'producer-record-too-large',
    severity: 'warning',
    title: 'A producer may send more than brokers take',
    risk: 'Records above message.max.bytes are refused with RECORD_TOO_LARGE after they were accepted by the client.',
    find: facts =>
      forRole(facts, 'producer', 'max.request.size', settings => {
        const size = numberOf(settings, 'max.request.size')
        const limits = (facts.cluster?.brokers ?? []).flatMap(
          broker => (broker.settings && numberOf(broker.settings, 'message.max.bytes')) ?? [],
        )
        const limit = Math.min(...limits)
        if (size === undefined || size <= limit) return undefined
        return {
          evidence: `max.request.size=${size}, message.max.bytes=${limit} of the brokers`,
          fix: settings.change('max.request.size', String(limit)),
        }
      }),
  },
  {
    id: 'producer-transaction-timeout',
    severity: 'critical',
    title: 'A transactional producer asks for more time than brokers give',
    risk: 'transaction.timeout.ms above transaction.max.timeout.ms: the producer cannot start (INVALID_TRANSACTION_TIMEOUT).',
    find: facts =>
      forRole(facts, 'producer', 'transaction.timeout.ms', settings => {
        const asked = numberOf(settings, 'transaction.timeout.ms')
        const maxima = (facts.cluster?.brokers ?? []).flatMap(
          broker => (broker.settings && numberOf(broker.settings, 'transaction.max.timeout.ms')) ?? [],
        )
        const limit = Math.min(...maxima)
        if (asked === undefined || asked <= limit) return undefined
        return {
          evidence: `transaction.timeout.ms=${asked}, transaction.max.timeout.ms=${limit} of the brokers`,
          fix: settings.change('transaction.timeout.ms', String(limit)),
        }
      }),
  },
]
