// Shows the series of the metadata quorum: roles, distances by the clock of the leader, and no sample for what it does not know.
import { describe, expect, it } from 'vitest'
import { quorumFamilies } from '../../../agents/collectors/quorum.ts'
import { quorumOf } from '../../../agents/evaluate/quorum.ts'
import type { QuorumAnswer } from '../../../agents/source/quorum.ts'
import { zeroUuid } from '../../../wire/schema.ts'
import { samplesOf } from '../samples.ts'

const nowMs = 1_700_000_000_000

function replica(replicaId: number, logEndOffset: number, caughtUpMs: number, fetchMs = caughtUpMs) {
  const times = { lastCaughtUpTimestamp: caughtUpMs, lastFetchTimestamp: fetchMs }
  return { replicaId, replicaDirectoryId: zeroUuid, logEndOffset, ...times }
}

const answer = (changes: Partial<QuorumAnswer> = {}): QuorumAnswer => ({
  partitionIndex: 0,
  errorCode: 0,
  errorMessage: null,
  leaderId: 1,
  leaderEpoch: 7,
  highWatermark: 100,
  currentVoters: [replica(1, 105, nowMs), replica(2, 105, nowMs - 500), replica(3, 60, nowMs - 90_000, nowMs - 60_000)],
  observers: [replica(11, 104, nowMs - 1_500), replica(12, -1, -1)],
  ...changes,
})

const samples = (changes?: Partial<QuorumAnswer>) => samplesOf(quorumFamilies('c', quorumOf(answer(changes))))

describe('the quorum collector', () => {
  it('names the leader, and tells of each node how far it is behind', () => {
    const found = samples()
    expect(found).toEqual(
      expect.arrayContaining([
        'quorum_leader_node 1',
        'quorum_leader_epoch 7',
        'quorum_high_watermark_offset 100',
        'quorum_node_info{node="1",role="leader"} 1',
        'quorum_node_info{node="3",role="follower"} 1',
        'quorum_node_info{node="11",role="observer"} 1',
        'quorum_node_lag_offsets{node="1"} 0',
        'quorum_node_lag_offsets{node="3"} 45',
        'quorum_node_lag_seconds{node="3"} 90',
        'quorum_node_last_fetch_age_seconds{node="3"} 60',
        'quorum_node_lag_seconds{node="11"} 1.5',
      ]),
    )
  })

  it('has no distance for a node that the leader has not heard of yet', () => {
    const ofTwelve = samples().filter(line => line.includes('node="12"'))
    expect(ofTwelve).toEqual(['quorum_node_info{node="12",role="observer"} 1'])
  })

  it('without a leader there is no leader, and nothing to be behind of', () => {
    const found = samples({ leaderId: -1, highWatermark: -1 })
    expect(found.filter(line => /leader_node|high_watermark|lag_/.test(line))).toEqual([])
    expect(found).toContain('quorum_node_info{node="1",role="follower"} 1')
  })

  it('a follower that got on while the leader answered is not ahead', () => {
    const currentVoters = [replica(1, 105, nowMs), replica(2, 109, nowMs + 3)]
    expect(samples({ currentVoters })).toEqual(
      expect.arrayContaining(['quorum_node_lag_offsets{node="2"} 0', 'quorum_node_lag_seconds{node="2"} 0']),
    )
  })
})
