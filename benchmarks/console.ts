// What a benchmark prints while it runs, and the commit that it runs.
import { execFileSync } from 'node:child_process'
import { countText, fixedText } from '../loadgen/report/format.ts'
import type { Contestant } from './contestant.ts'
import type { RunData } from './data.ts'
import type { RunnerEvents } from './runner.ts'

/** Of the working tree; a tree with changes in it says so. */
export function commitText(): string {
  const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim()
  try {
    const changed =
      git('status', '--porcelain', '--untracked-files=no', '--', 'core', 'wire', 'broker', 'loadgen', 'cli') !== ''
    return `${git('rev-parse', '--short', 'HEAD')}${changed ? ' with changes' : ''}`
  } catch {
    return 'unknown' // Not a git checkout, or no git.
  }
}

export const printedEvents: RunnerEvents = {
  note: text => console.log(`  ${text}`),
  ran: (contestant, run) => console.log(`  ${runLine(contestant, run)}`),
  failed: ({ label }, round, message) => console.log(`  ${roundText(round)} ${label.padEnd(38)} FAILED: ${message}`),
}

const roundText = (round: number): string => (round === 0 ? 'trial   ' : `round ${String(round).padEnd(2)}`)

function runLine({ label }: Contestant, run: RunData): string {
  const percent = (value: number | null) => (value === null ? '-' : `${fixedText(value, 1)} %`)
  return [
    roundText(run.round),
    label.padEnd(38),
    `${countText(run.recordsPerSec).padStart(11)} records/s`,
    `CPU ${run.cpuUsPerRecord === null ? '-' : fixedText(run.cpuUsPerRecord, 3)} µs/record`,
    `steal ${percent(run.stealPercent)}`,
    `others ${percent(run.othersPercent)}`,
    ...(run.void === null || run.round === 0 ? [] : [`VOID: ${run.void}`]),
  ].join('  ')
}
