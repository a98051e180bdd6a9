// Judges a run from its own result: pure, so that a stored result can be judged again. What disturbed the run comes first,
// because nothing else can be concluded from a disturbed one; a broker is blamed only when the generator was able.
import { z } from 'zod'
import type { WorkerAudit } from '../audit/model.ts'
import type { Result } from '../result.ts'
import { disturbancesOf, takenFrom } from './disturbances.ts'
import * as limits from './limits.ts'
import type { Validity, ValidityReason } from './model.ts'
import { brokerText, generatorText, isBrokerLimited, isSaturated, namesText, pressureOf } from './pressure.ts'

/** What of a result is looked at. */
export type Evidence = Required<Pick<Result, 'audit'>> &
  Pick<Result, 'mode' | 'measuredSeconds' | 'produce' | 'consume' | 'headroom' | 'windows'> &
  Partial<Pick<Result, 'settings'>>

export function judge(evidence: Evidence): Validity {
  const disturbances = disturbancesOf(evidence.audit)
  const limiter = limiterOf(evidence)
  const shortfalls = [...produceShortfall(evidence), ...consumeShortfall(evidence)]
  const taken = takenFrom(evidence.audit, circumstances(evidence))
  const late = shortfalls.length === 0 ? generatorLateness(evidence) : []
  const reasons = [...disturbances, ...shortfalls, ...taken, ...late]
  return { verdict: reasons[0]?.verdict ?? 'valid', ...limiter, reasons }
}

/**
 * All was sent, and late by the generator's own doing: then the response says more of the generator than of the brokers. Brokers that
 * held a worker up are a cause of lateness as well, and then nothing is concluded.
 */
function generatorLateness(evidence: Evidence): ValidityReason[] {
  const { produce, settings } = evidence
  if (produce?.latency === undefined || produce.lateness === undefined) return []
  const pressure = pressureOf(workersOf(evidence, 'produce'))
  const lingerMs = (settings?.produce as { readonly lingerMs?: number } | undefined)?.lingerMs ?? 0
  const [latenessP99Ms, responseP99Ms] = [produce.lateness.p99Ms - lingerMs, produce.latency.p99Ms]
  if (pressure.heldUpPercent >= limits.latenessHeldUpPercentMax || latenessP99Ms < limits.latenessMsMin) return []
  if (latenessP99Ms < limits.latenessShareMin * responseP99Ms) return []
  return [
    {
      code: 'GENERATOR_LATE',
      verdict: 'generator-limited',
      message: `of the response p99 of ${responseP99Ms.toFixed(1)} ms the generator itself made ${latenessP99Ms.toFixed(1)} ms: ${generatorText(pressure)}`,
      figures: { latenessBeyondLingerP99Ms: latenessP99Ms, responseP99Ms, ...pressure },
    },
  ]
}

// ---- limited ----

function produceShortfall(evidence: Evidence): ValidityReason[] {
  const { produce, measuredSeconds } = evidence
  if (produce?.offered === undefined || produce.offered === 0 || measuredSeconds === 0) return []
  const workers = workersOf(evidence, 'produce')
  const { offered, records } = produce
  return shortfall({
    evidence,
    workers,
    asked: offered,
    done: records,
    what: 'that the schedule asked for',
    did: 'sent',
  })
}

/** A consumer that reads what is being produced must keep up with it, or its latencies are those of a growing queue. */
function consumeShortfall(evidence: Evidence): ValidityReason[] {
  const { produce, consume, mode } = evidence
  if (mode !== 'roundtrip' || produce?.offered === undefined || consume === undefined) return []
  const workers = workersOf(evidence, 'consume')
  // Readers of what is committed never see the rest, and see the last transaction when it has ended.
  const { aborted = 0, abortedReceived = 0 } = consume.accounting ?? {}
  const readableShare = 1 - (aborted - abortedReceived) / Math.max(1, produce.totalRecords)
  const asked = Math.round(produce.records * readableShare)
  const lateSec = transactionSecOf(evidence)
  return shortfall({ evidence, workers, asked, done: consume.records, what: 'produced', did: 'read', lateSec })
}

const transactional = z.object({ produce: z.object({ transactions: z.object({ durationMs: z.number() }) }) })

function transactionSecOf({ settings }: Evidence): number {
  const parsed = transactional.safeParse(settings)
  return parsed.success ? parsed.data.produce.transactions.durationMs / 1000 : 0
}

interface Shortfall {
  readonly evidence: Evidence
  readonly workers: readonly WorkerAudit[]
  readonly asked: number
  readonly done: number
  readonly what: string
  readonly did: string
  /** What is this late is done all the same. */
  readonly lateSec?: number
}

function shortfall({ evidence, workers, asked, done, what, did, lateSec = 0 }: Shortfall): ValidityReason[] {
  const missing = asked - done
  const perSec = asked / evidence.measuredSeconds
  const allowed =
    Math.max(asked * limits.shortfallShareMax, perSec * (limits.shortfallSecMax + lateSec)) + workers.length
  if (missing <= allowed) return []
  const pressure = pressureOf(workers)
  const achievedPercent = (done / asked) * 100
  const { othersCpuPercent, busiest } = evidence.audit.machine
  const figures = { offered: asked, achieved: done, achievedPercent, ...pressure, ...circumstances(evidence) }
  const fell = `${achievedPercent.toFixed(1)} % of the records ${what} were ${did}`
  if (isBrokerLimited(pressure, 100 - achievedPercent)) {
    return [
      { code: 'BROKER_SATURATED', verdict: 'broker-limited', message: `${fell}: ${brokerText(pressure)}`, figures },
    ]
  }
  const isStarved = pressure.runQueuePercent >= limits.starvedPercentMin
  const taken = isStarved ? `; other processes had the CPU${namesText(busiest)}` : ''
  return [
    {
      code: isStarved ? 'GENERATOR_STARVED' : 'GENERATOR_SATURATED',
      verdict: 'generator-limited',
      message: `${fell}: ${generatorText(pressure)}${taken}`,
      figures: { ...figures, ...(othersCpuPercent === null ? {} : { othersCpuPercent }) },
    },
  ]
}

/** What else belongs beside the figures of any reason, where it is known. */
function circumstances({ produce, headroom }: Evidence): Record<string, number> {
  return {
    ...(produce?.lateness && { latenessP99Ms: produce.lateness.p99Ms }),
    ...(headroom?.kind === 'known' && { headroomUsedPercent: headroom.usedPercent }),
  }
}

function limiterOf(evidence: Evidence): Pick<Validity, 'limiter' | 'finding'> {
  const { produce, measuredSeconds } = evidence
  if (measuredSeconds === 0) return { limiter: 'unknown', finding: 'nothing was measured' }
  const [behind] = produceShortfall(evidence)
  if (behind !== undefined) {
    return { limiter: behind.verdict === 'broker-limited' ? 'broker' : 'generator', finding: behind.message }
  }
  if (produce?.offered !== undefined) return { limiter: 'schedule', finding: 'the schedule was kept' }
  const pressure = pressureOf(workersOf(evidence, produce === undefined ? 'consume' : 'produce'))
  if (isBrokerLimited(pressure)) return { limiter: 'broker', finding: brokerText(pressure) }
  if (isSaturated(pressure)) return { limiter: 'generator', finding: generatorText(pressure) }
  return { limiter: 'unknown', finding: `neither side was at its limit: ${generatorText(pressure)}` }
}

const workersOf = ({ audit }: Evidence, role: WorkerAudit['role']): WorkerAudit[] =>
  audit.workers.filter(worker => worker.role === role)
