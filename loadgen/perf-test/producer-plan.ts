// From what kafka-producer-perf-test is asked for to a plan of ours: one producer, with the defaults of Kafka's own.
import type { ConfigProblem } from '../../core/errors.ts'
import { parseBoolean, parseOneOf } from '../../core/units.ts'
import type { ClientSettings } from '../../wire/settings.ts'
import { readValues, sizeOf } from '../payload/value-file.ts'
import type {
  BenchPlan,
  CompressionName,
  KeyPlan,
  PayloadPlan,
  ProducePlan,
  SizePlan,
  TransactionsPlan,
} from '../plan.ts'
import { parseAcks } from '../scenario/parsers.ts'
import type { PerfProperties, PropertyRules } from './client-properties.ts'

export interface ProducerPerfOptions {
  readonly topic: string
  readonly numRecords: number
  readonly payload: PerfPayload
  /** Records per second; negative: as fast as the brokers take them. */
  readonly throughput: number
  readonly warmupRecords: number
  readonly seed: number
  readonly keys: KeyPlan
  /** Absent: none. */
  readonly transactions?: PerfTransactions
}

export interface PerfTransactions {
  readonly id: string
  readonly durationMs: number
}

export type PerfPayload =
  | { readonly kind: 'size'; readonly bytes: number }
  | { readonly kind: 'file'; readonly path: string; readonly delimiter: string }
  | { readonly kind: 'monotonic' }

const noJava = 'names a Java class, and there is no Java here: leave it out'

export const producerRules: PropertyRules = {
  overridden: ['key.serializer', 'value.serializer'],
  honoured: [
    'acks',
    'batch.size',
    'buffer.memory',
    'compression.type',
    'delivery.timeout.ms',
    'enable.idempotence',
    'linger.ms',
    'max.in.flight.requests.per.connection',
    'max.request.size',
    'transaction.timeout.ms',
    'transactional.id',
  ],
  // The default of Java's producer.
  harmless: { retries: '2147483647' },
  refused: {
    'partitioner.class': noJava,
    'interceptor.classes': noJava,
    'compression.gzip.level': 'codecs work at their default level here: leave it out',
    'compression.lz4.level': 'codecs work at their default level here: leave it out',
    'compression.zstd.level': 'codecs work at their default level here: leave it out',
    retries: 'records are sent again until delivery.timeout.ms is over, as KIP-91 advises: set that one instead',
    'send.buffer.bytes': 'Node cannot set the buffers of a socket: leave it to the kernel',
    'receive.buffer.bytes': 'Node cannot set the buffers of a socket: leave it to the kernel',
    'transaction.two.phase.commit.enable': 'two-phase commit (KIP-939) is stable in no release of Kafka: leave it out',
  },
}

/** More requests in flight than this let a retry overtake another batch (KIP-679). */
const idempotentInFlightMax = 5
const int32Max = 2 ** 31 - 1
/** Batch header (61 bytes), the longest lengths and deltas in front of one record, and the longest key. */
const recordOverheadBytes = 61 + 21 + 10

/** Where a problem is found it is noted with the properties, or pushed. */
export function planProducer(
  options: ProducerPerfOptions,
  properties: PerfProperties,
  problems: ConfigProblem[],
): (client: ClientSettings) => BenchPlan {
  const { payload, size } = payloadPlan(options.payload, problems)
  const produce = producePlan(options, properties, payload, size)
  const bytesMax = size.kind === 'uniform' ? size.bytesMax : size.kind === 'fixed' ? size.bytes : 0
  if (bytesMax + recordOverheadBytes > produce.requestBytesMax) {
    const message = `the largest record takes ${bytesMax + recordOverheadBytes} bytes, more than max.request.size (${produce.requestBytesMax})`
    problems.push({ path: options.payload.kind === 'file' ? '--payload-file' : '--record-size', message })
  }
  const { topic, numRecords, warmupRecords, seed } = options
  return client => ({
    mode: 'produce',
    client,
    topic: { name: topic },
    workers: 1,
    seed,
    warmupMs: 0,
    records: numRecords,
    ...(warmupRecords === 0 ? {} : { warmupRecords }),
    produce: withDeliveryTimeout(produce, client, properties),
  })
}

/** Java's producer raises its default to what the other times need. */
function withDeliveryTimeout(produce: ProducePlan, client: ClientSettings, properties: PerfProperties): ProducePlan {
  if (properties.has('delivery.timeout.ms')) return produce
  const neededMs = produce.lingerMs + client.requestTimeoutMs
  return { ...produce, deliveryTimeoutMs: Math.max(produce.deliveryTimeoutMs, neededMs) }
}

function payloadPlan(
  payload: PerfPayload,
  problems: ConfigProblem[],
): { readonly payload: PayloadPlan; readonly size: SizePlan } {
  switch (payload.kind) {
    case 'size':
      return { payload: { kind: 'letters' }, size: { kind: 'fixed', bytes: payload.bytes } }
    case 'monotonic':
      return { payload: { kind: 'sequence' }, size: { kind: 'uniform', bytesMin: 1, bytesMax: 16 } }
    case 'file': {
      const { path, delimiter } = payload
      try {
        return { payload: { kind: 'values', path, delimiter }, size: sizeOf(readValues(path, delimiter)) }
      } catch (error) {
        problems.push({ path: '--payload-file', message: (error as Error).message })
        return { payload: { kind: 'sequence' }, size: { kind: 'fixed', bytes: 0 } }
      }
    }
  }
}

function producePlan(
  { throughput, keys, transactions }: ProducerPerfOptions,
  properties: PerfProperties,
  payload: PayloadPlan,
  size: SizePlan,
): ProducePlan {
  const bytesMax = size.kind === 'uniform' ? size.bytesMax : size.kind === 'fixed' ? size.bytes : 0
  const batchBytes = Math.max(properties.whole('batch.size', 0, int32Max, 16_384), bytesMax + recordOverheadBytes)
  const bufferBytes = properties.whole('buffer.memory', 0, Number.MAX_SAFE_INTEGER, 32 * 2 ** 20)
  const acks = properties.read('acks', parseAcks, -1)
  const inFlightMax = properties.whole('max.in.flight.requests.per.connection', 1, int32Max, 5)
  return {
    size,
    keys,
    payload,
    headers: [],
    stamp: 'none',
    partitioner: { kind: keys.kind === 'none' ? 'sticky' : 'murmur2' },
    acks,
    idempotent: isIdempotent(properties, acks, inFlightMax, transactions !== undefined),
    ...(transactions !== undefined && { transactions: transactionsPlan(transactions, properties) }),
    compression: properties.read<CompressionName>(
      'compression.type',
      parseOneOf(['none', 'gzip', 'snappy', 'lz4', 'zstd']),
      'none',
    ),
    batchBytes,
    lingerMs: properties.whole('linger.ms', 0, int32Max, 5),
    inFlightMax,
    bufferBytes: Math.max(bufferBytes, 2 * batchBytes),
    requestBytesMax: properties.whole('max.request.size', 1, int32Max, 2 ** 20),
    deliveryTimeoutMs: properties.whole('delivery.timeout.ms', 1, int32Max, 120_000),
    ...(throughput < 0 ? {} : { rate: { kind: 'records', perSec: throughput }, latencyFrom: 'appended' }),
  }
}

const transactionTimeoutMsDefault = 60_000

function transactionsPlan({ id, durationMs }: PerfTransactions, properties: PerfProperties): TransactionsPlan {
  const timeoutMs = properties.whole('transaction.timeout.ms', 1, int32Max, transactionTimeoutMsDefault)
  return { id, isExact: true, durationMs, abortRatio: 0, timeoutMs }
}

/** On where nothing speaks against it; what speaks against it turns it off, unless the user asked for it (KIP-679). */
function isIdempotent(
  properties: PerfProperties,
  acks: number,
  inFlightMax: number,
  isTransactional: boolean,
): boolean {
  const wanted = properties.read('enable.idempotence', parseBoolean, true)
  if (!wanted) {
    if (isTransactional) properties.problem('enable.idempotence', 'must be true in transactions')
    return false
  }
  const against =
    acks !== -1
      ? 'needs acks=all'
      : inFlightMax > idempotentInFlightMax
        ? `needs max.in.flight.requests.per.connection of at most ${idempotentInFlightMax}`
        : undefined
  if (against !== undefined && isTransactional) {
    properties.problem(acks !== -1 ? 'acks' : 'max.in.flight.requests.per.connection', `a transaction ${against}`)
  } else if (against !== undefined && properties.has('enable.idempotence')) {
    properties.problem('enable.idempotence', against)
  }
  return against === undefined
}
