// Durations as k6 takes them: a bare number is milliseconds, text is Go's notation (1h30m, 1.5s, 200us) with days as well.
// The flags of millrace itself want a unit (core/units.ts); files that people bring along are read as their tool reads them.
import { type Ms, ms, type Parsed } from '../../core/units.ts'

const msPerUnit: ReadonlyMap<string, number> = new Map([
  ['ns', 1e-6],
  ['us', 1e-3],
  ['µs', 1e-3],
  ['μs', 1e-3],
  ['ms', 1],
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
])

const forms = 'write "30s", "1h30m", "200ms" or "1d2h" (units are ns, us, ms, s, m, h, d), or a number of milliseconds'

/** Milliseconds; not negative. */
export function parseGoDuration(given: string | number): Parsed<Ms> {
  const text = String(given).trim()
  const wrong = { problem: `"${given}" is not a duration: ${forms}` }
  if (/^[+-]?\d+(\.\d+)?$/.test(text)) return notNegative(text, Number(text))
  const match = /^([+-]?)((?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h|d))+$/.exec(text)
  if (match === null) return wrong
  let total = 0
  for (const [, amount, unit] of text.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h|d)/g)) {
    total += Number(amount) * msPerUnit.get(unit!)!
  }
  return notNegative(text, match[1] === '-' ? -total : total)
}

const notNegative = (text: string, value: number): Parsed<Ms> =>
  value < 0 ? { problem: `"${text}" must not be negative` } : { value: ms(value) }
