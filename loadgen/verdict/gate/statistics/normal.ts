// The normal distribution, and the two-sided p-value of Student's t, to about twelve digits: enough code for a library, and too
// little for one (docs/decisions/0015-statistics-of-the-gate.md). test/fixtures/gate holds SciPy's values.

/** Below this the series would lose digits to cancellation. */
const tailFrom = 3
const fractionDepth = 80

export const normalDensity = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)

export function normalCdf(x: number): number {
  if (x < -tailFrom) return tail(-x)
  if (x > tailFrom) return 1 - tail(x)
  // Marsaglia (2004), "Evaluating the normal distribution": x + x^3/3 + x^5/(3*5) + ...
  let [sum, term] = [x, x]
  for (let odd = 3; Math.abs(term) > 1e-18; odd += 2) {
    term *= (x * x) / odd
    sum += term
  }
  return 0.5 + sum * normalDensity(x)
}

/** Laplace's continued fraction: x + 1/(x + 2/(x + 3/...)). */
function tail(x: number): number {
  let fraction = x
  for (let i = fractionDepth; i >= 1; i--) fraction = x + i / fraction
  return normalDensity(x) / fraction
}

export function normalQuantile(p: number): number {
  if (p > 0.5) return -normalQuantile(1 - p)
  if (p === 0.5) return 0
  // Abramowitz and Stegun 26.2.23 is right to 4.5e-4; Newton's steps double the digits.
  const t = Math.sqrt(-2 * Math.log(p))
  let x = (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))) - t
  for (let step = 0; step < 4; step++) x -= (normalCdf(x) - p) / normalDensity(x)
  return x
}

/** Two-sided, for whole degrees of freedom: the finite sums of Abramowitz and Stegun 26.7.3 and 26.7.4. */
export function studentPValue(t: number, freedom: number): number {
  const angle = Math.atan(Math.abs(t) / Math.sqrt(freedom))
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)]
  const isOdd = freedom % 2 === 1
  let term = isOdd ? cosine : 1
  let sum = freedom === 1 ? 0 : term
  for (let k = isOdd ? 3 : 2; k <= freedom - 2; k += 2) {
    term *= ((k - 1) / k) * cosine * cosine
    sum += term
  }
  const inside = isOdd ? (2 / Math.PI) * (angle + sine * sum) : sine * sum
  return Math.max(0, 1 - inside)
}
