// Shows thresholds, reports and live outputs as a script sees them: exit codes, files, what goes to which stream. Method: the real
// process against an embedded broker, and millrace report over what it wrote.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EmbeddedCluster, startBroker } from '../../broker/start.ts'
import { BenchCommand, expectCodedError } from '../kafka/bench/command.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const timeout = 90_000
let broker: EmbeddedCluster
let bench: BenchCommand
beforeAll(async () => {
  broker = await startBroker()
  bench = await BenchCommand.make(broker.bootstrap)
})
afterAll(async () => {
  await bench.remove()
  await broker.close()
})

function report(...args: string[]) {
  const main = join(root, 'cli/main.ts')
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'report', ...args], {
    encoding: 'utf8',
    timeout,
  })
  return { code: status, stdout, stderr }
}

const produce = ['produce', '--records', '20000']

describe('thresholds and reports', () => {
  it('kept ones are told, and every report is written', { timeout }, async () => {
    const files = ['run.html', 'run.md', 'run.xml', 'run.csv'].map(name => bench.path(name))
    const { stdout, result } = await bench.succeed([
      ...produce,
      ...['--threshold', 'produce_failed: rate==0', '--threshold', 'records_produced: count==20000'],
      ...['--report', files.join(',')],
    ])
    expect(stdout).toContain('█ THRESHOLDS')
    expect(stdout).toContain("✓ 'rate==0' rate=0.00 %")
    expect(result.thresholds!.map(({ ok, value }) => [ok, value])).toEqual([
      [true, 0],
      [true, 20_000],
    ])
    for (const file of files) expect(existsSync(file), file).toBe(true)

    const json = report(files[0]!, '--report', 'json')
    expect(json.code).toBe(0)
    expect(JSON.parse(json.stdout)).toEqual(result)
    expect(report(files[0]!, '--report', 'csv').stdout).toBe(
      readFileSync(files[3]!, 'utf8').replaceAll(result.environment.topic.name, 'run'),
    )
    const both = bench.path('both.html')
    expect(report(`before=${files[0]}`, `after=${files[0]}`, '--html', both)).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    })
    expect(report(both).stdout).toMatch(/^ +before +after\nacknowledged msg\/s/)
  })

  it('a crossed one is exit code 99, and ends a run that asks for it', { timeout }, async () => {
    const args = ['produce', '--rate', '1k/s', '--duration', '60s', '--warmup', '0s']
    const crossed = await bench.run([...args, '--threshold', 'response_time: max<0.0001, abort', '--report', 'github'])
    expectCodedError(crossed, { code: 'THRESHOLDS_CROSSED', exitCode: 99 })
    expect(crossed.stdout).toMatch(/^::error title=.*threshold crossed::response_time: max<0\.0001 was /m)
    expect(crossed.result!.thresholds).toMatchObject([{ ok: false, aborted: true }])
    expect(crossed.result!.measuredSeconds).toBeLessThan(30)
  })

  it('all that is wrong is told before any load', async () => {
    const { code, stderr } = await bench.run([
      ...produce,
      ...['--threshold', 'nope: rate<1', '--threshold', 'response_time: rate<1', '--report', 'pdf=x', '--web', 'x:y'],
    ])
    expect(code).toBe(104)
    expect(stderr).toMatch(/--report: "pdf=x" is not FORMAT=FILE/)
    expect(stderr).toMatch(/--web: "x:y" is not an address/)
    const { stderr: later } = await bench.run([
      ...produce,
      '--threshold',
      'nope: rate<1',
      '--threshold',
      'response_time: rate<1',
    ])
    expect(later).toMatch(/there is no metric nope/)
    expect(later).toMatch(/response_time is a trend: it has avg, min, max, med, p\(N\), not rate/)
  })
})

describe('live outputs', () => {
  it('are served while the run goes on', { timeout }, async () => {
    const args = ['produce', '--rate', '1k/s', '--duration', '4s', '--warmup', '0s']
    const running = bench.start([...args, '--web', '127.0.0.1:0', '--prometheus', '127.0.0.1:0'])
    let told = ''
    running.process.stderr!.on('data', chunk => (told += chunk))
    await running.says('measuring')
    const [, page = ''] = /live page: (http\S+)/.exec(told) ?? []
    const [, metrics = ''] = /metrics: (http\S+)/.exec(told) ?? []
    expect(await (await fetch(page)).text()).toContain('id="millrace-data"')
    expect(await (await fetch(metrics)).text()).toMatch(/^millrace_run_records_sent_total\{mode="produce",.*\} [1-9]/m)
    expect((await running.outcome).code).toBe(0)
  })
})
