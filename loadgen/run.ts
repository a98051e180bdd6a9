// A bench run from beginning to end, on one page: connect, prepare the topic, start the workers, measure while they work,
// let them finish, confirm with the brokers, report.
import { type Clock, makeClock, makeExactClockOrigin } from '../core/clock.ts'
import { isMillraceError, type MillraceError } from '../core/errors.ts'
import { Cluster } from '../wire/cluster.ts'
import type { HostPort } from '../wire/settings.ts'
import { balance, type Written, writtenByPartition } from './accounting.ts'
import { Auditor } from './audit/auditor.ts'
import { auditBrokers, type BrokersView, brokersViewOf } from './audit/brokers.ts'
import { systemFiles } from './audit/files.ts'
import { type RunBooks, streamBooksOf } from './books/model.ts'
import { catchUpOf } from './catch-up/of-run.ts'
import { Clocks } from './clock/clocks.ts'
import { GroupCommitter } from './commits.ts'
import { committerOf } from './committer.ts'
import { Crew, type WorkerTask } from './crew.ts'
import { clientUnderTest } from './drivers/client-result.ts'
import { describeEnvironment } from './environment.ts'
import { groupOf } from './group/group-run.ts'
import type { CalibrationFound } from './headroom/headroom.ts'
import { newRunIdentity } from './identity.ts'
import { withView } from './live/view.ts'
import { measure } from './measure.ts'
import { Meter, type TimesSink } from './meter.ts'
import { withSchemaId } from './payload/encoded/registry.ts'
import type { BenchPlan } from './plan.ts'
import { beginProof, type ProcessProof } from './process/proof.ts'
import type { RunHooks } from './progress.ts'
import { offeredBefore } from './rate.ts'
import { reconcile } from './reconcile.ts'
import type { Accounting, ClientResult, Delivery, Result } from './result.ts'
import { buildResult, Tally } from './summary.ts'
import { planTasks } from './tasks.ts'
import { endOffsetsOf, prepareTopic, type RunTopic, removeTopic } from './topic.ts'
import { definitionsOf } from './verdict/thresholds/bench-metrics.ts'
import { BenchSource, resultSource } from './verdict/thresholds/bench-source.ts'
import { sourcesOf } from './verdict/thresholds/readings.ts'
import { withThresholds } from './verdict/thresholds/verdict.ts'
import { ThresholdWatch } from './verdict/thresholds/watch.ts'

/** Time that clients under test get to leave their groups, after everything is counted. */
const leaveMsMax = 5_000

export interface RunControl {
  /** Aborting drains the run and still reports it, with the verdict `interrupted`. */
  readonly signal?: AbortSignal
  /** What this machine's generator can do (`millrace calibrate`), for the result's `headroom`. */
  readonly calibration?: CalibrationFound
  /** Reads the plan's books of producers elsewhere, when this run has ended; throws BOOKS_UNREADABLE. */
  readonly readBooks?: () => readonly RunBooks[]
  /** Length of the windows of the result and of the hooks; a second when left out. */
  readonly windowMs?: number
  /** Of a run among several of one test. */
  readonly among?: RunAmong
}

/** What a test wants of each of its scenarios that make messages without a function. */
export interface RunAmong {
  /** Resolves when the run is to start; its workers are connected by then. */
  gate(): Promise<void>
  /** Its numbers, from the start on. */
  onMeter(meter: Meter): void
  /** Several may write to one topic: what they have written together is confirmed by the test (a roundtrip has its own topic). */
  onWritten(written: Written): void
  /** Consumers of the run write to these topics as well, which end offsets alone do not tell. */
  onShared(topics: readonly string[]): void
}

/**
 * Runs a plan and resolves with its result, also when records failed or the books do not balance (see `verdict`).
 * Rejects with a MillraceError when the run could not begin: no broker, no rights, no topic.
 */
export async function runBench(plan: BenchPlan, hooks: RunHooks = {}, control: RunControl = {}): Promise<Result> {
  // A client that is not there is told before anything is made in the cluster.
  const client = clientUnderTest(plan)
  const cluster = await Cluster.connect(plan.client)
  try {
    const onNotice = (text: string) => hooks.onNotice?.(text)
    const topic = await prepareTopic(cluster, plan.topic, onNotice)
    try {
      return await runOn(cluster, topic, { plan, client }, hooks, control)
    } finally {
      await removeTopic(cluster, plan.topic, topic, onNotice)
    }
  } finally {
    await cluster.close()
  }
}

/** The id of a schema is part of every value: it is asked for before anything is made. */
async function withSchema(plan: BenchPlan): Promise<BenchPlan> {
  const { produce, registry, topic } = plan
  if (produce?.payload.kind !== 'encoded') return plan
  return { ...plan, produce: { ...produce, payload: await withSchemaId(produce.payload, topic.name, registry) } }
}

/** Runs a plan on a topic that is there. */
export async function runOn(
  cluster: Cluster,
  topic: RunTopic,
  { plan: asked, client }: { readonly plan: BenchPlan; readonly client: ClientResult | undefined },
  hooks: RunHooks,
  { signal, calibration, windowMs, readBooks, among }: RunControl,
): Promise<Result> {
  const plan = await withSchema(asked)
  const startedAt = new Date()
  const environment = await describeEnvironment(cluster, topic, startedAt)
  const origin = makeExactClockOrigin()
  const clock = makeClock(origin)
  const tally = new Tally()
  const startOffsets = await endOffsetsOf(cluster, topic)
  const run = newRunIdentity()
  const onNotice = (text: string) => hooks.onNotice?.(text)
  const clocks = await Clocks.open({ plan, identity: run, clock, origin, onNotice })
  const tasks = await planTasks({ cluster, topic, plan, run, offsets: clocks.offsets }).catch(error => {
    clocks.close()
    throw error
  })
  const readEnds = () => endOffsetsOf(cluster, topic, plan.consume?.isolation)
  const group = groupOf({ plan, topic, tasks, clock, readEndOffsets: readEnds, onNotice })
  let startNs = 0
  const crew = new Crew(tasks, clock, origin, {
    onRetries: (role, byCode) => tally.addRetries(role, byCode),
    onNotice,
    ...(group && { onOwnership: group.onOwnership, onCommit: group.onCommit }),
    onMeasuring: fromNs => hooks.onMeasuring?.((fromNs - startNs) / 1e9),
  })
  try {
    await crew.ready(plan.client.connectTimeoutMs)
    await group?.formed(crew)
    const { brokers } = await cluster.metadata()
    const brokersBefore = await viewOf(cluster, topic)
    // Before the start: looking for the brokers among the processes takes its time.
    const auditor = auditorOf(clock, brokers.values(), crew)
    const proof = await beginProof({ cluster, plan, run: run.run })
    await among?.gate()
    const durationMs = plan.durationMs === undefined ? Number.POSITIVE_INFINITY : plan.warmupMs + plan.durationMs
    startNs = crew.start(durationMs * 1e6)
    const sink = timesSinkOf(hooks, clock.wallUsAt(startNs) / 1000)
    const meter = new Meter(startNs, crew.slotsOf('produce'), crew.slotsOf('consume'), sink)
    meter.dueBefore = offeredBefore(plan)
    meter.committer = committerOf(plan)
    const { watch, source } = watchThresholds(plan, meter)
    among?.onMeter(meter)
    const committer = new GroupCommitter(cluster, plan, topic, crew, onNotice)
    if (group !== undefined) meter.lagFrom(() => group.lag)
    const catchUp = catchUpOf({ plan, cluster, topic, crew, tasks, meter, clock, startNs, signal, onNotice })
    const readEndOffsets = () => endOffsetsOf(cluster, topic)
    const work = new Attempts()
    const viewed = withView(hooks, { plan, environment, meter, tally, calibration, run: run.run }, watch)
    group?.start(crew, { startNs, fromNs: startNs + plan.warmupMs * 1e6, untilNs: startNs + durationMs * 1e6 })
    const of = { plan, meter, auditor, clock, startNs, tally, signal, windowMs, readEndOffsets, thresholds: watch }
    await work.attempt(measure({ ...of, hooks: viewed, crew: group?.followed(crew) ?? crew }))
    group?.stop()
    const caughtUp = await catchUp?.finish()
    await work.attempt(committer.finish())
    const confirms = plan.produce !== undefined && (among === undefined || plan.mode === 'roundtrip')
    const delivery = confirms ? await work.attempt(confirmDelivery(cluster, topic, startOffsets, crew)) : undefined
    if (plan.produce !== undefined && !confirms)
      among?.onWritten(writtenByPartition(crew.outcomesOf('produce'), topic.partitions))
    auditor.stop()
    const proved =
      crew.failure === undefined ? await work.attempt(proveBy(proof, group?.startOffsets, onNotice)) : undefined
    if (proof !== undefined) among?.onShared(proof.topics)
    hooks.onMeasuredTimes?.(meter.measuredTimes())
    const brokersAfter = await viewOf(cluster, topic).catch(() => undefined)
    const audited = { auditor, brokers: auditBrokers(brokersBefore, brokersAfter, Object.values(tally.retries)) }
    const others = await work.attempt((async () => (plan.consume?.books === undefined ? undefined : readBooks?.()))())
    const read = {
      reachedEnd: group?.hasReachedEnd ?? crew.outcomesOf('consume').every(outcome => outcome.reachedEnd),
      starts: group?.startOffsets ?? startsOf(tasks),
    }
    const failure = crew.failure ?? work.failure
    const result = buildResult({
      ...{ plan, environment, meter, tally, delivery, failure, calibration, audited, run: run.run, clocks },
      ...booksOf({ plan, crew, run: run.run, ...read, books: others }),
      ...(caughtUp === undefined ? {} : { catchUp: caughtUp }),
      ...(client === undefined ? {} : { client }),
      ...(group === undefined ? {} : { rebalances: group.result }),
      ...(proved === undefined ? {} : { proof: proved }),
    })
    return withThresholds(result, watch?.finish(sourcesOf(source, resultSource(result))))
  } finally {
    clocks.close()
    await crew.terminate(client === undefined ? 0 : leaveMsMax)
    await group?.forget(cluster)
  }
}

/** The meter is tapped only for a run that has thresholds. */
function watchThresholds({ thresholds = [], mode, topic }: BenchPlan, meter: Meter) {
  if (thresholds.length === 0) return { watch: undefined, source: sourcesOf() }
  const source = new BenchSource(meter, thresholds, { scenario: 'default', topic: topic.name })
  const watch = new ThresholdWatch({
    plans: thresholds,
    definitions: definitionsOf(mode),
    source,
    noSamples: 'fail',
  })
  return { watch, source }
}

function timesSinkOf({ onWindowTimes }: RunHooks, startedAtMs: number): TimesSink | undefined {
  return onWindowTimes && (times => onWindowTimes({ ...times, startedAtMs }))
}

const auditorOf = (clock: Clock, brokers: Iterable<HostPort>, crew: Crew): Auditor =>
  new Auditor({
    nowNs: clock.nowNs,
    wallMs: Date.now,
    files: systemFiles,
    ownPid: process.pid,
    brokers,
    workers: crew.healths,
  })

async function viewOf(cluster: Cluster, { name }: RunTopic): Promise<BrokersView> {
  return brokersViewOf(await cluster.metadata([name], { allowCached: false }), name)
}

async function proveBy(
  proof: ProcessProof | undefined,
  starts: ReadonlyMap<number, number> | undefined,
  onNotice: (text: string) => void,
) {
  if (proof === undefined || starts === undefined) return undefined
  onNotice('reading back what was passed on')
  const proved = await proof.finish(starts)
  if (proved === undefined) onNotice('more was passed on than can be kept account of: not proved')
  return proved
}

/** Once records have moved there is something to report: what goes wrong from then on is told in the result. */
class Attempts {
  failure: MillraceError | undefined

  async attempt<T>(work: Promise<T>): Promise<T | undefined> {
    try {
      return await work
    } catch (error) {
      if (!isMillraceError(error)) throw error
      this.failure ??= error
      return undefined
    }
  }
}

interface Accounted {
  readonly plan: BenchPlan
  readonly crew: Crew
  readonly run: number
  readonly reachedEnd: boolean
  /** By partition: where reading began. */
  readonly starts: ReadonlyMap<number, number>
  readonly books: readonly RunBooks[] | undefined
}

const startsOf = (tasks: readonly WorkerTask[]): ReadonlyMap<number, number> =>
  new Map(tasks.flatMap(({ assignments }) => assignments.map(each => [each.partition, each.startOffset])))

/** Of what was made and what was read. */
function booksOf(accounted: Accounted) {
  const { crew, reachedEnd, books: others } = accounted
  const accounting = accountingOf(accounted)
  return {
    reachedEnd,
    books: streamBooksOf(crew.outcomesOf('produce').map(outcome => outcome.books)),
    ...(accounting === undefined ? {} : { accounting }),
    ...(others === undefined ? {} : { isOrderPromised: others.every(({ isIdempotent }) => isIdempotent) }),
  }
}

/** Where records are decoded and known by their stamps. */
function accountingOf({ plan, crew, run, reachedEnd, starts, books }: Accounted): Accounting | undefined {
  const { mode, consume, produce } = plan
  if (consume === undefined || consume.decode === 'headers' || consume.ignoreStamps) return undefined
  const consumers = crew.outcomesOf('consume')
  const read = { run, consumers, isReadToTheEnd: reachedEnd }
  if (mode === 'consume') {
    return reconcile({ ...read, startOffsets: starts, ...(books === undefined ? {} : { books }) })
  }
  if (produce?.stamp === undefined || produce.stamp === 'none') return undefined
  return reconcile({ ...read, producers: crew.outcomesOf('produce') })
}

async function confirmDelivery(
  cluster: Cluster,
  topic: RunTopic,
  startOffsets: readonly number[],
  crew: Crew,
): Promise<Delivery> {
  const written = writtenByPartition(crew.outcomesOf('produce'), topic.partitions)
  return balance(topic, startOffsets, await endOffsetsOf(cluster, topic), written)
}
