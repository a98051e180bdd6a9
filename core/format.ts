// Quantities for human eyes: three significant digits, a space before the unit, and bytes in both countings, because
// half of the tools out there say MB and mean MiB.

const decimal = ['', 'k', 'M', 'G', 'T', 'P'] as const
const binary = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const

/** 1250000 as "1.25 M". */
export function formatCount(value: number): string {
  return scaled(value, 1000, decimal)
}

/** 104857600 as "105 MB (100 MiB)". */
export function formatBytes(value: number): string {
  if (Math.abs(value) < 1000) return `${formatCount(value)} B`
  return `${scaled(value, 1000, decimal)}B (${scaled(value, 1024, binary)})`
}

/** 850 as "850 ms", 0.25 as "250 µs", 12345 as "12.3 s", 90000 as "1 m 30 s". */
export function formatDuration(valueMs: number): string {
  if (valueMs !== 0 && Math.abs(valueMs) < 0.9995) return `${significant(valueMs * 1000)} µs`
  if (Math.abs(valueMs) < 999.5) return `${significant(valueMs)} ms`
  if (Math.abs(valueMs) < 59_950) return `${significant(valueMs / 1000)} s`
  const wholeSec = Math.round(valueMs / 1000)
  const parts = [
    [Math.trunc(wholeSec / 86_400), 'd'],
    [Math.trunc(wholeSec / 3600) % 24, 'h'],
    [Math.trunc(wholeSec / 60) % 60, 'm'],
    [wholeSec % 60, 's'],
  ] as const
  const shown = parts.filter(([amount]) => amount !== 0)
  return shown.map(([amount, name]) => `${amount} ${name}`).join(' ')
}

/** 0.0123 as "1.23 %". */
export function formatPercent(share: number): string {
  return `${significant(share * 100)} %`
}

function scaled(value: number, step: number, names: readonly string[]): string {
  let rest = value
  let index = 0
  // Compared as shown, so that 999,999 is "1 M" and not "1000 k".
  while (Math.abs(Number(significant(rest))) >= step && index < names.length - 1) {
    rest /= step
    index++
  }
  const name = names[index]!
  return name === '' ? significant(rest) : `${significant(rest)} ${name}`
}

/** Three significant digits without trailing zeros; whole numbers keep all of theirs. */
function significant(value: number): string {
  return String(Math.abs(value) >= 999.5 ? Math.round(value) : Number(value.toPrecision(3)))
}
