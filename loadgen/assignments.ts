// What a consuming run reads: where each partition starts and ends, and which worker reads it.
import { configError } from '../core/errors.ts'
import { fetchCommittedOffsets, listOffsets } from '../wire/admin.ts'
import type { Cluster } from '../wire/cluster.ts'
import type { ConsumePlan, StartPlan } from './plan.ts'
import { endOffsetsOf, type RunTopic } from './topic.ts'
import type { Assignment } from './worker/contract.ts'

export async function planAssignments(cluster: Cluster, topic: RunTopic, plan: ConsumePlan): Promise<Assignment[]> {
  const starts = await startOffsets(cluster, topic, plan)
  const ends = plan.stopAtEnd ? await endOffsetsOf(cluster, topic, plan.isolation) : undefined
  return [...starts].map(([partition, startOffset]) => ({
    partition,
    startOffset,
    ...(ends === undefined ? {} : { endOffset: ends[partition]! }),
  }))
}

/** Partitions in turn, so that workers differ by one partition at most; a worker without any is left out. */
export function shareOut(assignments: readonly Assignment[], workers: number): Assignment[][] {
  const shares: Assignment[][] = Array.from({ length: Math.min(workers, assignments.length) }, () => [])
  for (const [index, assignment] of assignments.entries()) shares[index % shares.length]!.push(assignment)
  return shares
}

async function startOffsets(cluster: Cluster, topic: RunTopic, plan: ConsumePlan): Promise<Map<number, number>> {
  const starts = await plannedStarts(cluster, topic, plan.from, plan.isolation)
  if (plan.group === undefined) return starts
  const committed = await fetchCommittedOffsets(cluster, plan.group, topic.name, [...starts.keys()])
  for (const [partition, { offset }] of committed) if (offset >= 0) starts.set(partition, offset)
  return starts
}

function namedStarts(
  offsets: Readonly<Record<number, number>>,
  topic: Pick<RunTopic, 'partitions'>,
): Map<number, number> {
  const starts = new Map(Object.entries(offsets).map(([partition, offset]) => [Number(partition), offset]))
  const unknown = [...starts.keys()].filter(partition => partition >= topic.partitions)
  if (unknown.length === 0) return starts
  const message = `partition ${unknown.join(', ')} does not exist: the topic has ${topic.partitions}, numbered from 0`
  throw configError([{ path: '--from', message }])
}

/** Where reading starts, of each partition. */
export async function plannedStarts(
  cluster: Cluster,
  topic: Pick<RunTopic, 'name' | 'partitions' | 'leaders'>,
  from: StartPlan,
  isolation: ConsumePlan['isolation'],
): Promise<Map<number, number>> {
  if (from.kind === 'offsets') return namedStarts(from.offsets, topic)
  const spec = from.kind === 'timestamp' ? { timestampMs: from.timestampMs } : from.kind
  const found = await listOffsets(cluster, topic.name, 'all', spec, isolation)
  const ends = from.kind === 'timestamp' ? await endOffsetsOf(cluster, topic, isolation) : undefined
  // A timestamp after the last record has no offset: reading starts with what comes next.
  return new Map(
    [...found].map(([partition, { offset }]) => [partition, offset >= 0 ? offset : (ends?.[partition] ?? 0)]),
  )
}
