// `millrace calibrate`: bench runs, one after the other, against an embedded broker in null mode; what a record costs the
// generator is kept, and every later run is held against it.
import { availableParallelism } from 'node:os'
import type { Command } from 'commander'
import { type ConfigProblem, configError, exitCodes, MillraceError } from '../core/errors.ts'
import { machineIdentity } from '../loadgen/environment.ts'
import {
  type Calibration,
  type CalibrationPoint,
  calibrationVersion,
  type Direction,
} from '../loadgen/headroom/calibration.ts'
import { notCalibrated } from '../loadgen/headroom/headroom.ts'
import type { BenchPlan } from '../loadgen/plan.ts'
import { checkWritable } from '../loadgen/report/json.ts'
import type { Result } from '../loadgen/result.ts'
import { workersDefault } from '../loadgen/scenario/bench-plan.ts'
import { setUpBench } from '../loadgen/scenario/bench-setup.ts'
import { type BrokerProcess, startBrokerProcess } from './broker-process.ts'
import { type CalibrateSettings, calibrateFlags } from './calibrate-flags.ts'
import { calibrationTable, pointLine } from './calibrate-report.ts'
import { calibrationPath, writeCalibration } from './calibration-file.ts'
import { addTableFlags, readTableFlags } from './flag-table.ts'
import { onInterrupt } from './interrupt.ts'
import { print } from './output.ts'
import type { Io } from './program.ts'

const topic = { name: 'millrace-calibrate', partitions: 6 }
const directions: readonly Direction[] = ['produce', 'consume']
const defaults = { recordBytes: [100, 1024, 10_240], durationMs: 2_000, warmupMs: 1_000 }

const epilogue = `
Measures what the generator can do on this machine: it produces to and consumes from an embedded broker in null mode, which
keeps and checks nothing. Broker and generator share the CPUs of this machine, so the rate that is reached is not the
ceiling: the ceiling is taken from the CPU time that a record costs the generator (docs/calibration.md). Let nothing else run
meanwhile. Each bench run then states its headroom.

Exit codes: 0 measured and written, 30 not written, 104 settings not valid, 105 interrupted.
`

/** Gives the command its flags and its action; `done` hears the exit code. */
export function defineCalibrate(command: Command, io: Io, done: (exitCode: number) => void): void {
  const given = addTableFlags(command, calibrateFlags)
  command.addHelpText('after', epilogue)
  command.action(async () => {
    const { values, problems } = readTableFlags(calibrateFlags, given, command.args)
    done(await calibrate(values as CalibrateSettings, problems, io))
  })
}

async function calibrate(settings: CalibrateSettings, problems: readonly ConfigProblem[], io: Io): Promise<number> {
  if (problems.length > 0) throw configError(problems)
  if (settings.out !== undefined) await checkWritable(settings.out)
  const interrupt = onInterrupt(io.events, { onFirst() {}, onSecond: () => io.exit(exitCodes.interrupted) })
  try {
    const points = await measurePoints(settings, interrupt.signal, io)
    const measuredAt = new Date().toISOString()
    const calibration: Calibration = { calibrationVersion, measuredAt, machine: machineIdentity(), points }
    await print(io.stdout, calibrationTable(calibration))
    const path = await writeCalibration(calibration, settings.out, io.env)
    await print(io.stderr, `calibration: ${path}\n${hintOf(path, io)}`)
    return exitCodes.ok
  } finally {
    interrupt.release()
  }
}

const hintOf = (path: string, { env }: Io): string =>
  path === calibrationPath(env) ? '' : `bench uses it with --calibration ${path}\n`

async function measurePoints(settings: CalibrateSettings, signal: AbortSignal, io: Io): Promise<CalibrationPoint[]> {
  const sizes = settings['record-sizes'] ?? defaults.recordBytes
  const cpus = availableParallelism()
  const workers = settings.workers ?? [...new Set([1, workersDefault(cpus)])]
  const points: CalibrationPoint[] = []
  for (const recordBytes of sizes) {
    const broker = await startBrokerProcess({ nullMode: true, nullRecordBytes: recordBytes, topic })
    try {
      for (const direction of directions) {
        for (const count of workers) {
          const point = await measurePoint({ direction, recordBytes, workers: count }, broker, settings, signal)
          points.push(point)
          if (settings.quiet === undefined) await print(io.stderr, `${pointLine(point)}\n`)
        }
      }
    } finally {
      await broker.close()
    }
  }
  return points.toSorted((a, b) => directions.indexOf(a.direction) - directions.indexOf(b.direction))
}

type Wanted = Pick<CalibrationPoint, 'direction' | 'recordBytes' | 'workers'>

async function measurePoint(
  wanted: Wanted,
  broker: BrokerProcess,
  settings: CalibrateSettings,
  signal: AbortSignal,
): Promise<CalibrationPoint> {
  // Loaded here, so that help and mistakes are answered without it.
  const { runBench } = await import('../loadgen/run.ts')
  const cpuUsBefore = await broker.cpuUs()
  const result = await runBench(planOf(wanted, broker.bootstrap, settings), {}, { signal, calibration: notCalibrated })
  if (signal.aborted) throw new MillraceError('INTERRUPTED', 'interrupted: no calibration was written')
  return pointOf(wanted, result, (await broker.cpuUs()) - cpuUsBefore)
}

/** The defaults of `bench`, so that what is measured is what users run. */
function planOf(
  { direction, recordBytes, workers }: Wanted,
  bootstrap: string,
  settings: CalibrateSettings,
): BenchPlan {
  const ms = (value: number) => `${value}ms`
  const flags = [
    { key: 'bootstrap', text: bootstrap },
    { key: 'topic', text: topic.name },
    { key: 'workers', text: String(workers) },
    { key: 'duration', text: ms(settings.duration ?? defaults.durationMs) },
    { key: 'warmup', text: ms(settings.warmup ?? defaults.warmupMs) },
    ...(direction === 'produce' ? [{ key: 'recordSize', text: String(recordBytes) } as const] : []),
  ] as const
  const input = { mode: direction, flags, problems: [], env: {}, cpus: availableParallelism() }
  return setUpBench({ ...input, readFile: () => Buffer.alloc(0), randomHex: () => '' }).plan
}

function pointOf(wanted: Wanted, result: Result, brokerCpuUs: number): CalibrationPoint {
  const moved = result[wanted.direction]
  const { cpuUsPerRecord, measuredSeconds, cpu, windows, reasons } = result
  if (result.verdict !== 'ok' || moved === undefined || cpuUsPerRecord === null) {
    const why = reasons.map(({ message }) => message).join('; ') || 'nothing was measured'
    throw new MillraceError('INTERNAL', `calibrating ${wanted.direction} failed: ${why}`)
  }
  const steal = windows.filter(({ warmup }) => !warmup).flatMap(({ stealPercent }) => stealPercent ?? [])
  return {
    ...wanted,
    seconds: measuredSeconds,
    recordsPerSec: moved.recordsPerSec,
    cpuUsPerRecord,
    cpuPercent: cpu.percent,
    // The broker's clock runs over the whole run, so it is brought to the measured time by the records.
    brokerCpuPercent: (brokerCpuUs / moved.totalRecords) * moved.recordsPerSec * 1e-4,
    ...(steal.length === 0 ? {} : { stealPercent: steal.reduce((sum, each) => sum + each, 0) / steal.length }),
  }
}
