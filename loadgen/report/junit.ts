// JUnit XML: a suite for each run, in it one case for the run itself (were all records delivered, and confirmed), one for each
// threshold, and one for the validity of the numbers, which is skipped when they are not to be quoted: no failure by itself.
import type { Result } from '../result.ts'
import type { TestResult } from '../test/result.ts'
import { crossedText } from '../verdict/thresholds/verdict.ts'
import type { LabelledResult } from './comparison.ts'
import { titleOfTest } from './test-title.ts'
import { stateText } from './threshold-text.ts'

export interface JunitCase {
  readonly className: string
  readonly name: string
  readonly failure?: { readonly type: string; readonly text: string }
  readonly skipped?: string
  readonly output?: string
}

interface SuiteHead {
  readonly name: string
  readonly seconds: number
  readonly startedAt: string
}

export interface JunitSuite extends SuiteHead {
  readonly cases: readonly JunitCase[]
}

/** What a suite is made of: of a bench run, or of a test as a whole. */
interface Judged extends SuiteHead, Pick<Result, 'reasons' | 'thresholds' | 'validity' | 'verdict'> {}

export const junitReport = (results: readonly LabelledResult[]): string =>
  junitText(results.map(({ label, result }) => judgedRun(`millrace bench ${result.mode} ${label}`, result)))

const judgedRun = (name: string, result: Result): Judged => ({
  ...result,
  name,
  seconds: result.measuredSeconds,
  startedAt: result.environment.startedAt,
})

/** A suite for the test, with its thresholds, and one for each scenario that was measured as a run. */
export function junitOfTest(test: TestResult, results: readonly LabelledResult[]): string {
  const { verdict, thresholds, durationSeconds, startedAt } = test
  const name = titleOfTest(test)
  // What went wrong in a scenario stands with it.
  const isOfScenario = (scenario: string | undefined) => results.some(({ label }) => label === scenario)
  const reasons = test.reasons.filter(({ scenario }) => !isOfScenario(scenario))
  return junitText([
    { verdict, reasons, thresholds, name, seconds: durationSeconds, startedAt },
    ...results.map(({ label, result }) => judgedRun(`${name} ${label}`, result)),
  ])
}

const junitText = (judged: readonly Judged[]): string =>
  junitOfSuites(judged.map(each => ({ ...each, cases: casesOf(each) })))

export function junitOfSuites(all: readonly JunitSuite[]): string {
  const suites = all.map(suite)
  const cases = all.flatMap(each => each.cases)
  const seconds = all.reduce((sum, each) => sum + each.seconds, 0)
  const counts = `tests="${cases.length}" failures="${cases.filter(({ failure }) => failure).length}" errors="0" time="${seconds.toFixed(3)}"`
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="millrace" ${counts}>\n${suites.join('\n')}\n</testsuites>\n`
}

function casesOf({ reasons, thresholds = [], validity, verdict }: Judged): JunitCase[] {
  const own = reasons.filter(({ code }) => code !== 'THRESHOLDS_CROSSED')
  const [first] = own
  return [
    {
      className: 'run',
      name: 'all records delivered and confirmed',
      ...(first && {
        failure: { type: first.code, text: own.map(({ code, message }) => `${code}: ${message}`).join('\n') },
      }),
      output: `verdict: ${verdict}`,
    },
    ...thresholds.map(threshold => ({
      className: `thresholds.${threshold.metric}`,
      name: `${threshold.metric} - ${threshold.expression}`,
      ...(!threshold.ok && { failure: { type: 'THRESHOLDS_CROSSED', text: crossedText(threshold) } }),
      output: stateText(threshold),
    })),
    ...(validity === undefined
      ? []
      : [
          {
            className: 'validity',
            name: 'the numbers may be quoted',
            ...(validity.verdict !== 'valid' && {
              skipped: `${validity.verdict}: ${validity.reasons[0]?.message ?? validity.finding}`,
            }),
          },
        ]),
  ]
}

function suite({ name, seconds, startedAt, cases }: JunitSuite): string {
  const failures = cases.filter(({ failure }) => failure).length
  const skipped = cases.filter(each => each.skipped !== undefined).length
  const attributes = [
    ['name', name],
    ['tests', String(cases.length)],
    ['failures', String(failures)],
    ['errors', '0'],
    ['skipped', String(skipped)],
    ['time', seconds.toFixed(3)],
    ['timestamp', startedAt],
  ] as const
  const text = attributes.map(([key, value]) => `${key}="${escaped(value)}"`).join(' ')
  return [`  <testsuite ${text}>`, ...cases.map(caseText), '  </testsuite>'].join('\n')
}

function caseText({ className, name, failure, skipped, output }: JunitCase): string {
  const inner = [
    failure &&
      `      <failure type="${escaped(failure.type)}" message="${escaped(failure.text.split('\n')[0]!)}">${escaped(failure.text)}</failure>`,
    skipped === undefined ? undefined : `      <skipped message="${escaped(skipped)}"/>`,
    output === undefined ? undefined : `      <system-out>${escaped(output)}</system-out>`,
  ].filter(part => part !== undefined)
  const head = `    <testcase classname="${escaped(className)}" name="${escaped(name)}"`
  return inner.length === 0 ? `${head}/>` : [`${head}>`, ...inner, '    </testcase>'].join('\n')
}

/** Control characters have no place in XML 1.0, not even escaped. */
const escaped = (text: string): string =>
  text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is to be left out.
    .replaceAll(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g, '')
    .replaceAll(/[&<>"']/g, sign => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' })[sign]!)
