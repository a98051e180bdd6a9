// A test for a page of a job: its verdict, thresholds and scenarios first, what the scenarios were like folded away.
import type { TestResult } from '../test/result.ts'
import { compared, type LabelledResult, verdictsText } from './comparison.ts'
import { countText, fixedText } from './format.ts'
import { details, latencyText, marks, reasonsText, settingsText, table, thresholdsText } from './markdown.ts'
import { metricText, percentText } from './metric-text.ts'
import { titleOfTest } from './test-title.ts'

export function markdownOfTest(test: TestResult, results: readonly LabelledResult[]): string {
  const { verdict, reasons, durationSeconds, scenarios } = test
  const told = reasons.map(({ code, message, scenario }) => ({
    code,
    message: scenario === undefined ? message : `${scenario}: ${message}`,
  }))
  const parts = [
    `## ${marks[verdict]} ${titleOfTest(test)}`,
    `**${verdict}** · ${scenarios.length} ${scenarios.length === 1 ? 'scenario' : 'scenarios'} · ${fixedText(durationSeconds, 1)} s`,
    reasonsText({ reasons: told }),
    thresholdsText(test),
    scenariosText(test, results),
    reasonsText({
      reasons: scenarios.flatMap(({ name, validity }) =>
        (validity?.reasons ?? []).map(({ code, message }) => ({ code, message: `${name}: ${message}` })),
      ),
    }),
    checksText(test),
    details(
      'Metrics of the test',
      table(
        ['', ''],
        Object.entries(test.metrics).map(([name, metric]) => [`\`${name}\``, metricText(metric, test.summaryTimeUnit)]),
      ),
    ),
    ...results.map(({ label, result }) =>
      [
        `### ${label}`,
        reasonsText({ reasons: [], validity: result.validity }),
        latencyText(result),
        settingsText(result),
      ]
        .filter(part => part !== '')
        .join('\n\n'),
    ),
  ]
  return `${parts.filter(part => part !== '').join('\n\n')}\n`
}

function scenariosText({ scenarios, delivery }: TestResult, results: readonly LabelledResult[]): string {
  const numbers = compared(results)
  const rows = scenarios.map(({ name, executor, lane, role, topic, iterations, dropped, result }) => {
    const run = results.findIndex(({ label }) => label === name)
    return [
      name,
      executor,
      lane === 'scripted' ? 'script' : `${role} \`${topic}\``,
      countText(iterations),
      countText(dropped),
      ...numbers.map(({ values, text }) => (values[run] === undefined ? '' : text(values[run]))),
      result === undefined ? '' : verdictsText(result),
    ]
  })
  const heads = ['scenario', 'executor', 'what', 'iterations', 'dropped', ...numbers.map(({ name }) => name), 'verdict']
  const confirmed = Object.entries(delivery).map(([topic, { confirmed: isConfirmed, acked, brokerDelta }]) =>
    isConfirmed
      ? `delivery to \`${topic}\` confirmed by the brokers`
      : `**delivery to \`${topic}\` NOT confirmed: ${countText(acked)} acknowledged, ${countText(brokerDelta)} more in the topic**`,
  )
  return [table(heads, rows), confirmed.join(' · ')].filter(part => part !== '').join('\n\n')
}

function checksText({ checks = [] }: TestResult): string {
  if (checks.length === 0) return ''
  const rows = checks.map(({ name, passes, fails }) => [
    fails === 0 ? '✅' : '❌',
    name,
    percentText(passes / Math.max(1, passes + fails)),
    countText(passes),
    countText(fails),
  ])
  return table(['', 'check', 'held', 'passes', 'fails'], rows)
}
