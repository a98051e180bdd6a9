// What could not be found out, and why. A gap takes the place of a value that nobody knows: no sentinel, no zero, and it is
// counted by its reason, so that a missing right or a dead broker is seen and not mistaken for calm.
import type { MillraceError } from '../core/errors.ts'
import { kafkaCode } from '../wire/error-codes.ts'

/** A closed list: these are label values. */
export const gapReasons = [
  'authorization',
  'broker_unreachable',
  'timeout',
  'no_leader',
  'no_coordinator',
  'unknown_topic',
  'unknown_group',
  'unsupported',
  'damaged',
  'refused',
] as const

export type GapReason = (typeof gapReasons)[number]

export interface Gap {
  /** What the value would have been about. */
  readonly about: 'broker' | 'group' | 'topic' | 'partition' | 'cluster' | 'connect'
  /** Its name: broker id, group id, topic, `topic-partition`. */
  readonly name: string
  readonly reason: GapReason
  /** For people. */
  readonly message: string
}

const byCode: Readonly<Partial<Record<MillraceError['code'], GapReason>>> = {
  AUTHORIZATION_FAILED: 'authorization',
  AUTHENTICATION_FAILED: 'authorization',
  BROKER_UNREACHABLE: 'broker_unreachable',
  CONNECTION_CLOSED: 'broker_unreachable',
  NOT_KAFKA: 'broker_unreachable',
  TLS_FAILED: 'broker_unreachable',
  REQUEST_TIMEOUT: 'timeout',
  QUEUE_FULL: 'timeout',
  TOPIC_UNKNOWN: 'unknown_topic',
  VERSION_UNSUPPORTED: 'unsupported',
  BATCH_CORRUPT: 'damaged',
  FRAME_CORRUPT: 'damaged',
}

const byKafkaCode: ReadonlyMap<number, GapReason> = new Map([
  [kafkaCode.LEADER_NOT_AVAILABLE, 'no_leader'],
  [kafkaCode.NOT_LEADER_OR_FOLLOWER, 'no_leader'],
  [kafkaCode.COORDINATOR_NOT_AVAILABLE, 'no_coordinator'],
  [kafkaCode.NOT_COORDINATOR, 'no_coordinator'],
  [kafkaCode.COORDINATOR_LOAD_IN_PROGRESS, 'no_coordinator'],
  [kafkaCode.GROUP_ID_NOT_FOUND, 'unknown_group'],
])

/** Nobody was heard: the network, or a broker that is down or frozen. What a broker answers is no such thing, whatever it says. */
export const isOutOfReach = (error: MillraceError) =>
  error.kafkaCode === undefined && (byCode[error.code] === 'broker_unreachable' || byCode[error.code] === 'timeout')

export function gapOf(about: Gap['about'], name: string, error: MillraceError): Gap {
  const byBroker = error.kafkaCode === undefined ? undefined : byKafkaCode.get(error.kafkaCode)
  return { about, name, reason: byBroker ?? byCode[error.code] ?? 'refused', message: error.message }
}
