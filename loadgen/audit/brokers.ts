// What became of the brokers during a run, from what the cluster said before and after it, and from what went wrong between.
import type { ClusterSnapshot } from '../../wire/cluster-metadata.ts'
import type { BrokersAudit } from './model.ts'

export interface BrokersView {
  readonly ids: readonly number[]
  /** By partition; -1 where the cluster does not tell. */
  readonly leaderEpochs: readonly number[]
}

export const brokersViewOf = ({ brokers, topics }: ClusterSnapshot, topic: string): BrokersView => ({
  ids: [...brokers.keys()],
  leaderEpochs: topics.get(topic)?.partitions.map(({ leaderEpoch }) => leaderEpoch) ?? [],
})

/** Codes with which a connection that was there goes. */
const lostConnection: ReadonlySet<string> = new Set(['CONNECTION_CLOSED', 'BROKER_UNREACHABLE', 'REQUEST_TIMEOUT'])

export function auditBrokers(
  before: BrokersView,
  after: BrokersView | undefined,
  retries: readonly Readonly<Record<string, number>>[],
): BrokersAudit {
  const lost = retries.flatMap(byCode => Object.entries(byCode).filter(([code]) => lostConnection.has(code)))
  const leaderChanges = before.leaderEpochs.reduce((sum, epoch, partition) => {
    const now = after?.leaderEpochs[partition] ?? epoch
    return sum + (epoch < 0 ? 0 : Math.max(0, now - epoch))
  }, 0)
  return {
    connectionsLost: lost.reduce((sum, [, count]) => sum + count, 0),
    leaderChanges,
    lost: after === undefined ? [] : before.ids.filter(id => !after.ids.includes(id)),
    known: after !== undefined,
  }
}
