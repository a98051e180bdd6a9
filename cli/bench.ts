// `millrace bench`: flags to a plan, the plan to a run, the run to a report and an exit code.
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { exitCodes } from '../core/errors.ts'
import type { CalibrationFound } from '../loadgen/headroom/headroom.ts'
import type { BenchPlan } from '../loadgen/plan.ts'
import type { RunHooks } from '../loadgen/progress.ts'
import type { ResultSet } from '../loadgen/repeat/model.ts'
import { runSet } from '../loadgen/repeat/run-set.ts'
import { exitCodeOf, exitCodeOfSet } from '../loadgen/report/exit-code.ts'
import { checkWritable, resultJson } from '../loadgen/report/json.ts'
import { withLabel } from '../loadgen/report/times-files.ts'
import type { Result } from '../loadgen/result.ts'
import { type BenchInput, type BenchSetup, setUpBench } from '../loadgen/scenario/bench-setup.ts'
import { booksReader, checkBooks } from './books.ts'
import { readCalibration } from './calibration-file.ts'
import { Delivery, filesOfReports, isShown } from './delivery.ts'
import { reasonText } from './errors.ts'
import { onInterrupt } from './interrupt.ts'
import { createLive, type Live } from './live.ts'
import { type LiveServers, openServers } from './live-servers.ts'
import { print } from './output.ts'
import type { Io } from './program.ts'

export async function bench(given: Pick<BenchInput, 'mode' | 'flags' | 'problems'>, io: Io): Promise<number> {
  const setup = setUpBench({
    ...given,
    env: io.env,
    cpus: availableParallelism(),
    readFile: path => readFileSync(path),
    randomHex: () => randomBytes(4).toString('hex'),
  })
  for (const path of filesOf(setup)) await checkWritable(path)
  const late: unknown[] = []
  const calibration = readCalibration(setup.calibration, io.env)
  const outcome = await withLive<Result | ResultSet>(setup, io, async (live, signal) => {
    const servers = await openServers(setup, live.onNotice)
    try {
      return await runAll({ setup, label: undefined, live, servers, signal, calibration, late })
    } finally {
      await servers.close()
    }
  })
  return await report(outcome, setup, late, io)
}

function runAll(settings: RunSettings): Promise<Result | ResultSet> {
  const { setup, live, signal } = settings
  const { plan, repeat } = setup
  if (repeat === 1) return runWithFiles(plan, settings)
  const { onNotice } = live
  const runOne = (each: BenchPlan, run: number) => runWithFiles(each, { ...settings, label: `r${run}` })
  return runSet({ plan, repeat, signal, onNotice, runOne })
}

const filesOf = ({ out, reports }: BenchSetup): string[] => [
  ...(out === undefined ? [] : [out]),
  ...filesOfReports(reports),
]

async function withLive<Outcome>(
  { plan, quiet, notices }: BenchSetup,
  io: Io,
  work: (live: Live, signal: AbortSignal) => Promise<Outcome>,
): Promise<Outcome> {
  const live = createLive({ mode: plan.mode, topic: plan.topic.name, quiet, stream: io.stderr, env: io.env })
  for (const notice of notices) live.onNotice(notice)
  checkBooks(plan, live.onNotice)
  const interrupt = onInterrupt(io.events, {
    onFirst: () => live.onNotice('draining, Ctrl-C again to leave at once'),
    onSecond: () => leaveAtOnce(plan, live, io),
  })
  // Whatever ends the process: the terminal gets its cursor back.
  io.events.on('exit', live.end)
  try {
    return await work(live, interrupt.signal)
  } finally {
    live.end()
    io.events.off('exit', live.end)
    interrupt.release()
  }
}

interface RunSettings {
  readonly setup: BenchSetup
  /** Of a run among several: part of the names of its files. */
  readonly label: string | undefined
  readonly live: Live
  readonly servers: LiveServers
  readonly signal: AbortSignal
  readonly calibration: CalibrationFound
  /** What went wrong with files after the load: the result is not given up for it. */
  readonly late: unknown[]
}

async function runWithFiles(plan: BenchPlan, settings: RunSettings): Promise<Result> {
  const { setup, label, live, servers, signal, calibration, late } = settings
  const named = (path: string | undefined) =>
    path === undefined || label === undefined ? path : withLabel(path, label)
  const paths = { hlog: named(setup.hlog), percentiles: named(setup.percentiles) }
  // Loaded here, so that help, version and mistakes are answered without it.
  const [{ runBench }, { TimesFiles }] = await Promise.all([
    import('../loadgen/run.ts'),
    import('../loadgen/report/times-files.ts'),
  ])
  const files = new TimesFiles(paths)
  await files.check()
  const shown = servers.begin(plan)
  const hooks: RunHooks = {
    ...shown,
    ...bothOf(live.onTick, shown.onTick),
    onProgress: progress => {
      live.onProgress(progress)
      shown.onProgress?.(progress)
    },
    onNotice: live.onNotice,
    ...(paths.hlog !== undefined && { onWindowTimes: files.onWindowTimes }),
    ...(paths.percentiles !== undefined && { onMeasuredTimes: files.onMeasuredTimes }),
  }
  try {
    const result = await runBench(plan, hooks, { signal, calibration, readBooks: booksReader(plan) })
    servers.finish(result)
    return result
  } finally {
    await files.close().catch(error => late.push(error))
    for (const path of files.written) live.onNotice(`latencies: ${path}`)
  }
}

/** Without anybody who listens nothing is read ten times a second. */
function bothOf(one: RunHooks['onTick'], other: RunHooks['onTick']): Pick<RunHooks, 'onTick'> {
  if (one === undefined && other === undefined) return {}
  return {
    onTick: tick => {
      one?.(tick)
      other?.(tick)
    },
  }
}

function leaveAtOnce({ topic }: BenchPlan, live: Live, io: Io): void {
  live.end()
  if (topic.create !== undefined && !topic.create.keep) {
    io.stderr.write(`left at once: topic ${topic.name} stays if this run created it\n`)
  }
  io.exit(exitCodes.interrupted)
}

async function report(
  outcome: Result | ResultSet,
  { plan, out, reports, json, quiet, requireValid }: BenchSetup,
  late: readonly unknown[],
  io: Io,
): Promise<number> {
  const rules = { requireValid }
  const delivery = new Delivery(
    io,
    quiet,
    'runs' in outcome ? exitCodeOfSet(outcome, rules) : exitCodeOf(outcome, rules),
  )
  const { reportedOf, reportText } = await import('../loadgen/report/formats.ts')
  const reported = reportedOf(outcome, plan.topic.name)
  if (!reports.some(isShown)) await delivery.show(json ? resultJson(outcome) : reportText('text', reported))
  await delivery.reports(reports, reported)
  if (out !== undefined) await delivery.file('result', out, resultJson(outcome))
  for (const error of late) await delivery.attempt(() => Promise.reject(error))
  const [reason] = outcome.reasons
  if (outcome.verdict === 'failed' && reason !== undefined) await print(io.stderr, reasonText(reason))
  if (delivery.exitCode === exitCodes.notValid) await print(io.stderr, reasonText(notValid(outcome)))
  return delivery.exitCode
}

function notValid(outcome: Result | ResultSet): { readonly code: string; readonly message: string } {
  const runs = 'runs' in outcome ? outcome.runs.map(({ result }) => result) : [outcome]
  const validity = runs.find(result => result.validity?.verdict !== 'valid')?.validity
  return { code: 'RUN_NOT_VALID', message: `${validity?.verdict}: ${validity?.reasons[0]?.message}` }
}
