// `npm run bench:saturate -- [--searches 3] [--at-once 1] [--kafka] [--record]`: plan saturate against the embedded broker with a limit that is known: a disk that
// takes so many bytes a second and no more (fault slow-disk). The interval must hold the limit, be at most 5 % wide, and take 12 minutes at
// most. With --kafka: two searches against one real broker, whose middles must agree within 10 %. The trials are shorter than the defaults, so that a search takes some three minutes.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { exitCodes } from '../core/errors.ts'
import { makeRandom } from '../core/random.ts'
import type { SaturateReport } from '../loadgen/capacity/saturate/report.ts'
import type { Result } from '../loadgen/result.ts'
import { startKafka } from '../test/kafka/harness/index.ts'
import { tell } from './bars/data.ts'

const cli = new URL('../cli/main.ts', import.meta.url).pathname
const recordBytes = 1_000
const widthMax = 0.05
const secondsMax = 12 * 60

const { values } = parseArgs({
  options: {
    searches: { type: 'string', default: '3' },
    // A search keeps a processor busy for a small part of its time.
    'at-once': { type: 'string', default: '1' },
    kafka: { type: 'boolean', default: false },
    record: { type: 'boolean', default: false },
  },
})

const dir = mkdtempSync(join(tmpdir(), 'millrace-bench-saturate-'))
/** What runs, so that none of it outlives the benchmark however it ends. */
const children = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(dir, { recursive: true, force: true })
})
// Leaving is enough: what runs is killed on exit.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => process.exit(exitCodes.interrupted))

function spawnCli(args: readonly string[], stdout: 'pipe' | 'ignore'): ChildProcess {
  const child = spawn(process.execPath, [cli, ...args], { stdio: ['ignore', stdout, 'inherit'] })
  children.add(child)
  child.once('close', () => children.delete(child))
  return child
}

async function startBroker(bytesPerSec: number): Promise<{ child: ChildProcess; bootstrap: string }> {
  const flags = [
    '--port',
    '0',
    '--retention-bytes',
    '16MiB',
    '--fault',
    `slow-disk:api=Produce,rate=${bytesPerSec}B/s,burst=100ms`,
  ]
  const child = spawnCli(['broker', ...flags], 'pipe')
  let text = ''
  for await (const chunk of child.stdout!) {
    text += chunk
    const [, bootstrap] = /^bootstrap\s+(\S+)$/m.exec(text) ?? []
    if (bootstrap !== undefined) return { child, bootstrap }
  }
  throw new Error(`the broker did not start: ${text}`)
}

async function run(args: readonly string[]): Promise<void> {
  await once(spawnCli(args, 'ignore'), 'close')
}

const modelTimes = ['--trial-time', '4s', '--full-trial-time', '10s', '--confirm-time', '30s']
/** A real broker is faster in one second than in the next: what it does in four says little of what it does in thirty. */
const kafkaTimes = ['--trial-time', '10s', '--full-trial-time', '15s', '--confirm-time', '30s']

async function saturate(load: readonly string[], json: string): Promise<SaturateReport> {
  await run(['plan', 'saturate', '--mode', 'produce', ...load, '--response-p99', '200ms', '--report', `json=${json}`])
  return JSON.parse(await readFile(json, 'utf8')) as SaturateReport
}

/** Full at any rate near the limit, so that a record takes the same of the disk below it and at it. */
const batches = ['--batch-bytes', '16KiB', '--linger-ms', '50']

async function search(seed: number) {
  const bytesPerSec = Math.round(1e6 * (2 + 8 * makeRandom(seed).fraction()))
  const { child, bootstrap } = await startBroker(bytesPerSec)
  child.stdout!.resume()
  const [json, probe] = [join(dir, `${seed}.json`), join(dir, `${seed}-probe.json`)]
  const load = ['--bootstrap', bootstrap, '--record-size', String(recordBytes), '--workers', '1', '--partitions', '3', ...batches, '--buffer-bytes', '1MiB'] // biome-ignore format: one line
  try {
    // What a record takes of the disk: its share of a batch, as sent.
    await run(['bench', 'produce', ...load, '--rate', String(Math.round((0.8 * bytesPerSec) / recordBytes)), '--duration', '3s', '--warmup', '1s', '--out', probe, '--quiet']) // biome-ignore format: one line
    const { produce } = JSON.parse(await readFile(probe, 'utf8')) as Result
    const limitPerSec = bytesPerSec / (produce!.wireBytes / produce!.records)
    return { seed, limitPerSec, report: await saturate([...load, ...modelTimes], json) }
  } finally {
    child.kill('SIGTERM')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
}

const number = (value: number) => Math.round(value).toLocaleString('en-US')

/** Each search with a broker of its own; in order of the seeds. */
async function searches(count: number, atOnce: number) {
  const found: Awaited<ReturnType<typeof search>>[] = []
  let next = 1
  const lane = async () => {
    while (next <= count) {
      const one = await search(next++)
      found.push(one)
      const { low, high } = one.report.interval
      console.log(
        `  search ${one.seed}: limit ${number(one.limitPerSec)}, found ${number(low)} to ${number(high ?? Number.NaN)}`,
      )
    }
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
  return found.sort((a, b) => a.seed - b.seed)
}

async function onModel(count: number, atOnce: number): Promise<Found> {
  const rows: string[][] = []
  let right = 0
  for (const { limitPerSec, report } of await searches(count, atOnce)) {
    const { low, high = Number.POSITIVE_INFINITY } = report.interval
    const width = (high - low) / high
    const holds = low <= limitPerSec && limitPerSec <= high
    if (holds && width <= widthMax && report.usedSec <= secondsMax) right++
    rows.push([number(limitPerSec), `${number(low)} to ${number(high)}`, holds ? 'yes' : 'no', `${(100 * width).toFixed(1)} %`, number(report.usedSec), String(report.trials.length), report.status, report.limiting ?? '-']) // biome-ignore format: one line
  }
  return {
    id: 'saturate',
    command: 'npm run bench:saturate',
    goal: `plan saturate against the embedded broker with a disk of known speed (2 to 10 MB/s, by seed), ${recordBytes}-byte records: the interval holds the limit in 19 of 20 searches, at most 5 % wide, in at most 12 minutes.`,
    passed: right >= 0.95 * count,
    heads: ['limit, records/s', 'interval', 'holds it', 'width', 'seconds', 'trials', 'status', 'limited by'],
    rows,
    notes: [
      `${right} of ${count}${atOnce > 1 ? `, ${atOnce} searches at once, each with a broker of its own` : ''}. The limit is the rate of the disk over the bytes of a record in its batch, as a run at 80 % sends them.`,
    ],
  }
}

/**
 * Logs are in memory, and half a minute at full speed is more than there may be. Little is deleted at a time: to free gigabytes of
 * memory at once holds the broker up for a second, which a long trial sees and a short one does not.
 */
const kept = ['--topic-config', 'retention.bytes=67108864', '--topic-config', 'segment.bytes=16777216']
const swept = { 'log.retention.check.interval.ms': '500', 'log.segment.delete.delay.ms': '100' }

async function onKafka(): Promise<Found> {
  const kafka = await startKafka({ heapMb: 1024, properties: swept })
  try {
    // Records so large that the broker gives out before the machine that makes them.
    const load = [
      '--bootstrap',
      kafka.bootstrap,
      '--record-size',
      '10KiB',
      '--workers',
      '1',
      '--partitions',
      '6',
      ...kept,
      ...kafkaTimes,
    ]
    const reports = [await saturate(load, join(dir, 'a.json')), await saturate(load, join(dir, 'b.json'))]
    const middles = reports.map(({ interval: { low, high = low } }) => (low + high) / 2)
    const apart = Math.abs(middles[0]! - middles[1]!) / Math.max(...middles)
    return {
      id: 'saturate-kafka',
      command: 'npm run bench:saturate -- --kafka',
      goal: 'plan saturate twice against one real Apache Kafka, 10 KiB records: both answers agree within 10 %.',
      passed: apart <= 0.1,
      heads: ['interval, records/s', 'seconds', 'trials', 'status', 'limited by'],
      rows: reports.map(({ interval: { low, high = Number.NaN }, usedSec, trials, status, limiting }) => [
        `${number(low)} to ${number(high)}`,
        number(usedSec),
        String(trials.length),
        status,
        limiting ?? '-',
      ]),
      notes: [`The middles are ${(100 * apart).toFixed(1)} % apart.`],
    }
  } finally {
    await kafka.stop()
  }
}

type Found = Parameters<typeof tell>[0]

tell(values.kafka ? await onKafka() : await onModel(Number(values.searches), Number(values['at-once'])), values.record)
