// The lines of a text report on consumers that fell behind on purpose: how far, how long they took to catch up, and what that
// did to the producers.
import type { CatchUpPhase, CatchUpResult } from '../catch-up/model.ts'
import { countText, fixedText, msText, plural } from './format.ts'
import { line } from './lines.ts'

export function catchUpLines(catchUp: CatchUpResult): string[] {
  const { how, asked, pausedSeconds = 0, baselineLag, backlog, outcome } = catchUp
  const fallen =
    how === 'pause' ? `the consumers paused for ${fixedText(pausedSeconds, 1)} s` : 'the consumers went back'
  const after = `after ${fixedText(catchUp.before?.seconds ?? 0, 1)} s`
  return [
    line('fell behind', `${fallen} ${after} (${asked})`),
    line('backlog', `${plural(backlog, 'offset')}; before, ${countText(baselineLag)} at most`),
    ...(outcome === 'not-begun'
      ? [line('drain', 'NOT BEGUN: the measured time was over before the consumers went on')]
      : drainLines(catchUp)),
    ...phaseLines(catchUp),
  ]
}

function drainLines({ outcome, drainSeconds, drainedPerSec, leftLag, drain }: CatchUpResult): string[] {
  const seconds = `${fixedText(drainSeconds, 2)} s`
  const read = `${countText(drain?.consumedPerSec ?? 0)} msg/s read`
  const rate = `${countText(drainedPerSec)}/s`
  if (outcome === 'caught-up') return [line('drain', `${seconds}, ${read}, the backlog shrinking by ${rate}`)]
  const trend =
    drainedPerSec > 0
      ? `it shrank by ${rate}: about ${countText(leftLag / drainedPerSec)} s more`
      : `it did not shrink: consumers this slow never catch up`
  return [
    line('drain', `NOT CAUGHT UP within the measured time: ${plural(leftLag, 'offset')} behind after ${seconds}`),
    line('', `${trend}; ${read}`),
  ]
}

const timeText = (ms: number) => `${msText(ms)} ms`

const phaseNames = ['before', 'paused', 'drain', 'after'] as const

const optional = (value: number | undefined, text: (value: number) => string) =>
  value === undefined ? undefined : text(value)

const rows: readonly (readonly [string, (phase: CatchUpPhase) => string | undefined])[] = [
  ['seconds', ({ seconds }) => fixedText(seconds, 1)],
  ['offered/s', ({ offeredPerSec }) => optional(offeredPerSec, countText)],
  ['produced/s', ({ producedPerSec }) => optional(producedPerSec, countText)],
  ['appended/s', ({ appendedPerSec }) => countText(appendedPerSec)],
  ['consumed/s', ({ consumedPerSec }) => countText(consumedPerSec)],
  ['response p50', ({ responseP50Ms }) => optional(responseP50Ms, timeText)],
  ['response p99', ({ responseP99Ms }) => optional(responseP99Ms, timeText)],
]

/** A column for each phase; what no phase has is left out. */
function phaseLines(catchUp: CatchUpResult): string[] {
  const phases = phaseNames.flatMap(name => {
    const phase = catchUp[name]
    return phase === undefined ? [] : [{ name, phase }]
  })
  if (phases.length === 0) return []
  const shown = rows
    .map(([label, of]) => ({ label, cells: phases.map(({ phase }) => of(phase)) }))
    .filter(({ cells }) => cells.some(cell => cell !== undefined))
  const width = Math.max(9, ...shown.flatMap(({ cells }) => cells.map(cell => cell?.length ?? 0)))
  const row = (cells: readonly string[]) => cells.map(cell => cell.padStart(width)).join('  ')
  return [
    line('', row(phases.map(({ name }) => name))),
    ...shown.map(({ label, cells }) => line(label, row(cells.map(cell => cell ?? '')))),
  ]
}
