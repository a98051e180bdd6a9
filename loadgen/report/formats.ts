// Every form in which a result leaves, by name (targets.ts): one row each. A set of runs (--repeat) is as many results beside each other.
import type { ResultSet } from '../repeat/model.ts'
import type { Result } from '../result.ts'
import { comparisonText, type LabelledResult } from './comparison.ts'
import { csvReport } from './csv.ts'
import { githubAnnotations } from './github.ts'
import { htmlPage } from './html/html.ts'
import { pageModel } from './html/model.ts'
import { resultJson } from './json.ts'
import { junitReport } from './junit.ts'
import { markdownReport } from './markdown.ts'
import { setText } from './set-text.ts'
import type { FormatName } from './targets.ts'
import { textReport } from './text.ts'

export type Outcome = Result | ResultSet

export interface Reported {
  /** In the order in which they are shown; the first is what the others are compared with. */
  readonly results: readonly LabelledResult[]
  /** What they come from, where that is one document. */
  readonly outcome?: Outcome
}

const makers: Readonly<Record<FormatName, (reported: Reported) => string>> = {
  text: textOf,
  json: jsonOf,
  html: ({ results }) => htmlPage(pageModel(results)),
  markdown: ({ results }) => markdownReport(results),
  junit: ({ results }) => junitReport(results),
  github: ({ results }) => githubAnnotations(results),
  csv: ({ results }) => csvReport(results),
}

export const reportText = (format: FormatName, reported: Reported): string => makers[format](reported)

export const isSet = (outcome: Outcome): outcome is ResultSet => 'runs' in outcome

/** One result, or the runs of a set. */
export function reportedOf(outcome: Outcome, label: string): Reported {
  if (!isSet(outcome)) return { results: [{ label, result: outcome }], outcome }
  const several = outcome.runs.map(({ run, result }) => ({ label: `${label} run ${run}`, result }))
  return { results: several, outcome }
}

function textOf({ results, outcome }: Reported): string {
  if (outcome !== undefined) return isSet(outcome) ? setText(outcome) : textReport(outcome)
  return results.length === 1 ? textReport(results[0]!.result) : comparisonText(results)
}

function jsonOf({ results, outcome }: Reported): string {
  if (outcome !== undefined) return resultJson(outcome)
  return results.length === 1
    ? resultJson(results[0]!.result)
    : `${JSON.stringify(
        results.map(({ result }) => result),
        undefined,
        2,
      )}\n`
}
