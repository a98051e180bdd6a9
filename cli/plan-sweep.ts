// `millrace plan sweep`: the same bench over a matrix of settings, flat out.
import { randomBytes } from 'node:crypto'
import type { Command } from 'commander'
import { type ConfigProblem, configError, exitCodes } from '../core/errors.ts'
import { type Parsed, parseDuration, parseOneOf, parseWhole } from '../core/units.ts'
import { sweepHtml } from '../loadgen/capacity/sweep/html.ts'
import { type Axis, chosen, matrix, settingsAt } from '../loadgen/capacity/sweep/matrix.ts'
import { curveAxis, type SweepPoint, type SweepReport } from '../loadgen/capacity/sweep/report.ts'
import { runSweep, type SweepFile, sweepFileModel } from '../loadgen/capacity/sweep/run.ts'
import { sweepCells, sweepMarkdown, sweepText } from '../loadgen/capacity/sweep/text.ts'
import { benchFlags } from '../loadgen/scenario/bench-flags.ts'
import type { GivenFlag } from '../loadgen/scenario/bench-options.ts'
import { flagName } from '../loadgen/scenario/flag.ts'
import { bounded } from '../loadgen/scenario/parsers.ts'
import type { ClientSettings } from '../wire/settings.ts'
import { type DocumentLooks, documentTargets, reportFlag, writeDocuments } from './document-reports.ts'
import { type FlagTable, type FlagValues, flag } from './flag-table.ts'
import { print } from './output.ts'
import { openJournal, stateFlag } from './plan-journal.ts'
import { keyOf, type PointTimes, perPointMs, pointFlags, removeTopic, runPoint } from './plan-sweep-point.ts'
import {
  checkTrial,
  definePlanOfTrials,
  fingerprintOf,
  type GivenToPlan,
  trialFlagKeys,
  withTrials,
} from './plan-trials.ts'
import type { Io } from './program.ts'

const group = 'Sweep:'

/** A word for what users look for. */
const aliases: Readonly<Record<string, string>> = {
  producers: 'workers',
  replication: 'replication-factor',
  linger: 'linger-ms',
  batch: 'batch-bytes',
}

/** `partitions=1,2,4`. */
function parseAxis(text: string): Parsed<Axis> {
  const at = text.indexOf('=')
  const written = text.slice(0, Math.max(0, at)).trim()
  const values = text.slice(at + 1).split(',').map(value => value.trim()).filter(value => value !== '') // biome-ignore format: one line
  if (at <= 0 || values.length === 0) return { problem: `"${text}" is not an axis: write partitions=1,2,4` }
  const name = aliases[written] ?? written
  const names = trialFlagKeys('produce').map(flagName)
  if (!names.includes(name)) return { problem: `${written} is not a setting of bench produce` }
  if (new Set(values).size < values.length) return { problem: `${written} has a value twice` }
  return { value: { name, values } }
}

const ownFlags = {
  vary: flag(
    group,
    'setting=a,b,...',
    'any flag of bench produce, as partitions=1,2,4,8; producers are --workers; may be repeated',
    parseAxis,
    true,
  ),
  'time-budget': flag(
    group,
    'time',
    'runs as many combinations as fit, spread out (default: all of them)',
    bounded(parseDuration, 10_000, 7 * 86_400_000, 'between 10s and 7d'),
  ),
  'point-time': flag(
    group,
    'time',
    'measured time of each (default: 10s)',
    bounded(parseDuration, 1_000, 3_600_000, 'between 1s and 1h'),
  ),
  warmup: flag(group, 'time', 'of each (default: 3s)', bounded(parseDuration, 0, 600_000, 'at most 10m')),
  consume: flag(
    group,
    'yes|no',
    'read each topic back too, for the rate of a partition (default: yes)',
    parseOneOf(['yes', 'no']),
  ),
  points: flag(group, 'count', 'at most so many combinations', parseWhole(1, 10_000)),
  state: stateFlag('Output:'),
  report: reportFlag,
} as const satisfies FlagTable

type Own = FlagValues<typeof ownFlags, 'report' | 'vary'>

const epilogue = `
Each combination has a fresh topic, is produced flat out and read back, each in a process of its own. The first axis with six numbers
or more is fitted by the universal scalability law; nothing is said beyond twice the largest of them. See docs/plan.md.

  millrace plan sweep --bootstrap localhost:9092 --vary partitions=1,2,3,4,6,8,12 --vary acks=1,all --time-budget 5m

Exit codes: 0 run, 11 nothing could be run, 20 to 25 no connection, no access or a refusal, 104 settings not valid, 105 interrupted
(with --state the same command goes on).
`

/** Gives the command its flags and its action; `done` hears the exit code. */
export function defineSweep(parent: Command, io: Io, done: (exitCode: number) => void): void {
  const plan = {
    name: 'sweep',
    description: 'throughput over a matrix of settings, and how it scales',
    usage: '--bootstrap host:port --vary setting=a,b,... [flags]',
    ...{ epilogue, table: ownFlags, keys: trialFlagKeys('produce').filter(key => key !== 'topic') },
    run: (given: GivenToPlan<Own>) => sweep(given, io),
  }
  definePlanOfTrials(parent, plan, done)
}

async function sweep({ own, flags, problems }: GivenToPlan<Own>, io: Io): Promise<number> {
  const axes = own.vary
  const client = checkAll(axes, flags, problems, io)
  const targets = await documentTargets(own.report)
  const times = {
    measuredMs: own['point-time'] ?? 10_000,
    warmupMs: own.warmup ?? 3_000,
    consumes: own.consume !== 'no',
  }
  const points = chosen(axes, countOf(own, times), curveAxis(axes))
  const journal = await openJournal<SweepFile>(
    {
      ...{
        path: own.state,
        fingerprint: fingerprintOf({ flags, axes, times, points }),
        model: sweepFileModel,
        what: 'sweep',
      },
      fresh: head => ({ kind: 'millrace-sweep', version: 1, ...head, points: [] }),
      stepsIn: file => file.points.length,
    },
    io,
  )
  await print(io.stderr, `${points.length} of ${matrix(axes).length} combinations\n`)
  return await withTrials(io, async (runner, signal) => {
    const report = await runSweep(axes, points, journal.file, {
      runPoint: (settings, topic) => runPoint({ settings, topic, flags, client, runner, ...times }),
      newTopic: () => `millrace-sweep-${randomBytes(4).toString('hex')}`,
      removeTopic: topic => removeTopic(client, topic),
      save: journal.save,
      onPoint: (point, number) => print(io.stderr, pointLine(point, number, points.length)),
    })
    const { points: found } = report
    if (found.length > 0) await writeDocuments(targets, report, looks, io)
    if (signal.aborted) return exitCodes.interrupted
    return found.every(({ failed }) => failed !== undefined) ? exitCodes.failedSends : exitCodes.ok
  })
}

function pointLine(point: SweepPoint, number: number, count: number): string {
  const told = Object.entries(point.settings).map(([name, value]) => `${name}=${value}`)
  return `${number}/${count}  ${told.join(' ')}  ${sweepCells(point)[0]} records/s\n`
}

function countOf(own: Own, times: PointTimes): number {
  const byTime =
    own['time-budget'] === undefined ? Number.POSITIVE_INFINITY : Math.floor(own['time-budget'] / perPointMs(times))
  return Math.max(1, Math.min(byTime, own.points ?? Number.POSITIVE_INFINITY))
}

/** Every value of every axis, before the first run. */
function checkAll(
  axes: readonly Axis[],
  flags: readonly GivenFlag[],
  problems: readonly ConfigProblem[],
  io: Io,
): ClientSettings {
  const found = [
    ...problems,
    ...(axes.length === 0 ? [{ path: '--vary', message: 'is required: partitions=1,2,4' }] : []),
    ...axes
      .filter(({ name }, index) => axes.findIndex(other => other.name === name) !== index)
      .map(({ name }) => ({ path: '--vary', message: `${name} is there twice` })),
    ...flags
      .filter(({ key }) => axes.some(({ name }) => name === flagName(key)))
      .map(({ key }) => ({ path: `--${flagName(key)}`, message: 'is varied by --vary' })),
  ]
  for (const { name, values } of axes) {
    for (const value of values) {
      const flag = benchFlags[keyOf(name)]
      if (flag.kind === 'switch') continue
      const parsed = flag.parse(value) as Parsed<unknown>
      if ('problem' in parsed) found.push({ path: `--vary ${name}`, message: parsed.problem })
    }
  }
  if (found.length > 0) {
    checkTrial('produce', flags, found, io)
    throw configError(found)
  }
  return checkTrial(
    'produce',
    [
      ...flags,
      ...pointFlags(
        settingsAt(
          axes,
          axes.map(() => 0),
        ),
      ),
    ],
    [],
    io,
  ).plan.client
}

const looks: DocumentLooks<SweepReport> = { title: 'sweep', text: sweepText, markdown: sweepMarkdown, html: sweepHtml }
