// `npm run demo`: the main job on any machine that has Node. An embedded broker in a process of its own; a million messages a
// second go in and come out again at the same time; then as many as go in. Nothing is left: no topic, no file, no process.
//
//   npm run demo               about 20 seconds, no Java
//   npm run demo -- --kafka    against a real Apache Kafka, which it starts by itself (needs Java and Maven)
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { type BrokerProcess, startBrokerProcess } from '../cli/broker-process.ts'
import { readCalibration } from '../cli/calibration-file.ts'
import { asMillraceError, errorText, reasonText } from '../cli/errors.ts'
import { onInterrupt } from '../cli/interrupt.ts'
import { createLive } from '../cli/live.ts'
import { configError, exitCodes } from '../core/errors.ts'
import type { BenchMode } from '../loadgen/plan.ts'
import { exitCodeOf } from '../loadgen/report/exit-code.ts'
import { countText, fixedText, msText } from '../loadgen/report/format.ts'
import { headroomTexts } from '../loadgen/report/headroom-text.ts'
import type { Result } from '../loadgen/result.ts'
import { runBench } from '../loadgen/run.ts'
import type { GivenFlag } from '../loadgen/scenario/bench-options.ts'
import { setUpBench } from '../loadgen/scenario/bench-setup.ts'

const help = `Shows millrace on this machine.

  npm run demo                    an embedded broker: about 20 seconds, needs nothing but Node
  npm run demo -- --kafka         a real Apache Kafka, started by itself: needs Java 17 and Maven
  npm run demo -- --seconds N     length of its two parts together (default 15)
`

const rate = '1m/s'
/** 768 MiB in all: what was read is of no more use, and a consumer may be seconds behind. */
const topic = { name: 'millrace-demo', partitions: 6, configs: { 'retention.bytes': String(128 * 1024 ** 2) } }

type Flags = Partial<Record<GivenFlag['key'], string>>

interface Act {
  readonly title: string
  readonly mode: BenchMode
  readonly flags: Flags
  readonly told: (result: Result) => string[]
}

const actsOf = (seconds: number): readonly Act[] => [
  {
    title: `A million messages of 100 bytes a second in, and out again at the same time`,
    mode: 'roundtrip',
    flags: { rate, warmup: seconds < 5 ? '0s' : '2s', duration: `${Math.ceil((seconds * 2) / 3)}s` },
    told: toldRoundtrip,
  },
  {
    title: 'And as many as go in',
    mode: 'produce',
    flags: { warmup: seconds < 5 ? '0s' : '1s', duration: `${Math.ceil(seconds / 3)}s` },
    told: toldProduce,
  },
]

// ---- the show ----

async function demo(seconds: number): Promise<number> {
  const { promise: left, resolve: leave } = Promise.withResolvers<void>()
  const interrupt = onInterrupt(process, {
    onFirst: () => process.stderr.write('draining, Ctrl-C again to leave at once\n'),
    onSecond: () => leave(),
  })
  const broker = await startBrokerProcess({ topic })
  console.log(
    `An embedded broker is up at ${broker.bootstrap}: in memory, in a process of its own, gone with this demo.`,
  )
  try {
    const show = play(actsOf(seconds), broker, interrupt.signal)
    return await Promise.race([show, left.then(() => exitCodes.interrupted)])
  } finally {
    await broker.close()
    interrupt.release()
  }
}

async function play(acts: readonly Act[], broker: BrokerProcess, signal: AbortSignal): Promise<number> {
  const told: string[] = []
  let exitCode: number = exitCodes.ok
  for (const act of acts) {
    const result = await perform(act, broker, signal)
    if (result.measuredSeconds > 0) told.push(...act.told(result))
    exitCode = exitCodeOf(result)
    if (exitCode === exitCodes.ok) continue
    for (const reason of result.reasons) console.error(reasonText(reason).trimEnd())
    break
  }
  console.log(`\nWhat you saw, with broker and generator on this machine (${availableParallelism()} CPUs)\n`)
  console.log([...told, ...(exitCode === exitCodes.ok ? next : [])].join('\n'))
  return exitCode
}

async function perform({ title, mode, flags }: Act, broker: BrokerProcess, signal: AbortSignal): Promise<Result> {
  const all: Flags = { bootstrap: broker.bootstrap, topic: topic.name, ...flags }
  const given = Object.entries(all).map(([key, text]) => ({ key, text }) as GivenFlag)
  const words = Object.entries(all).map(([key, text]) => `--${key} ${text}`)
  console.log(`\n${title}\n$ millrace bench ${mode} ${words.join(' ')}\n`)
  const input = { mode, flags: given, problems: [], env: {}, cpus: availableParallelism() }
  const { plan } = setUpBench({ ...input, readFile: () => Buffer.alloc(0), randomHex: () => '' })
  const live = createLive({ mode, topic: topic.name, quiet: false, stream: process.stderr, env: process.env })
  try {
    return await runBench(plan, live, { signal, calibration: readCalibration(undefined, process.env) })
  } finally {
    live.end()
  }
}

// ---- what is said ----

const line = (label: string, text: string): string => `  ${label.padEnd(12)} ${text}`

function toldRoundtrip({ produce, consume, cpuUsPerRecord }: Result): string[] {
  const latency = consume?.latency
  const percentiles =
    latency === undefined
      ? 'no message came out'
      : `half came out within ${msText(latency.p50Ms)} ms of when they were due, 99 % within ${msText(latency.p99Ms)} ms`
  const [inPerSec, outPerSec] = [produce, consume].map(side => countText(side?.recordsPerSec ?? 0))
  return [
    line('in and out', `${inPerSec} messages a second in, ${outPerSec} out, every checksum verified`),
    line('latency', percentiles),
    line('cost', `${fixedText(cpuUsPerRecord ?? 0, 2)} µs of CPU for each message in or out`),
  ]
}

function toldProduce({ produce, delivery, headroom }: Result): string[] {
  const perSec = countText(produce?.recordsPerSec ?? 0)
  const confirmed = delivery?.confirmed === true
  return [
    line('flat out', `${perSec} messages a second in, ${fixedText(produce?.mbPerSec ?? 0, 0)} MB/s`),
    line(
      'counted',
      `${countText(delivery?.brokerDelta ?? 0)} came in by the broker's own count: ${confirmed ? 'exactly' : 'NOT'} what it acknowledged`,
    ),
    ...(headroom === undefined ? [] : [line('headroom', headroomTexts(headroom)[0]!)]),
  ]
}

const next = [
  '',
  'Against the real thing, started by itself (Java 17, Maven):   npm run demo -- --kafka',
  'Against your own cluster:   npm run millrace -- bench roundtrip --bootstrap host:9092 --rate 100k/s --duration 1m',
]

// ---- the command line ----

function optionsOf(argv: readonly string[]) {
  const options = { kafka: { type: 'boolean' }, seconds: { type: 'string' }, help: { type: 'boolean' } } as const
  try {
    const { kafka = false, seconds = '15', help: wantsHelp = false } = parseArgs({ args: [...argv], options }).values
    if (!(Number(seconds) >= 1 && Number(seconds) <= 600)) {
      throw configError([{ path: '--seconds', message: `"${seconds}" is not a number between 1 and 600` }])
    }
    return { kafka, seconds: Number(seconds), wantsHelp }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw configError([{ path: 'demo', message: error.message }], { hint: help })
  }
}

async function main(): Promise<number> {
  const { kafka, seconds, wantsHelp } = optionsOf(process.argv.slice(2))
  if (wantsHelp) {
    process.stdout.write(help)
    return exitCodes.ok
  }
  if (!kafka) return await demo(seconds)
  const { demoOnKafka } = await import('./demo-kafka.ts')
  return await demoOnKafka()
}

try {
  process.exit(await main())
} catch (error) {
  const coded = asMillraceError(error)
  process.stderr.write(errorText(coded, process.env.MILLRACE_DEBUG === '1'))
  process.exit(coded.exitCode)
}
