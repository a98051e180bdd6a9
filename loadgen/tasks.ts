// What each worker of a run has to do: who produces, who reads what, who is a member of the group.
import type { Cluster } from '../wire/cluster.ts'
import { planAssignments, shareOut } from './assignments.ts'
import type { WorkerTask } from './crew.ts'
import type { RunIdentity } from './payload/stamp.ts'
import type { BenchPlan, ConsumePlan } from './plan.ts'
import { recordRate } from './rate.ts'
import type { RunTopic } from './topic.ts'
import { allocateReadPositions } from './worker/read-positions.ts'
import { allocateRecordLimit } from './worker/record-limit.ts'

export interface TaskSettings {
  readonly cluster: Cluster
  readonly topic: RunTopic
  readonly plan: BenchPlan
  readonly run: RunIdentity
  /** Of other runs' clocks (clock/shared-offsets.ts). */
  readonly offsets: SharedArrayBuffer | undefined
}

export async function planTasks(settings: TaskSettings): Promise<WorkerTask[]> {
  const { plan } = settings
  const consumers = plan.consume === undefined ? [] : await consumerTasks(settings, plan.consume)
  return [...consumers, ...(plan.produce === undefined ? [] : producerTasks(settings))]
}

const sharedOf = ({ plan, run, topic }: TaskSettings) => {
  const { name, id, leaders } = topic
  return { plan, run, topic: { name, id }, leaders, recordsMax: plan.records ?? Number.POSITIVE_INFINITY }
}

function producerTasks(settings: TaskSettings): WorkerTask[] {
  const { plan } = settings
  const rate = plan.produce && recordRate(plan.produce)
  return Array.from({ length: plan.workers }, (_, worker) => {
    return { ...sharedOf(settings), role: 'produce' as const, worker, assignments: [], rate }
  })
}

async function consumerTasks(settings: TaskSettings, consume: ConsumePlan): Promise<WorkerTask[]> {
  const { plan, topic, offsets } = settings
  // In a roundtrip the producers keep to the limit, and what they wrote is read.
  const isLimited = plan.mode === 'consume' && plan.records !== undefined
  // Where a consumer goes back, or another goes on in its place, what was read before is read again.
  const isReadAgain = consume.catchUp !== undefined || consume.members !== undefined
  const shared = {
    ...sharedOf(settings),
    ...(isLimited ? { recordLimit: allocateRecordLimit(plan.records!) } : {}),
    ...(isReadAgain ? { readPositions: allocateReadPositions(topic.partitions) } : {}),
    ...(offsets === undefined ? {} : { offsets }),
  }
  const shares = consume.members === undefined ? await assigned(settings, consume) : await members(settings, consume)
  // A rate of reading is shared out to those who read.
  const paced = consume.rate === undefined ? {} : { plan: { ...plan, workers: shares.length } }
  return shares.map((share, worker) => ({ ...shared, ...paced, role: 'consume', worker, rate: undefined, ...share }))
}

type Share = Pick<WorkerTask, 'assignments' | 'consumers' | 'startOffsets'>

async function assigned({ cluster, topic, plan }: TaskSettings, consume: ConsumePlan): Promise<Share[]> {
  const assignments = await planAssignments(cluster, topic, consume)
  // Members of a client's own group share out by themselves: each may get any of the partitions.
  const isOfClient = plan.driver !== undefined && consume.group !== undefined
  if (isOfClient) return Array.from({ length: plan.workers }, () => ({ assignments }))
  return shareOut(assignments, plan.workers).map(share => ({ assignments: share }))
}

/** Where the group has no commit, members begin where consumers without a group would. */
async function members({ cluster, topic, plan }: TaskSettings, consume: ConsumePlan): Promise<Share[]> {
  const { group: _, ...alone } = consume
  const starts = await planAssignments(cluster, topic, { ...alone, stopAtEnd: false })
  const startOffsets = new Array<number>(topic.partitions).fill(0)
  for (const { partition, startOffset } of starts) startOffsets[partition] = startOffset
  const { consumers } = consume.members!
  const workers = Math.min(plan.workers, consumers)
  return Array.from({ length: workers }, (_, worker) => {
    const own = Array.from({ length: consumers }, (_, index) => index).filter(index => index % workers === worker)
    return { assignments: [], consumers: own, startOffsets }
  })
}
