// Shows that the rules are sound: Prometheus takes them, they name catalogued metrics only, each alert has its three cases in alerts/tests/
// and a page in docs/runbooks/, and the cases hold. Method: promtool over the committed files.
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { alertNames, areas } from '../../alerts/areas.ts'
import { groupsOf } from '../../alerts/render.ts'
import { settingsDefault } from '../../alerts/settings.ts'
import { readYaml } from '../../core/yaml-document.ts'
import { catalog } from '../../metrics/catalog.ts'
import { describeClient, reasonWithout } from '../broker/clients/describe-client.ts'
import { namesIn } from '../dashboards/promql.ts'
import { runCommand } from '../kafka/harness/tools.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const areaNames = areas.map(({ name }) => name)
const rules = areas.flatMap(area => groupsOf(area, settingsDefault).flatMap(group => group.rules))

describe('the rules', () => {
  it('name only metrics of the catalog and their labels, and what they have recorded themselves', () => {
    const labelsOf = new Map<string, readonly string[]>(catalog.map(({ name, labels }) => [name, [...labels, 'le']]))
    for (const rule of rules) if ('record' in rule) labelsOf.set(rule.record, ['cluster', 'group'])
    expect(rules.length).toBeGreaterThan(30)
    for (const { expr } of rules) {
      const { errors, series, grouping } = namesIn(expr)
      expect([expr, errors]).toEqual([expr, []])
      expect(series).not.toEqual([])
      const known = series.flatMap(({ metric }) => labelsOf.get(metric.replace(/_bucket$/, '')) ?? [])
      for (const { metric, labels } of series) {
        const own = labelsOf.get(metric.replace(/_bucket$/, ''))
        expect([expr, metric, own === undefined]).toEqual([expr, metric, false])
        expect([expr, metric, labels.filter(label => !own!.includes(label))]).toEqual([expr, metric, []])
      }
      expect([expr, grouping.filter(label => !known.includes(label))]).toEqual([expr, []])
    }
  })

  it.each(alertNames)(
    '%s has a page that says what it means, what comes of it, how to find the cause, and what to do',
    name => {
      const path = `docs/runbooks/${name}.md`
      expect(existsSync(join(root, path)), path).toBe(true)
      const page = read(path)
      expect(page.startsWith(`# ${name}\n`)).toBe(true)
      for (const part of ['## Meaning', '## Impact', '## Diagnosis', '## Fix']) expect(page).toContain(`\n${part}\n`)
      expect(page.slice(page.indexOf('## Diagnosis'))).toContain('```')
    },
  )
})

interface Case {
  readonly name: string
  readonly promql_expr_test: readonly { readonly exp_samples?: readonly { readonly labels: string }[] }[]
}

/** Those that take minutes in a file of their own, which promtool evaluates less often. */
const filesOf = (area: string) => globSync(`alerts/tests/${area}{,-slow}.test.yaml`, { cwd: root })

const casesOf = (area: string) =>
  filesOf(area).flatMap(path => (readYaml(read(path), path).value as { tests: readonly Case[] }).tests)

describe('the cases', () => {
  it.each(areas.flatMap(({ name: area, alerts }) => alerts.map(({ name }) => ({ area, name }))))(
    '$name is shown to fire, to resolve, and not to fire',
    ({ area, name }) => {
      const firing = (each: Case) =>
        each.promql_expr_test.map(({ exp_samples = [] }) =>
          exp_samples.some(({ labels }) => labels.includes(`"${name}"`)),
        )
      const own = casesOf(area).filter(each => each.name.startsWith(`${name} `))
      const loud = own.filter(each => / fires\b.*\bresolves$/.test(each.name)).map(firing)
      expect(loud.length).toBeGreaterThan(0)
      for (const seen of loud) expect([seen[0], seen.includes(true), seen.at(-1)]).toEqual([false, true, false])
      const quiet = own.filter(each => / does not fire: /.test(each.name)).map(firing)
      expect(quiet.length).toBeGreaterThan(0)
      for (const seen of quiet) expect(seen).not.toContain(true)
    },
  )
})

describeClient('promtool', reasonWithout('promtool', '--version', 'prometheus'), () => {
  it('takes the rules', async () => {
    const files = areaNames.map(area => join(root, `alerts/${area}.rules.yaml`))
    const { code, stdout, stderr } = await runCommand('promtool', [
      'check',
      'rules',
      '--lint=all',
      '--lint-fatal',
      ...files,
    ])
    expect(code, stdout + stderr).toBe(0)
  })

  it.each(areaNames)('%s: all cases hold', async area => {
    const { code, stdout, stderr } = await runCommand('promtool', ['test', 'rules', ...filesOf(area)], { cwd: root })
    expect(code, stdout + stderr).toBe(0)
  })
})
