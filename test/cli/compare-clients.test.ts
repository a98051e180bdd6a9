// Shows `millrace compare-clients` as a user runs it: each run a process of its own against the embedded broker, one table at the
// end, the files that were asked for; and what is refused, all at once and before any load.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
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
    expect(comparison.runs.map(({ client, result }) => [client, result.produce!.totalRecords])).toEqual([
      ['wire', 2000],
      ['kafkajs', 2000],
    ])
    expect(comparison.settings).toMatchObject({ workers: 1 })
    expect(readFileSync(chart, 'utf8')).toContain('kafkajs')
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
