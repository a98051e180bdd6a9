// A base rate, and at the start of every period a burst at another rate.
import type { Curve } from './curve.ts'

export interface Burst {
  readonly basePerSec: number
  readonly peakPerSec: number
  readonly burstSec: number
  readonly periodSec: number
}

export function burstCurve({ basePerSec, peakPerSec, burstSec, periodSec }: Burst): Curve {
  const burstArea = peakPerSec * burstSec
  const periodArea = burstArea + basePerSec * (periodSec - burstSec)
  const startOf = (sec: number) => Math.floor(sec / periodSec) * periodSec
  return {
    areaBy(sec) {
      const periods = Math.floor(sec / periodSec)
      const inPeriod = sec - periods * periodSec
      const inBurst = Math.min(inPeriod, burstSec)
      return periods * periodArea + inBurst * peakPerSec + (inPeriod - inBurst) * basePerSec
    },
    secAt(area) {
      const periods = Math.floor(area / periodArea)
      const inPeriod = area - periods * periodArea
      const startSec = periods * periodSec
      if (inPeriod < burstArea) return startSec + inPeriod / peakPerSec
      // Without a base rate the area stands still until the next burst.
      return basePerSec === 0 ? startSec + periodSec : startSec + burstSec + (inPeriod - burstArea) / basePerSec
    },
    rateAt: sec => (sec - startOf(sec) < burstSec ? peakPerSec : basePerSec),
  }
}
