// Does the gate stop what is worse, and nothing else? Records real runs against the embedded broker, with the noise of a real machine,
// and judges 200 seeded trials of each kind from them:
//
//   npm run bench:gate -- record --blocks 4      four blocks more, about 40 s each; benchmarks/results/gate-recording.json grows
//   npm run bench:gate -- record --busy          a block beside busy loops: what a neighbour does
//   npm run bench:gate                           the trials; test/benchmarks/gate.test.ts holds the committed recording to the bars
//
// A block is one run of each condition, in random order:
//   flat, flat2    flat out: whatever broker and generator can do together, which is where a small machine is noisiest
//   held, held2    every answer takes 20 ms, four requests in flight: the brokers are the limit, as they are in practice
//   slower         the same with 22.2 ms: a real loss of about 10 %
//   doubled        a paced load whose answers take 10 ms; against `paced`, 5 ms: p99 twice as long
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { parseFault } from '../broker/faults/read-fault.ts'
import { startBroker } from '../broker/start.ts'
import { benchProcess } from '../cli/bench-process.ts'
import { makeRandom } from '../core/random.ts'
import { evidenceOf } from '../loadgen/verdict/gate/evidence.ts'
import { type Block, type RecordedRun, type Recording, type Tally, type Trials, tryOut } from './gate/trials.ts'

const file = new URL('results/gate-recording.json', import.meta.url)
const trialsCount = 200

interface Condition {
  readonly fault?: string
  readonly flags: readonly string[]
}

const produce = ['--record-size', '100', '--workers', '1']
const short = ['--warmup', '500ms', '--duration', '2500ms']
/** Flat out, three seconds on, V8 still compiles what it has not compiled before, and which code that is differs from run to run. */
const long = ['--warmup', '3s', '--duration', '6s']
// A fast machine writes more in three seconds than the broker has memory for.
const kept = ['--topic-config', 'retention.bytes=67108864', '--topic-config', 'segment.bytes=16777216']
const flat: Condition = { flags: [...produce, ...long, '--partitions', '4', ...kept] }
const littleInFlight = ['--in-flight', '4', '--partitions', '1', '--batch-bytes', '64KiB', '--buffer-bytes', '4MiB']
const held = (ms: number): Condition => ({
  fault: `delay:api=Produce,by=${ms}ms`,
  flags: [...produce, ...short, ...littleInFlight],
})
const paced = (ms: number): Condition => ({
  fault: `delay:api=Produce,by=${ms}ms`,
  flags: [...produce, ...short, '--partitions', '4', '--rate', '5k/s', '--linger-ms', '1'],
})

const conditions: Readonly<Record<string, Condition>> = {
  flat,
  flat2: flat,
  held: held(20),
  held2: held(20),
  slower: held(22.2),
  paced: paced(5),
  doubled: paced(10),
}

async function recordBlock(names: readonly string[], seed: number): Promise<Block> {
  const random = makeRandom(seed)
  const order = [...names].sort(() => random.fraction() - 0.5)
  const block: Record<string, RecordedRun> = {}
  for (const name of order) {
    block[name] = await recordRun(conditions[name]!)
    const { state, numbers } = block[name]
    console.error(`${name.padEnd(8)} ${state.padEnd(10)} ${JSON.stringify(numbers)}`)
  }
  return block
}

async function recordRun({ fault, flags }: Condition): Promise<RecordedRun> {
  const broker = await startBroker()
  const folder = await mkdtemp(join(tmpdir(), 'millrace-bench-gate-'))
  try {
    if (fault !== undefined) await broker.faults.add(parseFault(fault))
    const out = join(folder, 'run.json')
    const args = ['bench', 'produce', ...flags, `--bootstrap=${broker.bootstrap}`, `--out=${out}`, '--quiet', '--json']
    const document = await benchProcess([...args, '--calibration=none'], out, new AbortController().signal)
    const { numbers, state } = evidenceOf({ side: 'base', pair: 1, label: '', document })
    const rounded = Object.entries(numbers).map(([name, value]) => [name, Number(value.toPrecision(6))])
    return { numbers: Object.fromEntries(rounded), state }
  } finally {
    await rm(folder, { recursive: true, force: true })
    await broker.close()
  }
}

const read = (): Record<'quiet' | 'busy', Recording> =>
  existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { quiet: emptyRecording(), busy: emptyRecording() }

const emptyRecording = (): Recording => ({ recordedAt: '', machine: '', blocks: [] })

async function record(blocks: number, isBusy: boolean): Promise<void> {
  const loops = isBusy
    ? Array.from({ length: 2 * availableParallelism() }, () => spawn(process.execPath, ['-e', 'for (;;);']))
    : []
  const kind = isBusy ? 'busy' : 'quiet'
  try {
    for (let at = 0; at < blocks; at++) {
      const recording = read()
      const seed = recording[kind].blocks.length + 1
      const names = isBusy ? ['flat', 'flat2', 'held', 'held2'] : Object.keys(conditions)
      const block = await recordBlock(names, seed)
      const machine = `${cpus()[0]?.model ?? 'unknown'}, ${availableParallelism()} CPUs`
      recording[kind] = { recordedAt: new Date().toISOString(), machine, blocks: [...recording[kind].blocks, block] }
      writeFileSync(file, `${JSON.stringify(recording, undefined, 2)}\n`)
    }
  } finally {
    for (const loop of loops) loop.kill('SIGKILL')
  }
}

export interface Bar {
  readonly what: string
  readonly recording: 'quiet' | 'busy'
  readonly trials: Omit<Trials, 'count'>
  /** Of all trials, how many may or must be so. */
  readonly holds: (tally: Tally, count: number) => boolean
  readonly wanted: string
}

const noFalseAlarm = (tally: Tally, count: number) => tally.regression <= 0.05 * count
const swapped = { swaps: true, pairs: 10 } as const

export const bars: readonly Bar[] = [
  ...(['flat', 'held'] as const).flatMap((name): Bar[] => [
    {
      what: `A/A, ${name}`,
      recording: 'quiet',
      trials: { base: name, candidate: `${name}2`, ...swapped },
      holds: noFalseAlarm,
      wanted: 'regression in at most 5 %',
    },
    {
      what: `A/A, ${name}, sequential`,
      recording: 'quiet',
      trials: { base: name, candidate: `${name}2`, ...swapped, sequential: true, pairs: 20 },
      holds: noFalseAlarm,
      wanted: 'regression in at most 5 %',
    },
    {
      what: `A/A under competing load, ${name}`,
      recording: 'busy',
      trials: { base: name, candidate: `${name}2`, ...swapped },
      holds: ({ regression, improvement, invalid }) => regression + improvement + invalid === 0,
      wanted: 'inconclusive or pass, always',
    },
  ]),
  {
    what: 'throughput −10 %, really slower brokers',
    recording: 'quiet',
    trials: { base: 'held', candidate: 'slower', pairs: 10 },
    holds: ({ byMetric }, count) => (byMetric.produce_rate?.regression ?? 0) >= 0.95 * count,
    wanted: 'produce_rate found in at least 95 %',
  },
  {
    what: 'throughput −10 %, put into the noise of held runs',
    recording: 'quiet',
    trials: { base: 'held', candidate: 'held2', ...swapped, effect: { produce_rate: 0.9 } },
    holds: ({ byMetric }, count) => (byMetric.produce_rate?.regression ?? 0) >= 0.95 * count,
    wanted: 'produce_rate found in at least 95 %',
  },
  {
    what: 'throughput −10 %, put into the noise of flat runs',
    recording: 'quiet',
    trials: { base: 'flat', candidate: 'flat2', ...swapped, effect: { produce_rate: 0.9 } },
    holds: ({ byMetric }, count) => (byMetric.produce_rate?.regression ?? 0) >= 0.95 * count,
    wanted: 'produce_rate found in at least 95 %',
  },
  {
    what: 'p99 doubled, brokers that take twice as long',
    recording: 'quiet',
    trials: { base: 'paced', candidate: 'doubled', pairs: 10 },
    holds: ({ byMetric }, count) => byMetric.response_p99?.regression === count,
    wanted: 'response_p99 found always',
  },
  {
    what: 'p99 doubled, put into the noise of flat runs',
    recording: 'quiet',
    trials: { base: 'flat', candidate: 'flat2', ...swapped, effect: { response_p99: 2 } },
    holds: ({ byMetric }, count) => byMetric.response_p99?.regression === count,
    wanted: 'response_p99 found always',
  },
]

function judge(): void {
  const recording = read()
  console.log(
    `${recording.quiet.blocks.length} blocks, ${recording.busy.blocks.length} under load; ${recording.quiet.machine}\n`,
  )
  for (const { what, recording: kind, trials, holds, wanted } of bars) {
    const { blocks } = recording[kind]
    if (blocks.length === 0) continue
    const tally = tryOut(blocks, { ...trials, count: trialsCount })
    const { byMetric, pairsUsed, ...verdicts } = tally
    const mark = holds(tally, trialsCount) ? '✓' : '✗'
    console.log(`${mark} ${what}: ${wanted}; ${JSON.stringify(verdicts)}, ${pairsUsed.toFixed(1)} pairs`)
    console.log(`    ${JSON.stringify(byMetric)}`)
    if (mark === '✗') process.exitCode = 1
  }
}

if (import.meta.main) {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { blocks: { type: 'string', default: '1' }, busy: { type: 'boolean', default: false } },
  })
  if (positionals[0] === 'record') await record(Number(values.blocks), values.busy)
  else judge()
}
