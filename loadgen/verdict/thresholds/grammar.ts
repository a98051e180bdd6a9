// Thresholds as text, k6's grammar: `p(99)<50` of a metric that may be narrowed by tags, `response_time{worker:0}`. Behind the
// expression may stand what k6 has no words for, separated by commas:
//
//   over 30s            every 30 seconds of the measured time must hold, not only the whole of it
//   abort               a failure ends the run; `abort after 10s`: not in the first 10 seconds of the measured time
//   no samples pass     or `no samples fail`: what a metric without samples means
//
// https://grafana.com/docs/k6/latest/using-k6/thresholds/
import { type Parsed, parseDuration } from '../../../core/units.ts'

const plainMethods = ['count', 'rate', 'value', 'avg', 'min', 'max', 'med'] as const
export type Method = (typeof plainMethods)[number] | 'p'

/** In the order in which they are tried: `<=` must not be read as `<`. */
const comparisons = ['<=', '<', '>=', '>', '===', '==', '!='] as const
export type Comparison = (typeof comparisons)[number]

export interface Expression {
  readonly method: Method
  /** 0 to 100, of the method `p` only. */
  readonly percentile?: number
  readonly comparison: Comparison
  readonly limit: number
}

export type Tags = Readonly<Record<string, string>>

export interface MetricSelector {
  readonly metric: string
  /** Samples that carry all of these count. */
  readonly tags: Tags
}

export interface ThresholdText extends Expression {
  /** The expression alone, as it was written. */
  readonly text: string
  readonly abortOnFail: boolean
  readonly delayAbortEvalMs: number
  readonly windowMs?: number
  readonly noSamples?: 'pass' | 'fail'
}

/** One threshold, decided: what `--threshold` and the `thresholds` of k6's options become. */
export interface ThresholdPlan extends MetricSelector, ThresholdText {}

/** `response_time{worker:0}: p(99)<50, over 30s` */
export function parseThreshold(text: string): Parsed<ThresholdPlan> {
  const [, selectorText = '', rest = ''] = /^\s*([^:{]*(?:\{[^}]*\})?)\s*:(.*)$/s.exec(text) ?? []
  if (rest.trim() === '') return { problem: `"${text}" is not metric: expression, such as response_time: p(99)<50` }
  const selector = parseSelector(selectorText)
  if ('problem' in selector) return selector
  const threshold = parseThresholdText(rest)
  return 'problem' in threshold ? threshold : { value: { ...selector.value, ...threshold.value } }
}

/** An entry of k6's `thresholds`, where the metric is the key and the rest an object. */
export function planThreshold(
  selectorText: string,
  given: { readonly threshold: string; readonly abortOnFail: boolean; readonly delayAbortEvalMs: number },
): Parsed<ThresholdPlan> {
  const selector = parseSelector(selectorText)
  if ('problem' in selector) return selector
  const threshold = parseThresholdText(given.threshold)
  if ('problem' in threshold) return threshold
  const abortOnFail = threshold.value.abortOnFail || given.abortOnFail
  const delayAbortEvalMs = Math.max(threshold.value.delayAbortEvalMs, given.delayAbortEvalMs)
  return { value: { ...selector.value, ...threshold.value, abortOnFail, delayAbortEvalMs } }
}

/** `response_time` or `response_time{worker:0, "topic":orders}`; the brace closes at the end. */
export function parseSelector(text: string): Parsed<MetricSelector> {
  const [, metric = '', braced, tagsText = ''] = /^([^{]*)(\{(.*)\})?$/s.exec(text.trim()) ?? []
  if (!/^[a-zA-Z_][a-zA-Z0-9_]{0,128}$/.test(metric.trim()))
    return { problem: `"${text}" does not begin with a metric` }
  if (braced === undefined) return { value: { metric: metric.trim(), tags: {} } }
  const tags: Record<string, string> = {}
  for (const part of tagsText.split(',')) {
    const colon = part.indexOf(':')
    const name = unquoted(part.slice(0, colon))
    if (colon < 0 || name === '') return { problem: `"${text}": "${part.trim()}" is not tag:value` }
    tags[name] = unquoted(part.slice(colon + 1))
  }
  return { value: { metric: metric.trim(), tags } }
}

const unquoted = (text: string): string => text.trim().replace(/^(["'])(.*)\1$/s, '$2')

/** The expression and the words after it. */
export function parseThresholdText(text: string): Parsed<ThresholdText> {
  const [first = '', ...words] = text.split(',')
  const expression = parseExpression(first)
  if ('problem' in expression) return expression
  let threshold: ThresholdText = { ...expression.value, text: first.trim(), abortOnFail: false, delayAbortEvalMs: 0 }
  for (const word of words) {
    const change = parseWord(word.trim())
    if ('problem' in change) return change
    threshold = { ...threshold, ...change.value }
  }
  return { value: threshold }
}

const wordForms = 'over TIME, abort, abort after TIME, no samples pass, or no samples fail'

function parseWord(word: string): Parsed<Partial<ThresholdText>> {
  const samples = /^no samples (pass|fail)$/.exec(word)
  if (samples !== null) return { value: { noSamples: samples[1] as 'pass' | 'fail' } }
  if (word === 'abort') return { value: { abortOnFail: true } }
  const [, what, timeText = ''] = /^(over|abort after)\s+(\S+)$/.exec(word) ?? []
  if (what === undefined) return { problem: `"${word}" is none of ${wordForms}` }
  const time = parseDuration(timeText)
  if ('problem' in time) return time
  if (what === 'abort after') return { value: { abortOnFail: true, delayAbortEvalMs: time.value } }
  if (time.value < 1000) return { problem: `"${word}": what is measured is cut into seconds, so at least 1s` }
  return { value: { windowMs: time.value } }
}

/** `p(99.9) < 1.5e2` */
export function parseExpression(text: string): Parsed<Expression> {
  const found = comparisons.map(comparison => ({ comparison, at: text.indexOf(comparison) })).find(({ at }) => at >= 0)
  if (found === undefined) return { problem: `"${text.trim()}" has no comparison: one of ${comparisons.join(' ')}` }
  const { comparison, at } = found
  const method = parseMethod(text.slice(0, at).trim())
  if ('problem' in method) return method
  const limit = parseGoFloat(text.slice(at + comparison.length).trim())
  if (limit === undefined) return { problem: `"${text.trim()}" does not end in a number` }
  return { value: { ...method.value, comparison, limit } }
}

function parseMethod(text: string): Parsed<Pick<Expression, 'method' | 'percentile'>> {
  const plain = plainMethods.find(method => method === text)
  if (plain !== undefined) return { value: { method: plain } }
  const percentileText = /^p\((.*)\)$/.exec(text)?.[1]
  if (percentileText === undefined) {
    return { problem: `"${text}" is not a method: ${plainMethods.join(', ')} or p(N), as in p(99.9)` }
  }
  const percentile = parseGoFloat(percentileText.trim())
  if (percentile === undefined || !(percentile >= 0 && percentile <= 100)) {
    return { problem: `"${text}": a percentile is a number from 0 to 100` }
  }
  return { value: { method: 'p', percentile } }
}

/** What Go's strconv.ParseFloat takes. */
function parseGoFloat(text: string): number | undefined {
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text)
  if (/^[+-]?inf(inity)?$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity
  if (/^[+-]?nan$/i.test(text)) return Number.NaN
  return parseHexFloat(text)
}

function parseHexFloat(text: string): number | undefined {
  const [, sign, whole = '', fraction = '', exponent] =
    /^([+-]?)0x([\da-f]*)\.?([\da-f]*)p([+-]?\d+)$/i.exec(text) ?? []
  if (exponent === undefined || whole + fraction === '') return undefined
  const mantissa = Number.parseInt(whole + fraction, 16) / 16 ** fraction.length
  return (sign === '-' ? -1 : 1) * mantissa * 2 ** Number(exponent)
}

export const selectorText = ({ metric, tags }: MetricSelector): string => {
  const pairs = Object.entries(tags).map(([name, value]) => `${name}:${value}`)
  return pairs.length === 0 ? metric : `${metric}{${pairs.join(',')}}`
}

export function compare(value: number, comparison: Comparison, limit: number): boolean {
  switch (comparison) {
    case '<':
      return value < limit
    case '<=':
      return value <= limit
    case '>':
      return value > limit
    case '>=':
      return value >= limit
    case '==':
    case '===':
      return value === limit
    case '!=':
      return value !== limit
  }
}

export const methodText = ({ method, percentile }: Pick<Expression, 'method' | 'percentile'>): string =>
  method === 'p' ? `p(${percentile})` : method
