// Shows what becomes of option files as users of k6 have them, of every kind: they are read as k6 reads them, or refused for a
// reason that names the option and says what to do.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { isMillraceError } from '../../../core/errors.ts'
import { setUpTest } from '../../../loadgen/test/set-up-test.ts'

const folder = fileURLToPath(new URL('../../fixtures/k6/', import.meta.url))

function read(file: string) {
  return setUpTest({
    file: `${folder}${file}`,
    flags: {},
    // As --topic on the command line, where a file says none.
    kafkaFlags: [
      { key: 'bootstrap', text: 'localhost:9092' },
      ...(file === 'kafka.js' ? [] : [{ key: 'topic', text: 'orders' } as const]),
    ],
    problems: [],
    env: {},
    scriptEnv: {},
    noThresholds: false,
    cpus: 4,
    readFile: path => readFileSync(path),
    randomHex: () => 'abcd1234',
  })
}

async function modelOf(file: string) {
  const { model, script } = await read(file)
  await script?.host.close()
  return model
}

async function refusalOf(file: string): Promise<string[]> {
  try {
    await modelOf(file)
  } catch (error) {
    if (!isMillraceError(error)) throw error
    return error.problems.length > 0
      ? error.problems.map(({ path, message }) => `${path}: ${message}`)
      : [error.message]
  }
  return []
}

const executorsOf = async (file: string) =>
  (await modelOf(file)).scenarios.map(({ executor, lane }) => ({ ...executor, lane }))

describe('files that are run', () => {
  it.each([
    ['smoke.js', [{ kind: 'constant-vus', vus: 1, durationMs: 10_000, lane: 'declarative' }]],
    ['iterations.js', [{ kind: 'shared-iterations', vus: 10, iterations: 200, lane: 'declarative' }]],
    ['stages.js', [{ kind: 'ramping-vus', lane: 'scripted' }]],
    ['spike.js', [{ kind: 'ramping-arrival-rate', startRate: 50, maxVus: 500, lane: 'declarative' }]],
    ['soak.js', [{ kind: 'constant-arrival-rate', rate: 300, timeUnitMs: 60_000, durationMs: 14_400_000 }]],
    [
      'several-scenarios.js',
      [{ kind: 'shared-iterations' }, { kind: 'per-vu-iterations', iterations: 20 }, { kind: 'ramping-vus' }],
    ],
    ['checks-and-metrics.js', [{ kind: 'constant-vus', vus: 2, lane: 'scripted' }]],
    ['lifecycle.js', [{ kind: 'shared-iterations', iterations: 1, lane: 'scripted' }]],
    ['segment.js', [{ kind: 'constant-vus', vus: 30 }]],
    ['data.js', [{ kind: 'constant-vus', vus: 2, lane: 'scripted' }]],
    [
      'kafka.js',
      [
        { kind: 'constant-arrival-rate', rate: 1000 },
        { kind: 'constant-arrival-rate', rate: 10 },
      ],
    ],
  ] as const)('%s', async (file, executors) => {
    expect(await executorsOf(file)).toEqual(executors.map(executor => expect.objectContaining(executor)))
  })

  it('with all that they say', async () => {
    const { scenarios, thresholds, summaryTrendStats } = await modelOf('checks-and-metrics.js')
    expect(Object.keys(thresholds)).toEqual(['checks', 'errors', 'waiting{kind:x}'])
    expect(thresholds.errors).toEqual([{ threshold: 'count<100', abortOnFail: true, delayAbortEvalMs: 1_000 }])
    expect(summaryTrendStats).toContain('p(99)')
    expect(scenarios).toHaveLength(1)
    const { scenarios: several } = await modelOf('several-scenarios.js')
    expect(several[1]).toMatchObject({ exec: 'second', startTimeMs: 10_000, env: { WHO: 'b' } })
    const { scenarios: kafka } = await modelOf('kafka.js')
    expect(kafka.map(({ topic, produce }) => [topic!.name, produce!.acks])).toEqual([
      ['orders', -1],
      ['audit', 1],
    ])
  })
})

describe('files that are refused', () => {
  it.each([
    ['http.js', [/imports 'k6\/http', which is not supported/]],
    [
      'http-options.js',
      [
        /^options\.hosts: is not supported: use the hosts file/,
        /^options\.insecureSkipTLSVerify: is said to Kafka clients by their own properties/,
        /^options\.discardResponseBodies: is about HTTP/,
        /^options\.userAgent: is about HTTP/,
        /^options\.rps: is not supported .*constant-arrival-rate/,
      ],
    ],
    ['externally-controlled.js', [/^options\.scenarios\.a\.executor: externally-controlled is not supported/]],
    ['cloud.js', [/^options\.cloud: is not supported: tests run here/]],
    [
      'mistakes.js',
      [
        /^options\.threshold: is not an option of k6/,
        /^options\.scenarios\.a\.rate: /,
        /^options\.scenarios\.a\.duration: must be at least 1s/,
        /^options\.scenarios\.b\.stages\[0\]\.duration: /,
      ],
    ],
    ['two-shortcuts.js', [/^options\.duration: cannot stand beside stages/]],
  ])('%s', async (file, reasons) => {
    expect(await refusalOf(file)).toEqual(reasons.map(reason => expect.stringMatching(reason)))
  })
})
