// One member's way from what it has to what it shall have (KIP-848, "reconciliation"): first it gives up what is not its
// own any more and says so, then it moves to the target's epoch, and it gets what others still hold as they let go. Pure.
//
//   stable ──new target──> unrevoked ──member has let go──> unreleased ──others have let go──> stable
//                (nothing to give up: at once)       (nothing held by others: at once)
import type { PartitionSets } from '../../wire/group/assignors.ts'

/** By topic id and partition: the epoch in which the member got it (KIP-1251). */
export type PartitionEpochs = ReadonlyMap<string, ReadonlyMap<number, number>>

export interface CurrentAssignment {
  readonly state: 'stable' | 'unrevoked' | 'unreleased'
  readonly memberEpoch: number
  readonly previousEpoch: number
  readonly assigned: PartitionEpochs
  readonly pendingRevocation: PartitionEpochs
}

export const noAssignmentYet: CurrentAssignment = {
  state: 'stable',
  memberEpoch: 0,
  previousEpoch: 0,
  assigned: new Map(),
  pendingRevocation: new Map(),
}

export interface Target {
  readonly epoch: number
  readonly partitions: PartitionSets
  /** What the member says it owns; undefined: as before, it did not say. */
  readonly owned: PartitionSets | undefined
  /** Somebody holds it, or has not confirmed that he let go of it. */
  readonly isHeld: (topicId: string, partition: number) => boolean
}

/** The same object when nothing changes. */
export function reconcile(current: CurrentAssignment, target: Target): CurrentAssignment {
  switch (current.state) {
    case 'stable':
      return current.memberEpoch === target.epoch ? current : advance(current, current.memberEpoch, target)
    case 'unrevoked':
      if (ownsAny(target.owned, current.pendingRevocation)) return current
      return advance(current, current.memberEpoch + 1, target)
    case 'unreleased':
      return advance(current, current.memberEpoch, target)
  }
}

function advance(current: CurrentAssignment, epoch: number, target: Target): CurrentAssignment {
  const previousEpoch = current.memberEpoch
  const kept = pick(current.assigned, (topicId, partition) => target.partitions.get(topicId)?.has(partition) ?? false)
  const revoked = pick(current.assigned, (topicId, partition) => kept.get(topicId)?.has(partition) !== true)
  if (revoked.size > 0 && ownsAny(target.owned, revoked)) {
    return { state: 'unrevoked', memberEpoch: epoch, previousEpoch, assigned: kept, pendingRevocation: revoked }
  }
  let isComplete = true
  for (const [topicId, partitions] of target.partitions) {
    for (const partition of partitions) {
      if (kept.get(topicId)?.has(partition) === true) continue
      if (target.isHeld(topicId, partition)) isComplete = false
      else put(kept, topicId, partition, target.epoch)
    }
  }
  const state = isComplete ? 'stable' : 'unreleased'
  return { state, memberEpoch: target.epoch, previousEpoch, assigned: kept, pendingRevocation: new Map() }
}

/** A member that does not say what it owns may still own it. */
function ownsAny(owned: PartitionSets | undefined, partitions: PartitionEpochs): boolean {
  if (owned === undefined) return true
  return pick(partitions, (topicId, partition) => owned.get(topicId)?.has(partition) ?? false).size > 0
}

export function pick(
  from: PartitionEpochs,
  matches: (topicId: string, partition: number) => boolean,
): Map<string, Map<number, number>> {
  const picked = new Map<string, Map<number, number>>()
  for (const [topicId, partitions] of from) {
    for (const [partition, epoch] of partitions) if (matches(topicId, partition)) put(picked, topicId, partition, epoch)
  }
  return picked
}

function put(into: Map<string, Map<number, number>>, topicId: string, partition: number, epoch: number): void {
  const partitions = into.get(topicId)
  if (partitions === undefined) into.set(topicId, new Map([[partition, epoch]]))
  else partitions.set(partition, epoch)
}

export function samePartitions(a: PartitionEpochs, b: PartitionEpochs): boolean {
  const isWithin = (one: PartitionEpochs, other: PartitionEpochs) =>
    pick(one, (topicId, partition) => other.get(topicId)?.has(partition) !== true).size === 0
  return isWithin(a, b) && isWithin(b, a)
}
