// `npm run test:incidents`: three real brokers, the agent, Prometheus and Alertmanager with their defaults; then things are broken one after
// the other, and what arrives at the webhook is held against what should. Needs Java, Maven, and the Debian packages prometheus
// and prometheus-alertmanager. Takes about twenty minutes; exits 1 when an alert came late, not at all, or without a reason.
//
//   npm run test:incidents              all
//   npm run test:incidents -- consumers only those of consumers (or: brokers, disk; or a word of a title, as throttle)
//   npm run test:incidents -- --write   docs/incidents.md is written with what was measured, after each incident
//
// Ctrl-C, SIGTERM and SIGHUP end everything that was started; what was measured until then is written. A second one, or SIGKILL, leaves the
// ending to the watchdog.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Program, startProgram, until } from '../../cli/stack/programs.ts'
import { startWatchdog, type Watchdog } from '../../cli/stack/watchdog.ts'
import { createTopic } from '../../wire/admin.ts'
import { Cluster } from '../../wire/cluster.ts'
import { reasonWithout } from '../broker/clients/describe-client.ts'
import { type KafkaCluster, startKafka } from '../kafka/harness/index.ts'
import { settingsOf } from '../kafka/settings.ts'
import { type Incident, lastFiring, type Outcome, type Scene, unexplained } from './incident.ts'
import { brokerIncidents, diskIncident } from './of-brokers.ts'
import { calm, consumerIncidents, consumerLog, loadedTopics, loadPlan, thresholds } from './of-consumers.ts'
import { writeMeasured } from './page.ts'
import { failuresOf, play } from './play.ts'
import { type Stack, startStack } from './stack.ts'

const entry = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))
const consumerEntry = fileURLToPath(new URL('./consumer.ts', import.meta.url))
/** Longer than all of it takes: it is ended at the end. */
const loadSec = 7_200
const volumeBytes = 3 * 1024 ** 3
/** A broker that was killed recovers every log, on a busy machine one a second. */
const startTimeoutMs = 180_000
/** Between incidents of brokers: leaders and groups settle, and what was told late is taken back. */
const restMs = 30_000
const quietMsMax = 180_000

interface Part {
  readonly name: 'consumers' | 'brokers' | 'disk'
  readonly incidents: readonly Incident[]
}

/** What a word means: a part, or the incidents that have it in their titles. Throws where one means nothing. */
function chosen(parts: readonly Part[], words: readonly string[]): Part[] {
  const means = (word: string, name: string, { title }: Incident) => word === name || title.toLowerCase().includes(word)
  for (const word of words)
    if (!parts.some(({ name, incidents }) => incidents.some(each => means(word, name, each))))
      throw new Error(`${word}: no part and no incident is called that`)
  return parts.map(({ name, incidents }) => ({
    name,
    incidents: incidents.filter(each => words.length === 0 || words.some(word => means(word, name, each))),
  }))
}

/** A small file system of its own for the cluster, where this machine lets us have one. */
function mountVolume(dir: string): boolean {
  mkdirSync(dir)
  return spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${volumeBytes}`, 'tmpfs', dir]).status === 0
}

async function makeTopics(kafka: KafkaCluster): Promise<void> {
  const cluster = await Cluster.connect(settingsOf(kafka.bootstrap))
  const topic = (name: string, configs: Record<string, string> = {}) =>
    createTopic(cluster, { name, partitions: 2, replicationFactor: 3, configs })
  const short = { 'retention.ms': '180000', 'segment.ms': '10000' }
  for (const name of loadedTopics) await topic(name, name === 'overrun' ? short : {})
  await topic('transactional')
  await topic('isr')
  await topic('strict', { 'min.insync.replicas': '3' })
  await cluster.close()
}

function checkPrograms(): void {
  for (const [program, debian] of [
    ['prometheus', 'prometheus'],
    ['prometheus-alertmanager', 'prometheus-alertmanager'],
  ] as const) {
    const reason = reasonWithout(program, '--version', debian)
    if (reason !== undefined) throw new Error(reason)
  }
}

interface Run {
  readonly args: readonly string[]
  readonly dir: string
  /** The file system of the log directories, where there is one of their own. */
  readonly volume: string | undefined
  readonly watchdog: Watchdog
  /** What has to be closed, in the reverse order. */
  readonly closers: (() => Promise<unknown>)[]
  readonly signal: AbortSignal
}

async function main(args: readonly string[]): Promise<number> {
  checkPrograms()
  const dir = mkdtempSync(join(tmpdir(), 'millrace-incidents-'))
  const volume = join(dir, 'volume')
  const isMounted = mountVolume(volume)
  const watchdog = startWatchdog(dir, isMounted ? volume : undefined)
  const closers = [() => watchdog.close()]
  const interrupt = new AbortController()
  const interrupted = new Promise<number>(resolve => {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.once(name, () => {
        console.log(`${name}: ending everything; what was measured until now stands`)
        interrupt.abort()
        resolve(128 + constants.signals[name])
      })
  })
  try {
    const { signal } = interrupt
    const story = tell({ args, dir, volume: isMounted ? volume : undefined, watchdog, closers, signal })
    // What it waits for when it is interrupted may come or fail later.
    story.catch(() => {})
    return await Promise.race([story, interrupted])
  } finally {
    for (const close of closers.reverse()) await close().catch((error: unknown) => console.error(error))
  }
}

async function tell(run: Run): Promise<number> {
  const { args, volume, closers, signal } = run
  const all: Part[] = [
    { name: 'consumers', incidents: consumerIncidents },
    { name: 'brokers', incidents: brokerIncidents },
    { name: 'disk', incidents: volume === undefined ? [] : [diskIncident(volume)] },
  ]
  const [consumers, brokers, disk] = chosen(all, args.filter(word => !word.startsWith('--'))) // biome-ignore format: one line
  // Retention and the end of segments are looked at every ten seconds in place of five minutes.
  const properties = {
    'log.retention.check.interval.ms': '10000',
    'log.segment.delete.delay.ms': '1000',
    'replica.fetch.max.bytes': String(64 * 1024),
  }
  const place = volume === undefined ? {} : { parentDir: volume }
  const kafka = await startKafka({ brokers: 3, heapMb: 384, properties, ...place, startTimeoutMs })
  closers.push(() => kafka.stop())
  await makeTopics(kafka)
  const scene = await sceneOf(kafka, run)
  const outcomes: Outcome[] = []
  const titles = all.flatMap(({ incidents }) => incidents.map(({ title }) => title))
  const playAndTell = async (incident: Incident) => {
    console.log(`… ${new Date().toISOString()} ${incident.title}`)
    const outcome = await play(incident, scene, signal)
    console.log(textOf(outcome))
    outcomes.push(outcome)
    if (args.includes('--write')) writeMeasured(outcomes, kafka.version, titles)
  }
  for (const { prepare } of consumers!.incidents) await prepare?.(scene)
  await calm(signal)
  await quiet(scene.stack, signal)
  const sinceMs = Date.now()
  // Nothing that a consumer does depends on how full the volume is.
  await Promise.all([...consumers!.incidents, ...disk!.incidents].map(playAndTell))
  for (const incident of brokers!.incidents) {
    await rest(scene.stack, signal)
    await incident.prepare?.(scene)
    await playAndTell(incident)
  }
  await rest(scene.stack, signal)
  if (volume === undefined)
    console.log('skipped: the volume of the log directories: this machine does not let us mount one')
  return verdict(outcomes, scene.stack, sinceMs)
}

/** With the consumer of the group that nothing happens to, and the load. */
async function sceneOf(kafka: KafkaCluster, { dir, watchdog, closers }: Run): Promise<Scene> {
  const stack = await startStack({
    ...{ bootstrap: kafka.bootstrap, dir, clusterName: 'incidents', watchdog, thresholds },
    agentFlags: ['--canary-enabled', 'true'],
  })
  closers.push(() => stack.close())
  const programs: Program[] = []
  closers.push(() => Promise.all(programs.map(program => program.end())))
  const start = (args: readonly string[], log: string) => {
    const program = startProgram(process.execPath, args, log, { isDetached: true, watchdog })
    programs.push(program)
    return program
  }
  const scene: Scene = {
    ...{ kafka, stack, dir },
    consumer: async (group, topic) => {
      const program = start([consumerEntry, kafka.bootstrap, group, topic], consumerLog(dir, group))
      await until(`${group} reads`, () => program.output().includes('reading'), 30_000)
      return program
    },
  }
  const plan = join(dir, 'load.yaml')
  writeFileSync(plan, loadPlan(loadSec))
  start([entry, 'run', plan, '--bootstrap', kafka.bootstrap], join(dir, 'load.log'))
  await scene.consumer('healthy', 'healthy')
  return scene
}

async function rest(stack: Stack, signal: AbortSignal): Promise<void> {
  await delay(restMs, undefined, { signal })
  await quiet(stack, signal)
}

async function quiet({ notices }: Stack, signal: AbortSignal): Promise<void> {
  const deadlineMs = Date.now() + quietMsMax
  while (lastFiring(notices).length > 0 && Date.now() < deadlineMs) await delay(500, undefined, { signal })
}

/** What was told since then counts: before, everything was just started, and a canary's first records may take their second. */
function verdict(outcomes: readonly Outcome[], { notices }: Stack, sinceMs: number): number {
  const failures = [
    ...outcomes.flatMap(failuresOf),
    ...unexplained(
      notices.filter(({ atMs }) => atMs >= sinceMs),
      outcomes,
    ).map(
      ({ alert, labels, atMs }) =>
        `${alert} ${JSON.stringify(labels)} came without a reason at ${new Date(atMs).toISOString()}`,
    ),
    ...lastFiring(notices).map(({ alert, labels }) => `${alert} ${JSON.stringify(labels)} still fires at the end`),
  ]
  for (const failure of failures) console.log(`✗ ${failure}`)
  console.log(`${outcomes.length} incidents, ${failures.length} failures`)
  return failures.length === 0 ? 0 : 1
}

function textOf({ incident, detected, resolvedAfterSec }: Outcome): string {
  const seen = detected.map(
    ({ wanted, afterSec }) => `${wanted.alert} after ${afterSec?.toFixed(1) ?? '-'} s (within ${wanted.withinSec})`,
  )
  return `  ${incident.title}: ${seen.join(', ')}; resolved after ${resolvedAfterSec?.toFixed(1) ?? '-'} s`
}

process.exit(await main(process.argv.slice(2)))
