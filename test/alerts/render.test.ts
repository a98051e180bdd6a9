// Shows thresholds and overrides: what they make of an expression, that Prometheus then fires by them, and that every mistake in a file of
// them is told at its place.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { areas } from '../../alerts/areas.ts'
import { groupsOf, prometheusRule, ruleFiles } from '../../alerts/render.ts'
import { promDuration, usesThreshold } from '../../alerts/rule.ts'
import { runbooksOf } from '../../alerts/runbooks.ts'
import { readAlertSettings, settingsDefault } from '../../alerts/settings.ts'
import { thresholdNames } from '../../alerts/thresholds.ts'
import { thresholdsReference } from '../../alerts/thresholds-reference.ts'
import { isMillraceError } from '../../core/errors.ts'
import { readYaml } from '../../core/yaml-document.ts'
import { describeClient, reasonWithout } from '../broker/clients/describe-client.ts'
import { namesIn } from '../dashboards/promql.ts'
import { runCommand } from '../kafka/harness/tools.ts'

const rulesOf = (text: string, alert: string) =>
  areas
    .flatMap(area => groupsOf(area, readAlertSettings(text, 'my.yaml')))
    .flatMap(({ rules }) => rules.flatMap(rule => ('alert' in rule && rule.alert === alert ? [rule] : [])))

const exprOf = (text: string, alert: string) => rulesOf(text, alert)[0]?.expr ?? ''

function problemsOf(text: string): string {
  try {
    readAlertSettings(text, 'my.yaml')
    return ''
  } catch (error) {
    if (isMillraceError(error)) return error.message
    throw error
  }
}

const batch = `
thresholds: { lag-max: 10m }
overrides:
  - match: { group: 'batch-.*' }
    thresholds: { lag-max: 2h }
  - match: { group: canary, cluster: dev }
    off: [MillraceConsumerGroupLagGrowing]
`

describe('rules with thresholds of the user', () => {
  it('an empty file is the defaults', () => {
    expect(readAlertSettings('', 'my.yaml')).toEqual(settingsDefault)
    expect(readAlertSettings(thresholdsReference(), 'thresholds.yaml')).toEqual(settingsDefault)
  })

  it('an override is an expression of its own, and the rest leaves out what it is for', () => {
    const expr = exprOf(batch, 'MillraceConsumerGroupLagGrowing')
    expect(expr).toContain('millrace_consumer_group_lag_seconds{group!~"batch-.*", cluster!~"dev"}) > 600')
    expect(expr).toContain(
      'millrace_consumer_group_lag_seconds{group!~"batch-.*", cluster=~"dev", group!~"canary"}) > 600',
    )
    expect(expr).toContain('millrace_consumer_group_lag_seconds{group=~"batch-.*"}) > 7200')
    expect(expr).not.toContain('cluster=~"dev", group=~"canary"')
    expect(namesIn(expr).errors).toEqual([])
  })

  it('alerts that an override does not change, or whose labels it does not know, stay as they are', () => {
    for (const alert of ['MillraceConsumerGroupStopped', 'MillraceBrokerDown', 'MillraceAgentDown'])
      expect(rulesOf(batch, alert)).toEqual(rulesOf('', alert))
  })

  it('times that a state has to last differ by a rule of their own', () => {
    const text = "overrides: [{ match: { topic: 'test-.*' }, thresholds: { offline-for: 10m } }]"
    expect(rulesOf(text, 'MillraceOfflinePartitions').map(rule => rule.for)).toEqual(['15s', '10m'])
  })

  it('off: all of a cluster', () => {
    const text = 'overrides: [{ match: { cluster: dev }, off: all }]'
    expect(exprOf(text, 'MillraceBrokerDown')).toBe(
      'max by (cluster, broker) (millrace_broker_up{cluster!~"dev"}) == 0\n',
    )
  })

  it('runbooks are of the repository at the tag of this version, or of the package where none is named', () => {
    const at = (repository?: string | { url: string }) => runbooksOf({ version: '1.2.3', ...(repository !== undefined && { repository }) }) // biome-ignore format: one line
    const tagged = 'https://github.com/o/n/blob/v1.2.3/docs/runbooks/'
    expect([at('github:o/n'), at({ url: 'git+https://github.com/o/n.git' }), at('https://github.com/o/n')]).toEqual([tagged, tagged, tagged]) // biome-ignore format: one line
    for (const unknown of [at(), at('git@example.com:o/n.git')])
      expect(unknown).toBe('https://unpkg.com/millrace@1.2.3/docs/runbooks/')
    for (const rule of areas.flatMap(area => groupsOf(area, settingsDefault)).flatMap(({ rules }) => rules))
      if ('alert' in rule) expect(rule.annotations.runbook_url).toMatch(new RegExp(`^https://.+/docs/runbooks/${rule.alert}.md$`)) // biome-ignore format: one line
  })

  it('the runbooks are where they say', () => {
    const [rule] = rulesOf('runbooks: https://wiki.example/kafka', 'MillraceBrokerDown')
    expect(rule!.annotations.runbook_url).toBe('https://wiki.example/kafka/MillraceBrokerDown.md')
  })

  it('tells every mistake, with its place', () => {
    const text = `
runbooks: docs/runbooks
thresholds: { lag-max: 300, disk-free-min: 10, nothing: 1, elections-max: -1 }
overrides:
  - match: { grup: x }
    thresholds: { lag-max: 1h }
  - match: { group: '(' }
    off: [NoSuchAlert]
  - match: { broker: '1', group: g }
    thresholds: {}
`
    const problems = problemsOf(text)
    for (const part of [
      'my.yaml:2:1 runbooks: "docs/runbooks" is not the address of a folder',
      'my.yaml:3:15 thresholds.lag-max: "300" has no unit',
      'thresholds.disk-free-min: "10" is not a share',
      'thresholds.nothing: is not known here',
      'thresholds.elections-max: "-1" is not a whole number',
      'my.yaml:5:14 overrides[0].match.grup: is not known here',
      'overrides[1].match.group: "(" is not a regular expression',
      'overrides[1].off: there is no alert NoSuchAlert',
      'overrides[2].match: no alert has all of the labels broker, group',
    ])
      expect(problems).toContain(part)
  })

  it('tells what an override changes in vain, and whose labels would do', () => {
    const text = `
overrides:
  - match: { topic: x }
    thresholds: { lag-max: 1h, offline-for: 1m }
    off: [MillraceBrokerDown, MillraceOfflinePartitions]
  - match: { topic: x }
    off: all
`
    const group = 'MillraceConsumerGroupLagGrowing (cluster, group), MillraceConsumerGroupCatchUpSlow (cluster, group)'
    expect(problemsOf(text).split('\n').slice(1)).toEqual([
      `  my.yaml:4:19 overrides[0].thresholds.lag-max: reaches no alert by topic: match labels of ${group}`,
      '  my.yaml:5:5 overrides[0].off: reaches no alert by topic: match labels of MillraceBrokerDown (cluster, broker)',
    ])
  })

  it('every threshold is of an alert', () => {
    const all = areas.flatMap(({ alerts }) => alerts)
    expect(thresholdNames.filter(name => !all.some(alert => usesThreshold(alert, name)))).toEqual([])
  })

  it('the manifest has the groups of the files', () => {
    const manifest = readYaml(prometheusRule(settingsDefault), 'm').value as {
      kind: string
      spec: { groups: unknown[] }
    }
    const files = [...ruleFiles(settingsDefault)].map(
      ([name, text]) => readYaml(text, name).value as { groups: unknown[] },
    )
    expect(manifest.kind).toBe('PrometheusRule')
    expect(manifest.spec.groups).toEqual(files.flatMap(({ groups }) => groups))
  })

  it.each([
    [90, '1m30s'],
    [0, '0s'],
    [1.5, '1s500ms'],
    [86_400, '1d'],
  ])('%d s are %s', (seconds, text) => expect(promDuration(seconds)).toBe(text))
})

describeClient('promtool', reasonWithout('promtool', '--version', 'prometheus'), () => {
  it('fires by the threshold of the group, and not by that of others', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'millrace-alerts-'))
    try {
      const rules = ruleFiles(readAlertSettings(batch, 'my.yaml')).get('consumers.rules.yaml')!
      writeFileSync(join(dir, 'rules.yaml'), rules)
      const series = (name: string, labels: string, value: number) =>
        `      - { series: 'millrace_consumer_group_${name}{${labels}}', values: '${value}x40' }\n`
      const groups = [
        'cluster="c",group="plain"',
        'cluster="c",group="batch-1"',
        'cluster="dev",group="canary"',
        'cluster="c",group="canary"',
      ]
      const inputs = groups.flatMap(labels => [
        series('lag_seconds', labels, 900),
        series('drained_offsets_per_second', labels, -1),
      ])
      const expected = ['cluster="c", group="plain"', 'cluster="c", group="canary"']
      const samples = expected.map(labels => `          - { labels: '{${labels}}', value: 1 }\n`)
      writeFileSync(
        join(dir, 'test.yaml'),
        `rule_files: [rules.yaml]\nevaluation_interval: 30s\ntests:\n  - interval: 10s\n    input_series:\n${inputs.join('')}    promql_expr_test:\n      - expr: group by (cluster, group) (ALERTS{alertstate="firing"})\n        eval_time: 5m\n        exp_samples:\n${samples.join('')}`,
      )
      const { code, stdout, stderr } = await runCommand('promtool', ['test', 'rules', join(dir, 'test.yaml')])
      expect(code, stdout + stderr).toBe(0)
    } finally {
      rmSync(dir, { recursive: true })
    }
  })
})
