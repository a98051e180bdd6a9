// What disturbed a run, and who took CPU from it, whatever it ran: from the audit alone. Pure.
import type { Audit } from '../audit/model.ts'
import * as limits from './limits.ts'
import type { ValidityReason } from './model.ts'
import { namesText, percentText } from './pressure.ts'

/** Machine, clocks or brokers were not left alone: nothing else can be concluded. */
export const disturbancesOf = (audit: Audit): ValidityReason[] =>
  [steal, clockJumps, brokerTrouble].flatMap(rule => rule(audit))

/** Others took CPU: a run that fell behind for it is limited, one that kept up is disturbed. */
export const takenFrom = (audit: Audit, figures: Readonly<Record<string, number>> = {}): ValidityReason[] => [
  ...throttling(audit),
  ...competingLoad(audit, figures),
]

function steal({ machine }: Audit): ValidityReason[] {
  const { stealPercent, stealPercentMax } = machine
  if (stealPercent === null || stealPercentMax === null) return []
  if (stealPercent < limits.stealPercentMax && stealPercentMax < limits.stealWindowPercentMax) return []
  return [
    {
      code: 'CPU_STEAL',
      verdict: 'disturbed',
      message: `the hypervisor gave ${percentText(stealPercent)} of this machine's CPU time to others, ${percentText(stealPercentMax)} in the worst second`,
      figures: { stealPercent, stealPercentMax },
    },
  ]
}

function clockJumps({ clock }: Audit): ValidityReason[] {
  const [first] = clock.jumps
  if (first === undefined) return []
  const largestMs = clock.jumps.reduce((max, { ms }) => (Math.abs(ms) > Math.abs(max) ? ms : max), 0)
  return [
    {
      code: 'CLOCK_JUMP',
      verdict: 'disturbed',
      message: `the wall clock was set during the run, by ${Math.round(largestMs)} ms at most: times of records and brokers do not compare`,
      figures: { jumps: clock.jumps.length, largestMs, firstSec: first.sec },
    },
  ]
}

function brokerTrouble({ brokers }: Audit): ValidityReason[] {
  const { connectionsLost, leaderChanges, lost } = brokers
  if (connectionsLost === 0 && leaderChanges === 0 && lost.length === 0) return []
  const parts = [
    ...(lost.length === 0 ? [] : [`broker ${lost.join(', ')} left the cluster`]),
    ...(leaderChanges === 0 ? [] : [`${leaderChanges} leader changes`]),
    ...(connectionsLost === 0 ? [] : [`${connectionsLost} requests or connections lost`]),
  ]
  return [
    {
      code: 'BROKER_RESTART',
      verdict: 'disturbed',
      message: `the brokers were not the same throughout: ${parts.join(', ')}`,
      figures: { connectionsLost, leaderChanges, brokersLost: lost.length },
    },
  ]
}

function competingLoad({ machine, workers }: Audit, figures: Readonly<Record<string, number>>): ValidityReason[] {
  const { othersCpuPercent, cpus, busiest } = machine
  if (othersCpuPercent === null) return []
  const runQueuePercent = Math.max(0, ...workers.map(worker => worker.runQueuePercent ?? 0))
  const othersShare = othersCpuPercent / cpus
  if (othersShare < limits.othersPercentMax || runQueuePercent < limits.othersRunQueuePercentMin) return []
  return [
    {
      code: 'COMPETING_LOAD',
      verdict: 'disturbed',
      message: `other processes used ${percentText(othersShare)} of this machine${namesText(busiest)}, and a worker waited for a processor ${percentText(runQueuePercent)} of the time`,
      figures: { othersCpuPercent, runQueuePercent, cpus, ...figures },
    },
  ]
}

/** A container is held back for the rest of a period whose quota is used up: its latencies are those of the period. */
function throttling({ machine: { throttled } }: Audit): ValidityReason[] {
  if (!throttled || throttled.periodsPercent < limits.throttledPeriodsPercentMin) return []
  const { periodsPercent, seconds } = throttled
  return [
    {
      code: 'CPU_THROTTLED',
      verdict: 'disturbed',
      message: `the CPU quota of this container was used up in ${percentText(periodsPercent)} of its periods, and held the generator back for ${seconds.toFixed(1)} s`,
      figures: { periodsPercent, throttledSec: seconds },
    },
  ]
}
