// Questions to Prometheus by way of the server of this page.

export interface Series {
  readonly labels: Readonly<Record<string, string>>
  /** Seconds since the epoch, and values. */
  readonly points: readonly (readonly [number, number])[]
}

interface Answer {
  readonly status: string
  readonly error?: string
  readonly data: {
    readonly result: readonly {
      readonly metric: Record<string, string>
      readonly value?: readonly [number, string]
      readonly values?: readonly (readonly [number, string])[]
    }[]
  }
}

async function ask(path: string, parameters: Record<string, string>): Promise<Answer> {
  const response = await fetch(`/api/v1/${path}?${new URLSearchParams(parameters)}`)
  const answer: Answer = await response.json()
  if (answer.status !== 'success') throw new Error(answer.error ?? `Prometheus answered ${response.status}`)
  return answer
}

export async function instant(query: string, atSec: number): Promise<Series[]> {
  const { data } = await ask('query', { query, time: String(atSec) })
  return data.result.map(({ metric, value }) => ({ labels: metric, points: [[value![0], Number(value![1])]] }))
}

export async function range(query: string, fromSec: number, toSec: number, stepSec: number): Promise<Series[]> {
  const { data } = await ask('query_range', {
    query,
    start: String(fromSec),
    end: String(toSec),
    step: String(stepSec),
  })
  return data.result.map(({ metric, values }) => ({
    labels: metric,
    points: values!.map(([at, value]) => [at, Number(value)]),
  }))
}

/** `label_values(series, label)` */
export async function labelValues(definition: string): Promise<string[]> {
  const [, series, label] = /^label_values\((.*), (\w+)\)$/.exec(definition) ?? []
  const query = `count by (${label}) (${series})`
  const { data } = await ask('query', { query })
  return data.result
    .map(({ metric }) => metric[label!] ?? '')
    .filter(Boolean)
    .sort()
}

/** `broker {{broker}}` */
export const legendText = (format: string, labels: Readonly<Record<string, string>>): string =>
  format.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, name: string) => labels[name] ?? '')
