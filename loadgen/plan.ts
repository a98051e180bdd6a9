// A bench run as plain data: everything decided, nothing left to look up. The CLI (and later scenarios) build it, the
// coordinator posts it to every worker, and the result repeats it, so that a number can always be traced to its settings.
import type { ClassicAssignorName } from '../wire/group.ts'
import type { ClientSettings, HostPort } from '../wire/settings.ts'
import type { KeyPlan, PayloadPlan, SizePlan } from './plan-content.ts'
import type { RatePlan } from './plan-rates.ts'
import type { StageModel } from './scenario/model.ts'
import type { Striping } from './scenario/segment.ts'
import type { ThresholdPlan } from './verdict/thresholds/grammar.ts'

export * from './plan-content.ts'
export * from './plan-rates.ts'

export type BenchMode = 'produce' | 'consume' | 'roundtrip'

/** The clients that a run can put to the test: millrace's own, and those in loadgen/drivers/. */
export const clientNames = ['wire', 'kafkajs', 'platformatic', 'confluent'] as const
export type ClientName = (typeof clientNames)[number]
/** A client of somebody else. */
export type DriverName = Exclude<ClientName, 'wire'>

export interface BenchPlan {
  readonly mode: BenchMode
  readonly client: ClientSettings
  /** The client under test; absent: wire, millrace's own. */
  readonly driver?: DriverName
  readonly registry?: RegistryPlan
  readonly topic: TopicPlan
  readonly workers: number
  /** Seed of sizes, keys and payload: the same seed gives the same records. */
  readonly seed: number
  readonly warmupMs: number
  /** Measured time, after the warm-up. Whichever of duration and records comes first ends the run. */
  readonly durationMs?: number
  /** Records in total over all workers, warm-up included (so that "--records N" leaves exactly N in the topic). */
  readonly records?: number
  /** Warm-up by count: so many records, over all workers, are made before the measured ones. With it `warmupMs` is 0. */
  readonly warmupRecords?: number
  readonly produce?: ProducePlan
  readonly consume?: ConsumePlan
  /** What the run must keep to; judged over all workers together. */
  readonly thresholds?: readonly ThresholdPlan[]
  readonly clock?: ClockPlan
}

/** How runs on several hosts compare their clocks: datagrams from consumers to producers and back (loadgen/clock/). */
export interface ClockPlan {
  /** Producers: where this run answers what others ask. */
  readonly listen?: HostPort
  /** Consumers: the producers whose records are to be timed. */
  readonly peers: readonly HostPort[]
}

export interface TopicPlan {
  readonly name: string
  /** Present: create the topic when it does not exist, and delete it afterwards if (and only if) this run created it. */
  readonly create?: TopicCreation
}

export interface TopicCreation {
  readonly partitions: number
  readonly replicationFactor: number
  readonly configs: Readonly<Record<string, string>>
  /** --keep-topic: leave a topic that this run created. */
  readonly keep: boolean
}

/** A Confluent-compatible Schema Registry. Its credentials stay out of results. */
export interface RegistryPlan {
  readonly url: string
  /** user:password */
  readonly userInfo?: string
  readonly bearerToken?: string
  /** false: the schema must be there. */
  readonly autoRegister: boolean
}

export type PartitionerPlan =
  | { readonly kind: 'sticky' }
  | { readonly kind: 'roundrobin' }
  /** Java's default for keyed records: murmur2 of the key. */
  | { readonly kind: 'murmur2' }
  /** Round robin over these partitions only. */
  | { readonly kind: 'manual'; readonly partitions: readonly number[] }
  /** Where the record of the profile was that this one follows (payload replay). */
  | { readonly kind: 'replay' }

export type CompressionName = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'

export interface ProducePlan {
  readonly size: SizePlan
  readonly keys: KeyPlan
  readonly payload: PayloadPlan
  /** Uncompressed / compressed bytes that the payload aims for, 1 = incompressible; absent: the payload's own. */
  readonly compressionRatioTarget?: number
  readonly headers: readonly RecordHeader[]
  /** Where each record carries its stamp (payload/stamp.ts); absent: it has none. */
  readonly stamp?: StampPlan
  readonly partitioner: PartitionerPlan
  /** -1 = all. */
  readonly acks: 0 | 1 | -1
  readonly idempotent: boolean
  readonly compression: CompressionName
  readonly batchBytes: number
  readonly lingerMs: number
  /** Requests in flight per connection. */
  readonly inFlightMax: number
  /** Memory for records that are not acknowledged yet, per worker. */
  readonly bufferBytes: number
  readonly requestBytesMax: number
  readonly deliveryTimeoutMs: number
  /** Absent: as fast as the brokers take it. */
  readonly rate?: RatePlan
  /**
   * From when the latency of a paced record counts; absent: from its intended time. `appended`: from when it was handed to the
   * producer, as clients count that time themselves; what it was late by then is its lateness, and not in its latency.
   */
  readonly latencyFrom?: 'appended'
  /** `none`: no times, no sequence in the records. Only to measure what recording costs; not for users. */
  readonly recording?: 'none'
  /** Only with a rate; absent: what is late is sent late, however late. */
  readonly late?: LatePlan
  /** Requests in flight over all workers and connections, as they go with time; absent: each connection has its own limit. */
  readonly vus?: VuPlan
  /** Absent: none. */
  readonly transactions?: TransactionsPlan
  /** How long what is made may take after the end to be acknowledged; absent: as long as the delivery timeout. */
  readonly drainMsMax?: number
}

/** Each producer has its records in transactions: one after the other, ended after so many records or so much time. */
export interface TransactionsPlan {
  /** Of producer n: this, and -n; see `transactionalIdOf`. */
  readonly id: string
  /** There is one producer, and this is its id. */
  readonly isExact?: boolean
  /** Records of one producer; absent: time alone ends a transaction. */
  readonly records?: number
  /** From its first record. */
  readonly durationMs: number
  /** Of the transactions, drawn from the plan's seed: those that are aborted. */
  readonly abortRatio: number
  /** transaction.timeout.ms */
  readonly timeoutMs: number
}

export interface VuPlan {
  readonly startVus: number
  /** None: it stays at that. */
  readonly stages: readonly StageModel[]
  readonly share?: Striping
}

/**
 * What becomes of records that could not be made at their time, because the brokers or the generator are behind.
 * `queue`: they are made late, until they are `maxMs` late; what is later is dropped, and the run has failed.
 * `drop`: nothing waits in front of a broker that does not take it; what is `maxMs` late is dropped and counted.
 */
export interface LatePlan {
  readonly policy: 'queue' | 'drop'
  readonly maxMs: number
}

export type StampPlan = 'value' | 'header' | 'none'

export interface RecordHeader {
  readonly name: string
  readonly value: string
}

export type StartPlan =
  | { readonly kind: 'earliest' }
  | { readonly kind: 'latest' }
  | { readonly kind: 'timestamp'; readonly timestampMs: number }
  /** Partition to offset; partitions not named are not read. */
  | { readonly kind: 'offsets'; readonly offsets: Readonly<Record<number, number>> }

export interface ConsumePlan {
  /** Committed offsets are the start where they exist, and are committed as the run goes on. */
  readonly group?: string
  readonly from: StartPlan
  readonly verifyCrc: boolean
  readonly isolation: 'read_uncommitted' | 'read_committed'
  readonly fetchMinBytes: number
  readonly fetchMaxBytes: number
  readonly fetchMaxWaitMs: number
  readonly partitionMaxBytes: number
  /** `headers`: batch headers and checksum; `records`: every record is decoded, compressed batches inflated. */
  readonly decode: 'headers' | 'records'
  /** Results of producing runs (--out) whose records must all be read: read when this run ends. */
  readonly books?: readonly string[]
  /** Do not look for stamps: no latency, no accounting. */
  readonly ignoreStamps?: boolean
  /** Stop when the end offsets seen at the start are reached. */
  readonly stopAtEnd: boolean
  /** How often positions are committed for the group. */
  readonly commitIntervalMs?: number
  /** Consumers are members of the group; absent: partitions are assigned by the plan, and the group only holds their offsets. */
  readonly members?: MembersPlan
  readonly process?: ProcessPlan
  /** Only with a duration. */
  readonly catchUp?: CatchUpPlan
  /** Records are read no faster than this, over all workers (a slow consumer); absent: as fast as they come. */
  readonly rate?: RatePlan
}

/** What consumers do with each record, beside reading it: they are slow, pass it on, or fail at it. */
export interface ProcessPlan {
  /** Work on each record, and on each answer of a fetch; milliseconds. */
  readonly recordMs: number
  readonly batchMs: number
  /** Absent: records are not written anywhere. */
  readonly handling?: HandlingPlan
}

/** Read-process-write: record by record, in JavaScript, with the offsets of what was read in the same transaction. */
export interface HandlingPlan {
  /** Where records go that could be processed; absent: nowhere. */
  readonly forwardTo?: string
  /** Where those go that could not; absent: they are passed over. */
  readonly deadLetterTo?: string
  /** Share of the records that cannot be processed, drawn from the plan's seed by partition and offset. */
  readonly errorRatio: number
  /** Tries beyond the first, each of which takes `recordMs`. */
  readonly retries: number
  /** Absent: offsets are committed behind what was written, which is at least once. */
  readonly transactions?: TransactionsPlan
  readonly compression: CompressionName
}

export type MembersPlan = (
  | { readonly protocol: 'classic'; readonly assignor: ClassicAssignorName }
  /** The broker's choice when left out. */
  | { readonly protocol: 'consumer'; readonly assignor?: string }
) & {
  readonly consumers: number
  /** The group was made up for this run, which forgets it at its end. */
  readonly isOwnGroup: boolean
  readonly commitIntervalMs: number
  readonly rebalanceTimeoutMs: number
  /** Classic members only: of the others the broker decides. */
  readonly sessionTimeoutMs: number
  readonly heartbeatIntervalMs: number
  readonly churn?: ChurnPlan
}

/** Every so often so many members leave, with a goodbye or as if they had crashed; half that time later they are back. */
export interface ChurnPlan {
  readonly how: 'leave' | 'kill'
  readonly count: number
  readonly everyMs: number
}

/** Once in the measured time, and so long after its beginning, the consumers fall behind on purpose, and catch up. */
export type CatchUpPlan = (
  | { readonly kind: 'pause'; readonly pauseMs: number }
  | { readonly kind: 'seek'; readonly to: SeekTarget }
) & { readonly asked: string; readonly afterMs: number }

export type SeekTarget =
  | { readonly kind: 'earliest' }
  /** To the first record that is not older. */
  | { readonly kind: 'time'; readonly backMs: number }
  /** So many offsets over all partitions. */
  | { readonly kind: 'records'; readonly records: number }
