// What the role of a scenario says of its settings, where the user does not.
import type { BenchMode } from '../plan.ts'
import type { KafkaKey, KafkaSettings } from './document.ts'
import { processingFlags } from './flags/processing.ts'
import { transactionFlags } from './flags/transactions.ts'
import { type ExecutorModel, maxVusOf } from './model.ts'

const transactionKeys = Object.keys(transactionFlags) as (keyof typeof transactionFlags)[]
const processingKeys = Object.keys(processingFlags) as (keyof typeof processingFlags)[]
export const withoutFunction: readonly KafkaKey[] = [...transactionKeys, ...processingKeys, 'replaySpeed']

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
