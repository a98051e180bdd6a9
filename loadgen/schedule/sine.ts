// A rate that swings between two values, from its middle upwards.
//
//   rate(t) = mean + swing * sin(w t)
//   area(t) = mean * t + swing * (1 - cos(w t)) / w
//
// The area's inverse is Kepler's equation, which has no closed form: Newton's method inside a bracket, begun at the last
// answer, takes one or two steps for a record that follows another.
import type { Curve } from './curve.ts'

export interface Sine {
  readonly lowPerSec: number
  readonly highPerSec: number
  readonly periodSec: number
}

const stepsMax = 60

export function sineCurve({ lowPerSec, highPerSec, periodSec }: Sine): Curve {
  const mean = (lowPerSec + highPerSec) / 2
  const swing = (highPerSec - lowPerSec) / 2
  const w = (2 * Math.PI) / periodSec
  const periodArea = mean * periodSec
  const areaIn = (sec: number) => mean * sec + (swing * (1 - Math.cos(w * sec))) / w
  const rateIn = (sec: number) => mean + swing * Math.sin(w * sec)
  let last = 0
  const solve = (area: number): number => {
    let low = 0
    let high = periodSec
    let sec = last
    for (let step = 0; step < stepsMax; step++) {
      const excess = areaIn(sec) - area
      if (excess > 0) high = sec
      else low = sec
      const rate = rateIn(sec)
      let next = sec - excess / rate
      // Where the rate is near zero Newton overshoots: halving the bracket always gets on.
      if (!(next >= low && next <= high)) next = (low + high) / 2
      const moved = Math.abs(next - sec)
      sec = next
      if (moved < 1e-12 * periodSec || moved * rate < 1e-9) break
    }
    last = sec
    return sec
  }
  return {
    areaBy(sec) {
      const periods = Math.floor(sec / periodSec)
      return periods * periodArea + areaIn(sec - periods * periodSec)
    },
    secAt(area) {
      const periods = Math.floor(area / periodArea)
      return periods * periodSec + solve(area - periods * periodArea)
    },
    rateAt: rateIn,
  }
}
