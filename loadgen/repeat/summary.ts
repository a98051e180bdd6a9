// From several results to one document: which of them count, and what they say together. Pure.
import type { LatencySummary, Result } from '../result.ts'
import { type ResultSet, setSchemaVersion } from './model.ts'
import { spreadOf } from './statistics.ts'

const latencyKeys = ['p50Ms', 'p99Ms', 'p999Ms', 'maxMs', 'meanMs'] as const satisfies readonly (keyof LatencySummary)[]

/** Numbers of a run that are looked at together, by their path in the result. */
function metricsOf({ produce, consume, cpuUsPerRecord }: Result): [path: string, value: number][] {
  const ofSide = (side: string, part: Result['produce'] | Result['consume']): [string, number][] => {
    if (part === undefined) return []
    const { recordsPerSec, mbPerSec, latency } = part
    const latencies = latency === undefined ? [] : latencyKeys.map(key => [`latency.${key}`, latency[key]] as const)
    const all = [['recordsPerSec', recordsPerSec] as const, ['mbPerSec', mbPerSec] as const, ...latencies]
    return all.map(([name, value]) => [`${side}.${name}`, value])
  }
  return [
    ...ofSide('produce', produce),
    ...ofSide('consume', consume),
    ...(cpuUsPerRecord === null ? [] : [['cpuUsPerRecord', cpuUsPerRecord] as [string, number]]),
  ]
}

export interface FinishedSet {
  readonly asked: number
  readonly results: readonly Result[]
  readonly interrupted: boolean
  /** Why the set ended before its time, when a run could not begin. */
  readonly failure?: { readonly code: string; readonly message: string }
}

export function buildSet({ asked, results, interrupted, failure }: FinishedSet): ResultSet {
  const complete = results.filter(({ verdict }) => verdict === 'ok')
  const valid = complete.filter(({ validity }) => validity?.verdict === 'valid')
  const over = valid.length > 0 ? 'valid' : complete.length > 0 ? 'complete' : 'none'
  const counted = new Set(over === 'valid' ? valid : complete)
  const reasons = results.flatMap((result, index) =>
    result.verdict === 'failed' ? result.reasons.map(reason => ({ ...reason, run: index + 1 })) : [],
  )
  if (failure !== undefined) reasons.push({ ...failure, run: results.length + 1 })
  const wasInterrupted = interrupted || results.some(({ verdict }) => verdict === 'interrupted')
  return {
    kind: 'millrace-set',
    schemaVersion: setSchemaVersion,
    verdict: reasons.length > 0 ? 'failed' : wasInterrupted ? 'interrupted' : 'ok',
    reasons,
    asked,
    counted: counted.size,
    over,
    summary: summaryOf([...counted]),
    runs: results.map((result, index) => ({ run: index + 1, counted: counted.has(result), result })),
  }
}

function summaryOf(results: readonly Result[]): ResultSet['summary'] {
  const values = new Map<string, number[]>()
  for (const [path, value] of results.flatMap(metricsOf)) values.set(path, [...(values.get(path) ?? []), value])
  return Object.fromEntries([...values].map(([path, numbers]) => [path, spreadOf(numbers)!]))
}
