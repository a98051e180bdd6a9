// From checked options to the plan: which defaults depend on other flags, and what each flag means to the run.
import { ms } from '../../core/units.ts'
import { classicAssignorNames } from '../../wire/group.ts'
import type { ClientSettings } from '../../wire/settings.ts'
import { runsInThread } from '../drivers/honours.ts'
import { sizeRange } from '../payload/sizes.ts'
import { stampBytes } from '../payload/stamp.ts'
import { stampFormOf } from '../payload/values.ts'
import type {
  BenchMode,
  BenchPlan,
  ConsumePlan,
  KeyPlan,
  LatePlan,
  PayloadPlan,
  ProcessPlan,
  ProducePlan,
  SizePlan,
  StampPlan,
  TopicPlan,
  TransactionsPlan,
} from '../plan.ts'
import { lengthMsOf } from '../schedule/make.ts'
import type { BenchOptions, FlagKey } from './bench-options.ts'

export interface PlanInput {
  readonly mode: BenchMode
  readonly options: BenchOptions
  /** Whether the user said it, wherever. */
  readonly given: (key: FlagKey) => boolean
  readonly client: ClientSettings
  readonly payload: PayloadPlan
  readonly size: SizePlan
  readonly keys: KeyPlan
  readonly cpus: number
  /** Eight hex digits for the name of a generated topic. */
  readonly randomHex: () => string
}

const durationMsDefault = 30_000
const warmupMsDefault = 5_000
const catchUpAfterMsDefault = ms(5_000)
const lateMsMax = { queue: 10_000, drop: 100 } as const
/** A broker handles the requests of one connection one after the other, so one worker is rarely enough; few need more. */
const workersDefaultMax = 4

export const workersDefault = (cpus: number): number => Math.min(cpus, workersDefaultMax)

export function planBench(input: PlanInput): BenchPlan {
  const { mode, options, client } = input
  const { records, seed } = options
  const producing = mode !== 'consume'
  const driver = options.client === 'wire' ? undefined : options.client
  const isBounded = (options.duration ?? records ?? options.catchUp) !== undefined
  const stopAtEnd = mode === 'consume' && (options.untilEnd || !isBounded)
  const { durationMs, warmupMs } = times(options, producing)
  const threadsMax = runsInThread(driver) ? 1 : workersDefault(input.cpus)
  const workersWanted = Math.min(threadsMax, records ?? Number.POSITIVE_INFINITY)
  const workers = options.workers ?? workersWanted
  return {
    mode,
    client,
    ...(driver !== undefined && { driver }),
    topic: topicPlan(input),
    workers,
    seed,
    warmupMs,
    ...(durationMs !== undefined && { durationMs }),
    ...(records !== undefined && { records }),
    ...(producing && { produce: producePlan(input) }),
    ...clockPlan(options),
    ...(mode !== 'produce' && { consume: consumePlan(input, stopAtEnd, workers) }),
    ...(options.threshold.length > 0 && { thresholds: options.threshold }),
  }
}

function clockPlan({ clockListen, clockPeer }: BenchOptions): Pick<BenchPlan, 'clock'> {
  if (clockListen === undefined && clockPeer.length === 0) return {}
  return { clock: { ...(clockListen !== undefined && { listen: clockListen }), peers: clockPeer } }
}

/** A shape that has an end is run once and measured from its start, unless the user says otherwise. */
export function times(options: BenchOptions, producing: boolean) {
  const { duration, warmup, records, rate } = options
  const isOpen = (producing || options.catchUp !== undefined) && records === undefined
  const openMs = Math.max(durationMsDefault, catchUpMs(options))
  const shapeMs = isOpen && rate !== undefined ? lengthMsOf(rate) : undefined
  const warmupMs = warmup ?? (isOpen && shapeMs === undefined ? warmupMsDefault : 0)
  const shapeRestMs = shapeMs === undefined || shapeMs <= warmupMs ? undefined : shapeMs - warmupMs
  return { warmupMs, durationMs: duration ?? shapeRestMs ?? (isOpen ? openMs : undefined) }
}

/** A topic with a name is created only if the user said how, so that a mistyped name is found out and not created. */
function topicPlan({ mode, options, given, randomHex }: PlanInput): TopicPlan {
  const { topic, partitions, replicationFactor, topicConfig, keepTopic } = options
  const wanted = topic === undefined || given('partitions') || given('replicationFactor') || given('topicConfig')
  const name = topic ?? `millrace-bench-${randomHex()}`
  if (mode === 'consume' || !wanted) return { name }
  const configs = Object.fromEntries(topicConfig.map(({ name, value }) => [name, value]))
  return { name, create: { partitions, replicationFactor, configs, keep: keepTopic } }
}

function producePlan({ mode, options, payload, size, keys, randomHex }: PlanInput): ProducePlan {
  const { compressionRatio, rate } = options
  const isTransactional = hasTransactions(options)
  return {
    size,
    keys,
    payload,
    ...(compressionRatio !== undefined && { compressionRatioTarget: compressionRatio }),
    headers: options.header,
    stamp: options.stamp ?? fittingStamp(mode, payload, options),
    partitioner: options.partitioner ?? { kind: keys.kind === 'none' ? 'sticky' : 'murmur2' },
    acks: options.acks,
    idempotent: options.idempotent || isTransactional,
    compression: options.compression,
    batchBytes: options.batchBytes,
    lingerMs: options.lingerMs,
    inFlightMax: options.inFlight,
    bufferBytes: options.bufferBytes,
    requestBytesMax: options.requestBytes,
    deliveryTimeoutMs: options.deliveryTimeout,
    ...(isTransactional && { transactions: transactionsPlan(options, randomHex) }),
    ...(rate !== undefined && { rate, late: latePlan(options) }),
  }
}

export const hasTransactions = (options: BenchOptions): boolean =>
  (options.transactionalId ?? options.transactionRecords ?? options.transactionDuration) !== undefined ||
  options.abortRatio > 0

/** As kafka-producer-perf-test. */
const transactionMsDefault = 3_000

/** A transaction that is counted in records is ended in time all the same: its coordinator would abort it. */
function transactionsPlan(options: BenchOptions, randomHex: () => string): TransactionsPlan {
  const { transactionalId, transactionRecords: records, transactionTimeout, transactionDuration, abortRatio } = options
  const longestMs = transactionTimeout / 2
  const durationMs = records === undefined ? Math.min(transactionMsDefault, longestMs) : longestMs
  return {
    id: transactionalId ?? `millrace-bench-${randomHex()}`,
    ...(records !== undefined && { records }),
    durationMs: transactionDuration ?? durationMs,
    abortRatio,
    timeoutMs: transactionTimeout,
  }
}

/** Left out, a drain has twice the time of the pause. */
const catchUpMs = ({ catchUp, catchUpAfter = catchUpAfterMsDefault }: BenchOptions) =>
  catchUp === undefined ? 0 : catchUpAfter + (catchUp.kind === 'pause' ? 3 * catchUp.pauseMs : durationMsDefault)

/** When the consumers begin to catch up, from the beginning of the measured time. */
export const drainFromMs = ({ catchUp, catchUpAfter = catchUpAfterMsDefault }: BenchOptions): number =>
  catchUpAfter + (catchUp?.kind === 'pause' ? catchUp.pauseMs : 0)

const latePlan = ({ late, lateMax }: BenchOptions): LatePlan => ({ policy: late, maxMs: lateMax ?? lateMsMax[late] })

/** A roundtrip needs stamps; elsewhere they are not worth a header that nobody asked for. */
function fittingStamp(mode: BenchMode, payload: PayloadPlan, { recordSize }: BenchOptions): StampPlan {
  const form = stampFormOf(payload)
  const fits = form !== undefined && sizeRange(recordSize).bytesMin >= stampBytes[form]
  if (fits) return 'value'
  return mode === 'roundtrip' ? 'header' : 'none'
}

function consumePlan(input: PlanInput, stopAtEnd: boolean, workers: number): ConsumePlan {
  const { mode, options, given } = input
  const { group, commitInterval, catchUp, catchUpAfter = catchUpAfterMsDefault } = options
  const process = processPlan(input)
  // A backlog from before the run would hide the one that is built.
  const isFromNow = catchUp !== undefined && !given('from')
  return {
    ...(group !== undefined && { group, commitIntervalMs: commitInterval }),
    ...membersPlan(input, workers),
    ...(process !== undefined && { process }),
    // A roundtrip reads what it writes, from the end offsets at its start.
    from: mode === 'roundtrip' || isFromNow ? { kind: 'latest' } : options.from,
    verifyCrc: !options.noCrcCheck,
    isolation: isolationOf(input),
    fetchMinBytes: options.fetchMinBytes,
    fetchMaxBytes: options.fetchMaxBytes,
    fetchMaxWaitMs: options.fetchMaxWait,
    partitionMaxBytes: options.partitionMaxBytes,
    decode: options.decode,
    ignoreStamps: options.noStamps,
    ...(options.books.length > 0 && { books: options.books }),
    stopAtEnd,
    ...(catchUp !== undefined && { catchUp: { ...catchUp, afterMs: catchUpAfter } }),
  }
}

/** Whoever reads transactions back, or in transactions of its own, wants to see what was committed. */
function isolationOf({ mode, options, given }: PlanInput): ConsumePlan['isolation'] {
  const isTransactional = hasTransactions(options) && (mode === 'roundtrip' || isHandling(options))
  const isOpen = !given('isolation') && options.client !== 'platformatic'
  return isOpen && isTransactional ? 'read_committed' : options.isolation
}

/** Consumers do something with each record, by hand. */
export const isHandling = ({ forwardTopic, deadLetterTopic, errorRatio }: BenchOptions): boolean =>
  (forwardTopic ?? deadLetterTopic) !== undefined || errorRatio > 0

function processPlan({ options, randomHex }: PlanInput): ProcessPlan | undefined {
  const { processTime: recordMs, processBatchTime: batchMs, processRetries: retries } = options
  const { forwardTopic, deadLetterTopic, errorRatio } = options
  if (isHandling(options)) {
    const handling = {
      ...(forwardTopic !== undefined && { forwardTo: forwardTopic }),
      ...(deadLetterTopic !== undefined && { deadLetterTo: deadLetterTopic }),
      ...{ errorRatio, retries, compression: 'none' as const },
      ...(hasTransactions(options) && { transactions: transactionsPlan(options, randomHex) }),
    }
    return { recordMs, batchMs, handling }
  }
  return recordMs + batchMs > 0 ? { recordMs, batchMs } : undefined
}

/** Classic members agree on an assignor, of the others the broker has one. */
const classicAssignorDefault = 'range'
const heartbeatMsDefault = 3_000

function membersPlan({ options, randomHex }: PlanInput, workers: number): Pick<ConsumePlan, 'group' | 'members'> {
  const { group, assignor, consumers = workers, churn } = options
  // Who writes what it reads must know that nobody else does: it is a member.
  const protocol = options.groupProtocol ?? (isHandling(options) ? 'classic' : undefined)
  if (protocol === undefined) return {}
  const classic = classicAssignorNames.find(name => name === assignor) ?? classicAssignorDefault
  return {
    group: group ?? `millrace-bench-${randomHex()}`,
    members: {
      ...(protocol === 'classic' ? { protocol, assignor: classic } : { protocol, ...(assignor && { assignor }) }),
      consumers,
      isOwnGroup: group === undefined,
      commitIntervalMs: options.commitInterval,
      rebalanceTimeoutMs: options.rebalanceTimeout,
      sessionTimeoutMs: options.sessionTimeout,
      heartbeatIntervalMs: options.heartbeatInterval ?? Math.min(heartbeatMsDefault, options.sessionTimeout / 3),
      ...(churn !== undefined && { churn }),
    },
  }
}
