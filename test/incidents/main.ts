// `npm run test:incidents`: three real brokers, the agent, Prometheus and Alertmanager with their defaults; then things are broken one after
// the other, and what arrives at the webhook is held against what should. Needs Java, Maven, and the Debian packages prometheus
// and prometheus-alertmanager. Takes about a quarter of an hour; exits 1 when an alert came late, not at all, or without a reason.
//
//   npm run test:incidents              all
//   npm run test:incidents -- consumers only those of consumers (or: brokers, disk)
//   npm run test:incidents -- --write   docs/incidents.md is written with what was measured
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Program, startProgram, until } from '../../cli/stack/programs.ts'
import { createTopic } from '../../wire/admin.ts'
import { Cluster } from '../../wire/cluster.ts'
import { reasonWithout } from '../broker/clients/describe-client.ts'
import { type KafkaCluster, startKafka } from '../kafka/harness/index.ts'
import { settingsOf } from '../kafka/settings.ts'
import { type Incident, type Outcome, type Scene, unexplained } from './incident.ts'
import { brokerIncidents, diskIncident } from './of-brokers.ts'
import { calm, consumerIncidents, consumerLog, loadedTopics, loadPlan, thresholds } from './of-consumers.ts'
import { writeMeasured } from './page.ts'
import { failuresOf, play } from './play.ts'
import { startStack } from './stack.ts'

const entry = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))
const consumerEntry = fileURLToPath(new URL('./consumer.ts', import.meta.url))
const loadSec = 1_500
const volumeBytes = 3 * 1024 ** 3
/** A broker that was killed recovers every log, on a busy machine one a second. */
const startTimeoutMs = 180_000
/** Between incidents of brokers: leaders and groups settle. */
const restMs = 30_000

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
  await topic('isr', { 'min.insync.replicas': '3' })
  await cluster.close()
}

async function main(args: readonly string[]): Promise<number> {
  for (const [program, debian] of [
    ['prometheus', 'prometheus'],
    ['prometheus-alertmanager', 'prometheus-alertmanager'],
  ] as const) {
    const reason = reasonWithout(program, '--version', debian)
    if (reason !== undefined) throw new Error(reason)
  }
  const wanted = args.filter(word => !word.startsWith('--'))
  const has = (part: string) => wanted.length === 0 || wanted.includes(part)
  const dir = mkdtempSync(join(tmpdir(), 'millrace-incidents-'))
  const volume = join(dir, 'volume')
  const isMounted = mountVolume(volume)
  const programs: Program[] = []
  const outcomes: Outcome[] = []
  const closers: (() => unknown)[] = [() => rmSync(dir, { recursive: true, force: true })]
  if (isMounted) closers.push(() => execFileSync('umount', [volume]))
  try {
    // Retention and the end of segments are looked at every ten seconds in place of five minutes.
    const properties = { 'log.retention.check.interval.ms': '10000', 'log.segment.delete.delay.ms': '1000' }
    const kafka = await startKafka({ brokers: 3, heapMb: 384, properties, parentDir: volume, startTimeoutMs })
    closers.push(() => kafka.stop())
    await makeTopics(kafka)
    const stack = await startStack({
      bootstrap: kafka.bootstrap,
      dir,
      clusterName: 'incidents',
      agentFlags: ['--canary-enabled', 'true'],
      thresholds,
    })
    closers.push(() => stack.close())
    const scene: Scene = {
      ...{ kafka, stack, dir },
      consumer: async (group, topic) => {
        const program = startProgram(
          process.execPath,
          [consumerEntry, kafka.bootstrap, group, topic],
          consumerLog(dir, group),
        )
        programs.push(program)
        await until(`${group} reads`, () => program.output().includes('reading'), 30_000)
        return program
      },
    }
    closers.push(() => Promise.all(programs.map(program => program.end())))
    const plan = join(dir, 'load.yaml')
    writeFileSync(plan, loadPlan(loadSec))
    programs.push(
      startProgram(process.execPath, [entry, 'run', plan, '--bootstrap', kafka.bootstrap], join(dir, 'load.log')),
    )
    await scene.consumer('healthy', 'healthy')
    const played: Incident[] = []
    const run = async (incidents: readonly Incident[]) => {
      played.push(...incidents)
      for (const each of incidents) console.log(`… ${new Date().toISOString()} ${each.title}`)
      const done = await Promise.all(incidents.map(each => play(each, scene)))
      for (const outcome of done) console.log(textOf(outcome))
      outcomes.push(...done)
      if (args.includes('--write')) writeMeasured(outcomes, kafka.version)
    }
    if (has('consumers')) for (const { prepare } of consumerIncidents) await prepare?.(scene)
    await calm()
    if (has('consumers')) await run(consumerIncidents)
    const alone = [
      ...(has('brokers') ? brokerIncidents : []),
      ...(has('disk') && isMounted ? [diskIncident(volume)] : []),
    ]
    for (const incident of alone) {
      await run([incident])
      await delay(restMs)
    }
    if (has('disk') && !isMounted)
      console.log('skipped: the volume of the log directories: this machine does not let us mount one')
    const wrong = unexplained(stack.notices, played)
    const failures = [
      ...outcomes.flatMap(failuresOf),
      ...wrong.map(
        ({ alert, labels, atMs }) =>
          `${alert} ${JSON.stringify(labels)} came without a reason at ${new Date(atMs).toISOString()}`,
      ),
    ]
    for (const failure of failures) console.log(`✗ ${failure}`)
    console.log(`${outcomes.length} incidents, ${failures.length} failures`)
    return failures.length === 0 ? 0 : 1
  } finally {
    for (const close of closers.reverse())
      await Promise.resolve(close()).catch?.((error: unknown) => console.error(error))
  }
}

function textOf({ incident, detected, resolvedAfterSec }: Outcome): string {
  const seen = detected.map(
    ({ wanted, afterSec }) => `${wanted.alert} after ${afterSec?.toFixed(1) ?? '-'} s (within ${wanted.withinSec})`,
  )
  return `  ${incident.title}: ${seen.join(', ')}; resolved after ${resolvedAfterSec?.toFixed(1) ?? '-'} s`
}

process.exit(await main(process.argv.slice(2)))
