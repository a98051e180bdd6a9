// What Prometheus and Alertmanager read: our rules, and who is scraped.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { alertmanagerConfig } from '../../alerts/alertmanager.ts'
import { ruleFiles } from '../../alerts/render.ts'
import type { AlertSettings } from '../../alerts/settings.ts'

export interface StackFiles {
  readonly dir: string
  /** host:port of each page by the name of its job. */
  readonly targets: Readonly<Record<string, string>>
  readonly scrapeInterval: string
  readonly alerts: AlertSettings
  readonly alertmanager?: { readonly target: string; readonly webhookUrl: string }
  /** Of the rules and of Alertmanager, for a test that has less time than a user. */
  readonly hurry?: (text: string) => string
}

/** prometheus.yml, rules/ and, where there is an Alertmanager, alertmanager.yml. */
export function writeStackFiles(files: StackFiles): void {
  const { dir, alerts, alertmanager, hurry = (text: string) => text } = files
  const rules = join(dir, 'rules')
  mkdirSync(rules, { recursive: true })
  for (const [name, text] of ruleFiles(alerts)) writeFileSync(join(rules, name), hurry(text))
  writeFileSync(join(dir, 'prometheus.yml'), prometheusConfig(files))
  if (alertmanager !== undefined)
    writeFileSync(join(dir, 'alertmanager.yml'), hurry(alertmanagerConfig(alertmanager.webhookUrl)))
}

function prometheusConfig({ targets, scrapeInterval, alertmanager }: StackFiles): string {
  const jobs = Object.entries(targets).map(
    ([name, target]) => `  - job_name: ${name}\n    static_configs: [{ targets: ['${target}'] }]\n`,
  )
  // A path that is not absolute is one beside this file.
  const head = `global: { scrape_interval: ${scrapeInterval} }\nrule_files: ['rules/*.yaml']\nscrape_configs:\n${jobs.join('')}`
  if (alertmanager === undefined) return head
  return `${head}alerting:\n  alertmanagers:\n    - static_configs: [{ targets: ['${alertmanager.target}'] }]\n`
}
