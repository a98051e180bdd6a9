// DATA PLANE: which partition the next record goes to.
//
// Sticky fills one batch and moves on to the next partition (KIP-480), passing over partitions that are backed up while
// others are not; the rest choose per record.
import { configError } from '../../core/errors.ts'
import { readProfile } from '../payload/profile.ts'
import type { ProducePlan } from '../plan.ts'
import type { PartitionSender } from './partition-sender.ts'
import type { RecordMaker } from './record-maker.ts'

export interface Partitioner {
  choose(sequence: number): number
  /** The batch of this partition is full, or has lingered long enough. */
  batchClosed(partition: number): void
}

/** Batches waiting at a partition from which sticky prefers another. */
const backedUp = 4

export function makePartitioner(
  { partitioner: plan, payload }: Pick<ProducePlan, 'partitioner' | 'payload'>,
  senders: readonly PartitionSender[],
  maker: RecordMaker,
  first: number,
): Partitioner {
  switch (plan.kind) {
    case 'sticky':
      return sticky(senders, first)
    case 'roundrobin':
      return inTurn(
        senders.map(sender => sender.partition),
        first,
      )
    case 'manual':
      assertKnown(plan.partitions, senders.length)
      return inTurn(plan.partitions, first)
    case 'replay':
      return replayed(payload, senders.length)
    case 'murmur2':
      return { choose: sequence => maker.partitionByKey(sequence, senders.length), batchClosed: () => {} }
  }
}

function assertKnown(partitions: readonly number[], count: number): void {
  const unknown = partitions.filter(partition => partition >= count)
  if (unknown.length === 0) return
  const message = `partition ${unknown.join(', ')} does not exist: the topic has ${count}, numbered from 0`
  throw configError([{ path: '--partitioner', message }])
}

/** As record n of the profile, so record n of the run. */
function replayed(payload: ProducePlan['payload'], count: number): Partitioner {
  const partitions = payload.kind === 'replay' ? readProfile(payload.path).partitions : undefined
  if (partitions === undefined)
    throw configError([{ path: '--partitioner', message: 'replay needs a --payload replay with partitions' }])
  assertKnown([...new Set(partitions)], count)
  return { choose: sequence => partitions[sequence % partitions.length]!, batchClosed: () => {} }
}

function sticky(senders: readonly PartitionSender[], first: number): Partitioner {
  let current = first % senders.length
  return {
    choose: () => current,
    batchClosed(partition) {
      if (partition !== current) return
      const start = current
      do {
        current = (current + 1) % senders.length
      } while (senders[current]!.waiting >= backedUp && current !== start)
      if (current === start) current = (start + 1) % senders.length
    },
  }
}

function inTurn(partitions: readonly number[], first: number): Partitioner {
  let turn = first
  // The choice stays until its record is appended, so a record that finds no memory goes to the same partition later.
  let chosenFor = -1
  return {
    choose(sequence) {
      if (sequence !== chosenFor) turn = (turn + 1) % partitions.length
      chosenFor = sequence
      return partitions[turn]!
    },
    batchClosed: () => {},
  }
}
