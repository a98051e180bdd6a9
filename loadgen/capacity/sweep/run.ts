// The sweep, carried out: one point after the other, and everything kept before the next begins. What a point is and where the sweep is
// kept is the caller's.
import { z } from 'zod'
import { isMillraceError } from '../../../core/errors.ts'
import type { Result } from '../../result.ts'
import { type Axis, matrix, type Point, settingsAt } from './matrix.ts'
import { curvesOf, type SweepPoint, type SweepReport } from './report.ts'

export interface PointRun {
  readonly point: SweepPoint
  readonly environment: Result['environment']
}

export interface SweepDeps {
  readonly runPoint: (settings: Readonly<Record<string, string>>, topic: string) => Promise<PointRun>
  /** A name that nobody else has. */
  readonly newTopic: () => string
  /** Of a run that was broken off in the middle of a point. */
  readonly removeTopic: (topic: string) => Promise<void>
  /** Before each point and after it. */
  readonly save: (file: SweepFile) => Promise<void>
  readonly onPoint: (point: SweepPoint, number: number) => Promise<void>
}

/** What there was is not run again. Interrupted, it answers with the points that are known by then. */
export async function runSweep(
  axes: readonly Axis[],
  points: readonly Point[],
  file: SweepFile,
  deps: SweepDeps,
): Promise<SweepReport> {
  const found: SweepPoint[] = [...file.points]
  let environment = file.environment as SweepReport['environment']
  const save = (topic?: string) => deps.save({ ...headOf(file), points: found, environment, ...(topic && { topic }) })
  if (file.topic !== undefined) await deps.removeTopic(file.topic)
  for (const point of points.slice(found.length)) {
    const topic = deps.newTopic()
    await save(topic)
    const run = await runOf(deps.runPoint(settingsAt(axes, point), topic))
    if (run === undefined) {
      await save()
      break
    }
    environment ??= run.environment
    found.push(run.point)
    await save()
    await deps.onPoint(run.point, found.length)
  }
  return {
    ...{ kind: 'millrace-sweep-report', version: 1, startedAt: file.startedAt, axes, points: found, environment },
    combinations: matrix(axes).length,
    curves: curvesOf(axes, found),
  }
}

/** Undefined: interrupted. */
const runOf = (run: Promise<PointRun>): Promise<PointRun | undefined> =>
  run.catch(error => {
    if (isMillraceError(error) && error.code === 'INTERRUPTED') return undefined
    throw error
  })

// ---- the state of a sweep, as it is read back ----

const number = z.number()
const optionalNumber = number.optional()

const pointModel = z.object({
  settings: z.record(z.string(), z.string()),
  producePerSec: number,
  produceBytesPerSec: number,
  consumePerSec: optionalNumber,
  consumeBytesPerSec: optionalNumber,
  partitions: number,
  cpuUsPerRecord: number.nullable(),
  limiter: z.string(),
  failed: z.string().optional(),
})

export const sweepFileModel = z.object({
  kind: z.literal('millrace-sweep'),
  version: z.literal(1),
  startedAt: z.string(),
  /** Of everything that makes a point what it is, and of which points there are. */
  fingerprint: z.string(),
  /** In the order in which they are run. */
  points: z.array(pointModel),
  environment: z.unknown().optional(),
  /** Of the point that is under way. */
  topic: z.string().optional(),
})

export type SweepFile = Omit<z.infer<typeof sweepFileModel>, 'points'> & { readonly points: readonly SweepPoint[] }

const headOf = ({ kind, version, startedAt, fingerprint }: SweepFile) => ({ kind, version, startedAt, fingerprint })
