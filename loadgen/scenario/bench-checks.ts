// What no single flag can know: settings that contradict each other. Every rule looks at all options and says what is
// wrong at the flag that the user is most likely to change; all rules are asked, so that all answers come at once.
import type { ConfigProblem } from '../../core/errors.ts'
import { makeRandom } from '../../core/random.ts'
import { classicAssignorNames } from '../../wire/group.ts'
import { makeKeySource } from '../payload/keys.ts'
import { sizeRange } from '../payload/sizes.ts'
import { stampBytes } from '../payload/stamp.ts'
import type { BenchMode } from '../plan.ts'
import { definitionsOf } from '../verdict/thresholds/bench-metrics.ts'
import { thresholdProblem } from '../verdict/thresholds/watch.ts'
import { type BenchOptions, type FlagKey, flagPath } from './bench-options.ts'
import { drainFromMs, hasTransactions, isHandling, times } from './bench-plan.ts'
import { driverRules } from './driver-checks.ts'
import { processRules } from './process-checks.ts'
import { besidesBytes, replayRules } from './replay-checks.ts'

export interface Checked {
  readonly mode: BenchMode
  readonly options: BenchOptions
  readonly requestTimeoutMs: number
  /** Whether the user said it, wherever. */
  given(key: FlagKey): boolean
}

interface Trouble {
  readonly at: FlagKey
  readonly message: string
}

export type Rule = (checked: Checked) => Trouble | undefined | readonly Trouble[]

/** More requests in flight than this let a retry overtake another batch (KIP-679, Producer configuration). */
const idempotentInFlightMax = 5

const hasOwnSizes = ({ kind }: BenchOptions['payload']) =>
  kind.startsWith('json') || ['lines', 'whole', 'avro', 'protobuf', 'replay'].includes(kind)

function idempotentBy(options: BenchOptions): string | undefined {
  if (hasTransactions(options)) return 'transactions need'
  return options.idempotent ? '--idempotent needs' : undefined
}

const produceRules: readonly Rule[] = [
  ({ options }) => {
    const who = idempotentBy(options)
    return who !== undefined && options.acks !== -1 ? { at: 'acks', message: `${who} --acks all` } : undefined
  },

  ({ options }) => {
    const who = idempotentBy(options)
    return who !== undefined && options.inFlight > idempotentInFlightMax
      ? { at: 'inFlight', message: `${who} at most ${idempotentInFlightMax} requests in flight` }
      : undefined
  },

  ({ options: { transactionDuration, transactionTimeout } }) =>
    transactionDuration !== undefined && transactionDuration >= transactionTimeout
      ? {
          at: 'transactionDuration',
          message: `must be less than --transaction-timeout, ${transactionTimeout} ms, after which the coordinator aborts`,
        }
      : undefined,

  ({ options: { payload }, given }) =>
    hasOwnSizes(payload) && given('recordSize')
      ? {
          at: 'recordSize',
          message: `has no effect with --payload ${payload.kind.replace('-file', '')}, which decides the size: leave one out`,
        }
      : undefined,

  ...replayRules,

  ({ options: { payload, compressionRatio } }) =>
    compressionRatio !== undefined && payload.kind !== 'random' && payload.kind !== 'text'
      ? { at: 'compressionRatio', message: 'shapes only random and text payload: leave it or --payload out' }
      : undefined,

  ({ options: { keys, partitioner, payload } }) =>
    partitioner?.kind === 'murmur2' && keys.kind === 'none' && payload.kind !== 'replay'
      ? { at: 'partitioner', message: 'murmur2 is by key and needs --keys; without keys use sticky or roundrobin' }
      : undefined,

  ({ options: { partitioner, partitions, topic } }) => {
    if (topic !== undefined || partitioner?.kind !== 'manual') return undefined
    const highest = Math.max(...partitioner.partitions)
    return highest < partitions
      ? undefined
      : { at: 'partitioner', message: `partition ${highest} is not among the ${partitions} of the topic (from 0)` }
  },

  ({ options }) => {
    if (hasOwnSizes(options.payload)) return undefined
    const bytes = recordBytesMax(options)
    return bytes <= options.batchBytes
      ? undefined
      : { at: 'batchBytes', message: `must hold the largest record: ${bytes} bytes with its key and headers` }
  },

  ({ options: { payload, recordSize, stamp } }) => {
    if (stamp !== 'value') return undefined
    if (hasOwnSizes(payload)) {
      const what = payload.kind.startsWith('json') ? 'documents' : 'values'
      const message = `value would damage the ${what} of --payload ${payload.kind.replace('-file', '')}: use header`
      return { at: 'stamp', message }
    }
    const needed = stampBytes[payload.kind === 'text' ? 'text' : 'binary']
    return sizeRange(recordSize).bytesMin >= needed
      ? undefined
      : { at: 'stamp', message: `value needs a --record-size of at least ${needed} bytes: use header or none` }
  },

  ({ options: { batchBytes, bufferBytes } }) =>
    bufferBytes < 2 * batchBytes
      ? { at: 'bufferBytes', message: 'must hold two batches at least (--batch-bytes)' }
      : undefined,

  ({ options: { rate }, given }) => {
    const at = (['late', 'lateMax'] as const).find(key => rate === undefined && given(key))
    return at && { at, message: 'needs --rate: flat out there is no time to be late for' }
  },

  ({ options: { deliveryTimeout, lingerMs }, requestTimeoutMs }) =>
    deliveryTimeout < lingerMs + requestTimeoutMs
      ? {
          at: 'deliveryTimeout',
          message: `must be at least --linger-ms plus --request-timeout, ${lingerMs + requestTimeoutMs} ms`,
        }
      : undefined,
]

const anyRules: readonly Rule[] = [
  ({ options: { clockListen, stamp } }) =>
    clockListen !== undefined && stamp === 'none'
      ? { at: 'clockListen', message: 'without stamps (--stamp none) nobody can time these records' }
      : undefined,

  ({ options: { clockPeer, books, decode, noStamps } }) => {
    const at = clockPeer.length > 0 ? 'clockPeer' : books.length > 0 ? 'books' : undefined
    if (at === undefined || (decode !== 'headers' && !noStamps)) return undefined
    return { at, message: 'needs the stamps of records: leave out --decode headers and --no-stamps' }
  },

  ({ options: { workers, records } }) =>
    workers !== undefined && records !== undefined && records < workers
      ? { at: 'records', message: `${records} cannot be shared out to ${workers} workers` }
      : undefined,

  ({ mode, options: { topic } }) =>
    mode === 'consume' && topic === undefined ? { at: 'topic', message: 'is required to consume' } : undefined,

  ({ options: { json, report } }) =>
    json && report.flat().some(({ path }) => path === '-')
      ? { at: 'report', message: 'cannot go to standard output together with --json: name a file' }
      : undefined,

  ({ mode, options: { threshold } }) =>
    threshold.flatMap(plan => {
      const message = thresholdProblem(plan, definitionsOf(mode))
      return message === undefined ? [] : [{ at: 'threshold', message }]
    }),
]

const fetchRules: readonly Rule[] = [
  ({ options: { fetchMinBytes, fetchMaxBytes } }) =>
    fetchMinBytes > fetchMaxBytes
      ? { at: 'fetchMinBytes', message: 'must not be more than --fetch-max-bytes' }
      : undefined,

  ({ options: { fetchMaxWait }, requestTimeoutMs }) =>
    fetchMaxWait >= requestTimeoutMs
      ? { at: 'fetchMaxWait', message: `must be less than --request-timeout, ${requestTimeoutMs} ms` }
      : undefined,
]

/** Less than this is no time for a drain. */
const drainMsMin = 1_000

const catchUpRules: readonly Rule[] = [
  ({ given }) =>
    given('catchUpAfter') && !given('catchUp')
      ? { at: 'catchUpAfter', message: 'needs --catch-up: nobody falls behind' }
      : undefined,

  ({ options: { catchUp, records, untilEnd } }) => {
    if (catchUp === undefined || (records === undefined && !untilEnd)) return undefined
    const at = records === undefined ? 'untilEnd' : 'records'
    return { at, message: 'cannot end a run with --catch-up, which needs a --duration: leave one out' }
  },

  ({ mode, options }) => {
    const { durationMs = Number.POSITIVE_INFINITY } = times(options, mode !== 'consume')
    const neededMs = drainFromMs(options) + drainMsMin
    if (options.catchUp === undefined || options.records !== undefined || durationMs >= neededMs) return undefined
    const parts = options.catchUp.kind === 'pause' ? '--catch-up-after, the pause' : '--catch-up-after'
    const at = options.duration === undefined && options.rate !== undefined ? 'rate' : 'duration'
    return { at, message: `is too short for --catch-up: ${parts} and a drain need at least ${neededMs / 1000}s` }
  },
]

const memberFlags = ['consumers', 'assignor', 'churn', 'rebalanceTimeout'] as const
const assignorsOf: Readonly<Record<'classic' | 'consumer', readonly string[]>> = {
  classic: classicAssignorNames,
  consumer: ['uniform', 'range'],
}

const groupRules: readonly Rule[] = [
  ({ options, given }) => {
    const at = memberFlags.find(key => given(key) && !given('groupProtocol') && !isHandling(options))
    return at && { at, message: 'needs --group-protocol: without it nobody is a member of a group' }
  },

  ({ mode, given }) =>
    mode === 'roundtrip' && given('group') && !given('groupProtocol')
      ? { at: 'group', message: 'needs --group-protocol in a roundtrip, which begins where the topic ends' }
      : undefined,

  ({ options: { groupProtocol, assignor } }) => {
    if (groupProtocol === undefined || assignor === undefined) return undefined
    const names = assignorsOf[groupProtocol]
    return names.includes(assignor)
      ? undefined
      : { at: 'assignor', message: `${assignor} is none of --group-protocol ${groupProtocol}: ${names.join(', ')}` }
  },

  ({ options: { sessionTimeout, heartbeatInterval, groupProtocol } }) =>
    groupProtocol === 'classic' && heartbeatInterval !== undefined && heartbeatInterval >= sessionTimeout
      ? { at: 'heartbeatInterval', message: `must be less than --session-timeout, ${sessionTimeout} ms` }
      : undefined,

  ({ mode, options }) =>
    mode === 'consume' &&
    (options.groupProtocol !== undefined || isHandling(options)) &&
    options.from.kind === 'offsets'
      ? { at: 'from', message: 'offsets: names partitions, and with --group-protocol the group assigns them' }
      : undefined,

  ({ options, given }) => {
    const { churn, consumers, workers } = options
    const isMember = given('groupProtocol') || isHandling(options)
    const members = consumers ?? workers
    return churn === undefined || !isMember || members === undefined || members > churn.count
      ? undefined
      : { at: 'churn', message: `needs more than ${churn.count} --consumers: somebody has to stay` }
  },
]

const rulesOf: Readonly<Record<BenchMode, readonly Rule[]>> = {
  produce: [...anyRules, ...driverRules, ...produceRules],
  consume: [...anyRules, ...driverRules, ...fetchRules, ...catchUpRules, ...groupRules, ...processRules],
  roundtrip: [
    ...anyRules,
    ...driverRules,
    ...produceRules,
    ...fetchRules,
    ...catchUpRules,
    ...groupRules,
    ...processRules,
  ],
}

export function crossProblems(checked: Checked, paths: ReadonlyMap<FlagKey, string>): ConfigProblem[] {
  return rulesOf[checked.mode].flatMap(rule => {
    const troubles = [rule(checked) ?? []].flat()
    return troubles.map(({ at, message }) => ({ path: paths.get(at) ?? flagPath(at), message }))
  })
}

function recordBytesMax(options: BenchOptions): number {
  const { keyBytes } = makeKeySource(options.keys, makeRandom(0))
  return sizeRange(options.recordSize).bytesMax + Math.max(keyBytes, 0) + besidesBytes(options)
}
