// From what was measured to the result: rates, percentiles, and the verdict with its reasons.
import { encodeDistribution } from '../core/distribution.ts'
import type { MillraceError } from '../core/errors.ts'
import { mismatchText, recordsHeld } from './accounting.ts'
import type { Auditor } from './audit/auditor.ts'
import type { BrokersAudit } from './audit/model.ts'
import type { StreamBook } from './books/model.ts'
import type { Clocks } from './clock/clocks.ts'
import { timingOf } from './clock/timing.ts'
import { checksCrc } from './drivers/honours.ts'
import { type CalibrationFound, headroomOf, notCalibrated } from './headroom/headroom.ts'
import type { Meter, MeterSide } from './meter.ts'
import { summariseLatency } from './meter-summaries.ts'
import type { BenchPlan } from './plan.ts'
import type { ProcessResult } from './process/model.ts'
import { processResult, proofReasons } from './process/summary.ts'
import { accountingReasons } from './reconcile.ts'
import { publicSettings } from './report/settings.ts'
import {
  type Accounting,
  type ClientResult,
  type Delivery,
  type LatencySummary,
  type Result,
  schemaVersion,
} from './result.ts'
import { isStamped, produceResult, rates } from './summary-produce.ts'
import { judge } from './verdict/validity.ts'
import type { WorkerRole } from './worker/contract.ts'
import { type Counts, zeroCounts } from './worker/slots.ts'

type Consume = NonNullable<Result['consume']>

/** The rare events of a run, collected as they come. */
export class Tally {
  interrupted = false
  /** A threshold ended the run. */
  aborted = false
  /** Consumers waited in vain for records that must be there. */
  recordsMissing = false
  readonly errorsByCode: Record<string, number> = {}
  readonly retries: Record<WorkerRole, Record<string, number>> = { produce: {}, consume: {} }

  addRetries(role: WorkerRole, byCode: Readonly<Record<string, number>>): void {
    const total = this.retries[role]
    for (const [code, count] of Object.entries(byCode)) total[code] = (total[code] ?? 0) + count
  }
}

export interface Finished {
  readonly plan: BenchPlan
  readonly environment: Result['environment']
  readonly meter: Meter
  readonly tally: Tally
  readonly delivery: Delivery | undefined
  readonly failure: MillraceError | undefined
  readonly reachedEnd: boolean
  /** What this machine's generator can do; not known when left out. */
  readonly calibration?: CalibrationFound | undefined
  readonly audited?: { readonly auditor: Auditor; readonly brokers: BrokersAudit }
  readonly run: number
  /** Of this run's own producers. */
  readonly books?: StreamBook[]
  readonly clocks?: Pick<Clocks, 'silent' | 'comparisons'>
  /** Absent: the records that were read are not known by stamps. */
  readonly accounting?: Accounting
  readonly catchUp?: Result['catchUp']
  /** Of records by producers elsewhere; absent: the plan says. */
  readonly isOrderPromised?: boolean
  /** Absent: millrace's own. */
  readonly client?: ClientResult
  readonly rebalances?: Result['rebalances']
  /** Of consumers that pass records on. */
  readonly proof?: ProcessResult['proof']
}

export function buildResult(finished: Finished): Result {
  const measured = { ...measuredResult(finished), ...pictures(finished.meter) }
  if (finished.audited === undefined) return measured
  const { auditor, brokers } = finished.audited
  const { measuredSec, cpuUserSec, cpuSystemSec, windows } = finished.meter
  const audit = auditor.audit({ measuredSec, ownCpuSec: cpuUserSec + cpuSystemSec, windows, brokers })
  return { ...measured, validity: judge({ ...measured, audit }), audit }
}

/** As if the run were over: for pages that show it while it goes on. */
export const provisionalResult = (finished: Finished): Result => measuredResult(finished)

function measuredResult(finished: Finished): Result {
  const { plan, environment, meter, delivery, catchUp, rebalances } = finished
  const reasons = reasonsOf(finished)
  const records = (meter.produce?.measured.records ?? 0) + (meter.consume?.measured.records ?? 0)
  const cpuSec = meter.cpuUserSec + meter.cpuSystemSec
  return {
    schemaVersion,
    verdict: verdictOf(finished, reasons),
    reasons,
    mode: plan.mode,
    ...(finished.client === undefined ? {} : { client: finished.client }),
    settings: publicSettings(plan),
    environment,
    warmupSeconds: plan.warmupMs / 1000,
    measuredSeconds: meter.measuredSec,
    cpuUsPerRecord: records === 0 ? null : (cpuSec * 1e6) / records,
    cpu: {
      userSeconds: meter.cpuUserSec,
      systemSeconds: meter.cpuSystemSec,
      percent: meter.measuredSec === 0 ? 0 : (cpuSec / meter.measuredSec) * 100,
    },
    memory: { rssBytesMax: meter.rssBytesMax, rssBytesEnd: process.memoryUsage.rss() },
    headroom: headroom(finished),
    ...(meter.produce === undefined ? {} : { produce: produceResult(finished, meter.produce, plan.produce!) }),
    ...(meter.consume === undefined ? {} : { consume: consumeResult(finished, meter.consume) }),
    ...(catchUp === undefined ? {} : { catchUp }),
    ...(rebalances === undefined ? {} : { rebalances }),
    ...processResult(plan, meter, finished.proof),
    ...(delivery === undefined ? {} : { delivery }),
    windows: meter.windows,
  }
}

export function heatMapsOf(meter: Meter): NonNullable<Result['heatMaps']> {
  const heats = Object.entries({ response: meter.produce?.heat, e2e: meter.consume?.heat })
  return Object.fromEntries(
    heats.flatMap(([name, heat]) => (heat === undefined || heat.isEmpty ? [] : [[name, heat.data()]])),
  )
}

/** What percentile plots and heat maps are drawn from. */
function pictures(meter: Meter): Pick<Result, 'distributions' | 'heatMaps'> {
  const distributions = meter.measuredTimes().map(({ name, histogram }) => [name, encodeDistribution(histogram)])
  const heatMaps = heatMapsOf(meter)
  return {
    ...(distributions.length > 0 && { distributions: Object.fromEntries(distributions) }),
    ...(Object.keys(heatMaps).length > 0 && { heatMaps }),
  }
}

function headroom({ plan, environment, meter, calibration }: Finished) {
  const { host, node, millrace } = environment
  return headroomOf(calibration ?? notCalibrated, {
    plan,
    machine: { cpuModel: host.cpuModel, cpus: host.cpus, node, millrace },
    seconds: meter.measuredSec,
    cpuSec: meter.cpuUserSec + meter.cpuSystemSec,
    produce: meter.produce?.measured,
    consume: meter.consume?.measured,
  })
}

type Reason = Result['reasons'][number]

function reasonsOf(finished: Finished): Reason[] {
  const { plan, meter, tally, delivery, failure, accounting, isOrderPromised, clocks, proof } = finished
  const reasons: Reason[] = []
  if (failure !== undefined) reasons.push({ code: failure.code, message: failure.message })
  const failed = meter.produce?.total.errors ?? 0
  if (failed > 0) reasons.push({ code: 'SENDS_FAILED', message: `${failed} records were made and not acknowledged` })
  // A failed run leaves sends whose fate nobody knows: its books cannot balance, and that is no second finding.
  if (delivery !== undefined && !delivery.confirmed && failure === undefined) {
    reasons.push({ code: 'DELIVERY_MISMATCH', message: mismatchText(delivery) })
  }
  const dropped = meter.produce?.total.dropped ?? 0
  const { late } = plan.produce ?? {}
  if (dropped > 0 && late?.policy !== 'drop') {
    reasons.push({ code: 'RECORDS_DROPPED', message: droppedText(dropped, late?.maxMs) })
  }
  const missing = missingRecords(plan, meter, tally, delivery)
  if (missing !== undefined && failure === undefined) reasons.push({ code: 'RECORDS_MISSING', message: missing })
  if (accounting !== undefined)
    reasons.push(
      ...accountingReasons(
        accounting,
        isOrderPromised ?? plan.produce?.idempotent ?? false,
        plan.consume?.isolation === 'read_committed',
      ),
    )
  reasons.push(...proofReasons(plan, proof))
  for (const peer of clocks?.silent ?? []) {
    reasons.push({ code: 'CLOCK_UNREACHABLE', message: `clock peer ${peer} never answered: its records are not timed` })
  }
  if (tally.interrupted) reasons.push({ code: 'INTERRUPTED', message: 'stopped by a signal before its end' })
  return reasons
}

const droppedText = (dropped: number, maxMs = 0) =>
  `${dropped} records could not be made within ${maxMs / 1000} s of their time and were dropped (--late-max)`

function missingRecords(
  plan: BenchPlan,
  meter: Meter,
  tally: Tally,
  delivery: Delivery | undefined,
): string | undefined {
  const { records: consumed, redelivered } = meter.consume?.total ?? zeroCounts()
  if (plan.mode === 'roundtrip') {
    const { least, most } = readable(plan, meter, delivery)
    const read = consumed - redelivered
    return read >= least && read <= most ? undefined : `${least} records were written, ${read} were read back`
  }
  if (!tally.recordsMissing) return undefined
  const wanted = plan.records === undefined ? 'the end of the log' : `${plan.records} records`
  return `${consumed} records were read, ${wanted} was not reached: no more came for 15 s`
}

/** How many records readers of a roundtrip find: of transactions those that were committed, if that is all they want. */
function readable({ consume }: BenchPlan, meter: Meter, delivery: Delivery | undefined) {
  const { partitions = [] } = delivery ?? {}
  const least = partitions.reduce((sum, each) => sum + recordsHeld(each), 0)
  const uncertain = partitions.reduce((sum, each) => sum + (each.uncertain ?? 0), 0)
  const { commits, aborts, abortsForced, recordsCommitted } = meter.produce?.total ?? zeroCounts()
  if (commits + aborts + abortsForced === 0) return { least, most: least }
  if (consume?.isolation === 'read_committed') return { least: recordsCommitted, most: recordsCommitted }
  return { least: least - uncertain, most: least }
}

function verdictOf({ tally }: Finished, reasons: readonly Reason[]): Result['verdict'] {
  if (reasons.length === 0) return 'ok'
  return tally.interrupted && reasons.length === 1 ? 'interrupted' : 'failed'
}

function consumeResult(
  { plan, meter, tally, reachedEnd, failure, accounting, clocks }: Finished,
  side: MeterSide,
): Consume {
  const { measured, total } = side
  const { verifyCrc, decode } = plan.consume!
  const latency = summariseLatency(side.latency, latencySource(plan, total))
  const latencySinceSent = summariseLatency(side.sinceSent, 'stampSent')
  const processing = summariseLatency(side.service, 'fetched')
  const failed = failure !== undefined && plan.mode === 'consume'
  return {
    ...rates(measured.records, measured.bytes, meter.measuredSec),
    errors: failed ? 1 : 0,
    errorsByCode: failed ? { [failure.code]: 1 } : {},
    retries: total.retries,
    retriesByCode: tally.retries.consume,
    batches: measured.batches,
    fetches: measured.requests,
    wireBytes: measured.wireBytes,
    totalRecords: total.records,
    ...(total.redelivered === 0 ? {} : { redelivered: total.redelivered }),
    reachedEnd,
    crcVerified: verifyCrc && checksCrc(plan.driver),
    decode,
    ...(latency === undefined ? {} : { latency }),
    ...(latencySinceSent === undefined ? {} : { latencySinceSent }),
    ...timingOf({ meter, from: latency?.from, comparisons: clocks?.comparisons ?? [], mode: plan.mode }),
    ...(processing === undefined ? {} : { processing }),
    ...lagOf(meter),
    ...(accounting === undefined ? {} : { accounting }),
  }
}

/** Over the measured windows. */
function lagOf({ windows }: Meter): Pick<Consume, 'lag'> {
  const lags = windows.filter(({ warmup }) => !warmup).map(({ consumeLag = 0 }) => consumeLag)
  return lags.length === 0 ? {} : { lag: { max: Math.max(...lags), end: lags.at(-1)! } }
}

function latencySource({ mode, produce }: BenchPlan, { logAppended }: Counts): LatencySummary['from'] {
  if (mode !== 'roundtrip' || isStamped(produce)) return 'stamp'
  return logAppended > 0 ? 'logAppendTime' : 'createTime'
}
