// Numbers and times as Java prints them: what reads the output of Kafka's own tools must not see a difference.

/** `%.<digits>f` of java.util.Formatter: half up, on the shortest decimal that is the number (toFixed takes the binary one). */
export function javaFixed(value: number, digits: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity'
  const sign = value < 0 || Object.is(value, -0) ? '-' : ''
  const { whole, fraction } = decimalOf(Math.abs(value))
  const kept = `${whole}${fraction.slice(0, digits).padEnd(digits, '0')}`
  const rounded = (BigInt(kept) + ((fraction[digits] ?? '0') >= '5' ? 1n : 0n)).toString().padStart(digits + 1, '0')
  const point = rounded.length - digits
  return digits === 0 ? `${sign}${rounded}` : `${sign}${rounded.slice(0, point)}.${rounded.slice(point)}`
}

/** The shortest decimal, without an exponent. */
function decimalOf(value: number): { whole: string; fraction: string } {
  const [mantissa = '0', exponentText = '0'] = value.toString().split('e')
  const [whole = '0', fraction = ''] = mantissa.split('.')
  const exponent = Number(exponentText)
  const digits = `${whole}${fraction}`
  const point = whole.length + exponent
  if (point <= 0) return { whole: '0', fraction: `${'0'.repeat(-point)}${digits}` }
  return { whole: digits.slice(0, point).padEnd(point, '0'), fraction: digits.slice(point) }
}

/** Double.toString: at least one digit behind the point, an exponent below 10^-3 and from 10^7 on. */
export function javaDouble(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity'
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  const size = Math.abs(value)
  if (size >= 1e-3 && size < 1e7) {
    const { whole, fraction } = decimalOf(size)
    return `${value < 0 ? '-' : ''}${whole}.${fraction === '' ? '0' : fraction}`
  }
  const [mantissa = '', exponent = ''] = value.toExponential().split('e')
  return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${Number(exponent)}`
}

export type JavaDateFormat = (date: Date) => string

const pad = (value: number, width: number) => String(value).padStart(width, '0')

const letters: Readonly<Record<string, (date: Date, width: number) => string>> = {
  y: (date, width) => (width === 2 ? pad(date.getFullYear() % 100, 2) : pad(date.getFullYear(), width)),
  M: (date, width) =>
    width >= 3 ? nameOf(date, { month: width === 3 ? 'short' : 'long' }) : pad(date.getMonth() + 1, width),
  d: (date, width) => pad(date.getDate(), width),
  H: (date, width) => pad(date.getHours(), width),
  k: (date, width) => pad(date.getHours() === 0 ? 24 : date.getHours(), width),
  h: (date, width) => pad(date.getHours() % 12 === 0 ? 12 : date.getHours() % 12, width),
  K: (date, width) => pad(date.getHours() % 12, width),
  m: (date, width) => pad(date.getMinutes(), width),
  s: (date, width) => pad(date.getSeconds(), width),
  S: (date, width) => pad(date.getMilliseconds(), width),
  a: date => (date.getHours() < 12 ? 'AM' : 'PM'),
  E: (date, width) => nameOf(date, { weekday: width > 3 ? 'long' : 'short' }),
  u: (date, width) => pad(date.getDay() === 0 ? 7 : date.getDay(), width),
  Z: date => zoneOf(date, ''),
  X: (date, width) => {
    if (date.getTimezoneOffset() === 0) return 'Z'
    return width === 1 ? zoneOf(date, '').slice(0, 3) : zoneOf(date, width === 2 ? '' : ':')
  },
}

const nameOf = (date: Date, options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat('en-US', options).format(date)

function zoneOf(date: Date, separator: string): string {
  const minutes = -date.getTimezoneOffset()
  const size = Math.abs(minutes)
  return `${minutes < 0 ? '-' : '+'}${pad(Math.floor(size / 60), 2)}${separator}${pad(size % 60, 2)}`
}

/** A pattern of java.text.SimpleDateFormat, in local time; undefined where it has a letter that is not known here. */
export function javaDateFormat(pattern: string): JavaDateFormat | { readonly problem: string } {
  const parts: ((date: Date) => string)[] = []
  const text = (value: string) => parts.push(() => value)
  for (const [part] of pattern.matchAll(/'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z']+|'/g)) {
    if (part === "'") return { problem: `"${pattern}" has a quote without its end` }
    if (part === "''") text("'")
    else if (part.startsWith("'")) text(part.slice(1, -1).replaceAll("''", "'"))
    else if (/[A-Za-z]/.test(part)) {
      const write = letters[part[0]!]
      const known = Object.keys(letters).join(' ')
      if (write === undefined) return { problem: `"${part}" in "${pattern}" is not one of the letters ${known}` }
      parts.push(date => write(date, part.length))
    } else text(part)
  }
  return date => parts.map(part => part(date)).join('')
}
