// What each client does with the settings of a run. What would change the meaning of the run is refused before it (see
// scenario/driver-checks.ts); what is minor is named in the result, and so is what millrace does in the client's place, and
// what the client does not tell.
import { clientDefaults } from '../../wire/settings.ts'
import type { BenchPlan, DriverName } from '../plan.ts'

export interface SettingNote {
  /** As in `settings` of the result: produce.inFlightMax. */
  readonly setting: string
  readonly why: string
}

export interface DriverNotes {
  readonly notHonoured: readonly SettingNote[]
  /** Done by millrace, since the client has no such setting: produce.lingerMs. */
  readonly byMillrace: readonly string[]
  /** Figures of the result that stay 0 or absent, because the client does not tell them. */
  readonly notObserved: readonly string[]
}

interface Row extends SettingNote {
  readonly drivers: readonly DriverName[]
  readonly applies: (plan: BenchPlan) => boolean
}

const javascript: readonly DriverName[] = ['kafkajs', 'platformatic']
const producing = ({ produce }: BenchPlan) => produce !== undefined
const consuming = ({ consume }: BenchPlan) => consume !== undefined

const rows: readonly Row[] = [
  {
    drivers: javascript,
    applies: ({ consume }) => consume?.verifyCrc === true,
    setting: 'consume.verifyCrc',
    why: 'the client does not check the checksums of what it reads',
  },
  {
    drivers: javascript,
    applies: ({ produce }) => produce?.idempotent === true && produce.inFlightMax > 1,
    setting: 'produce.inFlightMax',
    why: 'an idempotent producer of this client has one request at a time on its way to a broker',
  },
  {
    drivers: ['kafkajs'],
    applies: ({ produce }) => ['snappy', 'lz4', 'zstd'].includes(produce?.compression ?? 'none'),
    setting: 'produce.compression',
    why: 'the client has gzip only: the codec is the one of millrace, plugged in as its documentation says',
  },
  {
    drivers: ['platformatic'],
    applies: ({ produce }) => produce?.transactions !== undefined,
    setting: 'produce.transactions.timeoutMs',
    why: 'the client has no setting for it: its request timeout is the time that the coordinator gives a transaction',
  },
  {
    drivers: javascript,
    applies: ({ client }) => client.reconnectBackoffMs !== clientDefaults.reconnectBackoffMs,
    setting: 'client.reconnectBackoffMs',
    why: 'the client has one pause for all that it tries again: retryBackoffMs',
  },
]

/** Done in the client's place: what it has no setting for. */
const produceByMillrace: Readonly<Record<DriverName, readonly string[]>> = {
  kafkajs: ['lingerMs', 'batchBytes', 'bufferBytes', 'requestBytesMax', 'deliveryTimeoutMs', 'partitioner'],
  platformatic: ['lingerMs', 'batchBytes', 'bufferBytes', 'requestBytesMax', 'deliveryTimeoutMs', 'partitioner'],
  confluent: ['partitioner'],
}

const produceNotObserved: Readonly<Record<DriverName, readonly string[]>> = {
  kafkajs: ['produce.retries', 'produce.compressionRatio', 'produce.wireBytes'],
  platformatic: ['produce.retries', 'produce.compressionRatio', 'produce.wireBytes'],
  confluent: [
    'produce.retries',
    'produce.compressionRatio',
    'produce.wireBytes',
    'produce.batches',
    'produce.requests',
  ],
}

const consumeNotObserved: Readonly<Record<DriverName, readonly string[]>> = {
  kafkajs: ['consume.retries', 'consume.batches', 'consume.wireBytes', 'consume.processing'],
  platformatic: ['consume.retries', 'consume.batches', 'consume.wireBytes', 'consume.processing', 'consume.lag'],
  confluent: ['consume.retries', 'consume.batches', 'consume.fetches', 'consume.wireBytes', 'consume.processing'],
}

export function driverNotes(driver: DriverName, plan: BenchPlan): DriverNotes {
  const isProducing = producing(plan)
  const isConsuming = consuming(plan)
  return {
    notHonoured: rows
      .filter(({ drivers, applies }) => drivers.includes(driver) && applies(plan))
      .map(({ setting, why }) => ({ setting, why })),
    byMillrace: isProducing ? produceByMillrace[driver].map(name => `produce.${name}`) : [],
    notObserved: [
      ...(isProducing ? produceNotObserved[driver] : []),
      ...(isConsuming ? consumeNotObserved[driver] : []),
    ],
  }
}

/** Clients that make batches by themselves get records as they are made. */
export const batchesItself = (driver: DriverName): boolean => driver === 'confluent'

export const checksCrc = (driver: DriverName | undefined): boolean =>
  driver === undefined || !javascript.includes(driver)

/** Its native part cannot be loaded in a worker thread: it runs in the main thread, with threads of its own. */
export const runsInThread = (driver: DriverName | undefined): boolean => driver === 'confluent'
