// `millrace run`: a file with k6's options to a test, the test to a summary and an exit code.
import type { Command } from 'commander'
import { configError, exitCodes } from '../core/errors.ts'
import { OmbResult } from '../loadgen/omb/result.ts'
import { exitCodeOf } from '../loadgen/report/exit-code.ts'
import { checkWritable, writeFileAtomically } from '../loadgen/report/json.ts'
import { formatsOfAnyTest } from '../loadgen/report/targets.ts'
import { testText } from '../loadgen/report/test-text.ts'
import type { GivenFlag } from '../loadgen/scenario/bench-options.ts'
import { kafkaKeys } from '../loadgen/scenario/document.ts'
import { summaryExport as summaryOfK6 } from '../loadgen/test/k6-summary.ts'
import type { EndedTest, TestHooks } from '../loadgen/test/run-test.ts'
import type { TestSetup } from '../loadgen/test/set-up-test.ts'
import { readCalibration } from './calibration-file.ts'
import { Delivery, filesOfReports, isShown } from './delivery.ts'
import { reasonText } from './errors.ts'
import { addTableFlags, type GivenTableFlag } from './flag-table.ts'
import { addKeyedFlags } from './flags.ts'
import { onInterrupt } from './interrupt.ts'
import { openTestServers, type TestServers } from './live-servers.ts'
import { print } from './output.ts'
import type { Io } from './program.ts'
import { outputOf, type RunOutput, runFlags } from './run-flags.ts'
import { readRunWords, setUpRun } from './run-setup.ts'
import { createTestLive, type TestLive } from './test-live.ts'

const epilogue = `
FILE is a TypeScript or JavaScript module with k6's options: export const options = { scenarios: { ... } }. Without a function to
call, each iteration is one message; with one (export default function, or exec) it is a call. docs/scenarios.md has examples.
Or it is the same in YAML (.yaml, .yml), with Kafka's settings under kafka: examples/yaml, schema millrace/test.schema.json.
A workload of the OpenMessaging Benchmark runs with --omb-workload and --omb-driver: docs/coming-from.md.

Options are read as in k6, the later ones first: flags, K6_ variables, the script, --config. Kafka's settings stand in
options.ext.millrace, by the names of the flags below (recordSize is --record-size).

Exit codes: 0 ok, 10 to 25 as of millrace bench, 99 thresholds crossed, 100 and 101 setup or teardown took too long, 104 options
not valid, 105 interrupted, 107 the script threw outside of an iteration, 108 test.abort(), 110 test.fail().
`

/** Gives the command its flags and its action; `done` hears the exit code. */
export function defineRun(command: Command, io: Io, done: (exitCode: number) => void): void {
  const given = addTableFlags(command, runFlags)
  const kafka = addKeyedFlags(command, kafkaKeys)
  command.usage('FILE --bootstrap host:port [flags]').addHelpText('after', epilogue)
  command.action(async () => done(await run(given, kafka, command.args, io)))
}

async function run(
  given: readonly GivenTableFlag[],
  kafkaFlags: readonly GivenFlag[],
  words: readonly string[],
  io: Io,
): Promise<number> {
  const said = readRunWords(given, words, io)
  const { values, file } = said
  const output = outputOf(values, io.env)
  const { out, ombOut, summaryExport, reports } = output
  const files = [out, ombOut, summaryExport, ...filesOfReports(reports)]
  for (const path of files) if (path !== undefined) await checkWritable(path)
  const setup = await setUpRun(said, kafkaFlags, io)
  try {
    checkOutput(setup, output)
    if (values['dry-run'] !== undefined) return await dryRun(setup, file, io)
    return await runSetUp(setup, output, file, io)
  } finally {
    await setup.script?.host.close()
  }
}

/** Told before the load, not after it: what there are reports of is what was measured as a bench run is. */
function checkOutput({ model }: TestSetup, { reports }: RunOutput): void {
  if (model.scenarios.some(({ lane }) => lane === 'declarative')) return
  const of = 'of a test that is all script there are'
  const without = reports.filter(({ format }) => !formatsOfAnyTest.includes(format))
  const problems = without.map(({ format }) => ({
    path: `--report ${format}`,
    message: `needs a scenario without a function: ${of} ${formatsOfAnyTest.join(', ')} and --summary-export`,
  }))
  if (problems.length > 0) throw configError(problems)
}

/** Its exit code is the one that the run would have ended with at its first obstacle. */
async function dryRun({ model, notices }: TestSetup, file: string, io: Io): Promise<number> {
  const [{ outlookOf }, { checkTest }, { dryRunText }] = await Promise.all([
    import('../loadgen/dry-run/outlook.ts'),
    import('../loadgen/dry-run/checks.ts'),
    import('../loadgen/dry-run/text.ts'),
  ])
  for (const notice of notices) await print(io.stderr, `${notice}\n`)
  const checks = await checkTest(model)
  await print(io.stdout, dryRunText(file, outlookOf(model), checks))
  return checks.find(({ error }) => error !== undefined)?.error?.exitCode ?? exitCodes.ok
}

async function runSetUp(setup: TestSetup, output: RunOutput, file: string, io: Io): Promise<number> {
  const live = createTestLive({ model: setup.model, quiet: output.quiet, stream: io.stderr, env: io.env })
  for (const notice of setup.notices) live.onNotice(notice)
  const interrupt = onInterrupt(io.events, {
    onFirst: () => live.onNotice('ending the test, Ctrl-C again to leave at once'),
    onSecond: () => io.exit(exitCodes.interrupted),
  })
  // Whatever ends the process: the terminal gets its cursor back.
  io.events.on('exit', live.end)
  let servers: TestServers | undefined
  try {
    servers = await openTestServers({ ...output, file }, live.onNotice)
    const { runTest } = await import('../loadgen/test/run-test.ts')
    const calibration = readCalibration(undefined, io.env)
    const { script } = setup
    const control = { signal: interrupt.signal, calibration, file, ...(script !== undefined && { script }) }
    const inOmbForm = output.ombOut === undefined || setup.omb === undefined ? undefined : new OmbResult(setup.omb)
    const ended = await runTest(setup.model, hooksOf(live, inOmbForm, servers.hooks), control)
    servers.finish(ended.result)
    return await report(ended, { ...output, inOmbForm }, io)
  } finally {
    live.end()
    await servers?.close()
    io.events.off('exit', live.end)
    interrupt.release()
  }
}

/** Nothing is worked out for nobody. */
function hooksOf(live: TestLive, inOmbForm: OmbResult | undefined, served: TestHooks): TestHooks {
  const onTick = bothOf(live.onTick, served.onTick)
  const onState = bothOf(live.onState, served.onState)
  return {
    ...{ ...served, onScript: live.onScript, onNotice: live.onNotice, onEnd: live.onEnd },
    ...(onTick !== undefined && { onTick }),
    ...(onState !== undefined && { onState }),
    ...(inOmbForm !== undefined && { onWindowTimes: (_scenario, times) => inOmbForm.onTimes(times) }),
    onProgress(scenario, progress) {
      inOmbForm?.onProgress(scenario, progress)
      served.onProgress?.(scenario, progress)
      live.onProgress(scenario, progress)
    },
  }
}

function bothOf<Args extends readonly unknown[]>(
  one: ((...args: Args) => void) | undefined,
  other: ((...args: Args) => void) | undefined,
): ((...args: Args) => void) | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return (...args) => {
    one(...args)
    other(...args)
  }
}

interface Wanted extends RunOutput {
  readonly inOmbForm: OmbResult | undefined
}

async function report({ result, summary }: EndedTest, wanted: Wanted, io: Io): Promise<number> {
  const { reports, summaryExport, out, ombOut, json, quiet, inOmbForm } = wanted
  const delivery = new Delivery(io, quiet, exitCodeOf(result))
  const isReplaced = json || reports.some(isShown)
  if (!reports.some(isShown) && json) await delivery.show(asJson(result))
  else if (!isReplaced && summary === undefined) await delivery.show(testText(result))
  for (const [path, text] of Object.entries(summary ?? {})) {
    if (path !== 'stdout' && path !== 'stderr') await delivery.attempt(() => writeFileAtomically(path, text))
    else if (path === 'stderr' || !isReplaced) await delivery.attempt(() => print(io[path], text))
  }
  if (reports.length > 0) {
    const { reportedOfTest } = await import('../loadgen/report/formats.ts')
    await delivery.reports(reports, reportedOfTest(result))
  }
  if (out !== undefined) await delivery.file('result', out, asJson(result))
  if (summaryExport !== undefined) {
    await delivery.file('summary', summaryExport, asJson(summaryOfK6(result)))
  }
  if (ombOut !== undefined && inOmbForm !== undefined) {
    const measuredSec = Math.max(0, ...result.scenarios.map(scenario => scenario.result?.measuredSeconds ?? 0))
    await delivery.file('result of OMB', ombOut, asJson(inOmbForm.document(measuredSec)))
  }
  const [reason] = result.reasons
  if (result.verdict === 'failed' && reason !== undefined) await print(io.stderr, reasonText(reason))
  return delivery.exitCode
}

const asJson = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`
