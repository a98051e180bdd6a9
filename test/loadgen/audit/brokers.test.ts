// Shows what is concluded from the cluster before and after a run and from the retries in between.
import { describe, expect, it } from 'vitest'
import { auditBrokers, type BrokersView } from '../../../loadgen/audit/brokers.ts'
import type { BrokersAudit } from '../../../loadgen/audit/model.ts'

const before = { ids: [1, 2, 3], leaderEpochs: [5, 7, -1] }

describe('brokers', () => {
  it.each<[string, BrokersView | undefined, Record<string, number>[], Partial<BrokersAudit>]>([
    ['nothing happened', before, [{}], { connectionsLost: 0, leaderChanges: 0, lost: [], known: true }],
    ['new leaders', { ...before, leaderEpochs: [6, 9, 4] }, [{}], { leaderChanges: 3 }],
    ['a broker that left', { ...before, ids: [1, 3] }, [{}], { lost: [2] }],
    [
      'connections lost on both sides',
      before,
      [{ CONNECTION_CLOSED: 2, NOT_LEADER_OR_FOLLOWER: 9 }, { REQUEST_TIMEOUT: 1 }],
      { connectionsLost: 3 },
    ],
    ['a cluster that does not answer', undefined, [{}], { lost: [], leaderChanges: 0, known: false }],
  ])('%s', (_, after, retries, expected) => {
    expect(auditBrokers(before, after, retries)).toMatchObject(expected)
  })
})
