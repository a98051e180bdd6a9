// The contract between a run and a client under test. A driver does what its client's documentation says for the settings of
// the plan, and nothing else: what is due, which partition a record goes to, what a batch holds, what is counted and timed is
// millrace's own, the same for every client. `wire`, millrace's own client, does not come through here: its loops speak to
// the brokers themselves.
import type { ClientSettings } from '../wire/settings.ts'
import type { TransactionEnd } from '../wire/transactions.ts'
import type { BenchPlan, ConsumePlan, DriverName, ProducePlan } from './plan.ts'
import type { Assignment } from './worker/contract.ts'

/** Records of one partition that are to be sent together, in order. */
export interface DriverBatch {
  readonly partition: number
  readonly count: number
  /** The records as one uncompressed batch of magic 2: see `mapRecords` (drivers/records.ts). Valid until the send is settled. */
  readonly bytes: Buffer
}

export interface DriverProducer {
  /** Resolves when the client says that all of it is acknowledged; rejects when it has given up. */
  send(batches: readonly DriverBatch[]): Promise<void>
  /** Ends the transaction that everything sent since the last one is in. Of plans with transactions only. */
  endTransaction(how: TransactionEnd): Promise<void>
  close(): Promise<void>
}

/** Where a consumer puts what it has read. */
export interface RecordSink {
  /** The next offset to be read of each partition that anything was read of. */
  readonly positions: ReadonlyMap<number, number>
  /** Whether anybody looks at timestamps: some clients give them as text. */
  readonly wantsTimestamps: boolean
  /** Records of a partition come in the order of their offsets. `keyBytes`: 0 where there is none. */
  record(
    partition: number,
    offset: number,
    keyBytes: number,
    value: Buffer | null | undefined,
    stampHeader: Buffer | undefined,
    timestampMs: number,
  ): void
  /** Everything before the offset is read; the end of the log, where the client tells it. */
  reached(partition: number, nextOffset: number, endOffset?: number): void
  /** An answer of a broker, or whatever the client makes of one, has been handed over. */
  burst(): void
  /** One more request for records, where the client tells. */
  fetched(): void
}

export interface DriverConsumer {
  /** The share is known and nothing has been handed over yet: from here on records go to the sink. */
  start(): void
  /** In a group: commits what the sink has counted, and hands over no more. */
  commit(): Promise<void>
  close(): Promise<void>
}

interface Opening {
  readonly client: ClientSettings
  readonly topic: string
  /** Of this worker among its kind. */
  readonly worker: number
}

export interface ProducerOpening extends Opening {
  readonly plan: ProducePlan
}

export interface ConsumerOpening extends Opening {
  readonly plan: ConsumePlan
  /** Where each partition starts. Without a group, exactly these are read; with one, the group shares them out. */
  readonly assignments: readonly Assignment[]
  readonly sink: RecordSink
  /** The client has given up reading. */
  failed(error: unknown): void
}

/** What the file of a client exports. */
export interface Driver {
  openProducer(opening: ProducerOpening): Promise<DriverProducer>
  openConsumer(opening: ConsumerOpening): Promise<DriverConsumer>
}

/** The package of each client, as it is installed. */
export const driverPackages: Readonly<Record<DriverName, string>> = {
  kafkajs: 'kafkajs',
  platformatic: '@platformatic/kafka',
  confluent: '@confluentinc/kafka-javascript',
}

export type DriverPlan = Pick<BenchPlan, 'produce' | 'consume' | 'client'>
