// The headroom of a run in words: first the share, then what it is a share of, then what to keep in mind.
import type { Headroom, HeadroomSide } from '../headroom/model.ts'
import { countText, fixedText, plural } from './format.ts'

export function headroomTexts(headroom: Headroom): string[] {
  if (headroom.kind === 'unknown') return [`unknown: ${headroom.reason}`]
  const { usedPercent, cpuUsedPercent, calibratedAt, produce, consume, differences } = headroom
  const named = produce !== undefined && consume !== undefined
  return [
    `generator used ${percentText(usedPercent)} of its measured ceiling, and ${percentText(cpuUsedPercent)} of the CPU that its workers can have`,
    ...(produce === undefined ? [] : [ceilingText(produce, named ? ' produced' : '', calibratedAt)]),
    ...(consume === undefined ? [] : [ceilingText(consume, named ? ' consumed' : '', calibratedAt)]),
    ...(differences.length === 0 ? [] : [`calibrated without what this run did: ${differences.join(', ')}`]),
  ]
}

function ceilingText(side: HeadroomSide, what: string, calibratedAt: string): string {
  const { ceilingRecordsPerSec, recordBytes, workers, basis } = side
  const where = `at ${countText(recordBytes)} bytes with ${plural(workers, 'worker')}`
  return `ceiling ${countText(ceilingRecordsPerSec)} msg/s${what} ${where}, ${basis}, calibrated ${calibratedAt.slice(0, 10)}`
}

/** Whole percents where there are some; a share of next to nothing keeps a digit. */
const percentText = (percent: number): string => `${fixedText(percent, percent < 9.5 ? 1 : 0)} %`
