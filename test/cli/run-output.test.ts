// Shows what `millrace run` leaves beside its summary: reports, and the file that readers of k6's --summary-export know. Method: the
// whole program against an embedded broker.
import { EventEmitter } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { type EmbeddedCluster, startBroker } from '../../broker/start.ts'
import { runCli } from '../../cli/program.ts'
import { readPage } from '../../loadgen/report/html/html.ts'
import { testResultModel } from '../../loadgen/test/result.ts'

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

async function millrace(
  text: string,
  args: readonly string[],
  env: Record<string, string> = {},
  { events = new EventEmitter(), onStderr }: Watching = {},
) {
  const file = at('test.ts')
  writeFileSync(file, text)
  const out = { stdout: '', stderr: '' }
  const stream = (name: 'stdout' | 'stderr') => ({
    write(written: string, done?: (error?: Error | null) => void) {
      out[name] += written
      if (name === 'stderr') onStderr?.(written)
      done?.()
      return true
    },
  })
  const io = { stdout: stream('stdout'), stderr: stream('stderr'), events, exit() {} }
  const code = await runCli(['run', file, ...args], { ...io, env: { MILLRACE_BOOTSTRAP: brokers.bootstrap, ...env } })
  return { code, ...out }
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
  const { code, stdout, stderr } = await millrace(crossed, ['--report', reports, '--out', at('test.json')])
  expect(code).toBe(99)
  expect(stdout).toContain('count>150')
  expect(stdout).not.toContain('█ THRESHOLDS')
  expect(stderr).toContain(`html: ${at('run.html')}\n`)
  const { scenarios } = testResultModel.parse(JSON.parse(read('test.json')))
  const { runs } = readPage(read('run.html'))
  expect(runs.map(({ label }) => label)).toEqual(['a', 'b'])
  const produced = runs.map(({ result }) => result.produce?.records)
  expect(produced).toEqual(scenarios.map(({ result }) => result!.produce!.records))
  const junit = read('run.xml')
  expect(junit).toContain('iterations - count&gt;150')
  expect(junit).toMatch(/^<testsuites name="millrace" tests="\d+" failures="1"/m)
})

it('--summary-export has the shape of k6: values by metric, true for a crossed threshold, value of a rate, checks by name', async () => {
  const text = `import { check } from 'k6'
    export const options = { iterations: 4, thresholds: { iterations: ['count>4', 'count==4'] } }
    export const setup = () => ({ token: 'secret' })
    export default function () { check(__ITER, { even: iteration => iteration % 2 === 0 }) }`
  const { code } = await millrace(text, [
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
  await millrace('export const options = { iterations: 3 }', ['--quiet', '--summary-export', at('flag.json')], env)
  expect(existsSync(at('env.json'))).toBe(false)
  await millrace('export const options = { iterations: 3 }', ['--quiet'], env)
  expect(JSON.parse(read('env.json')).metrics.iterations.count).toBe(3)
})

it('--prometheus tells of its scenarios by name while they run, and is gone after them', async () => {
  const text = `const each = { executor: 'constant-arrival-rate', rate: 50, duration: '1h', preAllocatedVUs: 2 }
    export const options = { scenarios: { a: each, b: each } }`
  const events = new EventEmitter()
  const url = Promise.withResolvers<string>()
  const onStderr = (line: string) => {
    const [, found] = /^metrics: (\S+)$/m.exec(line) ?? []
    if (found !== undefined) url.resolve(found)
  }
  const ended = millrace(text, ['--prometheus', '127.0.0.1:0'], {}, { events, onStderr })
  const page = await url.promise
  await vi.waitFor(
    async () => {
      const metrics = await (await fetch(page)).text()
      for (const name of ['a', 'b']) {
        expect(metrics).toMatch(new RegExp(`^millrace_run_records_produced_total\\{.*scenario="${name}"\\} [1-9]`, 'm'))
        expect(metrics).toMatch(new RegExp(`^millrace_run_generator_loop_late_seconds\\{.*scenario="${name}"\\}`, 'm'))
      }
    },
    { timeout: 30_000, interval: 100 },
  )
  events.emit('SIGINT')
  expect((await ended).code).toBe(105)
  await expect(fetch(page)).rejects.toThrow()
})

it('what cannot be reported or written is told before the load', async () => {
  const script = 'export default () => {}'
  const all = await millrace(script, [
    '--report',
    `html=${at('no.html')},markdown=-,json=${at('yes.json')}`,
    '--prometheus',
    ':0',
  ])
  expect(all).toMatchObject({ code: 104, stdout: '' })
  expect(all.stderr).toContain('--report html')
  expect(all.stderr).toContain('--report markdown')
  expect(all.stderr).toContain('--prometheus')
  expect(all.stderr).not.toContain('--report json')
  const nowhere = await millrace(script, ['--summary-export', at('no/such/folder.json')])
  expect(nowhere).toMatchObject({ code: 30, stdout: '' })
  expect((await millrace(script, ['--report', 'htlm=x'])).stderr).toContain('--report: "htlm=x" is not FORMAT=FILE')
  // What is about the output of one bench run is no setting of a scenario.
  expect((await millrace(script, ['--web'])).stderr).toContain('--web')
})
