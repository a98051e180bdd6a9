// `npm run bench:peers`: one real Kafka, warmed up; every suite, every contestant, in turns; then the data file and the
// page. Nothing that it starts outlives it.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { exitCodes, isMillraceError } from '../core/errors.ts'
import { Children } from './child.ts'
import { commitText, printedEvents } from './console.ts'
import type { Contestant } from './contestant.ts'
import { type BenchmarkData, dataVersion } from './data.ts'
import { merged, newestDataPath, pagePath, readData, resultsDir, writeData } from './files.ts'
import { estimatedMinutes, help, type PeerFlags, parsePeerFlags } from './flags.ts'
import { rdkafkaVersion } from './lineup/rdkafka.ts'
import { describeMachine } from './machine.ts'
import { renderNewest } from './render.ts'
import { Runner } from './runner.ts'
import { brokerHeapMb } from './settings.ts'
import { KafkaStage } from './stage.ts'
import { makeSuites } from './suites.ts'

function versionsOf(stage: KafkaStage): Record<string, string> {
  const packageVersion = (name: string) => {
    const text = readFileSync(new URL(`../node_modules/${name}/package.json`, import.meta.url), 'utf8')
    return (JSON.parse(text) as { version: string }).version
  }
  const own = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
  const java = spawnSync('java', ['-version'], { encoding: 'utf8' }).stderr.split('\n')[0] ?? 'unknown'
  return {
    millrace: own.version,
    'Apache Kafka, its tools and its Java client': stage.kafka.version,
    Node: process.version,
    Java: java.replaceAll('"', ''),
    kafkajs: packageVersion('kafkajs'),
    '@platformatic/kafka': packageVersion('@platformatic/kafka'),
    librdkafka: rdkafkaVersion() ?? 'not on the PATH',
  }
}

async function runSuites(flags: PeerFlags, stage: KafkaStage, children: Children, dir: string): Promise<void> {
  const all = makeSuites((name, args) => stage.kafka.toolCommand(name, args), flags.workers)
  const isChosen = ({ id }: Contestant) => flags.only.length === 0 || flags.only.includes(id)
  const suites = all
    .filter(({ id }) => flags.suites.includes(id))
    .map(suite => ({ ...suite, contestants: suite.contestants.filter(isChosen) }))
  console.log(`about ${estimatedMinutes(flags, suites)} minutes, more when runs are void`)
  const runner = new Runner(() => stage, children, dir, { ...flags, commit: commitText() }, printedEvents)
  console.log(`\nwarming the broker for ${flags.warmBrokerSeconds} s`)
  await runner.warm(stage, flags.warmBrokerSeconds)
  const shared: Omit<BenchmarkData, 'suites'> = {
    dataVersion,
    date: new Date().toISOString().slice(0, 10),
    machine: describeMachine(),
    versions: versionsOf(stage),
    broker: [...brokerText(stage)],
    warmBrokerSeconds: flags.warmBrokerSeconds,
    limits: flags.limits,
  }
  for (const suite of suites) {
    console.log(`\n${suite.title}`)
    const result = await runner.run(suite)
    // After each suite, so that an interruption costs one and not all.
    if (!flags.dryRun) write({ ...shared, suites: [result] })
  }
}

const brokerText = (stage: KafkaStage): readonly string[] => [
  `one broker (KRaft), heap ${brokerHeapMb} MiB`,
  stage.kafka.dir.startsWith('/dev/shm/') ? 'logs in memory (tmpfs)' : 'logs on disk',
  'Kafka defaults for threads, buffers and flushing',
]

function write(data: BenchmarkData): void {
  const newest = newestDataPath()
  const path = join(resultsDir, `${data.date}.json`)
  writeData(path, merged(newest === undefined ? undefined : readData(newest), data))
  renderNewest(false)
  console.log(`  wrote ${relative('', path)} and ${relative('', pagePath)}`)
}

async function main(): Promise<void> {
  const flags = parsePeerFlags(process.argv.slice(2))
  if (flags === 'help') return console.log(help)
  // Leaving is enough: what runs is killed on exit, and the broker goes with this process.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => process.exit(exitCodes.interrupted))
  const dir = mkdtempSync(join(tmpdir(), 'millrace-peers-'))
  const children = new Children(dir)
  try {
    const stage = await KafkaStage.open()
    try {
      await runSuites(flags, stage, children, dir)
    } finally {
      await stage.close()
    }
  } finally {
    await children.close()
  }
}

try {
  await main()
} catch (error) {
  if (!isMillraceError(error)) throw error
  console.error(`error ${error.code}: ${error.message}\n${error.hint}`)
  process.exitCode = error.exitCode
}
