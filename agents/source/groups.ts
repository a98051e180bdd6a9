// Which groups there are. Every broker lists those that it coordinates; a broker that does not answer takes its groups out
// of sight, which is a gap that is told, not an empty list.
import { isMillraceError, type MillraceError } from '../../core/errors.ts'
import { listGroups } from '../../wire/apis/16-list-groups.ts'
import { kafkaCode, kafkaError } from '../../wire/error-codes.ts'
import { type Gap, gapOf } from '../gap.ts'
import type { AskedCluster } from './one-look.ts'

export type GroupType = 'classic' | 'consumer' | 'share' | 'streams'

export interface GroupListing {
  readonly groupId: string
  readonly type: GroupType
  /** As the broker says it: Stable, Empty, PreparingRebalance, Reconciling, ...; empty from brokers before Kafka 2.6. */
  readonly state: string
  /** `consumer` for consumer groups of the classic protocol, `connect` for Connect workers, empty where only offsets are. */
  readonly protocolType: string
  /** Broker id. */
  readonly coordinator: number
}

export interface Found<T> {
  readonly found: T
  readonly gaps: readonly Gap[]
}

export async function readGroups(cluster: AskedCluster, timeoutMs: number): Promise<Found<GroupListing[]>> {
  const brokers = [...(await cluster.metadata()).brokers.keys()]
  const found: GroupListing[] = []
  const gaps: Gap[] = []
  await Promise.all(
    brokers.map(async broker => {
      try {
        found.push(...(await groupsOf(cluster, broker, timeoutMs)))
      } catch (error) {
        if (!isMillraceError(error)) throw error
        gaps.push(gapOf('broker', String(broker), forgotten(cluster, error)))
      }
    }),
  )
  found.sort((a, b) => (a.groupId < b.groupId ? -1 : 1))
  return { found, gaps }
}

async function groupsOf(cluster: AskedCluster, broker: number, timeoutMs: number): Promise<GroupListing[]> {
  const body = { statesFilter: [], typesFilter: [] }
  const answer = await cluster.send({ broker }, listGroups, body, { timeoutMs })
  if (answer.errorCode !== kafkaCode.NONE) throw kafkaError(answer.errorCode, `groups of broker ${broker}`)
  return answer.groups.map(({ groupId, groupType, groupState, protocolType }) => ({
    groupId,
    type: typeOf(groupType),
    state: groupState,
    protocolType,
    coordinator: broker,
  }))
}

/** Brokers before Kafka 3.8 have one type and do not say it. */
function typeOf(text: string): GroupType {
  const type = text.toLowerCase()
  return type === 'consumer' || type === 'share' || type === 'streams' ? type : 'classic'
}

/** What an error proves wrong is looked up anew in the next round. */
export function forgotten(cluster: AskedCluster, error: MillraceError): MillraceError {
  cluster.forget(error)
  return error
}
