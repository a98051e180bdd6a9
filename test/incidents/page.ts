// docs/incidents.md: what was measured, as a table.
import type { Outcome } from './incident.ts'

const head = (version: string) => `# Incidents

What arrives at a webhook, and when, after something was broken on purpose: three brokers of Apache Kafka ${version}, \`millrace agent\`, Prometheus
(scrapes every 10 s) and Alertmanager ([alerts/alertmanager.yaml](../alerts/alertmanager.yaml)) on one machine, everything at its defaults
unless the table says so. Measured once, by \`npm run test:incidents -- --write\`; seconds from the moment at which it was broken to the
call of the webhook, and from the moment at which it was repaired to the call that says so. Warnings wait 30 s in
Alertmanager (\`group_wait\`), critical ones not at all. An alert that no incident explains fails the run.

`

export function incidentsPage(outcomes: readonly Outcome[], version: string): string {
  const rows = outcomes.flatMap(({ incident, detected, resolvedAfterSec }) =>
    detected.map(({ wanted, afterSec }, at) =>
      [
        at === 0 ? incident.title : '',
        `[${wanted.alert}](runbooks/${wanted.alert}.md)`,
        afterSec === undefined ? 'did not come' : `${afterSec.toFixed(0)} s`,
        `${wanted.withinSec} s`,
        at > 0 ? '' : resolvedAfterSec === undefined ? 'no' : `${resolvedAfterSec.toFixed(0)} s`,
        at === 0 ? (incident.note ?? '') : '',
      ].join(' | '),
    ),
  )
  return `${head(version)}| incident | alert | told after | must be within | resolved after | not as shipped |
| --- | --- | --- | --- | --- | --- |
${rows.map(row => `| ${row} |`).join('\n')}
`
}
