// Annotations of GitHub Actions, one workflow command a line: an error for each crossed threshold and each thing that went wrong, a
// warning for numbers that are not valid, a notice with the headline. GitHub shows ten of a kind for a step, so the rest becomes one.
// https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
import type { Result } from '../result.ts'
import type { TestResult } from '../test/result.ts'
import { crossedText } from '../verdict/thresholds/verdict.ts'
import type { LabelledResult } from './comparison.ts'
import { countText, msText } from './format.ts'
import { titleOfTest } from './test-title.ts'

const shownMax = 10

export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice'
  readonly title: string
  readonly text: string
}

export const githubAnnotations = (results: readonly LabelledResult[]): string =>
  annotationsText(
    results.flatMap(({ label, result }) => [
      ...problems(label, result),
      { level: 'notice', title: `millrace bench ${result.mode} ${label}`, text: headline(result) },
    ]),
  )

export function githubOfTest(test: TestResult, results: readonly LabelledResult[]): string {
  const title = titleOfTest(test)
  const scenarios = test.scenarios.map(({ name, iterations, result }) =>
    result === undefined ? `${name}: ${countText(iterations)} iterations` : `${name}: ${headline(result)}`,
  )
  return annotationsText([
    ...problems(title, test),
    // Their reasons are among those of the test.
    ...results.flatMap(({ label, result: { validity } }) => problems(label, { reasons: [], validity })),
    ...test.scenarios.flatMap(({ name, validity }) => problems(name, { reasons: [], validity })),
    { level: 'notice', title, text: [`verdict ${test.verdict}`, ...scenarios].join('; ') },
  ])
}

export function annotationsText(all: readonly Annotation[]): string {
  const lines = (['error', 'warning', 'notice'] as const).flatMap(level =>
    limited(all.filter(annotation => annotation.level === level)).map(lineOf),
  )
  return `${lines.join('\n')}\n`
}

type Judged = Pick<Result, 'reasons' | 'thresholds'> & { readonly validity?: Result['validity'] }

function problems(label: string, { reasons, thresholds = [], validity }: Judged): Annotation[] {
  const crossed = thresholds.filter(({ ok }) => !ok).map(threshold => crossedText(threshold))
  return [
    ...crossed.map(text => ({ level: 'error' as const, title: `${label}: threshold crossed`, text })),
    ...reasons
      .filter(({ code }) => code !== 'THRESHOLDS_CROSSED')
      .map(({ code, message }) => ({ level: 'error' as const, title: `${label}: ${code}`, text: message })),
    ...(validity?.reasons ?? []).map(({ code, message }) => ({
      level: 'warning' as const,
      title: `${label}: not valid, ${code}`,
      text: message,
    })),
  ]
}

function headline({ produce, consume, verdict }: Result): string {
  const side = (what: string, part: Result['produce'] | Result['consume']) => {
    if (part === undefined) return []
    const { recordsPerSec, latency } = part
    const times = latency === undefined ? '' : `, p50 ${msText(latency.p50Ms)} ms, p99 ${msText(latency.p99Ms)} ms`
    return [`${what} ${countText(recordsPerSec)} msg/s${times}`]
  }
  return [`verdict ${verdict}`, ...side('acknowledged', produce), ...side('consumed', consume)].join('; ')
}

function limited(annotations: readonly Annotation[]): readonly Annotation[] {
  if (annotations.length <= shownMax) return annotations
  const shown = annotations.slice(0, shownMax - 1)
  const rest = annotations.slice(shownMax - 1)
  const { level } = rest[0]!
  return [...shown, { level, title: `millrace: ${rest.length} more`, text: rest.map(({ text }) => text).join('\n') }]
}

const lineOf = ({ level, title, text }: Annotation): string =>
  `::${level} title=${escaped(title).replaceAll(':', '%3A').replaceAll(',', '%2C')}::${escaped(text)}`

const escaped = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
