// The parts of the page that are about a test as a whole (`millrace run`): its verdict, scenarios, checks, and k6's summary.
import { compared, verdictsText } from '../../comparison.ts'
import { countText, fixedText } from '../../format.ts'
import { metricText } from '../../metric-text.ts'
import { titleOfTest } from '../../test-title.ts'
import type { PageRun, PageTest } from '../model.ts'
import { verdictTones } from './blocks.ts'
import { badge, card, h, table, value } from './dom.ts'

export function testHead(test: PageTest, isLive: boolean): HTMLElement {
  const { verdict, reasons, scenarios, startedAt, durationSeconds, delivery, tags } = test
  const about = [
    `${scenarios.length} ${scenarios.length === 1 ? 'scenario' : 'scenarios'}`,
    `${startedAt.slice(0, 19).replace('T', ' ')} UTC`,
    `${fixedText(durationSeconds, 1)} s`,
    ...Object.entries(tags).map(([name, text]) => `${name}=${text}`),
  ]
  const notes = isLive ? [] : reasons
  const confirmed = Object.entries(delivery).map(([topic, { confirmed: isConfirmed, acked, brokerDelta }]) =>
    isConfirmed
      ? `✓ ${topic}: ${countText(acked)} records acknowledged, and in the topic`
      : `✗ ${topic}: ${countText(acked)} acknowledged, ${countText(brokerDelta)} more in the topic than before`,
  )
  const lines = notes.map(({ code, message, scenario }) =>
    h('li', {}, h('code', {}, code), ` ${scenario === undefined ? '' : `${scenario}: `}${message}`),
  )
  return h(
    'header',
    {},
    h(
      'div',
      { class: 'title' },
      h('h1', {}, titleOfTest(test)),
      isLive ? badge('running', 'live', 'verdict') : badge(verdict, verdictTones[verdict], 'verdict'),
    ),
    h('p', { class: 'about' }, about.join(' · ')),
    ...confirmed.map(text => h('p', { class: 'about' }, text)),
    lines.length === 0 ? undefined : h('ul', { class: 'notes' }, ...lines),
  )
}

/** A row each; what was measured as a run has its numbers, without differences: they are not the same thing twice. */
export function scenarios({ scenarios: all }: PageTest, runs: readonly PageRun[]): HTMLElement {
  // What the tables below have too is left to them.
  const numbers = compared(runs).filter(({ name }) => !name.includes('p99.9'))
  const counts = (['iterations', 'dropped', 'interrupted'] as const).filter(
    key => key === 'iterations' || all.some(scenario => scenario[key] > 0),
  )
  const heads = [
    ...['scenario', 'executor', 'what', 'verdict'].map(text => ({ text })),
    ...[...counts, ...numbers.map(({ name }) => name)].map(text => ({
      text,
      number: true,
    })),
  ]
  const rows = all.map((scenario, index) => {
    const { name, executor, lane, role, topic } = scenario
    const run = runs.findIndex(({ label }) => label === name)
    const count = (key: 'iterations' | 'dropped' | 'interrupted') => ({
      text: value(`scenarios.${index}.${key}`, countText(scenario[key])),
      number: true,
    })
    return [
      { text: name },
      { text: executor },
      { text: lane === 'scripted' ? 'script' : `${role} ${topic}` },
      { text: runs[run] === undefined ? '' : verdictsText(runs[run].result) },
      ...counts.map(count),
      ...numbers.map(({ path, values, text }) => {
        const number = values[run]
        const shown = number === undefined ? '–' : value(`scenarios.${index}.result.${path}`, text(number))
        return { text: shown, number: true }
      }),
    ]
  })
  return card('Scenarios', table(heads, rows))
}

export function checks({ checks: all = [] }: PageTest): HTMLElement | undefined {
  if (all.length === 0) return undefined
  const rows = all.map(({ name, passes, fails }, index) => [
    { text: h('span', { class: fails === 0 ? 'tick' : 'cross' }, fails === 0 ? '✓' : '✗') },
    { text: name },
    { text: value(`checks.${index}.passes`, countText(passes)), number: true },
    { text: value(`checks.${index}.fails`, countText(fails)), number: true },
  ])
  const heads = [{ text: '' }, { text: 'check' }, { text: 'held', number: true }, { text: 'did not', number: true }]
  return card('Checks', table(heads, rows))
}

/** As k6's summary has it. */
export const metrics = ({ metrics: all, summaryTimeUnit }: PageTest): HTMLElement =>
  card(
    'Metrics of the test',
    table(
      [{ text: 'metric' }, { text: 'as the summary has it' }],
      Object.entries(all).map(([name, metric]) => [
        { text: h('code', {}, name) },
        { text: metricText(metric, summaryTimeUnit) },
      ]),
    ),
  )
