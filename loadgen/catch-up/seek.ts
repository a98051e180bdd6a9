// Where consumers are set back to: an offset for each partition that moves at all.
import { listOffsets } from '../../wire/admin.ts'
import type { Cluster } from '../../wire/cluster.ts'
import type { SeekTarget } from '../plan.ts'
import type { Positions } from '../worker/contract.ts'

/** From where the consumers are now; partitions that would not go back are left out. */
export async function seekTargets(
  cluster: Cluster,
  topic: string,
  to: SeekTarget,
  positions: Positions,
  nowMs: number,
): Promise<Positions> {
  const partitions = Object.keys(positions).map(Number)
  const spec = to.kind === 'time' ? { timestampMs: Math.max(0, Math.floor(nowMs - to.backMs)) } : 'earliest'
  const found = await listOffsets(cluster, topic, partitions, spec)
  const offsetOf = (partition: number) => found.get(partition)?.offset ?? -1
  const targets = to.kind === 'records' ? backBy(to.records, positions, offsetOf) : offsetsOf(partitions, offsetOf)
  const back = Object.entries(targets).filter(([partition, offset]) => offset >= 0 && offset < positions[+partition]!)
  return Object.fromEntries(back)
}

const offsetsOf = (partitions: readonly number[], offsetOf: (partition: number) => number): Positions =>
  Object.fromEntries(partitions.map(partition => [partition, offsetOf(partition)]))

/**
 * So many offsets back in total, the same for each partition as far as its log goes; what one does not have is taken from
 * the others.
 */
export function backBy(records: number, positions: Positions, earliestOf: (partition: number) => number): Positions {
  const rooms = Object.entries(positions)
    .map(([partition, offset]) => ({
      partition: Number(partition),
      room: Math.max(0, offset - earliestOf(+partition)),
    }))
    .sort((one, other) => one.room - other.room || one.partition - other.partition)
  const targets: Record<number, number> = {}
  let left = records
  rooms.forEach(({ partition, room }, index) => {
    const back = Math.min(room, Math.ceil(left / (rooms.length - index)))
    targets[partition] = positions[partition]! - back
    left -= back
  })
  return targets
}
