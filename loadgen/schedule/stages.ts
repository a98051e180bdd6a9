// A rate made of straight pieces, one after the other: a ramp is one, steps are level ones, and any profile can be drawn
// with them. After the last one its final rate goes on.
//
//   rate(t) = from + slope * t           slope = (to - from) / duration
//   area(t) = from * t + slope * t^2/2
import type { Curve } from './curve.ts'
import type { Schedule } from './schedule.ts'

export interface Stage {
  readonly fromPerSec: number
  readonly toPerSec: number
  readonly durationSec: number
}

interface Piece {
  readonly startSec: number
  readonly startArea: number
  readonly perSec: number
  readonly slope: number
}

export function stagesCurve(stages: readonly Stage[]): Curve {
  const pieces = piecesOf(stages)
  // Who asks goes forward in time, so the last answer is the first guess.
  let near = 0
  /** The last piece that begins at or before this: of several that begin with the same area, the one in which it grows. */
  const find = (begin: 'startSec' | 'startArea', value: number): Piece => {
    while (near > 0 && pieces[near]![begin] > value) near--
    while (near < pieces.length - 1 && pieces[near + 1]![begin] <= value) near++
    return pieces[near]!
  }
  return {
    areaBy(sec) {
      const { startSec, startArea, perSec, slope } = find('startSec', sec)
      const inPiece = sec - startSec
      return startArea + perSec * inPiece + (slope * inPiece * inPiece) / 2
    },
    secAt(area) {
      return secIn(find('startArea', area), area)
    },
    rateAt(sec) {
      const { startSec, perSec, slope } = find('startSec', Math.max(0, sec))
      return perSec + slope * (sec - startSec)
    },
  }
}

/** 0 / 0: nothing more comes. */
const forever = Number.POSITIVE_INFINITY

/** When the piece has brought so much. */
function secIn({ startSec, startArea, perSec, slope }: Piece, area: number): number {
  const inPiece = area - startArea
  if (inPiece <= 0 && (perSec > 0 || slope > 0)) return startSec
  // 2c / (b + sqrt(b^2 + 2ac)) holds for slope = 0 too, and does not cancel.
  return startSec + (2 * inPiece) / (perSec + Math.sqrt(Math.max(0, perSec * perSec + 2 * slope * inPiece))) || forever
}

/** Rounding of an area that was added up. */
const areaSlack = 1e-9

/**
 * Record `index` (from 0) is due when the area reaches index + 1, as the iterations of k6's ramping-arrival-rate: the first of a
 * rate of one a second comes after a second, and not at once.
 */
export function stagesReached(stages: readonly Stage[]): Schedule {
  const curve = stagesCurve(stages)
  const pieces = piecesOf(stages)
  let near = 0
  /** In the piece in which the area gets there, and not behind the pause that may follow. */
  const reachedAt = (area: number): number => {
    while (near > 0 && pieces[near]!.startArea + areaSlack >= area) near--
    while (near < pieces.length - 1 && pieces[near + 1]!.startArea + areaSlack < area) near++
    return secIn(pieces[near]!, area)
  }
  return {
    dueBy: elapsedSec => (elapsedSec < 0 ? 0 : Math.floor(curve.areaBy(elapsedSec) * (1 + 4e-15) + areaSlack)),
    dueAt: index => reachedAt(index + 1),
    rateAt: elapsedSec => curve.rateAt(elapsedSec),
  }
}

function piecesOf(stages: readonly Stage[]): Piece[] {
  const pieces: Piece[] = []
  let startSec = 0
  let startArea = 0
  for (const { fromPerSec, toPerSec, durationSec } of stages) {
    const slope = durationSec === 0 ? 0 : (toPerSec - fromPerSec) / durationSec
    if (durationSec > 0) pieces.push({ startSec, startArea, perSec: fromPerSec, slope })
    startSec += durationSec
    startArea += ((fromPerSec + toPerSec) / 2) * durationSec
  }
  return [...pieces, { startSec, startArea, perSec: stages.at(-1)!.toPerSec, slope: 0 }]
}
