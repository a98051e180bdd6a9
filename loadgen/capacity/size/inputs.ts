// Inputs of a plan from the runs that measured them: results of bench, and the report of plan saturate. Each says which.
import { plural } from '../../report/format.ts'
import type { Result } from '../../result.ts'
import type { SaturateReport } from '../saturate/report.ts'
import type { Input } from './model.ts'

export interface Measured {
  readonly brokerIn: Input
  readonly brokerOut: Input
  readonly partitionProduce: Input
  readonly partitionConsume: Input
  readonly compression: Input
}

export interface RunFile<T> {
  readonly path: string
  readonly content: T
}

export interface MeasuredFrom {
  readonly saturate: RunFile<SaturateReport>
  /** Runs with few partitions: what one of them takes. The best of them counts. */
  readonly partitionRuns: readonly RunFile<Result>[]
}

export interface Sound {
  readonly inputs: Measured
  /** Why the runs may say less than they seem to. */
  readonly warnings: readonly string[]
}

export interface Unsound {
  readonly problems: readonly string[]
}

/** What is missing in the files, each with its file; or the inputs. */
export function measuredInputs({ saturate, partitionRuns }: MeasuredFrom): Sound | Unsound {
  const { path, content } = saturate
  const { about, interval, trials, search } = content
  const problems = [
    ...(about === undefined ? [`${path} says nothing of its cluster`] : []),
    ...(interval.low > 0 ? [] : [`${path}: nothing was sustained`]),
  ]
  if (about === undefined || interval.low <= 0) return { problems }
  const { environment } = about
  const brokers = environment.cluster.brokers.length
  const R = environment.topic.replicationFactor
  const readers = trials.some(({ e2eP99Ms }) => e2eP99Ms !== undefined) ? 1 : 0
  const ratio = compressionOf(partitionRuns)
  // Sustained in keys and values; the brokers see what is left of it after compression.
  const wire = (interval.low * search.recordBytes) / ratio.value
  const from = `${path}: ${Math.round(interval.low)} records/s of ${search.recordBytes} bytes sustained by ${plural(brokers, 'broker')}, replication factor ${R}, ${readers === 1 ? 'one group' : 'no group'} reading`
  const perPartition = `${path}: the sustained rate over ${environment.topic.partitions} partitions, at least`
  const fallback = wire / environment.topic.partitions
  const [produced, consumed] = [bestOf(partitionRuns, 'produce'), bestOf(partitionRuns, 'consume')]
  const out = (wire * (R - 1 + readers)) / brokers
  return {
    inputs: {
      brokerIn: { name: 'in, one broker', value: (wire * R) / brokers, unit: 'B/s', from },
      // A lone broker without readers has given nothing out: what it took in is then all that is known of its network.
      brokerOut: { name: 'out, one broker', value: out > 0 ? out : (wire * R) / brokers, unit: 'B/s', from },
      partitionProduce: produced ?? {
        name: 'produce, one partition',
        value: fallback,
        unit: 'B/s',
        from: perPartition,
      },
      partitionConsume: consumed ?? {
        name: 'consume, one partition',
        value: fallback,
        unit: 'B/s',
        from: perPartition,
      },
      compression: ratio,
    },
    warnings: doubtsOf(saturate, produced !== undefined && consumed !== undefined, readers, R),
  }
}

function doubtsOf(
  { path, content: { status } }: MeasuredFrom['saturate'],
  hasPartitions: boolean,
  readers: number,
  R: number,
): string[] {
  return [
    ...(status === 'found' ? [] : [`${path} is ${status}: what brokers can do is not confirmed`]),
    ...(readers > 0
      ? []
      : [`${path} had no consumers: what brokers give out was not measured with readers (--mode roundtrip)`]),
    ...(R > 1 ? [] : [`${path} had one replica: the cost of replication was not measured`]),
    ...(hasPartitions
      ? []
      : [
          'no --run of few partitions for both produce and consume: rates of a partition are lower bounds, and partitions may be more than needed',
        ]),
  ]
}

function compressionOf(runs: readonly RunFile<Result>[]): Input {
  const run = runs.find(({ content }) => content.produce?.compressionRatio !== undefined)
  return {
    name: 'compression',
    value: run?.content.produce?.compressionRatio ?? 1,
    unit: 'ratio',
    from: run?.path ?? 'no run has compressed',
  }
}

function bestOf(runs: readonly RunFile<Result>[], side: 'produce' | 'consume'): Input | undefined {
  const rates = runs.flatMap(({ path, content }) => {
    const part = content[side]
    if (part === undefined || content.measuredSeconds === 0) return []
    // Of the wire: what is measured of a partition is compared with what goes over it.
    const share = part.bytes === 0 ? 0 : part.wireBytes / part.bytes
    const perSec =
      (part.mbPerSec * 1e6 * (side === 'produce' ? Math.min(1, share || 1) : 1)) / content.environment.topic.partitions
    return [{ path, perSec, partitions: content.environment.topic.partitions }]
  })
  const best = rates.reduce<(typeof rates)[number] | undefined>(
    (most, each) => (most === undefined || each.perSec > most.perSec ? each : most),
    undefined,
  )
  if (best === undefined) return undefined
  const name = `${side}, one partition`
  return {
    name,
    value: best.perSec,
    unit: 'B/s',
    from: `${best.path}: ${best.partitions} ${best.partitions === 1 ? 'partition' : 'partitions'}`,
  }
}
