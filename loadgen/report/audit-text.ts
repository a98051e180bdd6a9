// What the text report says of the validity of a run, right under its numbers, and of the audit behind it.
import type { Audit, ThreadAudit, WorkerAudit } from '../audit/model.ts'
import type { Result } from '../result.ts'
import { countText, fixedText, msText, plural } from './format.ts'
import { line } from './lines.ts'

const workersNamedMax = 8

/** The verdict on the numbers, and every reason against them. */
export function validityLines({ validity, produce }: Result): string[] {
  if (validity === undefined) return []
  const { verdict, limiter, finding, reasons } = validity
  if (reasons.length > 0)
    return [`  NOT VALID: ${verdict}`, ...reasons.map(({ code, message }) => `    ${code}: ${message}`)]
  if (produce?.offered !== undefined) return [`  ${verdict}: ${finding}`]
  const by = limiter === 'unknown' ? '' : `limited by the ${limiter}: `
  return [`  ${verdict}: flat out, ${by}${finding}`]
}

export function auditLines({ workers, main, machine, clock, brokers }: Audit): string[] {
  const named = workers.slice(0, workersNamedMax)
  const more = workers.length - named.length
  return [
    ...threadRows([
      ...named.map(worker => [`${worker.role} ${worker.worker}`, worker] as const),
      ['main thread', main],
    ]),
    ...(more > 0 ? [line('', `and ${plural(more, 'worker')} more`)] : []),
    ...machineLines(machine),
    line('wall clock', clockText(clock)),
    line('brokers', brokersText(brokers)),
  ]
}

const percent = (value: number | null): string =>
  value === null ? 'unknown' : `${fixedText(value, value > 0 && value < 10 ? 1 : 0)} %`

/** One row a thread; what does not apply stays empty. */
function threadRows(rows: readonly (readonly [string, ThreadAudit | WorkerAudit])[]): string[] {
  const table = rows.map(([name, thread]) => [name, ...threadColumns.map(({ cell }) => cell(thread))])
  const heads = ['', ...threadColumns.map(({ head }) => head)]
  const widths = heads.map((head, column) => Math.max(head.length, ...table.map(row => row[column]!.length)))
  return [heads, ...table].map(([name = '', ...cells]) =>
    line(name, cells.map((cell, column) => cell.padStart(widths[column + 1]!)).join('  ')),
  )
}

const threadColumns: readonly { readonly head: string; cell(thread: ThreadAudit | WorkerAudit): string }[] = [
  { head: 'CPU', cell: ({ cpuPercent }) => percent(cpuPercent) },
  { head: 'waited for CPU', cell: ({ runQueuePercent }) => percent(runQueuePercent) },
  { head: 'loop late p99 ms', cell: ({ loopDelay }) => (loopDelay === null ? '-' : msText(loopDelay.p99Ms)) },
  { head: 'max ms', cell: ({ loopDelay }) => (loopDelay === null ? '-' : msText(loopDelay.maxMs)) },
  { head: 'GC', cell: ({ gc }) => countText(gc.count) },
  { head: 'max ms', cell: ({ gc }) => (gc.count === 0 ? '-' : msText(gc.maxMs)) },
  { head: 'held up', cell: thread => percentIf(thread, 'brokerWaitPercent') },
  { head: 'buffer full', cell: thread => percentIf(thread, 'bufferFullPercent') },
]

function percentIf(thread: ThreadAudit | WorkerAudit, key: 'brokerWaitPercent' | 'bufferFullPercent'): string {
  const value = key in thread ? (thread as WorkerAudit)[key] : undefined
  return value === undefined ? '' : percent(value)
}

function machineLines(machine: Audit['machine']): string[] {
  const { cpus, cpusAllowed, ownCpuPercent, brokerCpuPercent, brokerInProcess, othersCpuPercent, busiest } = machine
  const allowed = cpusAllowed === null || cpusAllowed === cpus ? '' : ` (${cpusAllowed} allowed)`
  const own = `generator ${percent(ownCpuPercent)}${brokerInProcess ? ' with its broker' : ''}`
  const shares = [own, `brokers here ${percent(brokerCpuPercent)}`, `others ${percent(othersCpuPercent)}`]
  const { stealPercent, stealPercentMax, frequencyMhz } = machine
  const worst = stealPercentMax === null ? '' : ` (worst second ${percent(stealPercentMax)})`
  const mhz = frequencyMhz === null ? 'unknown' : mhzText(frequencyMhz)
  return [
    line('machine', `${plural(cpus, 'CPU')}${allowed}; of one CPU: ${shares.join(', ')}`),
    ...(busiest ?? []).map(({ name, pid, cpuPercent }) => line('', `${name} (${pid}) ${percent(cpuPercent)}`)),
    line('', `steal ${percent(stealPercent)}${worst}, frequency ${mhz}`),
    ...throttledLines(machine.throttled),
  ]
}

/** Outside of a container with a quota there is nothing to say. */
function throttledLines(throttled: Audit['machine']['throttled']): string[] {
  if (!throttled) return []
  const { periodsPercent, seconds } = throttled
  return [
    line('', `CPU quota used up in ${percent(periodsPercent)} of its periods, ${fixedText(seconds, 1)} s held back`),
  ]
}

const mhzText = ({ min, max }: { readonly min: number; readonly max: number }): string =>
  Math.round(min) === Math.round(max) ? `${countText(max)} MHz` : `${countText(min)} to ${countText(max)} MHz`

function clockText({ jumps, driftMs }: Audit['clock']): string {
  const steps = jumps.map(({ sec, ms }) => `${fixedText(ms, 0)} ms at ${fixedText(sec, 0)} s`)
  return `${steps.length === 0 ? 'no jumps' : `set by ${steps.join(', ')}`}, drift ${fixedText(driftMs, 1)} ms`
}

function brokersText({ connectionsLost, leaderChanges, lost, known }: Audit['brokers']): string {
  const gone = lost.length === 0 ? '' : `, gone: ${lost.join(', ')}`
  const changes = known ? `${plural(leaderChanges, 'leader change')}` : 'leader changes unknown'
  return `${plural(connectionsLost, 'connection')} lost, ${changes}${gone}`
}
