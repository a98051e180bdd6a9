// What a Prometheus would have stored of a page that it scrapes at an interval, in the notation of promtool's unit tests.
import type { Family } from '../../../metrics/exposition.ts'
import { textOf } from '../../agents/look.ts'

export class Recording {
  readonly #series = new Map<string, string[]>()
  #scrapes = 0

  /** Undefined: the page did not answer. Series that were there and are not get the mark that ends them. */
  scrape(families: readonly Family[] | undefined): void {
    const text = families === undefined ? '' : textOf(families)
    const seen = new Map(text.split('\n').flatMap(line => sampleOf(line) ?? []))
    for (const name of seen.keys()) if (!this.#series.has(name)) this.#series.set(name, Array(this.#scrapes).fill('_'))
    for (const [name, values] of this.#series) {
      const isOver = values.at(-1) === 'stale' || values.at(-1) === '_' || values.length === 0
      values.push(seen.get(name) ?? (isOver ? '_' : 'stale'))
    }
    this.#scrapes++
  }

  get size(): number {
    return this.#series.size
  }

  /** As `input_series`. */
  text(): string {
    const lines = [...this.#series].map(
      ([name, values]) => `      - series: ${JSON.stringify(name)}\n        values: '${values.join(' ')}'\n`,
    )
    return lines.join('')
  }
}

function sampleOf(line: string): [[string, string]] | undefined {
  if (line === '' || line.startsWith('#')) return undefined
  const at = line.lastIndexOf(' ')
  return [[line.slice(0, at), line.slice(at + 1)]]
}
