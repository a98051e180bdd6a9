// Shows `millrace run` as its user sees it: a file with k6's options becomes messages, a summary and an exit code. Method: the
// whole program against an embedded broker; files as users write them.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EmbeddedCluster, startBroker } from '../../broker/start.ts'
import { type TestResult, testResultModel } from '../../loadgen/test/result.ts'
import { millrace } from './millrace.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
let brokers: EmbeddedCluster
let dir: string

beforeAll(async () => {
  brokers = await startBroker()
  dir = mkdtempSync(join(tmpdir(), 'millrace-run-'))
})
afterAll(async () => {
  await brokers.close()
  rmSync(dir, { recursive: true, force: true })
})

const run = async (args: readonly string[], env: Record<string, string> = {}) => {
  const {
    exitCode: code,
    stdout,
    stderr,
  } = await millrace(args, { env: { MILLRACE_BOOTSTRAP: brokers.bootstrap, ...env } })
  return { code, stdout, stderr }
}

function file(name: string, text: string): string {
  const path = join(dir, name)
  writeFileSync(path, text)
  return path
}

async function result(name: string, text: string, args: readonly string[] = [], env: Record<string, string> = {}) {
  const ended = await run(['run', file(name, text), '--json', '--quiet', ...args], env)
  return { ...ended, test: ended.stdout === '' ? undefined : testResultModel.parse(JSON.parse(ended.stdout)) }
}

const scenario = ({ scenarios }: TestResult, name: string) => scenarios.find(each => each.name === name)!

describe('scenarios without a function', () => {
  it('run side by side, each message an iteration, and are confirmed together', async () => {
    const path = join(root, 'docs/examples/mixed-load.ts')
    const out = join(dir, 'result.json')
    const { code, stdout, stderr } = await run(['run', path, '--out', out])
    expect(stderr).toContain('created topic orders: 6 partitions')
    expect(stdout).toContain('█ THRESHOLDS')
    expect(stdout).toContain('✓ orders: ')
    const test = testResultModel.parse(JSON.parse(readFileSync(out, 'utf8')))
    const [shop, campaign, billing] = ['shop', 'campaign', 'billing'].map(name => scenario(test, name))
    expect(shop!.iterations + shop!.dropped).toBe(10_000)
    // The 4,500th would fall on the very end.
    expect(campaign!.iterations + campaign!.dropped).toBe(4_499)
    expect(billing!.iterations).toBe(shop!.iterations + campaign!.iterations)
    expect(test.delivery.orders).toMatchObject({ confirmed: true, acked: billing!.iterations })
    expect(test.metrics.iterations!.values.count).toBe(2 * billing!.iterations)
    // On a busy machine messages may be late, and late ones are dropped: that is a crossed threshold, and nothing else.
    expect([0, 99]).toContain(code)
  })

  it('shortcuts of the command line replace what the file says', async () => {
    const text = `export const options = { scenarios: { a: { executor: 'constant-vus', duration: '1h' } } }`
    const { code, test } = await result('shortcut.ts', text, ['--iterations', '500', '-u', '3', '--tag', 'run=7'])
    expect(code).toBe(0)
    expect(scenario(test!, 'default')).toMatchObject({ executor: 'shared-iterations', iterations: 500, dropped: 0 })
    expect(test!.tags).toEqual({ run: '7' })
  })

  it('parts of a test make together what the whole makes', async () => {
    const text = 'export const options = { iterations: 100, vus: 10 }'
    const parts = await Promise.all(
      ['0:1/3', '1/3:2/3', '2/3:1'].map(part => {
        const args = ['--execution-segment', part, '--execution-segment-sequence', '0,1/3,2/3,1', '--workers', '1']
        return result(`part-${part.replaceAll(/\W/g, '')}.ts`, text, args)
      }),
    )
    const counts = parts.map(({ test }) => scenario(test!, 'default').iterations)
    // By the VUs of each part, as in k6.
    expect(counts.toSorted((one, other) => one - other)).toEqual([30, 30, 40])
  })

  it('a threshold that is crossed is exit code 99, and the summary says by how much', async () => {
    const text = `export const options = { iterations: 10, thresholds: { iterations: ['count>10', 'count==10'] } }`
    const { code, stdout, stderr } = await run(['run', file('crossed.ts', text), '--quiet'])
    expect(code).toBe(99)
    expect(stdout).toContain("✗ 'count>10' count=10")
    expect(stdout).toContain("✓ 'count==10' count=10")
    expect(stderr).toContain('THRESHOLDS_CROSSED')
    const kept = await run(['run', file('crossed.ts', text), '--quiet', '--no-thresholds'])
    expect(kept.code).toBe(0)
  })

  it('a slow consumer reads no faster than its rate', async () => {
    const text = `export const options = {
      scenarios: {
        fill: { executor: 'shared-iterations', vus: 4, iterations: 2000 },
        slow: { executor: 'constant-arrival-rate', rate: 100, duration: '2s', preAllocatedVUs: 1 },
      },
      ext: { millrace: { topic: 'slow', topics: { slow: { partitions: 1 } }, scenarios: {
        fill: { batchBytes: 1024 },
        slow: { role: 'consume', partitionMaxBytes: 1024, fetchMaxBytes: 1024 },
      } } },
    }`
    const { code, test } = await result('slow.ts', text)
    expect(code).toBe(0)
    const { iterations } = scenario(test!, 'slow')
    expect(iterations).toBeGreaterThan(0)
    expect(iterations).toBeLessThan(500)
  })
})

describe('scenarios with functions', () => {
  it('a service of three parts: orders, bills, a dead letter queue', async () => {
    const path = join(root, 'docs/examples/order-service.ts')
    const { code, stdout } = await run(['run', path, '--json', '--quiet'])
    const test = testResultModel.parse(JSON.parse(stdout))
    const [shop, billing] = ['shop', 'billing'].map(name => scenario(test, name))
    // Of 310 by the area under the rate; on a busy machine some may be dropped.
    expect(shop!.iterations + shop!.dropped).toBeGreaterThanOrEqual(309)
    expect(billing!.iterations).toBeGreaterThan(0)
    expect(test.checks).toEqual([{ name: 'the order has an offset', passes: shop!.iterations, fails: 0 }])
    const counts = ['records_consumed', 'dead_letters'].map(name => test.metrics[name]!.values.count!)
    expect(counts[0]).toBe(shop!.iterations)
    expect(counts[1]).toBeGreaterThan(0)
    expect(test.metrics.records_produced!.values.count).toBe(2 * shop!.iterations)
    expect(test.metrics['iteration_duration{scenario:shop}']!.values).toHaveProperty('p(95)')
    expect([0, 99]).toContain(code)
  })

  it('payments in transactions: committed and aborted ones are counted, and an auditor sees whole ones alone', async () => {
    const path = join(root, 'docs/examples/transactional-payments.ts')
    const { code, stdout, stderr } = await run(['run', path, '--json', '--quiet'])
    expect(stderr).not.toContain('iteration of')
    const { metrics, checks, delivery } = testResultModel.parse(JSON.parse(stdout))
    const counts = ['transactions_committed', 'transactions_aborted', 'records_committed', 'records_aborted', 'records_produced'] // biome-ignore format: one line
    expect(counts.map(name => metrics[name]!.values.count)).toEqual([70, 30, 210, 90, 300])
    expect(checks!.map(({ passes, fails }) => [passes, fails])).toEqual([
      [1, 0],
      [1, 0],
    ])
    // A record and a marker of each.
    expect(delivery.bookings).toMatchObject({ confirmed: true, acked: 100, brokerDelta: 200 })
    expect(delivery.entries).toMatchObject({ confirmed: true, acked: 200 })
    expect([0, 99]).toContain(code)
  })

  it('VUs have modules and counts of their own, data of setup, and tell k6/execution where they are', async () => {
    const text = `
      import { Counter, Gauge } from 'k6/metrics'
      import exec from 'k6/execution'
      import { check } from 'k6'
      export const options = { vus: 3, iterations: 12, tags: { run: 'seven' }, thresholds: { 'seen{kind:odd}': ['count==6'] } }
      const seen = new Counter('seen'), vus = new Gauge('highest_vu')
      let own = 0
      export const setup = () => ({ list: [1, 2] })
      export default async data => {
        check(data, {
          'data of setup': ({ list }) => list.join() === '1,2',
          'modules of its own': () => own++ === __ITER,
          'VU': () => __VU >= 1 && __VU <= 3 && exec.vu.idInTest === __VU,
          'environment': () => __ENV.GREETING === 'hello',
          'scenario': () => exec.scenario.name === 'default' && exec.scenario.executor === 'shared-iterations',
        })
        seen.add(1, { kind: exec.scenario.iterationInTest % 2 ? 'odd' : 'even' })
        vus.add(__VU)
        await new Promise(resolve => setImmediate(resolve))
      }
      export const teardown = ({ list }) => { if (list.length !== 2) throw new Error('teardown has other data') }
      export const handleSummary = ({ metrics, state }) => ({ stdout: JSON.stringify([metrics.seen.values.count, metrics.iterations.type, state.testRunDurationMs > 0]) })
    `
    const { code, test, stderr } = await result('vus.ts', text, ['-e', 'GREETING=hello'])
    expect(stderr).toBe('')
    expect(test!.checks!.filter(({ fails }) => fails > 0)).toEqual([])
    expect(test!.checks!.map(({ passes }) => passes)).toEqual([12, 12, 12, 12, 12])
    expect(test!.metrics.iterations!.values.count).toBe(12)
    expect(code).toBe(0)
    const said = await run(['run', join(dir, 'vus.ts'), '--quiet', '-e', 'GREETING=hello'])
    expect(JSON.parse(said.stdout)).toEqual([12, 'counter', true])
  })

  it('a message comes back as it was sent; a group has each once', async () => {
    const text = `
      import { produce, consume, check, fail } from 'millrace/script'
      export const options = {
        scenarios: { only: { executor: 'per-vu-iterations', vus: 1, iterations: 1, maxDuration: '20s' } },
        ext: { millrace: { topic: 'echo', topics: { echo: { partitions: 3 } }, acks: 'all', compression: 'lz4' } },
      }
      export default async () => {
        const sent = await produce([{ key: 'k', value: 'text', headers: { a: 'b' }, partition: 2, timestamp: 1700000000000 }, { value: { n: 1 } }, { value: null, key: 'gone' }])
        if (sent.length !== 3) fail('not three')
        const got = []
        while (got.length < 3) got.push(...(await consume({ max: 10, timeoutMs: 2000 })))
        const text = got.find(m => m.partition === 2 && m.offset === sent[0].offset)
        check(text, {
          'as sent': m => m.text() === 'text' && m.key.toString() === 'k' && m.headers.a.toString() === 'b' && m.timestamp === 1700000000000,
          'json': () => got.some(m => m.value !== null && m.text().startsWith('{') && m.json().n === 1),
          'null': () => got.some(m => m.value === null),
          'nothing more': () => true,
        })
        const ofGroup = []
        while (ofGroup.length < 3) ofGroup.push(...(await consume({ group: 'g', max: 2, timeoutMs: 2000 })))
        check(ofGroup, { 'by the group too': all => all.length === 3 })
        check(await consume({ timeoutMs: 50 }), { 'and then none': none => none.length === 0 })
      }
    `
    const { code, test } = await result('echo.ts', text)
    expect(test!.checks!.map(({ name, fails }) => [name, fails])).toEqual(
      ['as sent', 'json', 'null', 'nothing more', 'by the group too', 'and then none'].map(name => [name, 0]),
    )
    expect(test!.delivery.echo).toMatchObject({ confirmed: true, acked: 3, brokerDelta: 3 })
    expect(code).toBe(0)
  })

  it('functions and scenarios without one can write to one topic, which is confirmed as a whole', async () => {
    const text = `
      import { produce } from 'millrace/script'
      export const options = {
        scenarios: {
          plain: { executor: 'shared-iterations', vus: 2, iterations: 500 },
          work: { executor: 'per-vu-iterations', vus: 3, iterations: 4, exec: 'work' },
        },
        ext: { millrace: { topic: 'both', topics: { both: { partitions: 2 } } } },
      }
      export const work = () => produce([{ value: 'a' }, { value: 'b' }])
    `
    const { code, test } = await result('both.ts', text)
    expect(test!.delivery).toMatchObject({ both: { confirmed: true, acked: 524, brokerDelta: 524 } })
    expect(code).toBe(0)
  })

  it.each([
    ['setup that throws', `export const setup = () => { throw new Error('no') }`, 107, 'Error: no'],
    [
      'setup that takes too long',
      `export const options = { setupTimeout: '50ms' }; export const setup = () => new Promise(() => {})`,
      100,
      'setup()',
    ],
    ['teardown that throws', `export const teardown = () => { throw new Error('late') }`, 107, 'Error: late'],
    [
      'teardown that takes too long',
      `export const options = { teardownTimeout: '50ms' }; export const teardown = () => new Promise(() => {})`,
      101,
      'teardown()',
    ],
    ['test.abort()', `import exec from 'k6/execution'; export default () => exec.test.abort('enough')`, 108, 'enough'],
    ['test.fail()', `import exec from 'k6/execution'; export default () => exec.test.fail('bad')`, 110, 'bad'],
  ])('%s', async (_what, text, exitCode, message) => {
    const own = text.includes('export default') ? '' : 'export default () => {}'
    const { code, stderr } = await result('ends.ts', `${text}\n${own}`)
    expect(stderr).toContain(message)
    expect(code).toBe(exitCode)
  })

  it('an exception ends its iteration and is told, with its place; the test goes on', async () => {
    const text = `export const options = { iterations: 4 }\nexport default () => {\n  throw new Error('odd')\n}`
    const { code, test } = await result('throws.ts', text)
    expect(code).toBe(0)
    expect(test!.metrics.script_exceptions!.values.count).toBe(4)
    const { stderr } = await run(['run', join(dir, 'throws.ts')])
    expect(stderr).toMatch(/Error: odd \(.*throws\.ts:3:9\)/)
  })

  it('sleep without await is made up for at the end of the iteration, and told', async () => {
    const text = `import { sleep } from 'k6'\nexport const options = { iterations: 2 }\nexport default () => { sleep(0.2) }`
    const { test } = await result('sleeps.ts', text)
    expect(test!.metrics.iteration_duration!.values.min).toBeGreaterThanOrEqual(199)
    expect((await run(['run', join(dir, 'sleeps.ts')])).stderr).toContain('write await sleep(1)')
  })
})

describe('what is wrong', () => {
  it('is told all at once, where it was written', async () => {
    const text = `export const options = {
      rps: 5, vus: 'many',
      scenarios: { a: { executor: 'constant-arrival-rate', rate: 5, duration: '1s' }, b: { executor: 'externally-controlled' } },
      ext: { millrace: { acks: 7 } },
    }`
    const { code, stderr, stdout } = await result('wrong.ts', text)
    expect(code).toBe(104)
    expect(stdout).toBe('')
    expect(stderr).toContain('options.rps: is not supported')
    expect(stderr).toContain('options.scenarios.a.preAllocatedVUs: is required')
    expect(stderr).toContain('options.scenarios.b.executor: externally-controlled is not supported')
  })

  it.each([
    ['an unknown metric', `thresholds: { nothing: ['count>1'] }`, 'options.thresholds.nothing[0]: there is no metric'],
    ['a wrong method', `thresholds: { iterations: ['p(95)<1'] }`, 'iterations is a counter'],
    [
      'a missing function',
      `scenarios: { a: { executor: 'per-vu-iterations', exec: 'go' } }`,
      'does not export a function go',
    ],
    ['a stat', `summaryTrendStats: ['p(101)']`, '"p(101)" is not one of'],
    ['a value of a setting', `ext: { millrace: { acks: 7 } }`, 'options.ext.millrace.acks'],
  ])('%s is refused before any load', async (_what, options, message) => {
    const { code, stderr } = await result('refused.ts', `export const options = { ${options} }`)
    expect(code).toBe(104)
    expect(stderr).toContain(message)
  })

  it.each([
    [`import http from 'k6/http'`, 104, "imports 'k6/http', which is not supported"],
    [`throw new Error('no such thing')`, 107, 'Error: no such thing'],
    [`import './missing.ts'`, 107, 'missing.ts'],
    ['export const options = {', 107, 'SyntaxError'],
  ])('%s', async (text, exitCode, message) => {
    const { code, stderr } = await result('broken.ts', text)
    expect(stderr).toContain(message)
    expect(code).toBe(exitCode)
    expect(stderr).not.toMatch(/^ +at /m)
  })

  it('without a file, or with one that is not there', async () => {
    expect((await run(['run'])).stderr).toContain('FILE: is required')
    expect((await run(['run', 'nowhere.ts', '--vuss', '3'])).stderr).toContain(
      '--vuss: is not known; did you mean --vus?',
    )
  })
})
