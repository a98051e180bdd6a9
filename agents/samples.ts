// A page in the Prometheus text format as series and values, labels in order of their names.

/** `name{a="1",b="2"}`, escapes as they stand on the page, to value; labels without a value are none. */
export type Samples = ReadonlyMap<string, number>

const labelPattern = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g

export const nameOf = (series: string) => /^[^{]*/.exec(series)![0]

/** Escapes as they stand on the page. */
export function labelsOf(series: string): Readonly<Record<string, string>> {
  return Object.fromEntries([...series.matchAll(labelPattern)].map(([, name, value]) => [name!, value!]))
}

export function seriesOf(name: string, labels: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(labels).filter(([, value]) => value !== undefined && value !== '')
  const sorted = given.map(([label, value]) => `${label}="${value}"`).sort()
  return `${name}${sorted.length === 0 ? '' : `{${sorted.join(',')}}`}`
}

export function samplesOf(page: string): Map<string, number> {
  const samples = new Map<string, number>()
  for (const line of page.split('\n')) {
    const match = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)/.exec(line)
    if (match !== null) samples.set(seriesOf(match[1]!, labelsOf(match[2] ?? '')), numberOf(match[3]!))
  }
  return samples
}

const numberOf = (text: string): number =>
  text === '+Inf' ? Number.POSITIVE_INFINITY : text === '-Inf' ? Number.NEGATIVE_INFINITY : Number(text)
