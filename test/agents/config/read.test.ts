// Shows how the agent's settings come together from file, environment and flags, for one cluster and for several; that everything
// wrong is told at once with its place; and that the reference and the schema have every setting. Method: pure, files as text.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type AgentConfigInput, readAgentConfig } from '../../../agents/config/read.ts'
import { agentSchema } from '../../../agents/config/reference.ts'
import { agentSettings } from '../../../agents/config/settings.ts'
import { isMillraceError } from '../../../core/errors.ts'

const bootstrap = { flag: '--bootstrap', property: 'bootstrap.servers', value: 'k:9092' }

function read(text: string | undefined, more: Partial<AgentConfigInput> = {}) {
  return readAgentConfig({
    ...(text === undefined ? {} : { file: { path: 'agent.yaml', text } }),
    env: {},
    flags: new Map(),
    flagCluster: text?.includes('clusters:') ? undefined : { properties: [bootstrap] },
    readFile: () => {
      throw new Error('no such file')
    },
    problems: [],
    ...more,
  })
}

function problemsOf(text: string | undefined, more: Partial<AgentConfigInput> = {}): string[] {
  try {
    read(text, more)
    return []
  } catch (error) {
    if (!isMillraceError(error)) throw error
    expect(error.code).toBe('CONFIG_INVALID')
    return error.problems.map(({ path, message }) => `${path}: ${message}`)
  }
}

const lagOf = (settings: ReturnType<typeof read>, cluster = 0) =>
  settings.clusters[cluster]!.collectors.find(({ name }) => name === 'lag')

describe('the settings of the agent', () => {
  it('without a file: one cluster from flags, and defaults', () => {
    const settings = read(undefined)
    expect(settings.listen).toEqual({ host: '127.0.0.1', port: 9400 })
    expect(settings.clusters).toHaveLength(1)
    expect(settings.clusters[0]).toMatchObject({
      name: 'k:9092',
      profiles: ['native'],
      groups: { allow: [], deny: [] },
    })
    expect(lagOf(settings)).toMatchObject({ intervalMs: 10_000, timeoutMs: 5_000, values: { 'rows-max': 100_000 } })
  })

  it('a flag counts more than a variable, a variable more than the file', () => {
    const file = 'listen: 0.0.0.0:1\ncollectors: { lag: { interval: 20s, timeout: 1s, rows-max: 7 } }\n'
    const settings = read(file, {
      env: {
        MILLRACE_AGENT_LAG_TIMEOUT: '2s',
        MILLRACE_AGENT_LAG_ROWS_MAX: '8',
        MILLRACE_AGENT_GROUPS_ALLOW: 'a-*; b',
      },
      flags: new Map([['lag-rows-max', ['9']]]),
    })
    expect(settings.listen).toEqual({ host: '0.0.0.0', port: 1 })
    expect(lagOf(settings)).toMatchObject({ intervalMs: 20_000, timeoutMs: 2_000, values: { 'rows-max': 9 } })
    expect(settings.clusters[0]!.groups.allow).toEqual(['a-*', 'b'])
  })

  it('several clusters, each with what is its own; a collector can be off', () => {
    const settings = read(`
clusters:
  - { name: one, bootstrap: 'a:1,b:2' }
  - name: two
    bootstrap: c:3
    properties: { security.protocol: SSL, client.id: watcher }
    topics: { deny: [tmp-*] }
    collectors: { lag: { interval: 1m }, topics: { enabled: false } }
topics: { deny: [other] }
collectors: { lag: { interval: 30s } }
profiles: [native, kafka_exporter]
`)
    const [one, two] = settings.clusters
    expect([one!.name, one!.client.bootstrap.length, two!.name, two!.client.securityProtocol]).toEqual([
      'one',
      2,
      'two',
      'SSL',
    ])
    expect([one!.topics.deny, two!.topics.deny]).toEqual([['other'], ['tmp-*']])
    expect([lagOf(settings)?.intervalMs, lagOf(settings, 1)?.intervalMs]).toEqual([30_000, 60_000])
    expect(two!.collectors.map(({ name }) => name)).not.toContain('topics')
    expect(two!.profiles).toEqual(['native', 'kafka_exporter'])
  })

  it('a file with one cluster may be corrected by flags, one with several may not', () => {
    const one = 'clusters: [{ name: one, bootstrap: a:1 }]'
    const flagCluster = { name: 'mine', properties: [bootstrap] }
    expect(read(one, { flagCluster }).clusters[0]).toMatchObject({
      name: 'mine',
      client: { bootstrap: [{ host: 'k' }] },
    })
    const several = 'clusters: [{ name: one, bootstrap: a:1 }, { name: two, bootstrap: b:1 }]'
    expect(problemsOf(several, { flagCluster })).toEqual([
      '--bootstrap: cannot be set beside a file with 2 clusters: write it there',
    ])
  })

  it('everything that is wrong is told at once, each where it was written', () => {
    const text = `lissten: 127.0.0.1:1
web-config:
profiles: burrow
groups:
  allow: ['/(/']
collectors:
  lag: { interval: 10, rows_max: 5 }
  brokers: on
clusters:
  - name: a
    bootstrap: k
  - name: a
    bootstrap: [k:1]
    listen: 0.0.0.0:1
`
    expect(
      problemsOf(text, { env: { MILLRACE_AGENT_LAG_TIMEOUT: '1y' }, flags: new Map([['listen', ['x']]]) }),
    ).toEqual([
      'agent.yaml:1 lissten: is not a setting; did you mean listen?',
      'agent.yaml:2 web-config: has no value',
      'agent.yaml:7 collectors.lag.rows_max: is not a setting; did you mean rows-max?',
      'agent.yaml:8 collectors.brokers: must hold settings, as key: value',
      'agent.yaml:13 clusters[1].bootstrap: must be a single value, not a list',
      expect.stringMatching(/^agent\.yaml:14 clusters\[1\]\.listen: is not a setting; /),
      expect.stringMatching(/^--listen: "x" is not an address/),
      expect.stringMatching(/^agent\.yaml:3 profiles: "burrow" is not one of native, /),
      expect.stringMatching(/^agent\.yaml:5 groups\.allow: .*not a regular expression/),
      expect.stringMatching(/^agent\.yaml:7 collectors\.lag\.interval: "10" has no unit/),
      expect.stringMatching(/^MILLRACE_AGENT_LAG_TIMEOUT: "1y" is not a duration/),
      expect.stringMatching(/^agent\.yaml:11 clusters\[0\]\.bootstrap: /),
      expect.stringMatching(/^agent\.yaml:12 clusters\[1\]\.bootstrap: is required/),
    ])
  })

  it('a file that is no YAML, a key that stands twice, two clusters of one name', () => {
    expect(problemsOf('a: [')[0]).toMatch(/^agent\.yaml:1: /)
    expect(problemsOf('listen: 127.0.0.1:1\nlisten: 127.0.0.1:2')[0]).toMatch(/^agent\.yaml:2: .*unique/)
    const twins = 'clusters: [{ name: a, bootstrap: k:1 }, { name: a, bootstrap: k:2 }]'
    expect(problemsOf(twins)).toEqual([expect.stringContaining('two clusters are called a')])
  })

  it('a secret in the file does not reach a message', () => {
    const text =
      'clusters: [{ bootstrap: k:1, properties: { sasl.mechanism: NONE, security.protocol: SASL_SSL, sasl.password: hunter2 } }]'
    expect(problemsOf(text).length).toBeGreaterThan(0)
    expect(problemsOf(text).join()).not.toContain('hunter2')
  })

  it('the reference is a valid file that changes nothing, and it and the schema have every setting', () => {
    const text = readFileSync(new URL('../../../docs/agent.reference.yaml', import.meta.url), 'utf8')
    const settings = read(text)
    const plain = read("clusters: [{ name: main, bootstrap: '127.0.0.1:9092' }]")
    expect(settings).toEqual(plain)
    const schema = agentSchema()
    for (const { path, flag, variable } of agentSettings) {
      expect(text).toContain(`--${flag}, ${variable}\n`)
      const found = path.split('.').reduce<typeof schema | undefined>((at, key) => at?.properties?.[key], schema)
      expect(found, path).toHaveProperty('description')
    }
  })

  it('every flag and variable is there once', () => {
    for (const key of ['path', 'flag', 'variable'] as const) {
      const names = agentSettings.map(setting => setting[key])
      expect(new Set(names).size, key).toBe(names.length)
    }
  })
})
