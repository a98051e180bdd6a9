// A rate in bytes becomes one in records through the mean size of the plan's records.
import { makeRandom } from '../core/random.ts'
import { makeKeySource } from './payload/keys.ts'
import { meanProfileBytes, readProfile } from './payload/profile.ts'
import { meanSizeBytes } from './payload/sizes.ts'
import { compileTemplate } from './payload/template.ts'
import type { BenchPlan, ProducePlan, RatePlan } from './plan.ts'
import { makeSchedule, scaled } from './schedule/make.ts'
import { dueBefore } from './schedule/schedule.ts'

/** Records that are rendered to learn the mean size of a template's values. */
const sampleRecords = 1_000

/** Keys and values, as bytes are counted everywhere. */
export function meanRecordBytes({ keys, payload, size }: ProducePlan): number {
  if (payload.kind === 'replay') return meanProfileBytes(readProfile(payload.path))
  const random = makeRandom(1)
  const keyBytes = Math.max(0, makeKeySource(keys, random).keyBytes)
  if (payload.kind !== 'json') return keyBytes + meanSizeBytes(size)
  const render = compileTemplate(payload.template, random)
  let bytes = 0
  for (let index = 0; index < sampleRecords; index++) bytes += Buffer.byteLength(render(index, Date.now() * 1000))
  return keyBytes + bytes / sampleRecords
}

/** The plan's rate in records, over all workers; undefined when the run goes flat out. */
export function recordRate(plan: ProducePlan): RatePlan | undefined {
  if (plan.rate === undefined || plan.rate.kind === 'records') return plan.rate
  return { ...scaled(plan.rate, 1 / meanRecordBytes(plan)), kind: 'records' }
}

/** Records per second over all workers, of a shape its peak; undefined when the run goes flat out. */
export const offeredRecordsPerSec = (plan: ProducePlan): number | undefined => recordRate(plan)?.perSec

/** Records that the plan's schedule asks for before a moment of the run, in seconds; undefined when it goes flat out. */
export function offeredBefore({ produce, seed, records, warmupMs, durationMs }: BenchPlan) {
  const rate = produce && recordRate(produce)
  if (rate === undefined) return undefined
  const schedule = makeSchedule(rate, seed)
  const endSec = durationMs === undefined ? Number.POSITIVE_INFINITY : (warmupMs + durationMs) / 1000
  return (sec: number): number =>
    Math.min(dueBefore(schedule, Math.min(sec, endSec)), records ?? Number.POSITIVE_INFINITY)
}
