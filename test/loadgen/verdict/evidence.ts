// Evidence for tests of the verdict: a healthy run at a rate, and whatever a test changes of it.
import type { Audit, WorkerAudit } from '../../../loadgen/audit/model.ts'
import type { Evidence } from '../../../loadgen/verdict/validity.ts'

export const workerOf = (changes: Partial<WorkerAudit> = {}): WorkerAudit => ({
  role: 'produce',
  worker: 0,
  cpuPercent: 20,
  runQueuePercent: 0.5,
  loopUtilizationPercent: 22,
  loopDelay: { count: 500, p50Ms: 0.3, p99Ms: 1.5, maxMs: 4 },
  gc: { count: 5, totalMs: 6, maxMs: 2 },
  bufferFullPercent: 0,
  brokerWaitPercent: 1,
  ...changes,
})

interface AuditChanges {
  readonly workers?: readonly Partial<WorkerAudit>[]
  readonly machine?: Partial<Audit['machine']>
  readonly clock?: Partial<Audit['clock']>
  readonly brokers?: Partial<Audit['brokers']>
}

export function auditOf({ workers = [{}], machine, clock, brokers }: AuditChanges = {}): Audit {
  const { cpuPercent, runQueuePercent, loopUtilizationPercent, loopDelay, gc } = workerOf({ cpuPercent: 2 })
  return {
    workers: workers.map((changes, index) => workerOf({ worker: index, ...changes })),
    main: { cpuPercent, runQueuePercent, loopUtilizationPercent, loopDelay, gc },
    machine: {
      cpus: 4,
      cpusAllowed: 4,
      ownCpuPercent: 45,
      brokerCpuPercent: 0,
      brokerInProcess: false,
      othersCpuPercent: 4,
      idlePercent: 340,
      stealPercent: 0.1,
      stealPercentMax: 0.5,
      frequencyMhz: { min: 2600, mean: 2700, max: 2800 },
      busiest: [{ pid: 77, name: 'sshd', cpuPercent: 2.5 }],
      ...machine,
    },
    clock: { jumps: [], driftMs: 0.2, ...clock },
    brokers: { connectionsLost: 0, leaderChanges: 0, lost: [], known: true, ...brokers },
  }
}

const rates = { bytes: 0, recordsPerSec: 0, mbPerSec: 0, mibPerSec: 0 }
const common = { ...rates, errors: 0, errorsByCode: {}, retries: 0, retriesByCode: {}, batches: 0, wireBytes: 0 }

interface Counts {
  readonly offered?: number
  readonly acked?: number
  readonly read?: number
  readonly seconds?: number
}

/** 10 s at 10,000 records a second, unless said otherwise. */
export function evidenceOf(
  { offered, acked = 100_000, read, seconds = 10 }: Counts,
  changes: AuditChanges = {},
): Evidence {
  const produce = {
    ...common,
    records: acked,
    requests: 0,
    totalRecords: acked,
    ...(offered !== undefined && { offered }),
  }
  const consume = {
    ...common,
    records: read ?? 0,
    fetches: 0,
    totalRecords: read ?? 0,
    reachedEnd: true,
    crcVerified: true,
    decode: 'records' as const,
  }
  return {
    mode: read === undefined ? 'produce' : 'roundtrip',
    measuredSeconds: seconds,
    produce,
    ...(read !== undefined && { consume }),
    windows: [],
    audit: auditOf(changes),
  }
}
