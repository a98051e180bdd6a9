// What the role of a scenario says of its settings, where the user does not.
import type { BenchMode, ProducePlan } from '../plan.ts'
import type { KafkaKey, KafkaSettings } from './document.ts'
import { processingFlags } from './flags/processing.ts'
import { transactionFlags } from './flags/transactions.ts'
import { type ExecutorModel, maxVusOf, type TransactionalIds } from './model.ts'

const transactionKeys = Object.keys(transactionFlags) as (keyof typeof transactionFlags)[]
const processingKeys = Object.keys(processingFlags) as (keyof typeof processingFlags)[]

const inScript = 'in a function it is transaction() that says what is in one, and abort() that aborts it'
/** What a function says itself, and why that is so. */
export const withoutFunction: ReadonlyMap<KafkaKey, string> = new Map([
  ...processingKeys.map((key): [KafkaKey, string] => [key, 'is for scenarios without a function']),
  ['replaySpeed', 'is for scenarios without a function'],
  ['transactionRecords', `is for scenarios without a function: ${inScript}`],
  ['transactionDuration', `is for scenarios without a function: ${inScript}`],
  ['abortRatio', `is for scenarios without a function: ${inScript}`],
])

/** A script has settings for both; what is said of transactions is said of what it writes. */
export const isForScript = (key: string, mode: BenchMode): boolean =>
  mode !== 'consume' || !transactionKeys.some(other => other === key)

/** transaction.timeout.ms, where nothing is said of transactions: as the flag has it. */
const transactionTimeoutMsDefault = 60_000

/** Producers of two scenarios would fence each other under one id, and so would two VUs. */
export const transactionalOf = (
  scenario: string,
  produce: ProducePlan | undefined,
  randomHex: () => string,
): TransactionalIds => ({
  id: `${produce?.transactions?.id ?? `millrace-test-${randomHex()}`}-${scenario}`,
  timeoutMs: produce?.transactions?.timeoutMs ?? transactionTimeoutMsDefault,
})

const isHandling = ({ role, forwardTopic, deadLetterTopic, errorRatio }: KafkaSettings): boolean =>
  role === 'read-process-write' || (forwardTopic ?? deadLetterTopic ?? errorRatio) !== undefined

/** What a role means where nothing else is said: Kafka Streams commits as often, and a VU of a group is a member. */
export function ofRole(mode: BenchMode, kafka: KafkaSettings, executor: ExecutorModel): [KafkaKey, string][] {
  if (mode !== 'consume') return []
  const isMember = kafka.groupProtocol !== undefined || isHandling(kafka)
  const isTimed = kafka.role === 'read-process-write' && kafka.transactionRecords === undefined
  return [
    ...(isMember ? [['consumers', String(maxVusOf(executor))] as [KafkaKey, string]] : []),
    ...(isTimed ? [['transactionDuration', '100ms'] as [KafkaKey, string]] : []),
  ]
}

/** Transactions that are said for the whole test are those of whoever writes. */
export function forMode(
  common: KafkaSettings | undefined,
  kafka: KafkaSettings,
  mode: BenchMode,
): KafkaSettings | undefined {
  if (common === undefined || mode !== 'consume' || isHandling(kafka)) return common
  const entries = Object.entries(common).filter(([key]) => !transactionKeys.some(other => other === key))
  return Object.fromEntries(entries) as KafkaSettings
}
