// Shows what `millrace run` leaves beside its summary: reports, and the file that readers of k6's --summary-export know. Method: the
// whole program against an embedded broker.
import { EventEmitter } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { type EmbeddedCluster, startBroker } from '../../broker/start.ts'
import { readPage } from '../../loadgen/report/html/html.ts'
import { testResultModel } from '../../loadgen/test/result.ts'
import { millrace } from './millrace.ts'

let brokers: EmbeddedCluster
let dir: string

beforeAll(async () => {
  brokers = await startBroker()
  dir = mkdtempSync(join(tmpdir(), 'millrace-run-output-'))
})
afterAll(async () => {
  await brokers.close()
  rmSync(dir, { recursive: true, force: true })
})

const at = (name: string) => join(dir, name)
const read = (name: string) => readFileSync(at(name), 'utf8')

interface Watching {
  readonly events?: EventEmitter
  readonly onStderr?: (text: string) => void
}

async function run(
  text: string,
  args: readonly string[],
  env: Record<string, string> = {},
  { events = new EventEmitter(), onStderr }: Watching = {},
) {
  const file = at('test.ts')
  writeFileSync(file, text)
  const own = args[0] === 'report' ? args : ['run', file, ...args]
  const watching = { events, ...(onStderr && { onStderr }) }
  const ended = await millrace(own, { ...watching, env: { MILLRACE_BOOTSTRAP: brokers.bootstrap, ...env } })
  return { code: ended.exitCode, stdout: ended.stdout, stderr: ended.stderr }
}

const crossed = `export const options = {
  scenarios: {
    a: { executor: 'shared-iterations', vus: 2, iterations: 100 },
    b: { executor: 'shared-iterations', vus: 1, iterations: 50 },
  },
  thresholds: { iterations: ['count>150', 'count==150'] },
}`

it('reports are of its scenarios, with the thresholds of the whole test, and the exit code stays that of the verdict', async () => {
  const reports = `html=${at('run.html')},${at('run.xml')},markdown=-`
  const { code, stdout, stderr } = await run(crossed, ['--report', reports, '--out', at('test.json')])
  expect(code).toBe(99)
  expect(stdout).toContain('count>150')
  expect(stdout).not.toContain('█ THRESHOLDS')
  expect(stderr).toContain(`html: ${at('run.html')}\n`)
  const { scenarios } = testResultModel.parse(JSON.parse(read('test.json')))
  const { runs, test } = readPage(read('run.html'))
  expect(runs.map(({ label }) => label)).toEqual(['a', 'b'])
  const produced = runs.map(({ result }) => result.produce?.records)
  expect(produced).toEqual(scenarios.map(({ result }) => result!.produce!.records))
  expect(test).toMatchObject({ verdict: 'failed', thresholds: [{ ok: false }, { ok: true }] })
  // Out of the page comes the whole test again.
  const again = await run(crossed, ['report', at('run.html'), '--report', 'json'])
  expect(JSON.parse(again.stdout)).toEqual(JSON.parse(read('test.json')))
  const junit = read('run.xml')
  expect(junit.match(/<testsuite name="[^"]*"/g)).toEqual(
    ['', ' a', ' b'].map(scenario => `<testsuite name="millrace run ${at('test.ts')}${scenario}"`),
  )
  expect(junit).toContain('iterations - count&gt;150')
  expect(junit).toMatch(/^<testsuites name="millrace" tests="\d+" failures="1"/m)
})

it('--summary-export has the shape of k6: values by metric, true for a crossed threshold, value of a rate, checks by name', async () => {
  const text = `import { check } from 'k6'
    export const options = { iterations: 4, thresholds: { iterations: ['count>4', 'count==4'] } }
    export const setup = () => ({ token: 'secret' })
    export default function () { check(__ITER, { even: iteration => iteration % 2 === 0 }) }`
  const { code } = await run(text, [
    '--quiet',
    '--json',
    '--out',
    at('test.json'),
    '--summary-export',
    at('s.json'),
    '--report',
    at('s.xml'),
  ])
  expect(code).toBe(99)
  const { metrics, root_group } = JSON.parse(read('s.json'))
  const test = testResultModel.parse(JSON.parse(read('test.json')))
  expect(metrics.iterations).toEqual({
    ...test.metrics.iterations!.values,
    thresholds: { 'count>4': true, 'count==4': false },
  })
  expect(metrics.checks).toEqual({ passes: 2, fails: 2, value: 0.5 })
  expect(metrics.iteration_duration).toEqual(test.metrics.iteration_duration!.values)
  expect(root_group.checks).toEqual({ even: { name: 'even', path: '::even', passes: 2, fails: 2 } })
  expect(read('s.json')).not.toContain('secret')
  // One case of the test and one for each threshold, also where no scenario was measured as a bench run is.
  expect(read('s.xml')).toMatch(/<testsuite name="millrace run .*" tests="3" failures="1"/)
  expect(read('s.xml')).toContain('count&gt;4 was 4')
})

it('K6_SUMMARY_EXPORT is the same, and the flag comes before it', async () => {
  const env = { K6_SUMMARY_EXPORT: at('env.json') }
  await run('export const options = { iterations: 3 }', ['--quiet', '--summary-export', at('flag.json')], env)
  expect(existsSync(at('env.json'))).toBe(false)
  await run('export const options = { iterations: 3 }', ['--quiet'], env)
  expect(JSON.parse(read('env.json')).metrics.iterations.count).toBe(3)
})

/** The addresses that the command tells while it runs. */
function addresses(...names: readonly string[]) {
  const found = new Map(names.map(name => [name, Promise.withResolvers<string>()]))
  const onStderr = (line: string) => {
    for (const [name, url] of found) {
      const [, text] = new RegExp(`^${name}: (\\S+)$`, 'm').exec(line) ?? []
      if (text !== undefined) url.resolve(text)
    }
  }
  return { onStderr, of: (name: string) => found.get(name)!.promise }
}

const both = `import { check } from 'k6'
  import { sleep } from 'millrace/script'
  const each = { executor: 'constant-arrival-rate', rate: 50, duration: '1h', preAllocatedVUs: 2, lane: 'declarative' }
  const { lane, ...rest } = each
  export const options = {
    scenarios: { a: rest, b: rest, c: { executor: 'constant-vus', vus: 1, duration: '1h', exec: 'work' } },
    thresholds: { 'iterations{scenario:a}': ['count>0', 'count<0'], checks: ['rate>0.9'] },
  }
  export async function work() { check(1, { 'is one': one => one === 1 }); await sleep(0.01) }`

it('--web and --prometheus tell of its scenarios by name, of functions and thresholds, while it runs', async () => {
  const events = new EventEmitter()
  const { onStderr, of } = addresses('metrics', 'live page')
  const flags = ['--prometheus', '127.0.0.1:0', '--web', '127.0.0.1:0']
  const ended = run(both, flags, {}, { events, onStderr })
  const [metricsUrl, pageUrl] = await Promise.all([of('metrics'), of('live page')])
  await vi.waitFor(
    async () => {
      const metrics = await (await fetch(metricsUrl)).text()
      for (const name of ['a', 'b']) {
        expect(metrics).toMatch(new RegExp(`^millrace_run_records_produced_total\\{.*scenario="${name}"\\} [1-9]`, 'm'))
        expect(metrics).toMatch(new RegExp(`^millrace_run_generator_loop_late_seconds\\{.*scenario="${name}"\\}`, 'm'))
      }
      expect(metrics).toContain('millrace_run_threshold_kept{metric="iterations{scenario:a}",expression="count>0"} 1\n')
      expect(metrics).toContain('millrace_run_threshold_kept{metric="iterations{scenario:a}",expression="count<0"} 0\n')
      expect(metrics).toMatch(/^millrace_run_iterations_total\{scenario="c"\} [1-9]/m)
      expect(metrics).toMatch(/^millrace_run_checks_total\{check="is one",result="pass"\} [1-9]/m)
      expect(metrics).toMatch(
        /^millrace_run_test_metric\{metric="iteration_duration",stat="p\(95\)",contains="time"\} 0\./m,
      )
      const page = readPage(await (await fetch(pageUrl)).text())
      expect(page.live).toEqual({ events: '/events' })
      expect(page.runs.map(({ label }) => label).sort()).toEqual(['a', 'b'])
      expect(page.runs[0]!.result.windows.length).toBeGreaterThan(0)
      expect(page.test!.thresholds!.map(({ ok }) => ok)).toEqual([true, false, true])
      expect(page.test!.scenarios.map(({ name, iterations }) => [name, iterations > 0])).toEqual([
        ['a', true],
        ['b', true],
        ['c', true],
      ])
    },
    { timeout: 30_000, interval: 100 },
  )
  const soFar = testResultModel.parse(await (await fetch(new URL('/result.json', pageUrl))).json())
  expect(soFar.checks).toEqual([{ name: 'is one', passes: expect.any(Number), fails: 0 }])
  const seen = eventsOf(pageUrl)
  events.emit('SIGINT')
  // As in k6: that it was ended comes before what it crossed.
  expect((await ended).code).toBe(105)
  const names = await seen
  expect(names).toEqual(expect.arrayContaining(['second', 'test', 'final']))
  expect(names.at(-1)).toBe('final')
  await expect(fetch(metricsUrl)).rejects.toThrow()
})

/** Names of all that is sent until the page is left. */
async function eventsOf(pageUrl: string): Promise<string[]> {
  const text = await (await fetch(new URL('/events', pageUrl))).text()
  return [...text.matchAll(/^event: (.*)$/gm)].map(([, name]) => name!)
}

it('of a test that is all script there are the reports that need no windows, and the others are told before the load', async () => {
  const script = `export const options = { iterations: 3, thresholds: { iterations: ['count==3'] } }
    export default () => {}`
  const none = await run(script, ['--report', `csv=${at('no.csv')},json=${at('yes.json')}`])
  expect(none).toMatchObject({ code: 104, stdout: '' })
  expect(none.stderr).toContain('--report csv')
  expect(none.stderr).not.toContain('--report json')
  const { code, stderr } = await run(script, ['--report', `html=${at('s.html')},markdown=-,github=${at('s.gh')}`])
  expect(code, stderr).toBe(0)
  const { runs, test } = readPage(read('s.html'))
  expect([runs, test!.metrics.iterations!.values.count]).toEqual([[], 3])
  expect(read('s.gh')).toContain('::notice title=millrace run ')
})

it('what cannot be written is told before the load', async () => {
  const script = 'export default () => {}'
  const nowhere = await run(script, ['--summary-export', at('no/such/folder.json')])
  expect(nowhere).toMatchObject({ code: 30, stdout: '' })
  expect((await run(script, ['--report', 'htlm=x'])).stderr).toContain('--report: "htlm=x" is not FORMAT=FILE')
  expect((await run(script, ['--web=nowhere'])).stderr).toContain('--web: "nowhere" is not an address')
})
