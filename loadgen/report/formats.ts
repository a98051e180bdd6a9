// Every form in which a result leaves, by name (targets.ts): one row each. A set of runs (--repeat) is as many results beside each other.
import { configError } from '../../core/errors.ts'
import type { ResultSet } from '../repeat/model.ts'
import type { Result } from '../result.ts'
import type { TestResult } from '../test/result.ts'
import { comparisonText, type LabelledResult } from './comparison.ts'
import { csvReport } from './csv.ts'
import { githubAnnotations, githubOfTest } from './github.ts'
import { htmlPage } from './html/html.ts'
import { pageModel, testPageModel } from './html/model.ts'
import { resultJson } from './json.ts'
import { junitOfTest, junitReport } from './junit.ts'
import { markdownReport } from './markdown.ts'
import { markdownOfTest } from './markdown-test.ts'
import { setText } from './set-text.ts'
import { type FormatName, formatsOfAnyTest } from './targets.ts'
import { testText } from './test-text.ts'
import { textReport } from './text.ts'

export type Outcome = Result | ResultSet

export interface Reported {
  /** In the order in which they are shown; the first is what the others are compared with. */
  readonly results: readonly LabelledResult[]
  /** What they come from, where that is one document. */
  readonly outcome?: Outcome
  /** Of a test (`millrace run`), which is more than its scenarios. */
  readonly test?: TestResult
}

const makers: Readonly<Record<FormatName, (reported: Reported) => string>> = {
  text: textOf,
  json: jsonOf,
  html: ({ results, test }) => htmlPage(test === undefined ? pageModel(results) : testPageModel(test)),
  markdown: ({ results, test }) => (test === undefined ? markdownReport(results) : markdownOfTest(test, results)),
  junit: ({ results, test }) => (test === undefined ? junitReport(results) : junitOfTest(test, results)),
  github: ({ results, test }) => (test === undefined ? githubAnnotations(results) : githubOfTest(test, results)),
  csv: ({ results }) => csvReport(results),
}

/** Throws where there is nothing of which this form could be made: a test that is all script has no windows. */
export function reportText(format: FormatName, reported: Reported): string {
  if (reported.results.length === 0 && !formatsOfAnyTest.includes(format)) {
    const message = `no scenario of this test was measured as a run: there are only ${formatsOfAnyTest.join(', ')} of it`
    throw configError([{ path: format, message }])
  }
  return makers[format](reported)
}

export const isSet = (outcome: Outcome): outcome is ResultSet => 'runs' in outcome

/** One result, or the runs of a set. */
export function reportedOf(outcome: Outcome, label: string): Reported {
  if (!isSet(outcome)) return { results: [{ label, result: outcome }], outcome }
  const several = outcome.runs.map(({ run, result }) => ({ label: `${label} run ${run}`, result }))
  return { results: several, outcome }
}

/** A test, with those of its scenarios that were measured as a bench run is. */
export const reportedOfTest = (test: TestResult): Reported => ({
  results: test.scenarios.flatMap(({ name, result }) => (result === undefined ? [] : [{ label: name, result }])),
  test,
})

function textOf({ results, outcome, test }: Reported): string {
  if (test !== undefined) return testText(test)
  if (outcome !== undefined) return isSet(outcome) ? setText(outcome) : textReport(outcome)
  return results.length === 1 ? textReport(results[0]!.result) : comparisonText(results)
}

function jsonOf({ results, outcome, test }: Reported): string {
  if (test !== undefined) return `${JSON.stringify(test, undefined, 2)}\n`
  if (outcome !== undefined) return resultJson(outcome)
  return results.length === 1
    ? resultJson(results[0]!.result)
    : `${JSON.stringify(
        results.map(({ result }) => result),
        undefined,
        2,
      )}\n`
}
