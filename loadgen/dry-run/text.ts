// A test before it runs, for people.
import { formatBytes, formatDuration } from '../../core/format.ts'
import { countText, plural } from '../report/format.ts'
import type { Check } from './checks.ts'
import type { Outlook, ScenarioOutlook } from './outlook.ts'

const marks = { ok: '✓', warning: '!', failed: '✗' } as const

export function dryRunText(file: string, outlook: Outlook, checks: readonly Check[]): string {
  const { scenarios, latestEndMs, threads, memoryBytes, thresholds } = outlook
  const lines = [`millrace run --dry-run: ${file}`, '', ...scenarios.flatMap(scenarioLines)]
  const all = [iterationsText(outlook.iterations), `over by ${formatDuration(latestEndMs)} at the latest`]
  if (outlook.bytes !== undefined) all.push(`${formatBytes(outlook.bytes)} of keys and values`)
  lines.push(`  all together: ${all.join(', ')}`)
  lines.push(
    `  takes ${plural(threads, 'thread')}, at most ${formatBytes(memoryBytes)} of buffers beside what a process takes`,
    '',
  )
  if (thresholds.length > 0) lines.push('  thresholds', ...thresholds.map(each => `    ${each}`), '')
  lines.push('  checks', ...checks.map(({ outcome, text }) => `    ${marks[outcome]} ${text}`), '')
  const failed = checks.filter(({ outcome }) => outcome === 'failed').length
  lines.push(
    failed === 0 ? '  nothing was sent; the test can run' : `  nothing was sent; ${plural(failed, 'check')} failed`,
  )
  return `${lines.join('\n')}\n`
}

const iterationsText = (iterations: number | undefined) =>
  iterations === undefined ? 'as many iterations as there is time for' : plural(iterations, 'iteration')

function scenarioLines(scenario: ScenarioOutlook): string[] {
  const { name, executor, lane, role, topic, startMs, endMs, latestEndMs, rate, vusMax, threads, memoryBytes } =
    scenario
  const grace = latestEndMs > endMs ? `, cut off at ${formatDuration(latestEndMs)}` : ''
  const what = lane === 'scripted' ? 'calls a function' : `${role}${topic === undefined ? '' : `, topic ${topic}`}`
  const amount = [iterationsText(scenario.iterations), rate ?? 'as fast as it goes']
  if (scenario.bytes !== undefined) amount.push(formatBytes(scenario.bytes))
  const buffers = memoryBytes === 0 ? '' : `, ${formatBytes(memoryBytes)} of buffers`
  return [
    `  scenario ${name}: ${executor}, ${what}`,
    `    from ${formatDuration(startMs)} to ${formatDuration(endMs)}${grace}`,
    `    ${amount.join(', ')}`,
    ...scenario.does.map(text => `    ${text}`),
    `    at most ${countText(vusMax)} VUs in ${plural(threads, 'thread')}${buffers}`,
    '',
  ]
}
