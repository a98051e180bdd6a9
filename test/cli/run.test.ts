// Shows `millrace run` as its user sees it: a file with k6's options becomes messages, a summary and an exit code. Method: the
// whole program against an embedded broker; files as users write them.
import { EventEmitter } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EmbeddedCluster, startBroker } from '../../broker/start.ts'
import { runCli } from '../../cli/program.ts'
import { type TestResult, testResultModel } from '../../loadgen/test/result.ts'

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

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

async function millrace(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  const events = new EventEmitter()
  const out = { stdout: '', stderr: '' }
  const stream = (name: 'stdout' | 'stderr') => ({
    write(text: string, done?: (error?: Error | null) => void) {
      out[name] += text
      done?.()
      return true
    },
  })
  const io = { stdout: stream('stdout'), stderr: stream('stderr'), events, exit() {} }
  const code = await runCli(args, { ...io, env: { MILLRACE_BOOTSTRAP: brokers.bootstrap, ...env } })
  return { code, ...out }
}

function file(name: string, text: string): string {
  const path = join(dir, name)
  writeFileSync(path, text)
  return path
}

async function result(name: string, text: string, args: readonly string[] = [], env: Record<string, string> = {}) {
  const ended = await millrace(['run', file(name, text), '--json', '--quiet', ...args], env)
  return { ...ended, test: ended.stdout === '' ? undefined : testResultModel.parse(JSON.parse(ended.stdout)) }
}

const scenario = ({ scenarios }: TestResult, name: string) => scenarios.find(each => each.name === name)!

describe('scenarios without a function', () => {
  it('run side by side, each message an iteration, and are confirmed together', async () => {
    const path = join(root, 'docs/examples/mixed-load.ts')
    const out = join(dir, 'result.json')
    const { code, stdout, stderr } = await millrace(['run', path, '--out', out])
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
        const args = ['--execution-segment', part, '--execution-segment-sequence', '0,1/3,2/3,1']
        return result(`part-${part.replaceAll(/\W/g, '')}.ts`, text, args)
      }),
    )
    const counts = parts.map(({ test }) => scenario(test!, 'default').iterations)
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(100)
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
  })

  it('a threshold that is crossed is exit code 99, and the summary says by how much', async () => {
    const text = `export const options = { iterations: 10, thresholds: { iterations: ['count>10', 'count==10'] } }`
    const { code, stdout, stderr } = await millrace(['run', file('crossed.ts', text), '--quiet'])
    expect(code).toBe(99)
    expect(stdout).toContain("✗ 'count>10' count=10")
    expect(stdout).toContain("✓ 'count==10' count=10")
    expect(stderr).toContain('THRESHOLDS_CROSSED')
    const kept = await millrace(['run', file('crossed.ts', text), '--quiet', '--no-thresholds'])
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
    expect((await millrace(['run'])).stderr).toContain('FILE: is required')
    expect((await millrace(['run', 'nowhere.ts', '--vuss', '3'])).stderr).toContain(
      '--vuss: is not known; did you mean --vus?',
    )
  })
})
