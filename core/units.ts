// Quantities as users write them ("1m30s", "64KiB", "50k/s") and as the code holds them: plain numbers with a brand, so
// that bytes are not passed for milliseconds. Parsing is strict, and a refusal says what would be right.

declare const unit: unique symbol
type Branded<Unit extends string> = number & { readonly [unit]: Unit }

export type Ms = Branded<'ms'>
export type Bytes = Branded<'bytes'>

/** What a rate limits: records per second or bytes per second. */
export interface Rate {
  readonly kind: 'records' | 'bytes'
  readonly perSec: number
}

/** A value, or what is wrong with the text. The text itself is quoted only where it cannot be a secret. */
export type Parsed<T> = { readonly value: T } | { readonly problem: string }

const msPerUnit = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

export const ms = (value: number) => value as Ms
export const bytes = (value: number) => value as Bytes

/** "1500ms", "5s", "1m30s", "2h", "1.5d". A bare number is refused: seconds or milliseconds? */
export function parseDuration(text: string): Parsed<Ms> {
  const trimmed = text.trim()
  if (/^\d+(\.\d+)?$/.test(trimmed)) {
    return { problem: `"${trimmed}" has no unit: write ${trimmed}s or ${trimmed}ms (units are ms, s, m, h, d)` }
  }
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(trimmed)) {
    return { problem: `"${text}" is not a duration: write 500ms, 5s, 1m30s or 2h (units are ms, s, m, h, d)` }
  }
  let total = 0
  let lastUnitMs = Number.POSITIVE_INFINITY
  for (const [, amount, unitName] of trimmed.matchAll(/([\d.]+)(ms|s|m|h|d)/g)) {
    const unitMs = msPerUnit[unitName as keyof typeof msPerUnit]
    if (unitMs >= lastUnitMs) return { problem: `"${text}" must name its units from the largest down, each once` }
    lastUnitMs = unitMs
    total += Number(amount) * unitMs
  }
  return { value: ms(total) }
}

const bytesPerUnit: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['B', 1],
  ['kB', 1e3],
  ['KB', 1e3],
  ['MB', 1e6],
  ['GB', 1e9],
  ['TB', 1e12],
  ['KiB', 2 ** 10],
  ['MiB', 2 ** 20],
  ['GiB', 2 ** 30],
  ['TiB', 2 ** 40],
])

/** "100" and "100B" are bytes, "1MB" is 10^6 of them, "1MiB" 2^20. */
export function parseSize(text: string): Parsed<Bytes> {
  const match = /^(\d+(?:\.\d+)?)\s*([a-zA-Z]*)$/.exec(text.trim())
  if (match === null) return { problem: `"${text}" is not a size: write 100, 64KiB or 1MB` }
  const factor = bytesPerUnit.get(match[2]!)
  if (factor === undefined) return { problem: `"${text}" ${unknownSizeUnit(match[1]!, match[2]!)}` }
  const value = Number(match[1]) * factor
  if (!Number.isSafeInteger(value)) return { problem: `"${text}" is not a whole number of bytes` }
  return { value: bytes(value) }
}

/** "64k" and "64kb" could be meant either way, so both ways are offered. */
function unknownSizeUnit(amount: string, name: string): string {
  const letter = name[0]!.toUpperCase()
  if (!'KMGT'.includes(letter)) return `has the unit ${name}, which is not known: write B, KB, KiB, MB, MiB, GB or GiB`
  return `is not clear: write ${amount}${letter}iB (powers of 1024) or ${amount}${letter}B (powers of 1000)`
}

const recordsPerPrefix = { '': 1, k: 1e3, m: 1e6, g: 1e9 } as const

/** "50k/s", "1m/s", "1000000" are records per second; "100MB/s", "1MiB/s" are bytes per second. */
export function parseRate(text: string): Parsed<Rate> {
  const trimmed = text.trim()
  const records = /^(\d+(?:\.\d+)?)([kmgKMG]?)(?:\/s)?$/.exec(trimmed)
  if (records !== null) {
    const prefix = records[2]!.toLowerCase() as keyof typeof recordsPerPrefix
    return positiveRate(text, 'records', Number(records[1]) * recordsPerPrefix[prefix])
  }
  const sized = /^(.*[a-zA-Z])\/s$/.exec(trimmed)
  const size = sized === null ? undefined : parseSize(sized[1]!)
  if (size !== undefined && 'value' in size) return positiveRate(text, 'bytes', size.value)
  if (sized === null && 'value' in parseSize(trimmed)) {
    return { problem: `"${text}" is a size, not a rate: write ${trimmed}/s` }
  }
  return { problem: `"${text}" is not a rate: write 50k/s or 1m/s (records), 100MB/s or 1MiB/s (bytes)` }
}

function positiveRate(text: string, kind: Rate['kind'], perSec: number): Parsed<Rate> {
  return perSec > 0 ? { value: { kind, perSec } } : { problem: `"${text}" must be more than zero` }
}

/** A whole number within bounds; underscores and a sign are not taken. */
export function parseWhole(min: number, max = Number.MAX_SAFE_INTEGER): (text: string) => Parsed<number> {
  return text => {
    const value = Number(text)
    if (!/^-?\d+$/.test(text.trim()) || !Number.isSafeInteger(value)) {
      return { problem: `"${text}" is not a whole number` }
    }
    if (value >= min && value <= max) return { value }
    const bounds = max === Number.MAX_SAFE_INTEGER ? `at least ${min}` : `between ${min} and ${max}`
    return { problem: `${value} must be ${bounds}` }
  }
}

/** A share of a whole: "0.05" or "5%". */
export function parseFraction(text: string): Parsed<number> {
  const match = /^(\d*\.?\d+)\s*(%?)$/.exec(text.trim())
  const value = match === null ? Number.NaN : Number(match[1]) / (match[2] === '%' ? 100 : 1)
  if (value >= 0 && value <= 1) return { value }
  return { problem: `"${text}" is not a share between 0 and 1: write 0.05 or 5%` }
}

export function parseBoolean(text: string): Parsed<boolean> {
  const word = text.trim().toLowerCase()
  if (word === 'true' || word === 'false') return { value: word === 'true' }
  return { problem: `"${text}" is not true or false` }
}

export function parseOneOf<const Choice extends string>(choices: readonly Choice[]): (text: string) => Parsed<Choice> {
  return text => {
    const found = choices.find(choice => choice === text.trim())
    return found === undefined ? { problem: `"${text}" is not one of ${choices.join(', ')}` } : { value: found }
  }
}
