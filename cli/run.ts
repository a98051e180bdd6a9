// `millrace run`: a file with k6's options to a test, the test to a summary and an exit code.
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { type ConfigProblem, configError, errorKinds, exitCodes } from '../core/errors.ts'
import { OmbResult } from '../loadgen/omb/result.ts'
import { checkWritable, writeFileAtomically } from '../loadgen/report/json.ts'
import { formatsOfAnyTest } from '../loadgen/report/targets.ts'
import { testText } from '../loadgen/report/test-text.ts'
import type { GivenFlag } from '../loadgen/scenario/bench-options.ts'
import { kafkaKeys } from '../loadgen/scenario/document.ts'
import { summaryExport as summaryOfK6 } from '../loadgen/test/k6-summary.ts'
import type { TestResult } from '../loadgen/test/result.ts'
import type { EndedTest, TestHooks } from '../loadgen/test/run-test.ts'
import type { TestSetup } from '../loadgen/test/set-up-test.ts'
import { readCalibration } from './calibration-file.ts'
import { Delivery, filesOfReports, isShown } from './delivery.ts'
import { reasonText } from './errors.ts'
import { addTableFlags, type GivenTableFlag, readTableFlags } from './flag-table.ts'
import { addKeyedFlags } from './flags.ts'
import { onInterrupt } from './interrupt.ts'
import { openTestMetrics, type TestMetricsServer } from './live-servers.ts'
import { print } from './output.ts'
import type { Io } from './program.ts'
import { envOfFlags, optionsOfFlags, outputOf, type RunFlagValues, type RunOutput, runFlags } from './run-flags.ts'
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
  const [word, ...others] = splitFile(words)
  const read = readTableFlags(runFlags, given, others)
  const values: RunFlagValues = read.values
  const workload = values['omb-workload'] as string | undefined
  const driver = values['omb-driver'] as string | undefined
  const file = workload ?? word
  const problems: ConfigProblem[] = [...read.problems]
  if (file === undefined) problems.push({ path: 'FILE', message: 'is required: millrace run test.ts' })
  else if (!existsSync(file)) problems.push({ path: file, message: 'there is no such file' })
  if (workload !== undefined && word !== undefined) {
    problems.push({ path: word, message: 'cannot stand beside --omb-workload' })
  }
  if (values['omb-out'] !== undefined && driver === undefined) {
    problems.push({ path: '--omb-out', message: 'needs a workload of OMB and --omb-driver' })
  }
  const config = readConfig((values.config ?? io.env.K6_CONFIG) as string | undefined, problems)
  if (problems.length > 0) throw configError(problems)
  const output = outputOf(values, io.env)
  const { out, ombOut, summaryExport, reports } = output
  const files = [out, ombOut, summaryExport, ...filesOfReports(reports)]
  for (const path of files) if (path !== undefined) await checkWritable(path)
  // Loaded here, so that help and mistakes are answered without it.
  const { setUpTest } = await import('../loadgen/test/set-up-test.ts')
  const env = Object.fromEntries(
    Object.entries(io.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
  const setup = await setUpTest({
    file: resolve(file!),
    flags: optionsOfFlags(values),
    ...(config !== undefined && { config }),
    ...(driver !== undefined && { ombDriver: resolve(driver) }),
    kafkaFlags,
    problems: [],
    env: io.env,
    scriptEnv: { ...env, ...envOfFlags(values) },
    noThresholds: values['no-thresholds'] !== undefined || io.env.K6_NO_THRESHOLDS === 'true',
    cpus: availableParallelism(),
    readFile: path => readFileSync(path),
    randomHex: () => randomBytes(4).toString('hex'),
    onText: text => void io.stderr.write(`${text}\n`),
  })
  try {
    checkOutput(setup, output)
    if (values['dry-run'] !== undefined) return await dryRun(setup, file!, io)
    return await runSetUp(setup, output, file!, io)
  } finally {
    await setup.script?.host.close()
  }
}

/** Told before the load, not after it: what there are reports of is what was measured as a bench run is. */
function checkOutput({ model }: TestSetup, { reports, prometheus }: RunOutput): void {
  if (model.scenarios.some(({ lane }) => lane === 'declarative')) return
  const of = 'of a test that is all script there are'
  const without = reports.filter(({ format }) => !formatsOfAnyTest.includes(format))
  const problems = without.map(({ format }) => ({
    path: `--report ${format}`,
    message: `needs a scenario without a function: ${of} ${formatsOfAnyTest.join(', ')} and --summary-export`,
  }))
  if (prometheus !== undefined) {
    problems.push({ path: '--prometheus', message: `needs a scenario without a function: ${of} no such metrics` })
  }
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

/** The file is the word that belongs to no flag. */
function splitFile(words: readonly string[]): [string | undefined, ...string[]] {
  const at = words.findIndex((word, index) => !word.startsWith('-') && !words[index - 1]?.startsWith('-'))
  if (at < 0) return [undefined, ...words]
  return [words[at], ...words.slice(0, at), ...words.slice(at + 1)]
}

function readConfig(path: string | undefined, problems: ConfigProblem[]): Record<string, unknown> | undefined {
  if (path === undefined || path === '') return undefined
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
  } catch (error) {
    problems.push({ path: '--config', message: `cannot be read as JSON: ${(error as Error).message}` })
    return undefined
  }
}

async function runSetUp(setup: TestSetup, output: RunOutput, file: string, io: Io): Promise<number> {
  const live = createTestLive({ model: setup.model, quiet: output.quiet, stream: io.stderr })
  for (const notice of setup.notices) live.onNotice(notice)
  const interrupt = onInterrupt(io.events, {
    onFirst: () => live.onNotice('ending the test, Ctrl-C again to leave at once'),
    onSecond: () => io.exit(exitCodes.interrupted),
  })
  let metrics: TestMetricsServer | undefined
  try {
    if (output.prometheus !== undefined) metrics = await openTestMetrics(output.prometheus, live.onNotice)
    const { runTest } = await import('../loadgen/test/run-test.ts')
    const calibration = readCalibration(undefined, io.env)
    const { script } = setup
    const control = { signal: interrupt.signal, calibration, file, ...(script !== undefined && { script }) }
    const inOmbForm = output.ombOut === undefined || setup.omb === undefined ? undefined : new OmbResult(setup.omb)
    const hooks = hooksOf(live, inOmbForm, metrics)
    const ended = await runTest(setup.model, hooks, control)
    return await report(ended, { ...output, inOmbForm }, io)
  } finally {
    await metrics?.close()
    live.end()
    interrupt.release()
  }
}

/** Nothing is worked out for nobody. */
function hooksOf(live: TestLive, inOmbForm?: OmbResult, metrics?: TestMetricsServer): TestHooks {
  return {
    ...live,
    ...metrics?.hooks,
    ...(inOmbForm !== undefined && { onWindowTimes: (_scenario, times) => inOmbForm.onTimes(times) }),
    onProgress(scenario, progress) {
      inOmbForm?.onProgress(scenario, progress)
      metrics?.hooks.onProgress(scenario, progress)
      live.onProgress(scenario, progress)
    },
  }
}

interface Wanted extends RunOutput {
  readonly inOmbForm: OmbResult | undefined
}

async function report({ result, summary }: EndedTest, wanted: Wanted, io: Io): Promise<number> {
  const { reports, summaryExport, out, ombOut, json, quiet, inOmbForm } = wanted
  const delivery = new Delivery(io, quiet, exitCodeOfTest(result))
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

/** The first reason decides; thresholds come last, as in k6. */
function exitCodeOfTest({ verdict, reasons }: TestResult): number {
  if (verdict === 'ok') return exitCodes.ok
  const code = reasons[0]?.code
  return code !== undefined && Object.hasOwn(errorKinds, code)
    ? errorKinds[code as keyof typeof errorKinds].exitCode
    : exitCodes.internal
}
