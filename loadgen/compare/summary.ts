// From runs to a comparison: that they were asked for the same, and what each client did over its runs.
import { MillraceError } from '../../core/errors.ts'
import type { BenchMode, ClientName } from '../plan.ts'
import { spreadOf } from '../repeat/statistics.ts'
import type { Result } from '../result.ts'
import type { TestResult } from '../test/result.ts'
import { type ClientFigures, type ComparedPart, type Comparison, comparisonVersion } from './model.ts'
import { balancedRounds } from './order.ts'

/** Of one scenario, or of a bench run. */
export interface ComparedRun {
  readonly client: ClientName
  readonly round: number
  readonly result: Result
  /** Absent: as the result says. Of a scenario it is the test that has failed or not. */
  readonly isGood?: boolean
}

export interface ComparedRuns {
  /** The test; absent: bench runs. */
  readonly script?: string
  readonly order: readonly (readonly ClientName[])[]
  readonly runs: readonly (Omit<ComparedRun, 'result'> & { readonly result: Result | TestResult })[]
  readonly skipped: readonly { readonly client: ClientName; readonly reason: string }[]
}

export function compare({ script, order, runs, skipped }: ComparedRuns): Comparison {
  const clients = [...new Set(order.flat())]
  return {
    comparisonVersion,
    ...(script !== undefined && { script }),
    rounds: order.length,
    order: order.map(round => [...round]),
    balanced: order.length % balancedRounds(clients.length) === 0,
    skipped: [...skipped],
    parts: partsOf(runs).map(({ scenario, runs: own }) => part(scenario, own, clients)),
    runs: runs.map(({ client, round, result }) => ({ client, round, result })),
  }
}

function part(
  scenario: string | undefined,
  runs: readonly ComparedRun[],
  clients: readonly ClientName[],
): ComparedPart {
  const { mode } = runs[0]!.result
  const figures = clients.map(client => figuresOf(client, mode, runs))
  const base = figures.find(({ recordsPerSec }) => recordsPerSec.count > 0)?.recordsPerSec.median
  return {
    ...(scenario !== undefined && { scenario }),
    mode,
    settings: commonSettings(runs),
    clients: figures.map(each => ({ ...each, ratio: base ? each.recordsPerSec.median / base : 0 })),
  }
}

interface Part {
  readonly scenario: string | undefined
  readonly runs: readonly ComparedRun[]
}

/** A scenario that a run did not come to is missing among its runs, which is seen as a failed run of that client. */
function partsOf(runs: ComparedRuns['runs']): Part[] {
  const flat = runs.flatMap(({ client, round, result }): [string | undefined, ComparedRun][] => {
    if (!('scenarios' in result)) return [[undefined, { client, round, result }]]
    const isGood = result.verdict === 'ok'
    return result.scenarios.flatMap(({ name, result: own }): [string, ComparedRun][] =>
      own === undefined ? [] : [[name, { client, round, result: own, isGood }]],
    )
  })
  const byScenario = Map.groupBy(flat, ([scenario]) => scenario)
  return [...byScenario].map(([scenario, own]) => ({ scenario, runs: own.map(([, run]) => run) }))
}

// ---- the same for all ----

/** The client itself, and a topic that each run creates under a name of its own. */
const isOwn = (path: string, created: boolean): boolean => path === 'driver' || (created && path === 'topic.name')

/** Throws where two runs were not asked for the same. */
export function commonSettings(runs: readonly ComparedRun[]): Record<string, unknown> {
  const [first, ...others] = runs
  if (first === undefined) return {}
  const wanted = flattened(first.result)
  for (const { client, result } of others) {
    const found = flattened(result)
    const differing = [...new Set([...wanted.keys(), ...found.keys()])].filter(
      key => wanted.get(key) !== found.get(key),
    )
    if (differing.length === 0) continue
    const told = differing.map(key => `${key}: ${wanted.get(key)} and ${found.get(key)}`).join('; ')
    throw new MillraceError(
      'INTERNAL',
      `the runs of ${first.client} and ${client} differ in more than the client: ${told}`,
    )
  }
  const { driver: _, ...settings } = first.result.settings
  return settings
}

function flattened({ settings, environment }: Result): Map<string, string> {
  const { cluster, topic, node, millrace } = environment
  const compared = {
    ...settings,
    environment: {
      ...{ cluster: cluster.clusterId, version: cluster.version, node, millrace },
      topic: { partitions: topic.partitions, replicationFactor: topic.replicationFactor, configs: topic.configs },
    },
  }
  return new Map(leaves('', compared).filter(([path]) => !isOwn(path, topic.created)))
}

function leaves(path: string, value: unknown): [string, string][] {
  if (value === null || typeof value !== 'object') return [[path, String(value)]]
  return Object.entries(value).flatMap(([key, inner]) => leaves(path === '' ? key : `${path}.${key}`, inner))
}

// ---- figures ----

const none = { count: 0, median: 0, min: 0, max: 0 }

function figuresOf(client: ClientName, mode: BenchMode, runs: readonly ComparedRun[]): ClientFigures {
  const ran = runs.filter(run => run.client === client)
  const own = ran.map(({ result }) => result)
  const good = ran.filter(({ result, isGood }) => isGood ?? result.verdict === 'ok').map(({ result }) => result)
  const of = (pick: (result: Result) => number | null | undefined) =>
    spread(good.map(pick).filter(value => value !== null && value !== undefined))
  const latency = ({ produce, consume }: Result) => (mode === 'produce' ? produce?.latency : consume?.latency)
  return {
    client,
    version: own[0]?.client?.version ?? own[0]?.environment.millrace ?? '',
    recordsPerSec: of(({ produce, consume }) => (mode === 'consume' ? consume : produce)?.recordsPerSec) ?? none,
    ratio: 0,
    cpuUsPerRecord: of(({ cpuUsPerRecord }) => cpuUsPerRecord) ?? null,
    latencyP50Ms: of(result => latency(result)?.p50Ms) ?? null,
    latencyP99Ms: of(result => latency(result)?.p99Ms) ?? null,
    rssBytesMax: of(({ memory }) => memory.rssBytesMax) ?? none,
    failed: own.length - good.length,
    notValid: good.filter(({ validity }) => validity !== undefined && !fair.has(validity.verdict)).length,
    notHonoured: own[0]?.client?.notHonoured ?? [],
  }
}

/** That the client or the brokers were at their limit is what a comparison flat out is about. */
const fair: ReadonlySet<string> = new Set(['valid', 'generator-limited', 'broker-limited'])

function spread(values: readonly number[]) {
  const found = spreadOf(values)
  return found && { count: found.count, median: found.median, min: found.min, max: found.max }
}
