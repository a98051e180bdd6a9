// `millrace plan saturate`: the highest rate that a cluster sustains under an SLO.
import { setTimeout as delay } from 'node:timers/promises'
import type { Command } from 'commander'
import { exitCodes, MillraceError } from '../core/errors.ts'
import { parseDuration, parseOneOf, parseSize } from '../core/units.ts'
import { saturateHtml } from '../loadgen/capacity/saturate/html.ts'
import { type SearchSettings, type Step, searchDefaults } from '../loadgen/capacity/saturate/model.ts'
import { type SaturateReport, type SearchFile, searchFileModel } from '../loadgen/capacity/saturate/report.ts'
import { runSearch } from '../loadgen/capacity/saturate/run.ts'
import { saturateMarkdown, saturateText, stepLine } from '../loadgen/capacity/saturate/text.ts'
import type { SizePlan } from '../loadgen/plan.ts'
import { bounded } from '../loadgen/scenario/parsers.ts'
import { type DocumentLooks, documentTargets, reportFlag, writeDocuments } from './document-reports.ts'
import { type FlagTable, type FlagValues, flag } from './flag-table.ts'
import { print } from './output.ts'
import { openJournal, stateFlag } from './plan-journal.ts'
import {
  argsOf,
  checkTrial,
  definePlanOfTrials,
  fingerprintOf,
  type GivenToPlan,
  trialFlagKeys,
  withTrials,
} from './plan-trials.ts'
import type { Io } from './program.ts'

const slo = 'SLO:'
const search = 'Search:'
const output = 'Output:'

const latency = bounded(parseDuration, 1, 600_000, 'between 1ms and 10m')
const parsePercent =
  (min: number, max: number) =>
  (text: string): { value: number } | { problem: string } => {
    const match = /^(\d+(?:\.\d+)?)\s*%$/.exec(text.trim())
    if (match === null) return { problem: `"${text}" is not a share: write 5%` }
    const value = Number(match[1]) / 100
    return value >= min && value <= max ? { value } : { problem: `must be between ${100 * min}% and ${100 * max}%` }
  }

const ownFlags = {
  mode: flag(
    'What:',
    'mode',
    'produce, or roundtrip with consumers beside (default: roundtrip)',
    parseOneOf(['produce', 'roundtrip']),
  ),
  'response-p99': flag(
    slo,
    'time',
    'records are acknowledged so long after they were due, 99 % of them (default: 100ms)',
    latency,
  ),
  'e2e-p99': flag(slo, 'time', 'and read so long after they were due (roundtrip)', latency),
  'achieved-min': flag(slo, 'share', 'of what is offered, acknowledged (default: 99.5%)', parsePercent(0.5, 1)),
  'errors-max': flag(slo, 'share', 'of records given up on (default: 0%)', parsePercent(0, 0.5)),
  width: flag(
    search,
    'share',
    'of the interval that is answered, over its upper end (default: 5%)',
    parsePercent(0.005, 0.5),
  ),
  'time-budget': flag(
    search,
    'time',
    'for everything (default: 12m)',
    bounded(parseDuration, 10_000, 86_400_000, 'between 10s and 1d'),
  ),
  'data-budget': flag(search, 'size', 'keys and values that may be written (default: no limit)', parseSize),
  'trial-time': flag(
    search,
    'time',
    'of the shortest trial (default: 8s)',
    bounded(parseDuration, 3_000, 3_600_000, 'between 3s and 1h'),
  ),
  'full-trial-time': flag(
    search,
    'time',
    'of trials at both ends (default: 30s)',
    bounded(parseDuration, 3_000, 3_600_000, 'between 3s and 1h'),
  ),
  'confirm-time': flag(
    search,
    'time',
    'of the last trial at the lower end (default: 5m)',
    bounded(parseDuration, 3_000, 86_400_000, 'between 3s and 1d'),
  ),
  state: stateFlag(output),
  report: reportFlag,
} as const satisfies FlagTable

type Own = FlagValues<typeof ownFlags, 'report'>

const epilogue = `
Flood to bracket, climb from 10 % of it, bisection with trials that grow, both ends again at full length, a long trial at the lower end, and
one 10 % above it, which must fail. Each trial is a bench run in a process of its own; without --topic each has a fresh topic. The
answer is an interval: its lower end was sustained, its upper end was not. See docs/plan.md.

Exit codes: 0 found, 12 an interval that is not confirmed or is the generator's, 20 to 25 no connection, no access or a refusal, 104
settings not valid, 105 interrupted (with --state the same command goes on).
`

/** Gives the command its flags and its action; `done` hears the exit code. */
export function defineSaturate(group: Command, io: Io, done: (exitCode: number) => void): void {
  const plan = {
    name: 'saturate',
    description: 'the highest rate that is sustained under an SLO',
    usage: '--bootstrap host:port [flags]',
    ...{ epilogue, table: ownFlags, keys: trialFlagKeys('roundtrip') },
    run: (given: GivenToPlan<Own>) => saturate(given, io),
  }
  definePlanOfTrials(group, plan, done)
}

async function saturate({ own, flags, problems }: GivenToPlan<Own>, io: Io): Promise<number> {
  const mode = own.mode ?? 'roundtrip'
  const needless =
    mode === 'produce' && own['e2e-p99'] !== undefined
      ? [{ path: '--e2e-p99', message: 'needs consumers: --mode roundtrip' }]
      : []
  const { plan } = checkTrial(mode, flags, [...problems, ...needless], io)
  const settings = settingsOf(own, recordBytesOf(plan.produce!.size))
  const targets = await documentTargets(own.report)
  const journal = await openJournal<SearchFile>(
    {
      ...{
        path: own.state,
        fingerprint: fingerprintOf({ mode, flags, settings }),
        model: searchFileModel,
        what: 'search',
      },
      fresh: head => ({ kind: 'millrace-saturate', version: 1, ...head, trials: [] }),
      stepsIn: ({ trials }) => trials.length,
    },
    io,
  )
  return await withTrials(io, async (runner, signal) => {
    const args = argsOf(flags)
    const report = await runSearch(settings, journal.file, {
      runTrial: step => runner.run(mode, [...args, ...stepArgs(step, settings)]),
      pause: sec => pause(sec, signal),
      save: journal.save,
      onTrial: (trial, number) => print(io.stderr, `${stepLine(trial, number)}\n`),
    })
    await writeDocuments(targets, report, looks, io)
    if (signal.aborted) return exitCodes.interrupted
    return report.status === 'found' ? exitCodes.ok : exitCodes.notValid
  })
}

/** The most that one value has: the data budget is a limit. Keys and headers are small beside it. */
function recordBytesOf(size: SizePlan): number {
  if (size.kind === 'fixed') return size.bytes
  return size.kind === 'uniform' ? size.bytesMax : Math.max(...size.buckets.map(({ bytesMax }) => bytesMax))
}

function settingsOf(own: Own, recordBytes: number): SearchSettings {
  const seconds = (ms: number | undefined, otherwise: number) => (ms === undefined ? otherwise : ms / 1000)
  const defaults = searchDefaults
  return {
    ...defaults,
    slo: {
      responseP99Ms: own['response-p99'] ?? 100,
      e2eP99Ms: own['e2e-p99'],
      achievedShareMin: own['achieved-min'] ?? defaults.slo.achievedShareMin,
      errorShareMax: own['errors-max'] ?? defaults.slo.errorShareMax,
      growthShareMax: defaults.slo.growthShareMax,
    },
    recordBytes,
    widthMax: own.width ?? defaults.widthMax,
    timeBudgetSec: seconds(own['time-budget'], defaults.timeBudgetSec),
    dataBudgetBytes: own['data-budget'],
    trialSec: seconds(own['trial-time'], defaults.trialSec),
    fullTrialSec: seconds(own['full-trial-time'], defaults.fullTrialSec),
    confirmSec: seconds(own['confirm-time'], defaults.confirmSec),
  }
}

// ---- the search ----

/** The backlog of a start must be gone before what is measured begins, which near the limit it never would be at the full rate. */
const warmupShare = 0.8

function stepArgs({ ratePerSec, measuredSec, recordsMax }: Step, { warmupSec }: SearchSettings): string[] {
  const [warmupMs, measuredMs] = [Math.round(warmupSec * 1000), Math.round(measuredSec * 1000)]
  const stages = (rate: number) =>
    `stages:${Math.max(1, Math.round(warmupShare * rate))}/s:${warmupMs}ms,${rate}/s:${measuredMs}ms`
  return [
    ...(ratePerSec === undefined ? [] : [`--rate=${stages(ratePerSec)}`]),
    `--duration=${measuredMs}ms`,
    ...(recordsMax === undefined ? [`--warmup=${warmupMs}ms`] : [`--records=${recordsMax}`, '--warmup=0ms']),
  ]
}

async function pause(sec: number, signal: AbortSignal): Promise<void> {
  await delay(sec * 1000, undefined, { signal }).catch(() => {})
  if (signal.aborted) throw new MillraceError('INTERRUPTED', 'interrupted between trials')
}

const looks: DocumentLooks<SaturateReport> = {
  ...{ title: 'saturate', text: saturateText, markdown: saturateMarkdown, html: saturateHtml },
}
