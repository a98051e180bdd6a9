// Shows `millrace compare-clients` as a user runs it: each run a process of its own against the embedded broker, one table at the
// end, the files that were asked for; and what is refused, all at once and before any load.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EmbeddedCluster, startBroker } from '../../broker/start.ts'
import { comparisonModel } from '../../loadgen/compare/model.ts'

const entry = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))
let dir: string
let cluster: EmbeddedCluster
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'millrace-compare-test-'))
  cluster = await startBroker()
})
afterAll(async () => {
  rmSync(dir, { recursive: true, force: true })
  await cluster.close()
})

function run(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [entry, 'compare-clients', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', chunk => (stdout += chunk))
  child.stderr.on('data', chunk => (stderr += chunk))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', code => resolve({ code, stdout, stderr }))
  })
}

describe('millrace compare-clients', { timeout: 120_000 }, () => {
  it('runs every client in turn, and writes table, chart and result', async () => {
    const [out, chart] = [join(dir, 'c.json'), join(dir, 'c.svg')]
    const load = ['--records', '2000', '--partitions', '2', '--bootstrap', cluster.bootstrap]
    const { code, stdout, stderr } = await run(
      ...['produce', '--clients', 'wire,kafkajs', '--rounds', '1', ...load, '--out', out, '--chart', chart],
    )
    expect(code, stderr).toBe(0)
    expect(stdout).toContain('millrace compare-clients produce: wire, kafkajs; 1 round, medians')
    expect(stderr).toMatch(/round 1 of 1 {2}wire .*\n.*kafkajs/)
    const comparison = comparisonModel.parse(JSON.parse(readFileSync(out, 'utf8')))
    expect(
      comparison.runs.map(({ client, result }) => [client, 'produce' in result && result.produce!.totalRecords]),
    ).toEqual([
      ['wire', 2000],
      ['kafkajs', 2000],
    ])
    expect(comparison.parts[0]!.settings).toMatchObject({ workers: 1 })
    expect(readFileSync(chart, 'utf8')).toContain('kafkajs')
  })

  it('runs the scenarios of a file through each client, with the flags of millrace run', async () => {
    const file = join(dir, 'scenarios.ts')
    writeFileSync(
      file,
      `export const options = {
        scenarios: {
          fill: { executor: 'shared-iterations', iterations: Number(__ENV.COUNT), vus: 2 },
          more: { executor: 'shared-iterations', iterations: 200, vus: 1 },
        },
        thresholds: { iterations: ['count<0'] },
        ext: { millrace: { topics: { compared: { partitions: 2 } }, topic: 'compared' } },
      }`,
    )
    const [out, html] = [join(dir, 'test.json'), join(dir, 'test.html')]
    const own = ['--clients', 'wire,platformatic', '--rounds', '1', '--out', out, '--html', html]
    const { code, stdout, stderr } = await run(file, '--bootstrap', cluster.bootstrap, '-e', 'COUNT=500', ...own)
    // Thresholds of the file are for runs by themselves: a client that crosses them is compared all the same.
    expect(code, stderr).toBe(0)
    expect(stderr).toMatch(/round 1 of 1 {2}wire +fill [\d,]+ msg\/s, more [\d,]+ msg\/s {2}ok\n.*platformatic/)
    expect(stdout).toContain('scenario fill, which is to produce')
    const { script, parts, runs } = comparisonModel.parse(JSON.parse(readFileSync(out, 'utf8')))
    expect(script).toBe(file)
    expect(
      parts.map(({ scenario, clients }) => [scenario, clients.map(({ client, failed }) => [client, failed])]),
    ).toEqual(
      ['fill', 'more'].map(name => [
        name,
        [
          ['wire', 0],
          ['platformatic', 0],
        ],
      ]),
    )
    expect(runs.map(({ result }) => 'scenarios' in result && result.scenarios.map(each => each.iterations))).toEqual([
      [500, 200],
      [500, 200],
    ])
    expect(readFileSync(html, 'utf8')).toContain('<h2>fill: produce</h2>')
  })

  it('of a file refuses functions, which no other client runs, and what is for one run', async () => {
    const file = join(dir, 'script.ts')
    writeFileSync(file, 'export default function () {}')
    const { code, stderr } = await run(file, '--bootstrap', 'a:1', '--clients', 'wire,kafkajs')
    expect(code).toBe(104)
    expect(stderr).toContain("functions of a script send and read with millrace's own client")
    const misplaced = await run(file, '--web', '--client', 'wire', '--bootstrap', 'a:1')
    expect(misplaced.code).toBe(104)
    expect(misplaced.stderr).toMatch(/--web: is for millrace run.*--client: is for millrace run/s)
    expect((await run('nowhere.ts', '--bootstrap', 'a:1')).stderr).toContain('nowhere.ts: there is no such file')
  })

  it('refuses what a client cannot do and what a comparison has no use for, all at once', async () => {
    const { code, stderr } = await run(
      ...[
        'produce',
        '--clients',
        'wire,kafkajs',
        '--acks',
        '0',
        '--repeat',
        '3',
        '--rounds',
        'x',
        '--bootstrap',
        'a:1',
      ],
    )
    expect(code).toBe(104)
    expect(stderr).toContain('--acks: 0 cannot be confirmed with --client kafkajs')
    expect(stderr).toContain('--repeat: is for millrace bench')
    expect(stderr).toContain('--rounds: ')
  })

  it('a client that does not exist, or only one, is no comparison', async () => {
    const { code, stderr } = await run('produce', '--clients', 'kafkaj', '--bootstrap', 'a:1')
    expect(code).toBe(104)
    expect(stderr).toContain('"kafkaj" is not one of wire, kafkajs, platformatic, confluent')
    expect(stderr).toContain('needs two different clients')
  })

  it('a cluster that is not there ends it with the code of the run', async () => {
    const { code, stderr } = await run('produce', '--clients', 'wire,kafkajs', '--bootstrap', '127.0.0.1:1')
    expect(code).toBe(20)
    expect(stderr).toContain('error BROKER_UNREACHABLE')
  })
})
