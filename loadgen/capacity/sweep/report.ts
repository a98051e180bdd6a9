// The sweep as a document: every point that was run, the rates of a partition, and the curve over one axis.
import type { Result } from '../../result.ts'
import type { Axis } from './matrix.ts'
import { fitUsl, type UslAnswer } from './usl.ts'

export interface SweepPoint {
  readonly settings: Readonly<Record<string, string>>
  /** Flat out. */
  readonly producePerSec: number
  readonly produceBytesPerSec: number
  readonly consumePerSec: number | undefined
  readonly consumeBytesPerSec: number | undefined
  readonly partitions: number
  readonly cpuUsPerRecord: number | null
  /** What kept it from being more: a curve of the generator is none of the cluster. */
  readonly limiter: string
  /** Undefined: it ran. */
  readonly failed: string | undefined
}

export interface SweepCurve {
  readonly over: string
  /** Of the other axes. */
  readonly at: Readonly<Record<string, string>>
  readonly answer: UslAnswer
  readonly points: readonly { readonly n: number; readonly perSec: number; readonly limiter: string }[]
}

export interface SweepReport {
  readonly kind: 'millrace-sweep-report'
  readonly version: 1
  readonly startedAt: string
  readonly axes: readonly Axis[]
  readonly combinations: number
  readonly points: readonly SweepPoint[]
  readonly curves: readonly SweepCurve[]
  readonly environment: Result['environment'] | undefined
}

export function pointOf(
  settings: Readonly<Record<string, string>>,
  produced: Result,
  consumed: Result | undefined,
): SweepPoint {
  const { produce, validity, environment, cpuUsPerRecord, verdict, reasons } = produced
  return {
    settings,
    producePerSec: produce?.recordsPerSec ?? 0,
    produceBytesPerSec: (produce?.mbPerSec ?? 0) * 1e6,
    consumePerSec: consumed?.consume?.recordsPerSec,
    consumeBytesPerSec: consumed?.consume === undefined ? undefined : consumed.consume.mbPerSec * 1e6,
    partitions: environment.topic.partitions,
    cpuUsPerRecord,
    limiter: validity?.limiter ?? 'unknown',
    failed: verdict === 'failed' ? (reasons[0]?.message ?? 'the run failed') : undefined,
  }
}

/** The first axis that has numbers enough. */
export const curveAxis = (axes: readonly Axis[]): number | undefined => {
  const index = axes.findIndex(({ values }) => values.length >= 6 && values.every(value => /^\d+$/.test(value)))
  return index < 0 ? undefined : index
}

export function curvesOf(axes: readonly Axis[], points: readonly SweepPoint[]): SweepCurve[] {
  const index = curveAxis(axes)
  if (index === undefined) return []
  const over = axes[index]!.name
  const others = (settings: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(settings).filter(([name]) => name !== over))
  const lines = Map.groupBy(
    points.filter(({ failed }) => failed === undefined),
    ({ settings }) => JSON.stringify(others(settings)),
  )
  return [...lines]
    .filter(([, line]) => line.length >= 3)
    .map(([at, line]) => {
      const curve = line
        .map(({ settings, producePerSec, limiter }) => ({ n: Number(settings[over]), perSec: producePerSec, limiter }))
        .sort((a, b) => a.n - b.n)
      return { over, at: JSON.parse(at), answer: fitUsl(curve), points: curve }
    })
}
