// Judges the numbers of a scenario that calls a function: were its iterations begun as its executor asked, and are their times those of
// what they waited for, and not of the threads that ran them? What an iteration does in between only its script knows. Pure.
import type { Audit } from '../audit/model.ts'
import { disturbancesOf, takenFrom } from './disturbances.ts'
import * as limits from './limits.ts'
import type { Validity, ValidityReason } from './model.ts'
import { isSaturated, namesText, type Pressure, percentText, pressureOf } from './pressure.ts'

export interface ScriptEvidence {
  /** Of the threads that call functions, and of their machine. */
  readonly audit: Audit
  readonly measuredSeconds: number
  readonly executor: string
  /** Complete ones. */
  readonly iterations: number
  /** Were to be begun and were not. */
  readonly dropped: number
  /** Begun, and not complete when the graceful stop was over. */
  readonly interrupted: number
  readonly vusMax: number
  /** Of complete iterations, from their beginning to their end. */
  readonly duration: { readonly p50Ms: number; readonly p99Ms: number } | undefined
  /** Of executors with an arrival rate: how long after their time iterations began, of those that found a free VU. */
  readonly lateness: { readonly p99Ms: number; readonly maxMs: number } | undefined
}

export function judgeScript(evidence: ScriptEvidence): Validity {
  const { audit } = evidence
  const behind = fallenBehind(evidence)
  // What held the threads up held the iterations up as well: said once, by what came of it.
  const late = behind.length === 0 ? [lateBegin, lateLoop, garbage].flatMap(rule => rule(evidence)).slice(0, 1) : []
  const reasons = [...disturbancesOf(audit), ...behind, ...takenFrom(audit), ...late, ...cutOff(evidence)]
  return { verdict: reasons[0]?.verdict ?? 'valid', ...limiterOf(evidence, behind[0]), reasons }
}

const pressureOfScript = ({ audit }: ScriptEvidence): Pressure =>
  pressureOf(audit.workers.filter(({ role }) => role === 'script'))

const threadText = ({ cpuPercent, runQueuePercent }: Pressure): string =>
  `the busiest thread of VUs ran ${percentText(cpuPercent)} and waited for a processor ${percentText(runQueuePercent)} of the time`

const durationText = ({ duration }: ScriptEvidence): string =>
  duration === undefined ? '' : `, p99 of their time is ${duration.p99Ms.toFixed(1)} ms`

/** By as much as other runs may be (limits.ts). */
function fallenBehind(evidence: ScriptEvidence): ValidityReason[] {
  const { iterations, dropped, interrupted, measuredSeconds, vusMax } = evidence
  const due = iterations + dropped + interrupted
  if (dropped === 0 || measuredSeconds === 0) return []
  const allowed = Math.max(due * limits.shortfallShareMax, (due / measuredSeconds) * limits.shortfallSecMax)
  if (dropped <= allowed) return []
  const pressure = pressureOfScript(evidence)
  const figures = { due, dropped, droppedPercent: (dropped / due) * 100, vusMax, ...cpuOf(pressure) }
  const fell = `${percentText((dropped / due) * 100)} of the iterations that were due were not begun`
  if (!isSaturated(pressure)) {
    const message = `${fell}: all VUs (${vusMax} at most) were busy and the generator was able (${threadText(pressure)})${durationText(evidence)}: more maxVUs and preAllocatedVUs, or what they wait for is slow`
    return [{ code: 'VUS_EXHAUSTED', verdict: 'broker-limited', message, figures }]
  }
  const isStarved = pressure.runQueuePercent >= limits.starvedPercentMin
  const taken = isStarved ? `; other processes had the CPU${namesText(evidence.audit.machine.busiest)}` : ''
  return [
    {
      code: isStarved ? 'GENERATOR_STARVED' : 'GENERATOR_SATURATED',
      verdict: 'generator-limited',
      message: `${fell}: ${threadText(pressure)}${taken}`,
      figures,
    },
  ]
}

const cpuOf = ({ cpuPercent, runQueuePercent }: Pressure) => ({ cpuPercent, runQueuePercent })

/** So late that it matters beside what was measured. */
const matters = (lateMs: number, { duration }: ScriptEvidence): boolean =>
  lateMs >= limits.latenessMsMin && lateMs >= limits.latenessShareMin * (duration?.p99Ms ?? 0)

/** Nor is it found in times that are shorter than it is. */
const isIn = (lateMs: number, evidence: ScriptEvidence): boolean =>
  matters(lateMs, evidence) && limits.latenessShareMin * lateMs <= (evidence.duration?.p99Ms ?? 0)

/** The time of an iteration begins when it does, and not when it was due: what it was late is missing in it. */
function lateBegin(evidence: ScriptEvidence): ValidityReason[] {
  const { lateness } = evidence
  if (lateness === undefined || !matters(lateness.p99Ms, evidence)) return []
  const pressure = pressureOfScript(evidence)
  return [
    {
      code: 'GENERATOR_LATE',
      verdict: 'generator-limited',
      message: `iterations were begun late, by ${lateness.p99Ms.toFixed(1)} ms at p99${durationText(evidence)} without that: ${threadText(pressure)}`,
      figures: { latenessP99Ms: lateness.p99Ms, latenessMaxMs: lateness.maxMs, ...cpuOf(pressure) },
    },
  ]
}

/** An answer that has come waits until the event loop takes it, and the iteration's time goes on meanwhile. */
function lateLoop(evidence: ScriptEvidence): ValidityReason[] {
  const loopP99Ms = Math.max(0, ...evidence.audit.workers.map(({ loopDelay }) => loopDelay?.p99Ms ?? 0))
  if (!isIn(loopP99Ms, evidence)) return []
  const pressure = pressureOfScript(evidence)
  return [
    {
      code: 'EVENT_LOOP_LATE',
      verdict: 'generator-limited',
      message: `the event loop of a thread of VUs was late by ${loopP99Ms.toFixed(1)} ms at p99${durationText(evidence)}: what a script measures is in good part its own work (${threadText(pressure)})`,
      figures: { loopDelayP99Ms: loopP99Ms, ...cpuOf(pressure) },
    },
  ]
}

/** Pauses that take up less of the time than this cannot be why one iteration of a hundred was slow. */
function garbage(evidence: ScriptEvidence): ValidityReason[] {
  const { audit, measuredSeconds } = evidence
  for (const { gc } of audit.workers) {
    const gcPercent = measuredSeconds === 0 ? 0 : gc.totalMs / 10 / measuredSeconds
    if (gcPercent < limits.gcPercentMin || !isIn(gc.maxMs, evidence)) continue
    return [
      {
        code: 'GARBAGE_COLLECTION',
        verdict: 'generator-limited',
        message: `the garbage collector held a thread of VUs for ${percentText(gcPercent)} of the time, ${gc.maxMs.toFixed(1)} ms at the longest${durationText(evidence)}`,
        figures: { gcPercent, gcMaxMs: gc.maxMs, collections: gc.count },
      },
    ]
  }
  return []
}

/** The longest iterations are the ones that do not get done, and their times are in no percentile. */
function cutOff({ iterations, interrupted, vusMax }: ScriptEvidence): ValidityReason[] {
  const begun = iterations + interrupted
  // Whatever ends finds each VU in one.
  if (interrupted <= Math.max(vusMax, begun * limits.shortfallShareMax)) return []
  return [
    {
      code: 'ITERATIONS_CUT',
      verdict: 'broker-limited',
      message: `${percentText((interrupted / begun) * 100)} of the iterations that were begun were not complete when the graceful stop was over: percentiles are of the others`,
      figures: { begun, interrupted },
    },
  ]
}

function limiterOf(
  evidence: ScriptEvidence,
  behind: ValidityReason | undefined,
): Pick<Validity, 'limiter' | 'finding'> {
  const { iterations, lateness, executor } = evidence
  if (behind !== undefined) {
    return { limiter: behind.verdict === 'broker-limited' ? 'broker' : 'generator', finding: behind.message }
  }
  if (iterations === 0) return { limiter: 'unknown', finding: 'no iteration was complete' }
  if (lateness !== undefined) return { limiter: 'schedule', finding: 'the schedule was kept' }
  const pressure = pressureOfScript(evidence)
  if (isSaturated(pressure)) return { limiter: 'generator', finding: threadText(pressure) }
  return { limiter: 'unknown', finding: `${executor}: ${threadText(pressure)}; the rest is what iterations wait for` }
}
