// The result of one trial held against the SLO: a signal for each condition, in the order in which they are told. Pure.
import { countText, fixedText } from '../../report/format.ts'
import type { Result, Window } from '../../result.ts'
import type { Validity } from '../../verdict/model.ts'
import type { Signal, SignalName, Slo, Step, Trial } from './model.ts'
import { growsFasterThan, slopeOf } from './slope.ts'

export function trialOf(step: Step, result: Result, slo: Slo): Trial {
  const { produce, consume } = result
  const signals = step.ratePerSec === undefined ? [] : signalsOf(step.ratePerSec, result, slo)
  return {
    step,
    verdict: verdictOf(signals),
    achievedPerSec: produce?.recordsPerSec ?? 0,
    responseP50Ms: produce?.latency?.p50Ms,
    responseP99Ms: produce?.latency?.p99Ms,
    e2eP99Ms: consume?.latency?.p99Ms,
    signals,
  }
}

function verdictOf(signals: readonly Signal[]): Trial['verdict'] {
  const failed = new Set(signals.filter(({ ok }) => !ok).map(({ name }) => name))
  // A trial that held in spite of a generator that was late, or of a machine that was not left alone, has held.
  if ([...failed].every(name => name === 'generator' || name === 'disturbed')) return 'pass'
  if (failed.has('generator')) return 'generator'
  return failed.has('disturbed') ? 'disturbed' : 'fail'
}

function signalsOf(ratePerSec: number, result: Result, slo: Slo): Signal[] {
  const { produce, consume, measuredSeconds, validity, verdict, reasons } = result
  const offered = produce?.offered ?? Math.round(ratePerSec * measuredSeconds)
  const acked = produce?.records ?? 0
  const errors = (produce?.errors ?? 0) + (consume?.errors ?? 0)
  // Little's law: what is on its way when the measured time ends is not missing, and longer answers have more of it on its way.
  const underwayMs = Math.min(produce?.latency?.p50Ms ?? 0, slo.responseP99Ms ?? Number.POSITIVE_INFINITY)
  const onItsWay = (ratePerSec * underwayMs) / 1000
  const windows = lastTwoThirds(result.windows)
  return [
    {
      name: 'errors',
      ok: errors <= slo.errorShareMax * Math.max(1, offered) && (verdict !== 'failed' || errors > 0),
      told:
        verdict === 'failed' && errors === 0
          ? `the run failed: ${reasons[0]?.code ?? ''}`
          : `${countText(errors)} errors`,
    },
    {
      name: 'achieved',
      ok: acked + onItsWay >= slo.achievedShareMin * offered,
      told: `acknowledged ${fixedText((100 * acked) / Math.max(1, offered), 2)} % of what was offered (at least ${fixedText(100 * slo.achievedShareMin, 1)} %)`,
    },
    ...latencySignal('response p99', produce?.latency?.p99Ms, slo.responseP99Ms),
    ...latencySignal('end-to-end p99', consume?.latency?.p99Ms, slo.e2eP99Ms),
    ...growth(
      'lag slope',
      windows.flatMap(({ sec, consumeLag }) => (consumeLag === undefined ? [] : [[sec, consumeLag] as const])),
      ratePerSec,
      slo,
    ),
    ...growth('backlog slope', backlog(windows), ratePerSec, slo),
    ...ofMachine(validity),
  ]
}

/**
 * A generator whose processor others have had is not at its limit: that passes, and the trial is made again. Brokers beside it are no
 * others, and take it from every trial.
 */
function ofMachine(validity: Validity | undefined): Signal[] {
  const isAmongOthers = validity?.reasons.some(({ code }) => code === 'COMPETING_LOAD')
  const starved = isAmongOthers ? validity?.reasons.find(({ code }) => code === 'GENERATOR_STARVED') : undefined
  const isLimited = validity?.verdict === 'generator-limited' && starved === undefined
  const disturbance = validity?.verdict === 'disturbed' ? validity.reasons[0] : starved
  return [
    { name: 'generator', ok: !isLimited, told: isLimited ? validity.finding : 'the generator kept up' },
    {
      name: 'disturbed',
      ok: validity?.verdict !== 'disturbed' && starved === undefined,
      told: disturbance?.message ?? (validity?.verdict === 'disturbed' ? validity.finding : 'nothing interfered'),
    },
  ]
}

function latencySignal(name: SignalName, p99Ms: number | undefined, limitMs: number | undefined): Signal[] {
  if (limitMs === undefined) return []
  if (p99Ms === undefined) return [{ name, ok: false, told: 'nothing was measured' }]
  return [{ name, ok: p99Ms <= limitMs, told: `${fixedText(p99Ms, 1)} ms (at most ${limitMs} ms)` }]
}

function growth(
  name: SignalName,
  points: readonly (readonly [number, number])[],
  ratePerSec: number,
  slo: Slo,
): Signal[] {
  const slope = slopeOf(points)
  if (slope === undefined) return []
  const limit = slo.growthShareMax * ratePerSec
  const told = `${slope.perSec >= 0 ? '+' : ''}${fixedText(slope.perSec, 1)} ± ${fixedText(2 * slope.standardError, 1)} records/s (at most +${fixedText(limit, 1)})`
  return [{ name, ok: !growsFasterThan(slope, limit), told }]
}

/** The first third may still be filling buffers. */
function lastTwoThirds(windows: readonly Window[]): Window[] {
  const measured = windows.filter(({ warmup }) => !warmup)
  return measured.slice(Math.floor(measured.length / 3))
}

/** What was due and is not acknowledged. */
function backlog(windows: readonly Window[]): (readonly [number, number])[] {
  let owed = 0
  return windows.flatMap(({ sec, offered, produced }) => {
    if (offered === undefined || produced === undefined) return []
    owed += offered - produced
    return [[sec, owed] as const]
  })
}
