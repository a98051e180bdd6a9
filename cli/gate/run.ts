// `millrace gate run`: makes the runs of two sides in turns, and judges them.
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { type ConfigProblem, configError, exitCodes, isMillraceError } from '../../core/errors.ts'
import { parseWhole } from '../../core/units.ts'
import { checkWritable } from '../../loadgen/report/json.ts'
import { kafkaKeys } from '../../loadgen/scenario/document.ts'
import { flagName } from '../../loadgen/scenario/flag.ts'
import type { TestResult } from '../../loadgen/test/result.ts'
import type { CompareOptions } from '../../loadgen/verdict/gate/compare.ts'
import type { GateOutcome } from '../../loadgen/verdict/gate/model.ts'
import { runProcess } from '../bench-process.ts'
import { addTableFlags, flag, parseText, readTableFlags } from '../flag-table.ts'
import { onInterrupt } from '../interrupt.ts'
import { print } from '../output.ts'
import type { Io } from '../program.ts'
import { runFlags } from '../run-flags.ts'
import { deliverGate, writeArtifacts } from './outcome.ts'
import { type SharedGate, sharedGate, sharedGateFlags, unknownMetrics } from './shared-flags.ts'
import { checkMillrace, openSide, type Side } from './side.ts'
import { aboutSide, labelOfSide, readSide, type SideSpec, sideKeys } from './side-spec.ts'

const sidesGroup = 'Sides:'
const plan = 'Plan:'
const gateRunFlags = {
  base: flag(sidesGroup, 'key=value', 'how A is run; may be repeated', parseText, true),
  candidate: flag(sidesGroup, 'key=value', 'how B is run; may be repeated', parseText, true),
  both: flag(
    sidesGroup,
    'key=value',
    'for both: a flag of millrace run, or env.NAME; may be repeated',
    parseText,
    true,
  ),
  pairs: flag(plan, 'count', 'pairs of runs; with --sequential the most of them (default: 10)', parseWhole(2, 200)),
  sequential: flag(plan, undefined, 'look after some pairs, and stop when they have decided', parseText),
  discard: flag(
    plan,
    'count',
    'pairs to make first that do not count (default: 1, or 0 when brokers are started for each run)',
    parseWhole(0, 20),
  ),
  dir: flag('Output:', 'folder', 'keep all results and reports there, in the layout of docs/gate.md', parseText),
  ...sharedGateFlags,
} as const

const epilogue = `
FILE is a test of millrace run. A side is what is different about it, as settings KEY=VALUE:
${Object.entries(sideKeys)
  .map(([key, help]) => `  ${key.padEnd(10)} ${help}`)
  .join('\n')}
  env.NAME   a variable of its runs, and of its commands
  any other  a flag of millrace run, as bootstrap=host:9092, client=kafkajs, linger=5ms

  two clusters       --base bootstrap=old:9092 --candidate bootstrap=new:9092
  two clients        --both bootstrap=kafka:9092 --base client=kafkajs --candidate client=wire
  broker versions    --both bootstrap=localhost:9092 --base start='kafka-4.0/bin/kafka-server-start.sh a.properties' \\
                     --candidate start='kafka-4.1/bin/kafka-server-start.sh b.properties'
  broker settings    --both bootstrap=localhost:9092 --base up='docker compose -f a.yaml up -d --wait' --base down='...' ...
  revisions          --both bootstrap=kafka:9092 --base rev=origin/main --candidate rev=HEAD
  embedded broker    --base embedded --candidate 'broker=embedded --fault delay:api=Produce,ms=2'

Exit codes: 0 pass or improvement, 12 invalid, 14 inconclusive, 99 regression, 104 settings not valid, 105 interrupted; 20 and others
when a side cannot be run at all.
`

export function defineGateRun(command: Command, io: Io, done: (exitCode: number) => void): void {
  const given = addTableFlags(command, gateRunFlags)
  command.usage('FILE --base key=value --candidate key=value [flags]').addHelpText('after', epilogue)
  command.action(async () => {
    const [file, ...others] = command.args
    const { values, problems } = readTableFlags(gateRunFlags, given, others)
    done(await gateRun(file, values, problems, io))
  })
}

interface Asked {
  readonly file: string
  readonly base: SideSpec
  readonly candidate: SideSpec
  readonly both: SideSpec
  readonly shared: SharedGate
  readonly pairs: number
  readonly looks: readonly number[]
  readonly discard: number | undefined
  readonly dir: string | undefined
}

async function gateRun(
  file: string | undefined,
  values: Readonly<Record<string, unknown>>,
  found: readonly ConfigProblem[],
  io: Io,
): Promise<number> {
  const asked = await readAsked(file, values, found)
  const { shared, dir } = asked
  for (const path of [shared.out, ...shared.reports.map(report => report.path)]) {
    if (path !== undefined && path !== '-') await checkWritable(path)
  }
  const folder = dir ?? (await mkdtemp(join(tmpdir(), 'millrace-gate-')))
  const opened: Side[] = []
  const say = (text: string) => (shared.quiet ? Promise.resolve() : print(io.stderr, `${text}\n`))
  const onNotice = (text: string) => void print(io.stderr, `${text}\n`)
  const interrupt = onInterrupt(io.events, {
    onFirst: () => void io.stderr.write('ending the run, Ctrl-C again to leave at once\n'),
    onSecond: () => io.exit(exitCodes.interrupted),
  })
  try {
    for (const side of ['base', 'candidate'] as const) await mkdir(join(folder, side), { recursive: true })
    for (const side of ['base', 'candidate'] as const) {
      opened.push(await openSide(asked[side], asked.both, asked.file, { signal: interrupt.signal, onNotice }))
    }
    const sides = { base: opened[0]!, candidate: opened[1]! }
    const gate = await makeRuns({ asked, opened: sides, folder, signal: interrupt.signal, say })
    const exitCode = await deliverGate(gate, shared, io)
    if (dir !== undefined) await writeArtifacts(gate, dir, shared.quiet, io)
    return interrupt.signal.aborted ? exitCodes.interrupted : exitCode
  } finally {
    interrupt.release()
    for (const side of opened) await side.close()
    if (dir === undefined) await rm(folder, { recursive: true, force: true })
  }
}

async function readAsked(
  file: string | undefined,
  values: Readonly<Record<string, unknown>>,
  found: readonly ConfigProblem[],
): Promise<Asked> {
  const problems = [...found]
  if (file === undefined) problems.push({ path: 'FILE', message: 'is required: millrace gate run test.ts' })
  else if (!existsSync(file)) problems.push({ path: file, message: 'there is no such file' })
  const names = [...Object.keys(runFlags), ...kafkaKeys.map(flagName)]
  const read = (side: 'base' | 'candidate' | 'both', shared?: SideSpec) => {
    const { spec, problems: wrong } = readSide(`--${side}`, values[side] as readonly string[], names, shared)
    problems.push(...wrong)
    return spec
  }
  const both = read('both')
  const specs = { base: read('base', both), candidate: read('candidate', both), both }
  for (const side of ['base', 'candidate'] as const) {
    if ((values[side] as readonly string[]).length === 0) problems.push({ path: `--${side}`, message: 'is required' })
    const { millrace, script } = specs[side].own
    if (script !== undefined && !existsSync(script)) {
      problems.push({ path: `--${side}`, message: `script=${script}: there is no such file` })
    }
    const missing = millrace === undefined ? undefined : await checkMillrace(millrace)
    if (missing !== undefined) problems.push({ path: `--${side}`, message: missing })
  }
  if (Object.keys(specs.both.own).length > 0) {
    problems.push({
      path: '--both',
      message: `takes flags of millrace run and env.NAME, not ${Object.keys(specs.both.own).join(', ')}`,
    })
  }
  if (problems.length > 0) throw configError(problems)
  const { plannedLooks } = await import('../../loadgen/verdict/gate/run.ts')
  const pairs = (values.pairs as number | undefined) ?? 10
  return {
    file: file!,
    ...specs,
    shared: sharedGate(values),
    pairs,
    looks: plannedLooks(pairs, values.sequential !== undefined),
    discard: values.discard as number | undefined,
    dir: values.dir as string | undefined,
  }
}

interface Making {
  readonly asked: Asked
  readonly opened: Readonly<Record<'base' | 'candidate', Side>>
  readonly folder: string
  readonly signal: AbortSignal
  say(text: string): Promise<void>
}

async function makeRuns(making: Making): Promise<GateOutcome> {
  const { asked, opened, folder, signal, say } = making
  const { shared, pairs, looks, discard } = asked
  const [{ runGate }, { compareDocuments }, { gateProgress }] = await Promise.all([
    import('../../loadgen/verdict/gate/run.ts'),
    import('../../loadgen/verdict/gate/compare.ts'),
    import('../../loadgen/report/gate/progress.ts'),
  ])
  const plan = { design: 'paired' as const, alpha: shared.alpha, pairsAsked: pairs, looks }
  const options = compareOptions(asked)
  const isFresh = opened.base.hasOwnBroker && opened.candidate.hasOwnBroker
  let isChecked = false
  return await runGate({
    plan,
    discarded: discard ?? (isFresh ? 0 : 1),
    signal,
    async runOne(side, pair) {
      const name = `${String(pair).padStart(3, '0')}.json`
      const out = join(folder, pair < 1 ? `${side}-discarded-${1 - pair}.json` : join(side, name))
      try {
        const document = await runSide(opened[side], asked.file, out, signal)
        if (pair < 1) await rm(out, { force: true })
        if (!isChecked) await checkFirst(document, asked, say)
        isChecked = true
        return { document }
      } catch (error) {
        // What cannot be run at all is told as the error that it is; what fails later is evidence.
        if (!isMillraceError(error) || (pair <= 1 && !signal.aborted)) throw error
        return { failure: `${error.code}: ${error.message}` }
      }
    },
    judge: (documents, lost, look) => compareDocuments(documents, { ...options, plan, look, lost }),
    onRun: made => void say(gateProgress(made, pairs)),
    onLook: (outcome, at) => void say(`after ${at} pairs: ${outcome.verdict}`),
  })
}

function compareOptions({ base, candidate, both, shared }: Asked): CompareOptions {
  const common = aboutSide(both)
  return {
    ...{ design: 'paired', gates: shared.gates, limits: shared.limits, alpha: shared.alpha },
    acceptsDisturbed: shared.accepts.has('disturbed'),
    acceptsOtherMachine: shared.accepts.has('other-machine'),
    baseLabel: labelOfSide(base, 'base'),
    candidateLabel: labelOfSide(candidate, 'candidate'),
    about: { base: { ...common, ...aboutSide(base) }, candidate: { ...common, ...aboutSide(candidate) } },
  }
}

/** After the first run it is known what can decide: slips and plans that can find nothing are told now and not at the end. */
async function checkFirst(document: TestResult, { shared, pairs }: Asked, say: Making['say']): Promise<void> {
  const [{ fewestPairs }, { chosenMetrics, numbersOfTest }] = await Promise.all([
    import('../../loadgen/verdict/gate/judge.ts'),
    import('../../loadgen/verdict/gate/metrics.ts'),
  ])
  const names = [...numbersOfTest(document).keys()]
  const slips = unknownMetrics(shared, names)
  if (slips.length > 0) throw configError(slips)
  const gated = chosenMetrics(names, shared.gates, shared.limits).filter(({ isGated }) => isGated)
  const fewest = fewestPairs(shared.alpha, gated.length)
  if (pairs >= fewest) return
  const few = `${pairs} pairs can find no change among ${gated.length} gated metrics, however large`
  await say(`${few}: --pairs ${fewest} at least, or fewer metrics (--gate)`)
}

async function runSide(side: Side, file: string, out: string, signal: AbortSignal): Promise<TestResult> {
  const begun = await side.begin()
  try {
    const { main, script, args } = side.command(begun.bootstrap)
    const words = ['run', script, ...args, `--out=${out}`, '--quiet', '--json']
    const { testResultModel } = await import('../../loadgen/test/result.ts')
    // The document itself is taken and not what the model makes of it: keys of another version are kept.
    const parse = (document: unknown) => testResultModel.parse(document) && (document as TestResult)
    const result = await runProcess({ args: words, out, parse, main, env: side.env }, signal)
    // A work tree of a revision is gone afterwards, and says nothing.
    return { ...result, script: file }
  } finally {
    await begun.end()
  }
}
