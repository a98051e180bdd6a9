// Shows that the drop-in commands do what Kafka's own perf tools do and print what those print: lines are read by the rules of
// kafkatest, and beside real Kafka its tools run with the same flags, and their lines differ in their digits only. What needs
// no second opinion is shown with the embedded broker alone: each of Kafka's tools is a Java process more.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  consumerDetailedHeader,
  consumerHeader,
  isConsumerWindowLine,
  isWindowLine,
  readConsumerTotal,
  readEndToEnd,
  readProducerTotal,
} from '../loadgen/perf-test/kafkatest.ts'
import { describeBrokers } from './brokers/describe-brokers.ts'
import type { TestCluster } from './brokers/target.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('MILLRACE_')))

interface Ended {
  readonly code: number
  readonly lines: readonly string[]
  readonly stderr: string
}

const linesOf = (text: string) => text.split('\n').slice(0, -1)

function millrace(command: string, args: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, ['cli/main.ts', command, ...args], { cwd: root, env })
  const timer = setTimeout(() => child.kill('SIGKILL'), 60_000)
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk))
  return new Promise(resolve =>
    child.on('close', code => {
      clearTimeout(timer)
      resolve({ code: code ?? -1, lines: linesOf(stdout), stderr })
    }),
  )
}

const toolOf = {
  'producer-perf-test': 'kafka-producer-perf-test',
  'consumer-perf-test': 'kafka-consumer-perf-test',
  'end-to-end-latency': 'org.apache.kafka.tools.EndToEndLatency',
} as const
type Command = keyof typeof toolOf

describeBrokers('drop-in commands', broker => {
  let kafka: TestCluster
  let dir: string
  let connect: string[]
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'millrace-perf-'))
    kafka = await broker.start()
    connect = ['--bootstrap-server', kafka.bootstrap]
    await kafka.tools.createTopic('perf', 3)
  })
  afterAll(async () => {
    rmSync(dir, { recursive: true, force: true })
    await kafka?.stop()
  })

  /** Ours and, where there is one, Kafka's: the same lines but for their numbers. Lines of intervals come as time goes. */
  async function both(command: Command, args: readonly string[]): Promise<Ended & { theirs?: readonly string[] }> {
    const ours = await millrace(command, args)
    if (kafka.kafkaTool === undefined) return ours
    const { code, stdout } = await kafka.kafkaTool(toolOf[command], args)
    const theirs = linesOf(stdout)
    expect(ours.code, ours.stderr).toBe(code)
    expect(shapeOf(ours.lines)).toEqual(shapeOf(theirs))
    return { ...ours, theirs }
  }
  const shapeOf = (lines: readonly string[]) =>
    lines
      .filter(line => !isWindowLine(line))
      .map(line => line.replaceAll(/\d+(\.\d+)?(E-?\d+)?/g, text => `${text.includes('.') ? '0.0' : '0'}`))

  it('producer-perf-test: old flags; every record is in the topic, and the last line is as kafkatest reads it', async () => {
    const args = ['--num-records', '50000', '--record-size', '100', '--throughput', '-1']
    const props = ['--producer-props', `bootstrap.servers=${kafka.bootstrap}`, 'acks=1', 'batch.size=32768']
    const { lines, theirs = [] } = await both('producer-perf-test', ['--topic', 'perf', ...args, ...props])
    for (const last of [lines, theirs].flatMap(all => all.slice(-1))) {
      const { records, recordsPerSec, percentilesMs } = readProducerTotal(last)
      expect(records).toBe(50_000)
      expect(recordsPerSec).toBeGreaterThan(0)
      expect(percentilesMs).toEqual(percentilesMs.toSorted((one, other) => one - other))
    }
    const stored = (await kafka.tools.endOffsets('perf')).reduce((sum, end) => sum + end, 0)
    expect(stored).toBe(theirs.length > 0 ? 100_000 : 50_000)
    expect(await kafka.tools.read('perf', { recordsMax: 1 })).toEqual([expect.stringMatching(/^[A-Z]{100}$/)])
  })

  it('producer-perf-test: new flags, a rate, intervals and the steady state', async () => {
    const args = '--topic perf --num-records 1500 --record-size 100 --throughput 1000 --warmup-records 500'.split(' ')
    const { lines } = await both('producer-perf-test', [...args, '--reporting-interval', '200', ...connect])
    expect(lines[0]).toMatch(/^Warmup first 500 records\./)
    expect(lines.filter(isWindowLine).length).toBeGreaterThan(1)
    const [total, steady] = lines.slice(-2).map(readProducerTotal)
    expect([total!.records, steady!.records]).toEqual([1_500, 1_000])
    // Of the second for which it lasts, and of what a busy machine adds: not of the whole run, and not of no time.
    expect(steady!.recordsPerSec).toBeGreaterThan(100)
    expect(steady!.recordsPerSec).toBeLessThan(1_500)
  })

  broker.once(() => {
    it('producer-perf-test: values from a file, and record numbers', async () => {
      await kafka.tools.createTopic('values')
      const path = join(dir, 'values.txt')
      writeFileSync(path, '\nalpha\nbeta\n\ngamma\n')
      const common = ['--topic', 'values', '--num-records', '20', '--throughput', '-1', ...connect]
      const { lines } = await millrace('producer-perf-test', [...common, '--payload-file', path])
      expect(lines.slice(0, 2)).toEqual([`Reading payloads from: ${path}`, 'Number of records read: 4'])
      await millrace('producer-perf-test', [...common, '--payload-monotonic'])
      const values = new Set(await kafka.tools.read('values', { recordsMax: 20 + 20 }))
      expect([...values].every(value => /^(alpha|beta|gamma|\d*)$/.test(value))).toBe(true)
    })
  })

  it('consumer-perf-test: reads as a member of a group, and goes on where the group was', async () => {
    const group = ['--group', 'perf-group', '--topic', 'perf', ...connect]
    const { code, lines, stderr } = await millrace('consumer-perf-test', [...group, '--num-records', '20000'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(lines[0]).toBe(consumerHeader)
    const first = readConsumerTotal(lines[1]!)
    expect(first).toMatchObject({ records: 20_000, totalMb: expect.closeTo((20_000 * 100) / 2 ** 20, 3) })
    const committed = await kafka.tools.describeGroup('perf-group')
    expect(committed.reduce((sum, { committed: offset }) => sum + offset, 0)).toBe(20_000)
    const deprecated = await millrace('consumer-perf-test', [...group, '--messages', '30000', '--hide-header'])
    expect(deprecated.lines[0]).toBe('Warning: --messages is deprecated. Use --num-records instead.')
    expect(readConsumerTotal(deprecated.lines[1]!).records).toBe(30_000)
  })

  broker.once(() => {
    it('consumer-perf-test: rows of intervals', async () => {
      const detailed = [
        '--topic',
        'perf',
        '--num-records',
        '50000',
        '--show-detailed-stats',
        '--reporting-interval',
        '1',
      ]
      const { lines } = await millrace('consumer-perf-test', [...detailed, ...connect])
      expect(lines[0]).toBe(consumerDetailedHeader)
      expect(lines.length).toBeGreaterThan(1)
      for (const line of lines.slice(1)) expect(isConsumerWindowLine(line), line).toBe(true)
    })
  })

  it('consumer-perf-test: ends when no more records come', async () => {
    const late = ['--topic', 'perf', '--num-records', '10', '--from-latest', '--timeout', '600']
    const { lines } = await both('consumer-perf-test', [...late, ...connect])
    expect(lines.at(-2)).toMatch(/^WARNING: Exiting before consuming .* timeout \(600 ms\) exceeded/)
    expect(readConsumerTotal(lines.at(-1)!).records).toBe(0)
  })

  it('end-to-end-latency: named and positional, and makes its topic', async () => {
    const args = ['--topic', 'e2e', '--num-records', '1001', '--producer-acks', 'all', '--record-size', '20']
    const { lines } = await millrace('end-to-end-latency', [...args, ...connect])
    expect(lines[0]).toMatch(/^Topic "e2e" does not exist\. Will create topic with 1 partition/)
    const { avgMs, p50Ms, p999Ms, samples } = readEndToEnd(lines)
    expect(avgMs).toBeGreaterThan(0)
    expect(p50Ms).toBeLessThanOrEqual(p999Ms)
    expect(samples.map(({ record }) => record)).toEqual([0, 1_000])
    expect(await kafka.tools.endOffsets('e2e')).toEqual([1_001])
    const { lines: positional, theirs = [] } = await both('end-to-end-latency', [
      kafka.bootstrap,
      'e2e',
      '5',
      '1',
      '20',
    ])
    expect(positional[0]).toMatch(/^WARNING: Positional argument usage is deprecated/)
    for (const all of [positional, theirs].filter(({ length }) => length > 0)) readEndToEnd(all)
  })

  broker.once(() => {
    describe('refusals', () => {
      it.each([
        ['producer-perf-test', '--topic t --num-records 1 --record-size 1 --throughput -1 --nonsense', '--nonsense'],
        ['producer-perf-test', '--topic t --num-records 0 --record-size 1 --throughput -1', '--num-records'],
        ['producer-perf-test', '--topic t --num-records 1 --throughput -1', '--record-size'],
        [
          'producer-perf-test',
          '--topic t --num-records 1 --record-size 1 --throughput -1 --key-distribution range',
          '--record-key-range',
        ],
        ['consumer-perf-test', '--num-records 1', '--topic'],
        ['consumer-perf-test', '--topic t --num-records 1 --messages 1', '--num-records'],
        ['end-to-end-latency', '--topic t --num-records 1 --producer-acks 0 --record-size 1', '--producer-acks'],
      ] as const)('%s %s', async (command, line, named) => {
        const args = [...line.split(' '), ...connect]
        const { code, lines, stderr } = await millrace(command, args)
        expect({ code, lines }).toEqual({ code: 1, lines: [] })
        expect(stderr).toContain(`  ${named}: `)
      })
    })
  })
})
