// Shows that overrides leave no two alerts of equal labels: of all rules of one name each has labels of its own, each series is told by
// one of them, that of the first override that fits, and Prometheus does so. Method: every alert with every way to pick its series, read
// back from the expressions; then promtool for the alerts that say less than their series.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { areas } from '../../alerts/areas.ts'
import { groupsOf, type Rule, ruleFiles } from '../../alerts/render.ts'
import { type Alert, promDuration } from '../../alerts/rule.ts'
import { runbooksDefault } from '../../alerts/runbooks.ts'
import { type AlertSettings, type Override, readAlertSettings, settingsDefault } from '../../alerts/settings.ts'
import { type Thresholds, thresholdDefaults } from '../../alerts/thresholds.ts'
import { catalog } from '../../metrics/catalog.ts'
import { describeClient, reasonWithout } from '../broker/clients/describe-client.ts'
import { alternativesOf } from '../dashboards/promql.ts'
import { runCommand } from '../kafka/harness/tools.ts'

const alerts = areas.flatMap(area => area.alerts.map(alert => ({ area, alert, name: alert.name })))

type Labels = Readonly<Record<string, string>>

/** All values of all labels that there are. */
const seriesOf = (labels: readonly string[]): Labels[] =>
  labels.reduce<Labels[]>(
    (all, label) => all.flatMap(each => ['x', 'y', 'z'].map(v => ({ ...each, [label]: v }))),
    [{}],
  )

const subsetsOf = (labels: readonly string[]) =>
  Array.from({ length: 2 ** labels.length - 1 }, (_, at) => labels.filter((_label, bit) => ((at + 1) >> bit) % 2 === 1))

const timeOf = (alert: Alert, own?: Override['thresholds']) => {
  const seconds = alert.for?.({ ...thresholdDefaults, ...own })
  return seconds === undefined || seconds === 0 ? undefined : promDuration(seconds)
}

/** Every number is another one, so that each alert with a threshold is another one too. */
const all = (factor: number): Thresholds =>
  Object.fromEntries(
    Object.entries(thresholdDefaults).map(([name, value]) => [
      name,
      typeof value === 'number' ? value * factor + factor : value,
    ]),
  ) as unknown as Thresholds

const override = (labels: readonly string[], value: string, factor: number, off: readonly string[] = []): Override => ({
  match: Object.fromEntries(labels.map(label => [label, value])),
  thresholds: all(factor),
  off: new Set(off),
})

/** One, two of equal and of different times, wide before narrow and the other way round, the same twice, and off. */
function overridesOf({ labels, name }: Alert): (readonly Override[])[] {
  return subsetsOf(labels).flatMap(picked => {
    const [first, other] = [override(picked, 'x', 2), override(picked, 'y', 2)]
    const reversed = override([...picked].reverse(), 'x', 3)
    const wide = override(picked.slice(0, 1), 'x', 4)
    const off = override(picked, 'x', 2, [name])
    const any = override(picked, 'x|y', 5)
    return [
      [first],
      [first, other],
      [first, reversed],
      [first, wide],
      [wide, first],
      [off],
      [off, any, wide],
      [any, other, off],
    ]
  })
}

const fits = ({ match }: Override, series: Labels) =>
  Object.entries(match).every(([label, pattern]) => new RegExp(`^(?:${pattern})$`).test(series[label]!))

/** Whether a selector of the expression takes a series: by the patterns of the test, not by those of the alert itself. */
function selectorOf(expr: string): (series: Labels) => boolean {
  const selectors = [...expr.matchAll(/\{([^{}]*)\}/g)].map(([, inside = '']) =>
    [...inside.matchAll(/(\w+)(=~|!~)"(x|y|x\|y)"/g)].map(([, label = '', how = '', pattern = '']) => {
      const values = pattern.split('|')
      return (series: Labels) => values.includes(series[label]!) === (how === '=~')
    }),
  )
  const narrowed = selectors.filter(each => each.length > 0)
  return series => narrowed.length === 0 || narrowed.some(each => each.every(isFit => isFit(series)))
}

const rulesOf = ({ area, name }: (typeof alerts)[number], settings: AlertSettings) =>
  groupsOf(area, settings).flatMap(({ rules }) =>
    rules.flatMap((rule: Rule) => ('alert' in rule && rule.alert === name ? [rule] : [])),
  )

/** What `or` joins in the expressions, but for what has no labels. */
const alternativesIn = (rules: ReturnType<typeof rulesOf>, { unlabelled }: Alert) =>
  rules.flatMap(rule =>
    alternativesOf(rule.expr)
      .filter(expr => expr !== unlabelled?.trim())
      .map(expr => ({ for: rule.for, takes: selectorOf(expr) })),
  )

describe('alerts with overrides', () => {
  it('the label that tells rules apart is no label of a series', () =>
    expect(catalog.flatMap(({ labels }) => labels)).not.toContain('override'))

  it.each(alerts)(
    '$name: equal labels come from one rule, and a series is told by the first override that fits',
    entry => {
      const { alert, name } = entry
      const usual = rulesOf(entry, settingsDefault)
      const isTuned =
        JSON.stringify(rulesOf(entry, { ...settingsDefault, thresholds: all(2) })) !== JSON.stringify(usual)
      expect(usual.map(({ labels }) => labels)).toEqual([{ severity: alert.severity }])
      const ways = alternativesIn(usual, alert).length
      for (const overrides of overridesOf(alert)) {
        const rules = rulesOf(entry, { ...settingsDefault, overrides })
        const picked = overrides.map(({ match }) => match)
        expect([picked, new Set(rules.map(rule => JSON.stringify(rule.labels))).size]).toEqual([picked, rules.length])
        const alternatives = alternativesIn(rules, alert)
        const told = (series: Labels) => alternatives.filter(({ takes }) => takes(series)).map(each => each.for)
        const should = (series: Labels) => {
          const first = overrides.find(each => fits(each, series) && (isTuned || each.off.has(name)))
          return first?.off.has(name) === true ? [] : Array<unknown>(ways).fill(timeOf(alert, first?.thresholds))
        }
        const all = seriesOf(alert.labels)
        const toldOf = (of: typeof told | typeof should) => all.map(series => `${Object.values(series)}: ${of(series)}`)
        expect([picked, ...toldOf(told)]).toEqual([picked, ...toldOf(should)])
        if (alert.unlabelled !== undefined)
          expect(rules.filter(({ expr }) => expr.includes(alert.unlabelled!.trim()))).toHaveLength(1)
      }
    },
  )
})

const promtoolOf = (area: string, settings: string, cases: string) => async () => {
  const dir = mkdtempSync(join(tmpdir(), 'millrace-overrides-'))
  try {
    writeFileSync(join(dir, 'rules.yaml'), ruleFiles(readAlertSettings(settings, 'my.yaml')).get(`${area}.rules.yaml`)!)
    writeFileSync(join(dir, 'test.yaml'), `rule_files: [rules.yaml]\nevaluation_interval: 5s\n${cases}`)
    const lint = await runCommand('promtool', ['check', 'rules', '--lint=all', '--lint-fatal', join(dir, 'rules.yaml')])
    expect(lint.code, lint.stdout + lint.stderr).toBe(0)
    const { code, stdout, stderr } = await runCommand('promtool', ['test', 'rules', join(dir, 'test.yaml')])
    expect(code, stdout + stderr).toBe(0)
  } finally {
    rmSync(dir, { recursive: true })
  }
}

/** What is firing at a moment, as labels of samples of 1. */
const at = (
  time: string,
  by: string,
  ...samples: string[]
) => `      - expr: count by (${by}) (ALERTS{alertstate="firing"})
        eval_time: ${time}
        exp_samples: [${samples.map(each => `{ labels: '{${each}}', value: 1 }`).join(', ')}]
`

describeClient('promtool', reasonWithout('promtool', '--version', 'prometheus'), () => {
  const leaderless = (topic: string, values: string) =>
    `      - { series: 'millrace_topic_offline_partitions{cluster="c",topic="${topic}"}', values: '${values}' }\n`
  const [usual, tests, dev] = [
    'cluster="c"',
    'cluster="c", override="topic=~test-.*"',
    'cluster="c", override="topic=~dev-.*"',
  ]

  const said = (
    count: string,
    override: string,
  ) => `          - exp_labels: { cluster: c, severity: critical${override === '' ? '' : `, override: '${override}'`} }
            exp_annotations:
              summary: '${count} partitions of c have no leader${override === '' ? '' : ` (${override})`}'
              impact: Nobody can write to them or read from them.
              runbook_url: '${runbooksDefault}MillraceOfflinePartitions.md'
`

  it(
    'an alert by cluster tells the topics of each override by themselves, each for its own time',
    promtoolOf(
      'topics',
      `overrides:
  - { match: { topic: 'test-.*' }, thresholds: { offline-for: 10m } }
  - { match: { topic: 'dev-.*' }, thresholds: { offline-for: 10m } }`,
      `tests:
  - interval: 10s
    input_series:
${leaderless('orders', '2x120 0x180')}${leaderless('test-1', '1x240 0x60')}${leaderless('dev-1', '0x60 3x240')}    alert_rule_test:
      - eval_time: 12m
        alertname: MillraceOfflinePartitions
        exp_alerts:
${said('2', '')}${said('1', 'topic=~test-.*')}    promql_expr_test:
${at('5m', 'cluster, override', usual)}${at('12m', 'cluster, override', usual, tests)}${at('19m', 'cluster, override', usual, tests)}${at('22m', 'cluster, override', tests, dev)}${at('42m', 'cluster, override', dev)}`,
    ),
  )

  it(
    'that no agent is there is told once, however long one may be away from some clusters',
    promtoolOf(
      'agent',
      'overrides: [{ match: { cluster: dev }, thresholds: { agent-down-for: 10m } }, { match: { cluster: lab }, off: [MillraceAgentDown] }]',
      `tests:
  - interval: 10s
    input_series: []
    promql_expr_test:
${at('30s', 'cluster, override')}${at('2m', 'cluster, override', '')}${at('20m', 'cluster, override', '')}  - interval: 10s
    input_series:
      - { series: 'millrace_agent_info{instance="a"}', values: '1x30' }
      - { series: 'millrace_collector_cycles_total{instance="a",cluster="prod",collector="brokers",outcome="success"}', values: '1x30' }
      - { series: 'millrace_collector_cycles_total{instance="a",cluster="dev",collector="brokers",outcome="success"}', values: '1x30' }
      - { series: 'millrace_collector_cycles_total{instance="a",cluster="lab",collector="brokers",outcome="success"}', values: '1x30' }
    promql_expr_test:
${at('5m', 'cluster, override')}${at('12m', 'cluster, override', 'cluster="prod"')}${at('25m', 'cluster, override', 'cluster="prod"', 'cluster="dev", override="cluster=~dev"')}`,
    ),
  )
})
