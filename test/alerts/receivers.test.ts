// Shows that alerts/alertmanager.receivers.yaml can be used as it is: Alertmanager takes it, each severity goes where the file says, its texts
// are what somebody would want to read, and it inhibits what the configuration does that is shipped. Method: amtool over the committed file.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { areas } from '../../alerts/areas.ts'
import { describeClient, reasonWithout } from '../broker/clients/describe-client.ts'
import { documentOf, root } from '../deploy/manifests.ts'
import { runCommand } from '../kafka/harness/tools.ts'

const path = 'alerts/alertmanager.receivers.yaml'

interface Config {
  readonly inhibit_rules: unknown
  readonly receivers: readonly {
    readonly slack_configs?: readonly Readonly<Record<string, string>>[]
    readonly pagerduty_configs?: readonly Readonly<Record<string, string>>[]
  }[]
}
const config = documentOf<Config>(path)

const severities = [...new Set(areas.flatMap(({ alerts }) => alerts.map(({ severity }) => severity)))].sort()

/** As Alertmanager hands it to templates. */
function dataOf(status: string, count: number) {
  const labels = { alertname: 'MillraceBrokerDown', cluster: 'prod', severity: 'critical' }
  const annotations = { impact: 'Its partitions are led by others.', runbook_url: 'https://r/MillraceBrokerDown.md' }
  const alerts = Array.from({ length: count }, (_, at) => ({
    status,
    labels: { ...labels, broker: `${at + 1}` },
    annotations: { ...annotations, summary: `Broker ${at + 1} does not answer` },
  }))
  return { status, alerts, groupLabels: {}, commonLabels: labels, commonAnnotations: annotations }
}

it('inhibits what the shipped one does', () =>
  expect(config.inhibit_rules).toEqual(documentOf<Config>('alerts/alertmanager.yaml').inhibit_rules))

describeClient('amtool', reasonWithout('amtool', '--version', 'prometheus-alertmanager'), () => {
  const amtool = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await runCommand('amtool', args)
    expect(code, stdout + stderr).toBe(0)
    return stdout
  }

  it('is taken', () => amtool('check-config', join(root, path)))

  it('so is what docs/alerts.md shows of it', async () => {
    const page = readFileSync(join(root, 'docs/alerts.md'), 'utf8')
    const [, shown = ''] = /```yaml\n(route:[\s\S]*?)```/.exec(page) ?? []
    const dir = mkdtempSync(join(tmpdir(), 'millrace-receivers-'))
    try {
      writeFileSync(join(dir, 'shown.yaml'), shown)
      expect(await amtool('check-config', join(dir, 'shown.yaml'))).toContain('3 receivers')
    } finally {
      rmSync(dir, { recursive: true })
    }
  })

  it('sends each severity where it says', async () => {
    const routes = async (severity: string) =>
      (await amtool('config', 'routes', 'test', `--config.file=${join(root, path)}`, `severity=${severity}`)).trim()
    expect(await Promise.all(severities.map(routes))).toEqual(['pager,chat', 'webhook', 'chat'])
    expect(severities).toEqual(['critical', 'info', 'warning'])
  })

  it('says what is the matter, with whom, and where to read on', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'millrace-receivers-'))
    const file = join(dir, 'data.json')
    const [chat, pager] = [config.receivers[0]!.slack_configs![0]!, config.receivers[1]!.pagerduty_configs![0]!]
    const said = async (template: string | undefined, status: string, count: number) => {
      writeFileSync(file, JSON.stringify(dataOf(status, count)))
      const flags = [`--template.glob=${join(dir, '*.tmpl')}`, `--template.data=${file}`]
      return (await amtool('template', 'render', ...flags, `--template.text=${template}`)).trim()
    }
    try {
      writeFileSync(join(dir, 'none.tmpl'), '')
      expect(await said(chat.title, 'firing', 2)).toBe('FIRING MillraceBrokerDown prod')
      expect(await said(chat.title_link, 'firing', 2)).toBe('https://r/MillraceBrokerDown.md')
      expect(await said(chat.color, 'firing', 1)).toBe('danger')
      expect(await said(chat.color, 'resolved', 1)).toBe('good')
      expect((await said(chat.text, 'firing', 2)).split('\n')).toEqual([
        'firing: Broker 1 does not answer. Its partitions are led by others.',
        'firing: Broker 2 does not answer. Its partitions are led by others.',
      ])
      expect(await said(pager.description, 'firing', 1)).toBe('prod: Broker 1 does not answer')
      expect(await said(pager.description, 'firing', 3)).toBe('prod: Broker 1 does not answer (and 2 more)')
      expect(await said(pager.severity, 'firing', 1)).toBe('critical')
    } finally {
      rmSync(dir, { recursive: true })
    }
  })
})
