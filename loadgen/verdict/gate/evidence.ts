// From what runs left behind to evidence: one number a metric for each run, and whether the run may be counted.
import type { Result } from '../../result.ts'
import type { TestResult } from '../../test/result.ts'
import { numbersOfResult, numbersOfTest } from './metrics.ts'
import type { GateRun } from './model.ts'

export type GateDocument = Result | TestResult

export const isTest = (document: GateDocument): document is TestResult => 'kind' in document

export type Side = GateRun['side']
export type EvidenceRun = Omit<GateRun, 'usable'>

export interface SideDocument {
  readonly side: Side
  readonly pair: number
  readonly label: string
  readonly document: GateDocument
}

export function evidenceOf({ side, pair, label, document }: SideDocument): EvidenceRun {
  const numbers = isTest(document) ? numbersOfTest(document) : numbersOfResult(document)
  return {
    ...{ side, pair, label, startedAt: startOf(document) },
    ...stateOf(document),
    numbers: Object.fromEntries(numbers),
  }
}

export const startOf = (document: GateDocument): string =>
  isTest(document) ? document.startedAt : document.environment.startedAt

/** A crossed threshold is another judge's finding: the numbers are whole. */
function stateOf(document: GateDocument): Pick<GateRun, 'state' | 'why'> {
  const { verdict, reasons } = document
  if (verdict === 'interrupted') return { state: 'interrupted', why: 'it was interrupted' }
  const own = reasons.find(({ code }) => code !== 'THRESHOLDS_CROSSED')
  if (verdict === 'failed' && own !== undefined) return { state: 'failed', why: `${own.code}: ${own.message}` }
  for (const validity of validitiesOf(document)) {
    const [first] = validity?.reasons ?? []
    const why = first === undefined ? {} : { why: `${first.code}: ${first.message}` }
    if (validity?.verdict === 'disturbed') return { state: 'disturbed', ...why }
    if (validity?.verdict === 'generator-limited') return { state: 'limited', ...why }
  }
  return { state: 'ok' }
}

const validitiesOf = (document: GateDocument) =>
  isTest(document)
    ? document.scenarios.map(({ result, validity }) => result?.validity ?? validity)
    : [document.validity]

/** Settings of the two sides that are not the same: that is what is compared, or what makes the comparison unfair. */
export function differingSettings(base: GateDocument, candidate: GateDocument) {
  const [one, other] = [flat(aboutOf(base)), flat(aboutOf(candidate))]
  const names = [...new Set([...Object.keys(one), ...Object.keys(other)])].sort()
  return names
    .filter(name => one[name] !== other[name] && !ofTheRun.test(name))
    .filter(name => ![one[name], other[name]].every(value => anyPort.test(value ?? '')))
    .map(setting => ({ setting, base: one[setting] ?? '(absent)', candidate: other[setting] ?? '(absent)' }))
}

/** Different in every run. */
const ofTheRun = /(^|\.)(topic\.name|topic|groupId|group|seed|runId|out|brokers\.\d+\.port)$|leaders|startedAt/

/** Where a broker of the run's own listens: at a port that the system has chosen. */
const anyPort = /^(127\.0\.0\.1|localhost|\[::1\]):(3[2-9]|[4-6]\d)\d{3}$/

export function aboutOf(document: GateDocument): Record<string, unknown> {
  if (isTest(document)) {
    const scenarios = document.scenarios.map(({ name, result }) => [name, result === undefined ? {} : aboutOf(result)])
    return Object.fromEntries([...scenarios])
  }
  const { settings, client, environment, mode } = document
  const { host, node, millrace, cluster, topic } = environment
  return {
    mode,
    settings,
    client: client === undefined ? 'wire' : `${client.name} ${client.version}`,
    millrace,
    node,
    host: { cpuModel: host.cpuModel, cpus: host.cpus },
    kafka: { version: cluster.version, brokers: cluster.brokers.length },
    topic: { partitions: topic.partitions, replicationFactor: topic.replicationFactor, configs: topic.configs },
  }
}

function flat(value: unknown, path = ''): Record<string, string> {
  if (typeof value !== 'object' || value === null) return { [path]: String(value) }
  return Object.assign(
    {},
    ...Object.entries(value).map(([key, inner]) => flat(inner, path === '' ? key : `${path}.${key}`)),
  )
}
