// `npm run bench:broker`: the same millrace runs against real Kafka, the embedded broker, and the embedded broker in null mode,
// in turns; then the data file and the page. Nothing that it starts outlives it.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { exitCodes } from '../core/errors.ts'
import { packageVersion } from '../core/version.ts'
import { brokerIds } from './broker-page.ts'
import { Children } from './child.ts'
import { commitText, printedEvents } from './console.ts'
import type { Contestant } from './contestant.ts'
import { type BenchmarkData, dataVersion, type SuiteData } from './data.ts'
import { isSameStage, merged, newestDataPath, readData, resultsDir, writeData } from './files.ts'
import { millraceConsumer, millraceProducer } from './lineup/millrace.ts'
import { describeMachine } from './machine.ts'
import { brokerPagePath, renderBroker } from './render.ts'
import { Runner } from './runner.ts'
import { brokerHeapMb, workersDefault } from './settings.ts'
import { EmbeddedStage, KafkaStage, type Stage } from './stage.ts'
import type { Suite } from './suites.ts'

const help = `Runs millrace against real Kafka, the embedded broker, and null mode, and writes benchmarks/results and BROKER.md.

  npm run bench:broker -- [options]

  --suite NAME,...   produce, consume (default both)
  --rounds N         runs against each broker that count (default 5)
  --seconds N        length of a run (default 6)
  --warm-broker N    seconds of load for each broker before the first suite (default 20)
  --trials N         runs against each broker that do not count, before the first round (default 3)
  --fill N           records in the topic that consumers read (default 40000000)
  --add              add the runs to those of the same commit, instead of replacing them
  --dry-run          write no files
  --help
`

/** Ample: retention keeps producing runs at 1.5 GB, and a filled topic takes 4.4 GB. */
const embeddedMemoryBytes = 8 * 1024 ** 3
const limits = { stealPercent: 10, othersPercent: 10, repeats: 5 }
const prefix = 'broker-'
const workers = workersDefault
const small = { recordBytes: 100, acks: '1', idempotent: false } as const

const labels: readonly (readonly [id: string, label: string])[] = [
  [brokerIds.kafka, 'Apache Kafka'],
  [brokerIds.embedded, 'embedded'],
  [brokerIds.none, 'embedded, null mode'],
]

const against = (contestant: Contestant): Contestant[] => labels.map(([id, label]) => ({ ...contestant, id, label }))

const suites: readonly Suite[] = [
  {
    id: 'produce',
    title: 'Producing values of 100 bytes',
    direction: 'produce',
    terms: [`${workers} workers, acks=1, no keys, no compression`, 'a new topic of 6 partitions for each run'],
    recordBytes: small.recordBytes,
    contestants: against(millraceProducer(small, workers)),
  },
  {
    id: 'consume',
    title: 'Consuming values of 100 bytes',
    direction: 'consume',
    terms: [
      `${workers} workers, every record decoded, checksums verified`,
      'a topic of 6 partitions, read from its start',
    ],
    recordBytes: small.recordBytes,
    contestants: against(millraceConsumer('records', workers)),
  },
]

function flagsOf(argv: readonly string[]) {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean' } as const
  const options = { suite: text, rounds: text, seconds: text, 'warm-broker': text, fill: text, trials: text, add: flag }
  const { values } = parseArgs({ args: [...argv], options: { ...options, 'dry-run': flag, help: flag } })
  const number = (given: string | undefined, fallback: number) => {
    const value = Number(given ?? fallback)
    if (!(value >= 0)) throw new TypeError(`"${given}" is not a number`)
    return value
  }
  const wanted = values.suite?.split(',') ?? suites.map(({ id }) => id as string)
  const unknown = wanted.filter(id => !suites.some(suite => suite.id === id))
  if (unknown.length > 0) throw new TypeError(`--suite ${unknown.join(', ')}: there are produce and consume`)
  return {
    wantsHelp: values.help ?? false,
    suites: suites.filter(({ id }) => wanted.includes(id)),
    rounds: number(values.rounds, 5),
    seconds: number(values.seconds, 6),
    warmBrokerSeconds: number(values['warm-broker'], 20),
    fillRecords: number(values.fill, 40_000_000),
    trials: number(values.trials, 3),
    add: values.add ?? false,
    dryRun: values['dry-run'] ?? false,
  }
}

type BrokerFlags = ReturnType<typeof flagsOf>

async function runSuites(flags: BrokerFlags, stages: ReadonlyMap<string, Stage>, children: Children, dir: string) {
  const stageOf = ({ id }: Contestant) => stages.get(id)!
  const options = { ...flags, warmupSeconds: 1, limits, commit: commitText() }
  const runner = new Runner(stageOf, children, dir, options, printedEvents)
  for (const [id, stage] of stages) {
    console.log(`warming ${id} for ${flags.warmBrokerSeconds} s`)
    await runner.warm(stage, flags.warmBrokerSeconds)
  }
  const kafka = stages.get(brokerIds.kafka) as KafkaStage
  const shared: Omit<BenchmarkData, 'suites'> = {
    dataVersion,
    date: new Date().toISOString().slice(0, 10),
    machine: describeMachine(),
    versions: { millrace: packageVersion(), 'Apache Kafka': kafka.kafka.version, Node: process.version },
    broker: [
      `one broker (KRaft), heap ${brokerHeapMb} MiB`,
      kafka.kafka.dir.startsWith('/dev/shm/') ? 'logs in memory (tmpfs)' : 'logs on disk',
    ],
    warmBrokerSeconds: flags.warmBrokerSeconds,
    limits,
  }
  for (const suite of flags.suites) {
    console.log(`\n${suite.title}`)
    const result = await runner.run(suite)
    if (!flags.dryRun) write({ ...shared, suites: [result] }, flags.add)
  }
}

function write(fresh: BenchmarkData, add: boolean): void {
  const newest = newestDataPath(prefix)
  const old = newest === undefined ? undefined : readData(newest)
  const path = join(resultsDir, `${prefix}${fresh.date}.json`)
  const grown =
    add && old !== undefined && isSameStage(old, fresh) ? fresh.suites.map(suite => added(old, suite)) : fresh.suites
  writeData(path, merged(old, { ...fresh, suites: grown }))
  renderBroker(false)
  console.log(`  wrote ${relative('', path)} and ${relative('', brokerPagePath)}`)
}

/** The runs of before and these, when it was the same commit under the same terms. */
export function added(old: BenchmarkData, fresh: SuiteData): SuiteData {
  const before = old.suites.find(({ id }) => id === fresh.id)
  if (before?.commit !== fresh.commit || before.seconds !== fresh.seconds) return fresh
  const later = fresh.runs.map(run => ({ ...run, round: run.round + before.rounds }))
  return { ...fresh, rounds: before.rounds + fresh.rounds, runs: [...before.runs, ...later] }
}

async function main(): Promise<void> {
  const flags = flagsOf(process.argv.slice(2))
  if (flags.wantsHelp) return console.log(help)
  // Leaving is enough: what runs is killed on exit, and the brokers go with this process.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => process.exit(exitCodes.interrupted))
  const dir = mkdtempSync(join(tmpdir(), 'millrace-bench-broker-'))
  const children = new Children(dir)
  const stages = new Map<string, Stage>()
  try {
    stages.set(brokerIds.kafka, await KafkaStage.open())
    stages.set(brokerIds.embedded, await EmbeddedStage.open({ memoryBytesMax: embeddedMemoryBytes }))
    stages.set(brokerIds.none, await EmbeddedStage.open({ nullMode: true }))
    await runSuites(flags, stages, children, dir)
  } finally {
    for (const stage of stages.values()) await stage.close()
    await children.close()
  }
}

if (import.meta.main) {
  try {
    await main()
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    console.error(`${error.message}\n\n${help}`)
    process.exitCode = exitCodes.invalidConfig
  }
}
