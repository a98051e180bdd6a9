// What a user has beside a cluster: the agent, Prometheus with our rules, Alertmanager with our example configuration, and a webhook in
// the place of the user's telephone.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ruleFiles } from '../../alerts/render.ts'
import { readAlertSettings } from '../../alerts/settings.ts'
import { freePorts } from '../kafka/harness/places.ts'
import { answers, type Program, startProgram, until } from './programs.ts'

export interface Notice {
  readonly alert: string
  readonly labels: Readonly<Record<string, string>>
  readonly isFiring: boolean
  readonly atMs: number
}

export interface StackOptions {
  readonly bootstrap: string
  readonly dir: string
  readonly clusterName: string
  readonly agentFlags?: readonly string[]
  readonly scrapeInterval?: string
  /** As `millrace alerts render --thresholds` takes it. */
  readonly thresholds?: string
  /** Of the rules and of Alertmanager, for a test that has less time than a user. */
  readonly hurry?: (text: string) => string
}

export interface Stack {
  readonly notices: readonly Notice[]
  readonly agentUrl: string
  readonly prometheusUrl: string
  close(): Promise<void>
}

const root = fileURLToPath(new URL('../../', import.meta.url))
const startTimeoutMs = 30_000

export async function startStack(options: StackOptions): Promise<Stack> {
  const { dir, hurry = (text: string) => text } = options
  const [agentPort, prometheusPort, alertmanagerPort] = (await freePorts(3)) as [number, number, number]
  const programs: Program[] = []
  const notices: Notice[] = []
  const webhook = await startWebhook(notices)
  const close = async () => {
    for (const program of programs.reverse()) await program.end()
    await webhook.close()
  }
  const at = (port: number) => `127.0.0.1:${port}`
  const start = async (name: string, command: string, args: readonly string[], readyUrl: string) => {
    const program = startProgram(command, args, join(dir, `${name}.log`))
    programs.push(program)
    await until(`${name} is ready\n${program.output()}`, () => answers(readyUrl), startTimeoutMs)
  }
  try {
    writeAlertmanager(dir, webhook.url, hurry)
    writePrometheus(dir, options, at(agentPort), at(alertmanagerPort), hurry)
    await start(
      'alertmanager',
      'prometheus-alertmanager',
      [
        `--config.file=${dir}/alertmanager.yaml`,
        `--storage.path=${dir}/alertmanager`,
        `--web.listen-address=${at(alertmanagerPort)}`,
        '--cluster.listen-address=',
      ],
      `http://${at(alertmanagerPort)}/-/ready`,
    )
    const agentArgs = [
      join(root, 'cli/main.ts'),
      'agent',
      '--bootstrap',
      options.bootstrap,
      '--cluster-name',
      options.clusterName,
    ]
    await start(
      'agent',
      process.execPath,
      [...agentArgs, '--listen', at(agentPort), ...(options.agentFlags ?? [])],
      `http://${at(agentPort)}/readyz`,
    )
    await start(
      'prometheus',
      'prometheus',
      [
        `--config.file=${dir}/prometheus.yaml`,
        `--storage.tsdb.path=${dir}/prometheus`,
        `--web.listen-address=${at(prometheusPort)}`,
        '--log.level=warn',
      ],
      `http://${at(prometheusPort)}/-/ready`,
    )
  } catch (error) {
    await close()
    throw error
  }
  return { notices, agentUrl: `http://${at(agentPort)}`, prometheusUrl: `http://${at(prometheusPort)}`, close }
}

function writeAlertmanager(dir: string, webhookUrl: string, hurry: (text: string) => string): void {
  const text = readFileSync(join(root, 'alerts/alertmanager.yaml'), 'utf8')
  writeFileSync(join(dir, 'alertmanager.yaml'), hurry(text.replace(/url: .*/, `url: ${webhookUrl}`)))
}

function writePrometheus(
  dir: string,
  { thresholds = '', scrapeInterval = '10s' }: StackOptions,
  agent: string,
  alertmanager: string,
  hurry: (text: string) => string,
): void {
  const rules = join(dir, 'rules')
  mkdirSync(rules, { recursive: true })
  for (const [name, text] of ruleFiles(readAlertSettings(thresholds, 'thresholds.yaml')))
    writeFileSync(join(rules, name), hurry(text))
  writeFileSync(
    join(dir, 'prometheus.yaml'),
    `global: { scrape_interval: ${scrapeInterval} }
rule_files: ['${rules}/*.yaml']
scrape_configs:
  - job_name: millrace
    static_configs: [{ targets: ['${agent}'] }]
alerting:
  alertmanagers:
    - static_configs: [{ targets: ['${alertmanager}'] }]
`,
  )
}

interface AlertmanagerMessage {
  readonly alerts: readonly { readonly status: 'firing' | 'resolved'; readonly labels: Record<string, string> }[]
}

/** Each change of each alert once, at the moment at which it came. */
async function startWebhook(notices: Notice[]) {
  const known = new Map<string, boolean>()
  const server = createServer(async (request, response) => {
    const atMs = Date.now()
    let text = ''
    for await (const chunk of request) text += chunk
    response.end()
    for (const { status, labels } of (JSON.parse(text) as AlertmanagerMessage).alerts) {
      const { alertname: alert = '', ...rest } = labels
      const key = JSON.stringify(labels)
      const isFiring = status === 'firing'
      if ((known.get(key) ?? false) === isFiring) continue
      known.set(key, isFiring)
      notices.push({ alert, labels: rest, isFiring, atMs })
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/alerts`,
    close: () =>
      new Promise<void>(resolve => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
