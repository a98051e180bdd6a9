// Shows that a test in YAML is the same test as in TypeScript, that flags and variables come over it, that what is wrong is told at
// its line and column, and that every example is a test.
import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { MillraceError } from '../../../core/errors.ts'
import { readYaml } from '../../../core/yaml-document.ts'
import { consolidate } from '../../../loadgen/scenario/k6-options.ts'
import { readModel } from '../../../loadgen/scenario/read-model.ts'
import { readYamlTest, yamlTest } from '../../../loadgen/scenario/yaml-test.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const bootstrap = [{ key: 'bootstrap', text: 'localhost:9092' }] as const
const common = { flags: {}, kafkaFlags: bootstrap, env: {}, cpus: 4, randomHex: () => 'abcd1234' }

const read = (text: string, more: Partial<Parameters<typeof readYamlTest>[0]> = {}) =>
  readYamlTest({ file: 'test.yaml', readFile: () => Buffer.from(text), ...common, ...more }).model

/** As the same options in a script are read. */
function readScript(options: Record<string, unknown>) {
  const { document, problems } = consolidate({ script: options, env: {}, flags: {} })
  const { kafkaFlags: flags, ...rest } = common
  return readModel({ ...rest, flags, document, problems, readFile: readFileSync, isScripted: () => false }).model
}

function problemsOf(work: () => unknown): string[] {
  try {
    work()
  } catch (error) {
    if (error instanceof MillraceError) return error.problems.map(({ path, message }) => `${path}: ${message}`)
    throw error
  }
  return []
}

const kafka = { topic: 'orders', partitions: 3, recordSize: '1KiB', acks: 1, header: { team: 'a' } }
const rate = { executor: 'constant-arrival-rate', rate: 100, duration: '10s', preAllocatedVUs: 5 }

describe('the same test as in TypeScript', () => {
  const kinds: Readonly<Record<string, Record<string, unknown>>> = {
    'constant-arrival-rate': { scenarios: { a: rate } },
    'ramping-arrival-rate': {
      scenarios: {
        a: {
          executor: 'ramping-arrival-rate',
          startRate: 10,
          timeUnit: '1m',
          stages: [{ duration: '1m', target: 600 }],
          preAllocatedVUs: 1,
        },
      },
    },
    'constant-vus': { scenarios: { a: { executor: 'constant-vus', vus: 3, duration: '5s' } } },
    'ramping-vus': {
      scenarios: { a: { executor: 'ramping-vus', startVUs: 1, stages: [{ duration: '5s', target: 9 }] } },
    },
    'shared-iterations': { scenarios: { a: { executor: 'shared-iterations', vus: 2, iterations: 10 } } },
    'per-vu-iterations': { scenarios: { a: { executor: 'per-vu-iterations', vus: 2, iterations: 10 } } },
    'shortcut: duration': { vus: 4, duration: '1m30s' },
    'shortcut: iterations': { vus: 4, iterations: 100 },
    'shortcut: stages': { stages: [{ duration: '5s', target: 3 }] },
    'thresholds, tags, times': {
      scenarios: { a: { ...rate, startTime: '5s', gracefulStop: '1s', tags: { kind: 'x' } } },
      thresholds: { response_time: ['p(95)<200', { threshold: 'max<500', abortOnFail: true, delayAbortEval: '10s' }] },
      tags: { run: 'nightly' },
      summaryTrendStats: ['avg', 'p(99)'],
    },
  }

  it.each(Object.keys(kinds))('%s', name => {
    const options = kinds[name]!
    const written = stringify({ kafka, ...options })
    expect(read(written)).toEqual(readScript({ ...options, ext: { millrace: kafka } }))
  })

  it('what a scenario says to Kafka itself', () => {
    const own = { topic: 'audit', acks: 'all' }
    const written = stringify({
      kafka,
      topics: { extra: { partitions: 2 } },
      scenarios: { a: rate, b: { ...rate, kafka: own } },
    })
    const millrace = { ...kafka, topics: { extra: { partitions: 2 } }, scenarios: { b: own } }
    expect(read(written)).toEqual(readScript({ scenarios: { a: rate, b: rate }, ext: { millrace } }))
  })
})

describe('other places', () => {
  const text = stringify({ kafka, vus: 4, duration: '10s' })

  it('flags come over variables, and variables over the file', () => {
    const [byVariable] = read(text, { env: { K6_VUS: '7' } }).scenarios
    expect(byVariable!.executor).toMatchObject({ vus: 7 })
    const [byFlag] = read(text, { env: { K6_VUS: '7' }, flags: { vus: 9, duration: '3s' } }).scenarios
    expect(byFlag!.executor).toMatchObject({ vus: 9, durationMs: 3000 })
    const [kafkaFlag] = read(text, { kafkaFlags: [...bootstrap, { key: 'acks', text: '0' }] }).scenarios
    expect(kafkaFlag!.produce!.acks).toBe(0)
  })
})

describe('what is wrong', () => {
  it('is told at its line and column, all at once', () => {
    const text = `kafka:
  topic: orders
  acks: 7
  recordsize: 100
scenarios:
  a:
    executor: constant-arrival-rat
    rate: 5
  b:
    executor: constant-vus
    vus: 0
    duration: 5 seconds
  c:
    executor: constant-vus
    duration: 5s
    exec: other
hosts: { a: b }
`
    expect(problemsOf(() => read(text))).toEqual([
      expect.stringMatching(/^test\.yaml:17:1 hosts: /),
      expect.stringMatching(/^test\.yaml:16:5 scenarios\.c\.exec: a test in YAML has no functions/),
      expect.stringMatching(/^test\.yaml:4:3 kafka\.recordsize: is not known; did you mean recordSize\?/),
      expect.stringMatching(/^test\.yaml:7:5 scenarios\.a\.executor: .*did you mean constant-arrival-rate\?/),
      expect.stringMatching(/^test\.yaml:11:5 scenarios\.b\.vus: /),
      expect.stringMatching(/^test\.yaml:12:5 scenarios\.b\.duration: /),
    ])
    expect(problemsOf(() => read('kafka: { topic: a, acks: 7 }\nduration: 5s\n'))).toEqual([
      expect.stringMatching(/^test\.yaml:1:20 kafka\.acks: "7" is not one of/),
    ])
  })

  it.each(['', '- a list', 'just text'])('%j is no test', text => {
    expect(problemsOf(() => read(text))).toEqual([expect.stringMatching(/^test\.yaml: is not a test/)])
  })
})

describe('examples', () => {
  const examples = globSync('examples/yaml/*.yaml', { cwd: root })

  it('are there for every executor', () => {
    const text = examples.map(file => readFileSync(join(root, file), 'utf8')).join('\n')
    for (const executor of ['constant-arrival-rate', 'ramping-arrival-rate', 'ramping-vus', 'shared-iterations']) {
      expect(text).toContain(`executor: ${executor}\n`)
    }
  })

  it.each(examples)('%s is a test, and names its schema', file => {
    const path = join(root, file)
    const text = readFileSync(path, 'utf8')
    expect(readYamlTest({ file: path, readFile: readFileSync, ...common }).model.scenarios.length).toBeGreaterThan(0)
    expect(yamlTest.safeParse(readYaml(text, path).value)).toMatchObject({ success: true })
    const [, schema = ''] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text) ?? []
    const { title } = JSON.parse(readFileSync(join(dirname(path), schema), 'utf8'))
    expect(title).toBe('A test of millrace run, in YAML')
    // Each says how it is run.
    expect(text).toContain(`millrace run ${file} `)
  })
})
