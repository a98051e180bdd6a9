// `millrace bench`: flags to a plan, the plan to a run, the run to a report and an exit code.
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { exitCodes } from '../core/errors.ts'
import type { CalibrationFound } from '../loadgen/headroom/headroom.ts'
import type { BenchPlan } from '../loadgen/plan.ts'
import { exitCodeOf } from '../loadgen/report/exit-code.ts'
import { checkWritable, resultJson, writeResult } from '../loadgen/report/json.ts'
import { textReport } from '../loadgen/report/text.ts'
import type { Result } from '../loadgen/result.ts'
import { type BenchInput, type BenchSetup, setUpBench } from '../loadgen/scenario/bench-setup.ts'
import { readCalibration } from './calibration-file.ts'
import { asMillraceError, errorText, reasonText } from './errors.ts'
import { onInterrupt } from './interrupt.ts'
import { createLive, type Live } from './live.ts'
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
  if (setup.out !== undefined) await checkWritable(setup.out)
  const calibration = readCalibration(setup.calibration, io.env)
  return await report(await runLive(setup, calibration, io), setup, io)
}

async function runLive({ plan, quiet, notices }: BenchSetup, calibration: CalibrationFound, io: Io): Promise<Result> {
  const live = createLive({ mode: plan.mode, topic: plan.topic.name, quiet, stream: io.stderr, env: io.env })
  for (const notice of notices) live.onNotice(notice)
  const interrupt = onInterrupt(io.events, {
    onFirst: () => live.onNotice('draining, Ctrl-C again to leave at once'),
    onSecond: () => leaveAtOnce(plan, live, io),
  })
  // Whatever ends the process: the terminal gets its cursor back.
  io.events.on('exit', live.end)
  try {
    // Loaded here, so that help, version and mistakes are answered without it.
    const { runBench } = await import('../loadgen/run.ts')
    return await runBench(plan, live, { signal: interrupt.signal, calibration })
  } finally {
    live.end()
    io.events.off('exit', live.end)
    interrupt.release()
  }
}

function leaveAtOnce({ topic }: BenchPlan, live: Live, io: Io): void {
  live.end()
  if (topic.create !== undefined && !topic.create.keep) {
    io.stderr.write(`left at once: topic ${topic.name} stays if this run created it\n`)
  }
  io.exit(exitCodes.interrupted)
}

/** Prints and writes; what cannot be written is an error of its own, but a failed verdict decides the exit code. */
async function report(result: Result, { out, json, quiet, requireValid }: BenchSetup, io: Io): Promise<number> {
  let exitCode = exitCodeOf(result, { requireValid })
  const attempt = async (work: Promise<void>) => {
    try {
      await work
    } catch (error) {
      const coded = asMillraceError(error)
      await print(io.stderr, errorText(coded, io.env.MILLRACE_DEBUG === '1'))
      if (exitCode === exitCodes.ok) exitCode = coded.exitCode
    }
  }
  await attempt(print(io.stdout, json ? resultJson(result) : textReport(result)))
  if (out !== undefined) {
    await attempt(writeResult(out, result).then(() => (quiet ? undefined : print(io.stderr, `result: ${out}\n`))))
  }
  const [reason] = result.reasons
  if (result.verdict === 'failed' && reason !== undefined) await print(io.stderr, reasonText(reason))
  if (exitCode === exitCodes.notValid) await print(io.stderr, reasonText(notValid(result)))
  return exitCode
}

function notValid({ validity }: Result): { readonly code: string; readonly message: string } {
  const [reason] = validity?.reasons ?? []
  return { code: 'RUN_NOT_VALID', message: `${validity?.verdict}: ${reason?.message}` }
}
