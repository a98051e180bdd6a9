// Shows that the compose file is one that Docker Compose takes, that what it mounts and refers to is there, and that Prometheus and
// Alertmanager take what they are given. Nothing is started. Method: the schema of the Compose specification, promtool and amtool over the
// files as they are mounted.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { describeClient, reasonWithout } from '../broker/clients/describe-client.ts'
import { jmxExporterVersion } from '../kafka/harness/install.ts'
import { runCommand } from '../kafka/harness/tools.ts'
import {
  compose,
  composeErrors,
  composeFolder,
  documentOf,
  imageVariables,
  mountsOf,
  packageJson,
  root,
} from './manifests.ts'

const folder = composeFolder
const services = Object.entries(compose.services).map(([name, service]) => ({ name, service }))

/** The folder that a service sees at this path. */
const mounted = (name: string, target: string): string =>
  mountsOf(compose.services[name]!).find(mount => mount.target === target)!.path!

describe('the compose file', () => {
  it('is of the Compose specification', () => {
    expect(composeErrors(compose)).toEqual([])
    const { agent } = compose.services
    const wrong = { ...compose, services: { agent: { ...agent, volume: [], healthcheck: { interval: 7 } } } }
    expect(composeErrors(wrong)).toEqual(
      expect.arrayContaining(['/services/agent has no volume', expect.stringMatching(/healthcheck\/interval must be/)]),
    )
  })

  it('has what was promised, each image by its version', () => {
    expect(services.map(({ name }) => name)).toEqual([
      'kafka',
      'agent',
      'prometheus',
      'alertmanager',
      'grafana',
      'load',
    ])
    for (const { service } of services) expect(service.image).toMatch(/:v?\d+\.\d+\.\d+$/)
    for (const name of ['agent', 'load']) expect(compose.services[name]!.image).toBe(`millrace:${packageJson.version}`)
    expect(services.filter(({ service }) => service.profiles !== undefined).map(({ name }) => name)).toEqual(['load'])
  })

  it('mounts what there is, waits for services that there are, and is heard on loopback alone', () => {
    for (const { service } of services) {
      for (const { path, volume } of mountsOf(service))
        expect(path === undefined ? volume in compose.volumes : existsSync(join(root, path)), volume).toBe(true)
      const { depends_on: needed = [] } = service
      for (const other of Array.isArray(needed) ? needed : Object.keys(needed))
        expect(compose.services).toHaveProperty(other)
      for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:(\d+):\1$/)
    }
    const { context, dockerfile = '' } = compose.services.agent!.build!
    expect(join(root, folder, context, '.')).toBe(join(root, '.'))
    expect(existsSync(join(root, folder, context, dockerfile))).toBe(true)
  })
})

interface Scrape {
  readonly job_name: string
  readonly static_configs?: readonly { readonly targets: readonly string[] }[]
  readonly dns_sd_configs?: readonly { readonly names: readonly string[]; readonly port: number }[]
}

interface PrometheusConfig {
  readonly global: { readonly scrape_interval: string }
  readonly scrape_configs: readonly Scrape[]
  readonly alerting: { readonly alertmanagers: readonly Scrape[] }
}

const prometheus = documentOf<PrometheusConfig>(`${folder}/prometheus.yml`)

const { kafka } = compose.services
const [, jar, port, config] = /^-javaagent:(.+)=(\d+):(.+)$/.exec(String(kafka!.environment!.KAFKA_OPTS))!
const jmx = { jar: jar!, port: port!, config: config! }

describe('what the services are given', () => {
  it('Kafka has the JMX exporter that the boards are tested with, and its tools do without', () => {
    const [from, add, ...more] = kafka!.build!.dockerfile_inline!.trimEnd().split('\n')
    expect(more).toEqual([])
    expect(from).toBe(`FROM apache/kafka:${kafka!.image.split(':')[1]}`)
    expect(add).toMatch(
      /^ADD --checksum=sha256:[0-9a-f]{64} --chmod=644 https:\/\/repo1\.maven\.org\/maven2\/io\/prometheus\/jmx\//,
    )
    expect(add).toContain(`/${jmxExporterVersion}/jmx_prometheus_javaagent-${jmxExporterVersion}.jar ${jmx.jar}`)
    expect(mounted('kafka', jmx.config)).toBe('deploy/jmx_exporter/kafka.yaml')
    expect(kafka!.healthcheck!.test!.slice(0, 3)).toEqual(['CMD', 'env', 'KAFKA_OPTS='])
  })

  it('Prometheus finds the agent, the load and Alertmanager', () => {
    const scraped = prometheus.scrape_configs.flatMap(({ static_configs: fixed = [], dns_sd_configs: named = [] }) => [
      ...fixed.flatMap(({ targets }) => targets),
      ...named.flatMap(({ names, port }) => names.map(name => `${name}:${port}`)),
    ])
    const [, agentPort] = imageVariables.MILLRACE_AGENT_LISTEN!.split(':')
    const loadFlag = compose.services.load!.command!.find(flag => flag.startsWith('--prometheus='))!
    expect(scraped).toEqual([
      `agent:${agentPort}`,
      `load:${loadFlag.split(':')[1]}`,
      `kafka:${jmx.port}`,
      'localhost:9090',
    ])
    const [manager] = prometheus.alerting.alertmanagers
    expect(manager!.static_configs).toEqual([{ targets: ['alertmanager:9093'] }])
  })

  it('Alertmanager has the routes and inhibit rules of alerts/alertmanager.yaml', () => {
    const { receivers, ...own } = documentOf<Record<string, unknown>>(`${folder}/alertmanager.yml`)
    const { receivers: _, ...shipped } = documentOf<Record<string, unknown>>('alerts/alertmanager.yaml')
    expect(own).toEqual(shipped)
    expect(receivers).toEqual([{ name: 'everything' }])
  })

  it('Grafana has the data source, with its scrape interval, and the boards', () => {
    interface Provisioned {
      readonly datasources: readonly {
        readonly type: string
        readonly url: string
        readonly jsonData: { readonly timeInterval?: string }
      }[]
      readonly providers: readonly { readonly options: { readonly path: string } }[]
    }
    const provisioning = mounted('grafana', '/etc/grafana/provisioning')
    const { datasources } = documentOf<Provisioned>(`${provisioning}/datasources/prometheus.yaml`)
    expect(datasources.map(({ type, url }) => `${type} ${url}`)).toEqual([
      'prometheus http://prometheus:9090',
      'alertmanager http://alertmanager:9093',
    ])
    expect(datasources[0]!.jsonData.timeInterval).toBe(prometheus.global.scrape_interval)
    const { providers } = documentOf<Provisioned>(`${provisioning}/dashboards/millrace.yaml`)
    const [{ options }] = providers as [Provisioned['providers'][number]]
    const boards = mounted('grafana', options.path)
    expect(readdirSync(join(root, boards))).toContain('consumer-lag.json')
    const home = String(compose.services.grafana!.environment!.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH)
    expect(home.startsWith(`${options.path}/`)).toBe(true)
    expect(existsSync(join(root, boards, home.slice(options.path.length)))).toBe(true)
  })
})

describeClient('promtool', reasonWithout('promtool', '--version', 'prometheus'), () => {
  it('takes the configuration, with all rules where they are mounted', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'millrace-compose-'))
    try {
      for (const { path, target } of mountsOf(compose.services.prometheus!)) {
        if (path === undefined) continue
        mkdirSync(dirname(join(dir, target)), { recursive: true })
        cpSync(join(root, path), join(dir, target), { recursive: true })
      }
      const config = join(dir, 'etc/prometheus/prometheus.yml')
      const { code, stdout, stderr } = await runCommand('promtool', ['check', 'config', config])
      expect(code, stdout + stderr).toBe(0)
      const rules = readdirSync(join(root, 'alerts')).filter(file => file.endsWith('.rules.yaml'))
      expect(rules.length).toBeGreaterThan(4)
      for (const file of rules) expect(stdout).toContain(`etc/prometheus/rules/${file}`)
    } finally {
      rmSync(dir, { recursive: true, force: true })
    }
  })
})

describeClient('amtool', reasonWithout('amtool', '--version', 'prometheus-alertmanager'), () => {
  it.each([`${folder}/alertmanager.yml`, 'alerts/alertmanager.yaml'])('takes %s', async path => {
    const { code, stdout, stderr } = await runCommand('amtool', ['check-config', join(root, path)])
    expect(code, stdout + stderr).toBe(0)
  })
})
