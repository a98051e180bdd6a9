// Shows what `millrace stack up` starts for what it was asked, what it writes for Prometheus and Alertmanager, and what it tells.
// Method: the plan, which is pure, and the files in a folder.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { settingsDefault } from '../../../alerts/settings.ts'
import { type StackFiles, writeStackFiles } from '../../../cli/stack/files.ts'
import type { Part } from '../../../cli/stack/parts.ts'
import { partsOf, placesOf, type StackPlan, targetsOf } from '../../../cli/stack/plan.ts'
import { usualPorts } from '../../../cli/stack/ports.ts'

const plan: StackPlan = { scrapeMs: 5000, dir: '/tmp/s', ports: usualPorts, prometheus: '/bin/prometheus' }
const all: StackPlan = { ...plan, alertmanager: '/bin/alertmanager', load: '1k/s' }
const watched: StackPlan = {
  ...all,
  bootstrap: 'kafka-1:9092',
  commandConfig: 'client.properties',
  clusterName: 'prod',
}
const namesOf = (parts: readonly Part[]) => parts.map(({ name }) => name)
const lineOf = (parts: readonly Part[], name: string) => parts.find(part => part.name === name)!.args.join(' ')

describe('parts', () => {
  it('an embedded broker first, the load after everything else', () => {
    const { parts, load } = partsOf(all)
    expect(namesOf(parts)).toEqual(['kafka', 'agent', 'alertmanager', 'prometheus'])
    expect(namesOf(load)).toEqual(['load'])
    expect(lineOf(parts, 'kafka')).toMatch(/main\.ts broker --port 9092 --control-port 9095$/)
    expect(lineOf(parts, 'agent')).toMatch(
      /agent --bootstrap 127\.0\.0\.1:9092 --cluster-name local --listen 127\.0\.0\.1:9400 --canary-enabled true$/,
    )
    expect(lineOf(load, 'load')).toMatch(
      /bench roundtrip --bootstrap 127\.0\.0\.1:9092 --rate 1k\/s .*127\.0\.0\.1:9464$/,
    )
  })

  it('a cluster of the user is watched, and written to by the load that was asked for alone', () => {
    const { parts, load } = partsOf(watched)
    expect(namesOf(parts)).toEqual(['agent', 'alertmanager', 'prometheus'])
    expect(lineOf(parts, 'agent')).toMatch(
      /agent --bootstrap kafka-1:9092 --command-config client\.properties --cluster-name prod --listen 127\.0\.0\.1:9400$/,
    )
    expect(lineOf(load, 'load')).toContain('--bootstrap kafka-1:9092 --command-config client.properties')
    const { load: _, ...quiet } = watched
    expect(partsOf(quiet).load).toEqual([])
  })

  it('listens on loopback alone', () => {
    const { parts, load } = partsOf(all)
    const addresses = [...parts, ...load].flatMap(({ args }) => args.join(' ').match(/[\w.]+:\d{4,5}\b/g) ?? [])
    expect(addresses.length).toBeGreaterThanOrEqual(5)
    for (const address of addresses) expect(address).toMatch(/^127\.0\.0\.1:/)
    expect(lineOf(parts, 'alertmanager')).toMatch(/--cluster\.listen-address=$/)
  })

  it('every file lies in the folder', () => {
    const paths = partsOf(all).parts.flatMap(({ args }) => args.filter(arg => /\.(file|path)=/.test(arg)))
    expect(paths).toHaveLength(4)
    for (const path of paths) expect(path).toMatch(/=\/tmp\/s\//)
  })

  it('without Alertmanager the rest is the same', () => {
    expect(namesOf(partsOf(plan).parts)).toEqual(['kafka', 'agent', 'prometheus'])
    expect(placesOf(plan).map(({ name }) => name)).toEqual(['boards', 'prometheus', 'agent', 'kafka', 'faults'])
  })

  it('tells every page', () => {
    expect(placesOf(watched).map(({ name, address }) => `${name} ${address}`)).toEqual([
      'boards http://127.0.0.1:9430/',
      'prometheus http://127.0.0.1:9090/',
      'alertmanager http://127.0.0.1:9093/',
      'agent http://127.0.0.1:9400/metrics',
      'load http://127.0.0.1:9464/metrics',
      'kafka kafka-1:9092',
    ])
  })
})

describe('files', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'millrace-stack-test-'))
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))
  const written = (more: Partial<StackFiles> = {}) => {
    writeStackFiles({ dir, targets: targetsOf(all), scrapeInterval: '5000ms', alerts: settingsDefault, ...more })
    return parse(readFileSync(join(dir, 'prometheus.yml'), 'utf8')) as Record<string, unknown>
  }

  it('Prometheus scrapes agent and load, has all rules, and knows Alertmanager', () => {
    const alertmanager = { target: '127.0.0.1:9093', webhookUrl: 'http://127.0.0.1:1234/alerts' }
    expect(written({ alertmanager })).toEqual({
      global: { scrape_interval: '5000ms' },
      rule_files: ['rules/*.yaml'],
      scrape_configs: [
        { job_name: 'millrace', static_configs: [{ targets: ['127.0.0.1:9400'] }] },
        { job_name: 'load', static_configs: [{ targets: ['127.0.0.1:9464'] }] },
      ],
      alerting: { alertmanagers: [{ static_configs: [{ targets: ['127.0.0.1:9093'] }] }] },
    })
    const shipped = readdirSync('alerts').filter(name => name.endsWith('.rules.yaml'))
    expect(readdirSync(join(dir, 'rules')).sort()).toEqual(shipped.sort())
    const config = readFileSync(join(dir, 'alertmanager.yml'), 'utf8')
    expect(config).toContain('url: http://127.0.0.1:1234/alerts')
    expect(config).toContain('inhibit_rules:')
    expect(config).not.toContain('9099')
  })

  it('without Alertmanager nothing speaks of it', () => {
    expect(written()).not.toHaveProperty('alerting')
    expect(existsSync(join(dir, 'alertmanager.yml'))).toBe(false)
  })

  it('thresholds of the user are in the rules', () => {
    const rules = () => readdirSync(join(dir, 'rules')).map(name => readFileSync(join(dir, 'rules', name), 'utf8')).join() // biome-ignore format: one line
    written()
    const before = rules()
    written({ alerts: { ...settingsDefault, runbooks: 'https://wiki.example.com/' } })
    expect(before).not.toContain('https://wiki.example.com/')
    expect(rules()).toContain('https://wiki.example.com/MillraceBrokerDown')
  })
})
