// How a bench run produces.
import { parseOneOf, parseSize, parseWhole } from '../../../core/units.ts'
import { toggle, withDefault } from '../flag.ts'
import { bounded, parseAcks, parsePlainMs } from '../parsers.ts'
import { int32Max, int32Size, msToText, producing, timer } from './shared.ts'

const producer = { group: 'Producer:', modes: producing }

export const producerFlags = {
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
} as const
