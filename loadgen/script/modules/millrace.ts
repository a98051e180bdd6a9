// `millrace/script`: produce and consume, beside all that a script knows from k6; and the types of `options.ext.millrace`.

import { MillraceError } from '../../../core/errors.ts'
import type { KafkaSettings, TestDocument } from '../../scenario/document.ts'
import { callerOf, throwIfInterrupted, type VuContext } from '../context.ts'
import type {
  ConsumedMessage,
  ConsumeOptions,
  Message,
  ProducedMessage,
  ProduceOptions,
  ScriptKafka,
} from '../kafka.ts'
import type { Transaction } from '../transactions.ts'

export { SharedArray } from './data.ts'
export { instance, scenario, test, vu } from './execution.ts'
export { check, fail, group, randomSeed, sleep } from './k6.ts'
export { Counter, Gauge, Rate, Trend } from './metrics.ts'
export type { ConsumedMessage, ConsumeOptions, Message, ProducedMessage, ProduceOptions, Transaction }

/** `options.ext.millrace` of a script: for all scenarios, and under `scenarios` for one of them by its name. */
export interface MillraceOptions extends KafkaSettings {
  /** Topics that are created before the test where they do not exist, and deleted after it. */
  readonly topics?: TestDocument['topics']
  readonly scenarios?: Readonly<Record<string, KafkaSettings>>
}

function kafkaOf(what: string): { kafka: ScriptKafka; caller: VuContext } {
  const caller = callerOf(what)
  throwIfInterrupted(caller)
  if (caller.kafka !== undefined) return { kafka: caller.kafka, caller }
  throw new MillraceError('SCRIPT_EXCEPTION', `${what} has no connection here: call it in an iteration`)
}

/**
 * Resolves when the messages are acknowledged (by the scenario's acks), with partition and offset of each; rejects when they are given
 * up on. Messages of all VUs of a thread share batches, so that many small calls make few requests.
 */
export async function produce(
  messages: Message | readonly Message[] | string | Uint8Array,
  options: ProduceOptions = {},
): Promise<ProducedMessage[]> {
  const { kafka, caller } = kafkaOf('produce')
  const list = (Array.isArray(messages) ? messages : [messages]) as readonly (Message | string | Uint8Array)[]
  return await kafka.produce(
    list.map(message => (typeof message === 'string' || message instanceof Uint8Array ? { value: message } : message)),
    options,
    caller,
  )
}

/**
 * What the function produces, to whatever topics, is one transaction (KIP-98): committed when it returns, aborted when it throws
 * (which this rejects with) or has called `tx.abort()` (which it does not). Resolves with what the function returned, when
 * the coordinator has answered; rejects when a message could not be sent or the commit was refused, and then nothing of it
 * is committed, or nobody knows. Each VU is a producer with a transactional id of its own, and has one transaction at a time.
 */
export async function transaction<Result>(work: (tx: Transaction) => Result | Promise<Result>): Promise<Result> {
  const { kafka, caller } = kafkaOf('transaction')
  return await kafka.transaction(work, caller)
}

/** Up to `max` messages; fewer, or none, when no more came within `timeoutMs`. Each VU reads on where it stopped. */
export async function consume(options: ConsumeOptions = {}): Promise<ConsumedMessage[]> {
  const { kafka, caller } = kafkaOf('consume')
  return await kafka.consume(options, caller)
}
