// docs/incidents.md: what was measured, as a table.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { formatted } from '../../scripts/page.ts'
import type { Outcome } from './incident.ts'

interface Measured {
  readonly title: string
  readonly note: string
  readonly resolvedAfterSec: number | undefined
  readonly alerts: readonly {
    readonly alert: string
    readonly withinSec: number
    readonly afterSec: number | undefined
  }[]
}

const root = new URL('../../', import.meta.url)
const dataPath = 'test/incidents/measured.json'
const pagePath = 'docs/incidents.md'

/** Rows of incidents that were not played this time stay as they were. They come in the order of the titles. */
export function writeMeasured(outcomes: readonly Outcome[], version: string, titles: readonly string[]): void {
  const before: Measured[] = existsSync(new URL(dataPath, root))
    ? JSON.parse(readFileSync(new URL(dataPath, root), 'utf8'))
    : []
  const rows = new Map(before.map(row => [row.title, row]))
  for (const { incident, detected, resolvedAfterSec } of outcomes) {
    const alerts = detected.map(({ wanted, afterSec }) => ({
      alert: wanted.alert,
      withinSec: wanted.withinSec,
      afterSec: rounded(afterSec),
    }))
    rows.set(incident.title, {
      title: incident.title,
      note: incident.note ?? '',
      resolvedAfterSec: rounded(resolvedAfterSec),
      alerts,
    })
  }
  const known = titles.flatMap(title => rows.get(title) ?? [])
  writeWhole(dataPath, `${JSON.stringify(known, undefined, 2)}\n`)
  writeWhole(pagePath, pageOf(known, version))
}

/** All of it or nothing, whenever the process ends. */
function writeWhole(path: string, text: string): void {
  const beside = new URL(`${path}.new`, root)
  writeFileSync(beside, formatted(path, text))
  renameSync(beside, new URL(path, root))
}

const rounded = (seconds: number | undefined) => (seconds === undefined ? undefined : Math.round(seconds))

const head = (version: string) => `# Incidents

What arrives at a webhook, and when, after something was broken on purpose: three brokers of Apache Kafka ${version}, \`millrace agent\`, Prometheus
(scrapes every 10 s) and Alertmanager ([alerts/alertmanager.yaml](../alerts/alertmanager.yaml)) on one machine, everything at its defaults
unless the table says so. Measured once, by \`npm run test:incidents -- --write\`; seconds from the moment at which it was broken to the
call of the webhook, and from the moment at which it was repaired to the call that says so (a broker that was killed has to start
again first). The machine had two cores and was busy with other work. Warnings wait 30 s in
Alertmanager (\`group_wait\`), critical ones not at all. An alert that no incident explains fails the run.

`

function pageOf(measured: readonly Measured[], version: string): string {
  const rows = measured.flatMap(({ title, note, resolvedAfterSec, alerts }) =>
    alerts.map(({ alert, withinSec, afterSec }, at) => {
      const resolved = resolvedAfterSec === undefined ? 'no' : `${resolvedAfterSec} s`
      const told = [
        `[${alert}](runbooks/${alert}.md)`,
        afterSec === undefined ? 'did not come' : `${afterSec} s`,
        `${withinSec} s`,
      ]
      return [at === 0 ? title : '', ...told, at === 0 ? resolved : '', at === 0 ? note : ''].join(' | ')
    }),
  )
  return `${head(version)}| incident | alert | told after | must be within | resolved after | not as shipped |
| --- | --- | --- | --- | --- | --- |
${rows.map(row => `| ${row} |`).join('\n')}
`
}
