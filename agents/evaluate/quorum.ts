// What the leader of the metadata quorum says of its nodes, as distances. Pure.
//
// All times are those of the leader's clock (KIP-836), and it says "now" of itself, so the clock of the agent has no part in
// a difference. What it does not know it says as -1.
import type { QuorumAnswer } from '../source/quorum.ts'

export type QuorumRole = 'leader' | 'follower' | 'observer'

export interface QuorumNode {
  readonly id: number
  readonly role: QuorumRole
  readonly endOffset: number | undefined
  readonly lagOffsets: number | undefined
  /** Since it last had everything. */
  readonly lagSec: number | undefined
  readonly fetchAgeSec: number | undefined
}

export interface Quorum {
  /** Undefined while there is none. */
  readonly leader: number | undefined
  readonly epoch: number
  readonly highWatermark: number | undefined
  readonly nodes: readonly QuorumNode[]
}

export function quorumOf({ leaderId, leaderEpoch, highWatermark, currentVoters, observers }: QuorumAnswer): Quorum {
  const leader = currentVoters.find(({ replicaId }) => replicaId === leaderId)
  const node = (replica: QuorumAnswer['observers'][number], role: QuorumRole): QuorumNode => {
    const { replicaId: id, logEndOffset, lastCaughtUpTimestamp, lastFetchTimestamp } = replica
    return {
      id,
      role,
      endOffset: known(logEndOffset),
      lagOffsets: behind(leader?.logEndOffset, logEndOffset),
      lagSec: seconds(behind(leader?.lastCaughtUpTimestamp, lastCaughtUpTimestamp)),
      fetchAgeSec: seconds(behind(leader?.lastFetchTimestamp, lastFetchTimestamp)),
    }
  }
  return {
    leader: known(leaderId),
    epoch: leaderEpoch,
    highWatermark: known(highWatermark),
    nodes: [
      ...currentVoters.map(voter => node(voter, voter.replicaId === leaderId ? 'leader' : 'follower')),
      ...observers.map(observer => node(observer, 'observer')),
    ],
  }
}

const known = (value: number) => (value < 0 ? undefined : value)

const seconds = (ms: number | undefined) => (ms === undefined ? undefined : ms / 1000)

/** Leader and follower are read one after the other: a follower that got on meanwhile is not ahead. */
function behind(leader: number | undefined, node: number): number | undefined {
  return leader === undefined || leader < 0 || node < 0 ? undefined : Math.max(0, leader - node)
}
