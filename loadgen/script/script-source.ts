// What all threads of VUs have told, added up: the metrics of scripts as thresholds and the summary read them.
import { selectorText, type Tags } from '../verdict/thresholds/grammar.ts'
import type { MetricDefinitions, MetricSource, Reading } from '../verdict/thresholds/readings.ts'
import { type Gathered, selectorKey } from './registry.ts'
import { emptySink, mergeSink, readingOf, type Sink } from './sinks.ts'

interface Told {
  readonly atMs: number
  readonly gathered: Gathered
}

export class ScriptSource implements MetricSource {
  readonly #definitions: MetricDefinitions
  readonly #nowMs: () => number
  readonly #windowMsMax: number
  readonly #sinks = new Map<string, Sink>()
  /** For windows only. */
  #recent: Told[] = []
  #startMs = 0

  /** `windowMsMax`: the longest window that a threshold looks at, 0: none. */
  constructor(definitions: MetricDefinitions, nowMs: () => number, windowMsMax: number) {
    this.#definitions = definitions
    this.#nowMs = nowMs
    this.#windowMsMax = windowMsMax
  }

  begin(): void {
    this.#startMs = this.#nowMs()
  }

  add(gathered: Gathered): void {
    for (const [key, sink] of gathered) {
      const known = this.#sinks.get(key)
      if (known === undefined) this.#sinks.set(key, structuredClone(sink))
      else mergeSink(known, sink)
    }
    if (this.#windowMsMax === 0) return
    const nowMs = this.#nowMs()
    this.#recent = [...this.#recent.filter(({ atMs }) => nowMs - atMs <= this.#windowMsMax), { atMs: nowMs, gathered }]
  }

  read(metric: string, tags: Tags, windowMs?: number): Reading | undefined {
    const definition = Object.hasOwn(this.#definitions, metric) ? this.#definitions[metric] : undefined
    if (definition === undefined) return undefined
    const nowMs = this.#nowMs()
    const sinks = windowMs === undefined ? [...this.#sinks] : this.#within(nowMs - windowMs)
    const total = emptySink(definition.kind)
    const isOfKey = keyTest(metric, tags)
    for (const [key, sink] of sinks) if (isOfKey(key)) mergeSink(total, sink)
    const seconds = windowMs === undefined ? (nowMs - this.#startMs) / 1000 : windowMs / 1000
    return readingOf(total, seconds)
  }

  /** How often a metric of a scenario was counted. */
  countOf(metric: string, scenario: string): number {
    const reading = this.read(metric, { scenario })
    return reading?.kind === 'counter' ? reading.count : 0
  }

  get checks(): { name: string; passes: number; fails: number }[] {
    return [...this.#sinks].flatMap(([key, sink]) => {
      if (!key.startsWith('\n\n') || sink.kind !== 'rate') return []
      return [{ name: key.slice(2), passes: sink.passes, fails: sink.samples - sink.passes }]
    })
  }

  #within(fromMs: number): (readonly [string, Sink])[] {
    return this.#recent.filter(({ atMs }) => atMs >= fromMs).flatMap(({ gathered }) => gathered)
  }
}

/** Which sinks a selection is made of: all scenarios, one, or the selection's own. */
function keyTest(metric: string, tags: Tags): (key: string) => boolean {
  const names = Object.keys(tags)
  if (names.length === 0) return key => key.startsWith(`${metric}\n`)
  if (names.length === 1 && names[0] === 'scenario') return key => key === `${metric}\n${tags.scenario}`
  const own = selectorKey(selectorText({ metric, tags }))
  return key => key === own
}
