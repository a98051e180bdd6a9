// Numbers with the units of Grafana that the boards use, as Grafana writes them.

const scaled = (value: number, steps: readonly (readonly [number, string])[], digits = 3): string => {
  const [size, unit] = steps.find(([size]) => Math.abs(value) >= size) ?? steps.at(-1)!
  return `${trimmed(value / size, digits)}${unit === '' ? '' : ` ${unit}`}`
}
const trimmed = (value: number, digits: number) =>
  value === 0 ? '0' : String(Number(value.toPrecision(Math.max(digits, Math.ceil(Math.log10(Math.abs(value) + 1))))))

const thousands = [[1e12, 'Tri'], [1e9, 'Bil'], [1e6, 'Mil'], [1e3, 'K'], [0, '']] as const // biome-ignore format: one line
const kibi = [[2 ** 40, 'TiB'], [2 ** 30, 'GiB'], [2 ** 20, 'MiB'], [2 ** 10, 'KiB'], [0, 'B']] as const // biome-ignore format: one line
const seconds = [
  [31_536_000, 'year'],
  [604_800, 'week'],
  [86_400, 'day'],
  [3_600, 'hour'],
  [60, 'min'],
  [1, 's'],
  [1e-3, 'ms'],
  [1e-6, 'µs'],
] as const

const one = (steps: readonly (readonly [number, string])[], value: number, suffix = '') => {
  const [size, unit] = steps.find(([size]) => Math.abs(value) >= size) ?? steps.at(-1)!
  return `${trimmed(size === 0 ? value : value / size, 3)}${unit === '' ? '' : ` ${unit}`}${suffix}`
}

export function unitText(value: number, unit = 'none', decimals?: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (decimals !== undefined) return value.toFixed(decimals)
  switch (unit) {
    case 's':
      return value === 0 ? '0 s' : scaled(value, seconds)
    case 'ms':
      return value === 0 ? '0 ms' : scaled(value / 1000, seconds)
    case 'bytes':
      return one(kibi, value)
    case 'Bps':
      return one(kibi, value, '/s')
    case 'percentunit':
      return `${trimmed(value * 100, 3)}%`
    case 'ops':
      return `${one(thousands, value)} ops/s`
    case 'reqps':
      return `${one(thousands, value)} req/s`
    case 'short':
      return one(thousands, value)
    default:
      return String(Number(value.toPrecision(6)))
  }
}
