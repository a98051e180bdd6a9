// How hard the threads of a generator were pressed, and by whom; with the words for it. Pure.
import type { Audit, WorkerAudit } from '../audit/model.ts'
import * as limits from './limits.ts'

export interface Pressure extends Record<string, number> {
  /** Of the busiest worker: running, and waiting to run. */
  readonly cpuPercent: number
  readonly runQueuePercent: number
  /** Of the worker that was held up longest. */
  readonly heldUpPercent: number
}

export function pressureOf(workers: readonly WorkerAudit[]): Pressure {
  const wanting = ({ cpuPercent, runQueuePercent }: WorkerAudit) => cpuPercent + (runQueuePercent ?? 0)
  const busiest = workers.reduce<WorkerAudit | undefined>(
    (most, worker) => (most === undefined || wanting(worker) > wanting(most) ? worker : most),
    undefined,
  )
  return {
    cpuPercent: busiest?.cpuPercent ?? 0,
    runQueuePercent: busiest?.runQueuePercent ?? 0,
    heldUpPercent: Math.max(0, ...workers.map(heldUpPercentOf)),
  }
}

/**
 * A consumer always has a fetch on its way: when it neither runs nor waits to run, it waits for the brokers. What a script waits for,
 * nobody knows.
 */
function heldUpPercentOf(worker: WorkerAudit): number {
  const { role, cpuPercent, runQueuePercent, bufferFullPercent, brokerWaitPercent } = worker
  if (role === 'script') return 0
  if (role === 'produce') return Math.max(bufferFullPercent ?? 0, brokerWaitPercent ?? 0)
  return Math.max(0, 100 - cpuPercent - (runQueuePercent ?? 0))
}

/** Held up for most of the time, or for as much as explains what is missing, and for longer than it ran or wanted to run. */
export function isBrokerLimited(
  { heldUpPercent, cpuPercent, runQueuePercent }: Pressure,
  missingPercent = 100,
): boolean {
  const enough = Math.min(limits.heldUpPercentMin, limits.heldUpPerMissing * missingPercent)
  return heldUpPercent >= enough && heldUpPercent > cpuPercent + runQueuePercent
}

export const isSaturated = ({ cpuPercent, runQueuePercent }: Pressure): boolean =>
  cpuPercent + runQueuePercent >= limits.saturatedPercentMin

// ---- words ----

export const percentText = (value: number): string => `${value.toFixed(value < 10 ? 1 : 0)} %`

export const brokerText = ({ heldUpPercent }: Pressure): string =>
  `the brokers held a worker up ${percentText(heldUpPercent)} of the time`

export const generatorText = ({ cpuPercent, runQueuePercent, heldUpPercent }: Pressure): string =>
  `the busiest worker ran ${percentText(cpuPercent)} and waited for a processor ${percentText(runQueuePercent)} of the time; the brokers held it up ${percentText(heldUpPercent)}`

export function namesText(busiest: Audit['machine']['busiest']): string {
  if (busiest === null || busiest.length === 0) return ''
  return ` (${busiest.map(({ name, pid, cpuPercent }) => `${name} ${pid} ${percentText(cpuPercent)}`).join(', ')})`
}
