// Binds a catch-up to a run: its cluster, its crew, its schedule.
import type { Clock } from '../../core/clock.ts'
import type { Cluster } from '../../wire/cluster.ts'
import type { Crew, WorkerTask } from '../crew.ts'
import type { Meter } from '../meter.ts'
import type { BenchPlan } from '../plan.ts'
import { offeredBefore } from '../rate.ts'
import { endOffsetsOf, type RunTopic } from '../topic.ts'
import { ReadPositions } from '../worker/read-positions.ts'
import { CatchUp } from './catch-up.ts'
import { seekTargets } from './seek.ts'

export interface RunParts {
  readonly plan: BenchPlan
  readonly cluster: Cluster
  readonly topic: RunTopic
  readonly crew: Crew
  readonly tasks: readonly WorkerTask[]
  readonly meter: Meter
  readonly clock: Clock
  readonly startNs: number
  readonly signal: AbortSignal | undefined
  onNotice(text: string): void
}

/** Undefined: the run has none. */
export function catchUpOf(parts: RunParts): CatchUp | undefined {
  const { plan, cluster, topic, crew, tasks, meter, clock, startNs, signal, onNotice } = parts
  const memory = tasks.find(task => task.readPositions !== undefined)?.readPositions
  const { catchUp: how, isolation = 'read_uncommitted' } = plan.consume ?? {}
  if (how === undefined || memory === undefined || plan.durationMs === undefined) return undefined
  const fromNs = startNs + plan.warmupMs * 1e6
  const catchUp = new CatchUp({
    plan: how,
    ...{ clock, startNs, fromNs, untilNs: fromNs + plan.durationMs * 1e6, crew, signal, onNotice },
    partitions: partitionsOf(parts),
    readPositions: new ReadPositions(memory),
    producers: crew.moreReadersOf('produce'),
    offeredIn: offered(plan, startNs),
    recordsSoFar: side => meter.recordsSoFar(side),
    readEndOffsets: () => endOffsetsOf(cluster, topic, isolation),
    seekTargets: positions => {
      if (how.kind !== 'seek') return Promise.resolve({})
      return seekTargets(cluster, topic.name, how.to, positions, clock.wallUsAt(clock.nowNs()) / 1000)
    },
  })
  meter.lagFrom(() => catchUp.lag)
  // Whatever has ended them: what they have left is to be read.
  if (plan.produce !== undefined) void crew.finished('produce').then(() => catchUp.stop())
  return catchUp
}

/** The members of a group read all of them, whoever has which. */
const partitionsOf = ({ plan, topic, tasks }: RunParts): number[] =>
  plan.consume?.members === undefined
    ? tasks.flatMap(task => task.assignments.map(({ partition }) => partition))
    : topic.leaders.map((_, partition) => partition)

function offered(plan: BenchPlan, startNs: number): (fromNs: number, toNs: number) => number | undefined {
  const dueBefore = offeredBefore(plan)
  if (dueBefore === undefined) return () => undefined
  const dueBy = (ns: number) => dueBefore(Math.max(0, ns - startNs) / 1e9)
  return (fromNs, toNs) => dueBy(toNs) - dueBy(fromNs)
}
