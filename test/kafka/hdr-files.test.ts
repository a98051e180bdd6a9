// Shows that HdrHistogram's own Java tool reads the files of a run: the interval log with its tags, percentiles equal to the
// result's, and the percentile text equal to what Java prints of the log. Method: one run at the embedded broker, the real
// HistogramLogProcessor from Maven Central.
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type EmbeddedCluster, startBroker } from '../../broker/index.ts'
import type { Result } from '../../loadgen/result.ts'
import { BenchCommand } from './bench/command.ts'
import { describeKafka } from './harness/describe-kafka.ts'
import { hdrHistogramJar, runCommand } from './harness/index.ts'

let dir: string
let jar: string
let broker: EmbeddedCluster
let result: Result

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'millrace-hdr-'))
  jar = await hdrHistogramJar()
  broker = await startBroker({})
  const bench = await BenchCommand.make(broker.bootstrap)
  const files = ['--hlog', join(dir, 'run.hlog'), '--percentiles', join(dir, 'run.hgrm')]
  const load = ['--rate', '5k/s', '--workers', '1', '--warmup', '1s', '--duration', '3s']
  const outcome = await bench.run(['roundtrip', ...load, ...files])
  expect(outcome.code, outcome.stderr).toBe(0)
  result = outcome.result!
}, 180_000)

afterAll(async () => {
  await broker?.close()
  await rm(dir, { recursive: true, force: true })
})

async function javaReads(...args: string[]): Promise<string> {
  const command = ['-cp', jar, 'org.HdrHistogram.HistogramLogProcessor', '-i', join(dir, 'run.hlog'), ...args]
  const { code, stdout, stderr } = await runCommand('java', command)
  expect(code, stderr).toBe(0)
  return stdout
}

/** Lines of numbers as numbers: Java and JavaScript pad and round the last digit differently. */
const rowsOf = (text: string): number[][] =>
  text
    .split('\n')
    .filter(line => /^\s+[\d.]+\s+[\d.]+\s+\d+/.test(line))
    .map(line => line.trim().split(/\s+/).map(Number))

const valueAt = (rows: readonly number[][], percentile: number): number =>
  rows.find(([, share]) => share! >= percentile / 100)![0]!

describeKafka("HdrHistogram's own tool", () => {
  it('finds the tags of the run', async () => {
    const tags = (await javaReads('-listtags')).split('\n').map(line => line.trim())
    expect(tags).toEqual(expect.arrayContaining(['response', 'service', 'lateness', 'e2e', 'warmup-response']))
  })

  it.each(['response', 'service', 'lateness', 'e2e'] as const)('reads %s as it was measured', async tag => {
    const rows = rowsOf(await javaReads('-tag', tag))
    const { produce, consume } = result
    const latency = {
      response: produce!.latency,
      service: produce!.serviceLatency,
      lateness: produce!.lateness,
      e2e: consume!.latency,
    }[tag]!
    // Java prints microseconds of milliseconds; the histograms hold three digits.
    expect(Math.abs(valueAt(rows, 50) - latency.p50Ms)).toBeLessThan(0.0011)
    expect(Math.abs(rows.at(-1)![0]! - latency.maxMs)).toBeLessThan(0.0011)
    expect(rows.at(-1)![2]).toBe(latency.count)
  })

  it.each(['response', 'e2e'])('prints of the log of %s what is in the percentile file', async tag => {
    const ours = rowsOf(readFileSync(join(dir, `run.${tag}.hgrm`), 'utf8'))
    const javas = rowsOf(await javaReads('-tag', tag))
    expect(ours.length).toBeGreaterThan(10)
    expect(ours.length).toBe(javas.length)
    for (const [index, [value, percentile, count]] of javas.entries()) {
      expect(Math.abs(ours[index]![0]! - value!)).toBeLessThan(0.0011)
      expect(ours[index]![1]).toBeCloseTo(percentile!, 9)
      expect(ours[index]![2]).toBe(count)
    }
  })
})
