// From results to an entry: the median of the runs that count, for each metric that all of them have.
import { packageVersion } from '../../core/version.ts'
import { spreadOf } from '../repeat/statistics.ts'
import { evidenceOf, type GateDocument, isTest } from '../verdict/gate/evidence.ts'
import { entrySchemaVersion, type HistoryEntry } from './model.ts'

export interface EntryFacts {
  readonly series: string
  readonly commit?: string
  readonly branch?: string
}

/** Undefined when no run delivered what it should: a history of broken runs is one of breakage. */
export function entryOf(documents: readonly GateDocument[], facts: EntryFacts): HistoryEntry | undefined {
  const runs = documents
    .map((document, index) => ({
      document,
      ...evidenceOf({ side: 'base', pair: index + 1, label: '', document }),
    }))
    .filter(({ state }) => state === 'ok' || state === 'disturbed' || state === 'limited')
  const calm = runs.filter(({ state }) => state === 'ok')
  const counted = calm.length > 0 ? calm : runs
  const [first] = counted
  if (first === undefined) return undefined
  const names = Object.keys(first.numbers).filter(name => counted.every(({ numbers }) => numbers[name] !== undefined))
  const medianOf = (name: string) => spreadOf(counted.map(({ numbers }) => numbers[name]!))!.median
  return {
    kind: 'millrace-history-entry',
    schemaVersion: entrySchemaVersion,
    ...facts,
    at: counted.map(({ startedAt }) => startedAt).sort()[0]!,
    millrace: packageVersion(),
    machine: machineOf(first.document),
    runs: counted.length,
    numbers: Object.fromEntries(names.map(name => [name, medianOf(name)])),
  }
}

function machineOf(document: GateDocument): string {
  const result = isTest(document) ? document.scenarios.find(each => each.result !== undefined)?.result : document
  if (result === undefined) return 'unknown'
  const { cpuModel, cpus } = result.environment.host
  return `${cpuModel}, ${cpus} CPUs`
}
