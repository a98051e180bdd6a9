// Keeps the audit of a run: at every window it takes what the threads have said of themselves and looks at the clocks, at the
// edges of the measured time it looks at the machine. It runs on the main thread; workers only write into their own memory.
import { availableParallelism } from 'node:os'
import { type Histogram, makeHistogram } from '../../core/histogram.ts'
import type { HostPort } from '../../wire/settings.ts'
import type { WorkerHealth } from '../crew.ts'
import type { Progress } from '../progress.ts'
import type { Window } from '../result.ts'
import { HealthProbe } from '../worker/health-probe.ts'
import { allocateHealth, type Health, HealthReader, HealthSlots, zeroHealth } from '../worker/health-slots.ts'
import { ClockWatch } from './clock-watch.ts'
import type { SystemFiles } from './files.ts'
import {
  auditMachine,
  findLocalBrokers,
  type LocalBrokers,
  type MachineReading,
  readCpusAllowed,
  readFrequencies,
  readMachine,
} from './machine.ts'
import type { Audit, BrokersAudit, ThreadAudit, WorkerAudit } from './model.ts'

type Phase = Progress['phase']

export interface AuditorSettings {
  readonly nowNs: () => number
  /** Milliseconds since the epoch, from the clock that can jump. */
  readonly wallMs: () => number
  readonly files: SystemFiles
  readonly ownPid: number
  readonly brokers: Iterable<HostPort>
  readonly workers: readonly WorkerHealth[]
}

interface Watched extends Omit<Health, 'knowsRunQueue'> {
  readonly reader: HealthReader
}

const watch = (reader: HealthReader): Watched => ({
  reader,
  counts: zeroHealth(),
  loopDelay: makeHistogram(),
  gcPause: makeHistogram(),
})

/** What of the run the auditor does not measure itself. */
export interface MeasuredRun {
  readonly measuredSec: number
  readonly ownCpuSec: number
  readonly windows: readonly Pick<Window, 'warmup' | 'stealPercent'>[]
  readonly brokers: BrokersAudit
}

export class Auditor {
  readonly #settings: AuditorSettings
  readonly #workers: readonly (WorkerHealth & { readonly watched: Watched })[]
  readonly #main: Watched
  readonly #mainProbe: HealthProbe
  readonly #clocks: ClockWatch
  readonly #localBrokers: LocalBrokers
  readonly #frequenciesMhz: number[] = []
  /** Of all threads in the window that was closed last. */
  readonly #delays = makeHistogram()
  #before: MachineReading
  #after: MachineReading | undefined

  constructor(settings: AuditorSettings) {
    const { workers, nowNs, wallMs, files, brokers } = settings
    this.#settings = settings
    this.#workers = workers.map(worker => ({ ...worker, watched: watch(worker.health) }))
    const memory = allocateHealth()
    this.#main = watch(new HealthReader(memory))
    this.#localBrokers = findLocalBrokers(brokers, files)
    this.#clocks = new ClockWatch(nowNs, wallMs)
    this.#before = readMachine(files)
    this.#mainProbe = new HealthProbe(new HealthSlots(memory), { nowNs })
    // Threads have come up and connected by now, and that is no part of what they do in the run.
    for (const watched of this.#all) watched.reader.drain()
  }

  /** A window of one phase has closed, and one of the next phase begins. */
  close(phase: Phase, next: Phase): void {
    const { files } = this.#settings
    const isMeasured = phase === 'measuring'
    this.#delays.reset()
    for (const watched of this.#all) watched.reader.drain(isMeasured ? watched : undefined, this.#delays)
    this.#clocks.check()
    if (isMeasured) this.#frequenciesMhz.push(...readFrequencies(files))
    if (phase === 'warm-up' && next !== 'warm-up') this.#before = readMachine(files)
    if (isMeasured && next !== 'measuring') this.#after = readMachine(files)
  }

  /** 99th percentile of how late event loops were in the last window; undefined before the first. */
  get loopLateMs(): number | undefined {
    return this.#delays.totalCount === 0 ? undefined : this.#delays.getValueAtPercentile(99) / 1e6
  }

  /** When the workers are done. */
  stop(): void {
    this.#mainProbe.stop()
    this.#after ??= readMachine(this.#settings.files)
  }

  audit({ measuredSec, ownCpuSec, windows, brokers }: MeasuredRun): Audit {
    this.stop()
    const { files, ownPid } = this.#settings
    const stealPercents = windows.flatMap(({ warmup, stealPercent }) => (warmup ? [] : (stealPercent ?? [])))
    return {
      workers: this.#workers.map(({ role, worker, watched }) => auditWorker(role, worker, watched)),
      main: auditThread(this.#main),
      machine: auditMachine({
        before: this.#before,
        after: this.#after!,
        seconds: measuredSec,
        ownPid,
        ownCpuSec,
        brokers: this.#localBrokers,
        cpus: availableParallelism(),
        cpusAllowed: readCpusAllowed(files),
        stealPercents,
        frequenciesMhz: this.#frequenciesMhz,
      }),
      clock: this.#clocks.audit(),
      brokers,
    }
  }

  get #all(): Watched[] {
    return [...this.#workers.map(({ watched }) => watched), this.#main]
  }
}

function auditWorker(role: WorkerHealth['role'], worker: number, watched: Watched): WorkerAudit {
  const share = shareOf(watched)
  const { bufferFullUs, brokerWaitUs } = watched.counts
  return {
    role,
    worker,
    ...auditThread(watched),
    ...(role === 'produce' && { bufferFullPercent: share(bufferFullUs), brokerWaitPercent: share(brokerWaitUs) }),
  }
}

function auditThread(watched: Watched): ThreadAudit {
  const { counts, reader, loopDelay, gcPause } = watched
  const share = shareOf(watched)
  const loopUs = counts.loopActiveUs + counts.loopIdleUs
  return {
    cpuPercent: share(counts.cpuUserUs + counts.cpuSystemUs),
    runQueuePercent: reader.knowsRunQueue ? share(counts.runQueueUs) : null,
    loopUtilizationPercent: loopUs === 0 ? 0 : (counts.loopActiveUs / loopUs) * 100,
    loopDelay: loopDelay.totalCount === 0 ? null : delayOf(loopDelay),
    gc: { count: gcPause.totalCount, totalMs: counts.gcUs / 1000, maxMs: at(gcPause, 100) },
  }
}

const shareOf =
  ({ counts: { sampledUs } }: Watched) =>
  (us: number): number =>
    sampledUs === 0 ? 0 : (us / sampledUs) * 100

const at = (histogram: Histogram, percentile: number): number =>
  histogram.totalCount === 0 ? 0 : histogram.getValueAtPercentile(percentile) / 1e6

const delayOf = (histogram: Histogram) => ({
  count: histogram.totalCount,
  p50Ms: at(histogram, 50),
  p99Ms: at(histogram, 99),
  maxMs: at(histogram, 100),
})
