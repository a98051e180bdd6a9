// Whether a queue grows: the slope of a line through its lengths, and how sure that is. Pure.

export interface Slope {
  /** Units of y per unit of x. */
  readonly perSec: number
  /** Standard error of the slope, from the residuals. */
  readonly standardError: number
}

/** Least squares; undefined for fewer than four points. */
export function slopeOf(points: readonly (readonly [sec: number, length: number])[]): Slope | undefined {
  const n = points.length
  if (n < 4) return undefined
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / n
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / n
  const sxx = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0)
  if (sxx === 0) return undefined
  const sxy = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0)
  const perSec = sxy / sxx
  const residual = points.reduce((sum, [x, y]) => sum + (y - meanY - perSec * (x - meanX)) ** 2, 0)
  return { perSec, standardError: Math.sqrt(residual / (n - 2) / sxx) }
}

/** Two standard errors: less is not told from noise. */
export const growsFasterThan = ({ perSec, standardError }: Slope, limit: number): boolean =>
  perSec - 2 * standardError > limit
