// `npm run bench:clients -- [produce | consume] [--rounds 6] [--record]`: whether `millrace compare-clients FILE` on real Kafka shows the
// ratios to the JavaScript clients that the peer comparison shows with programs of their own (bench:peers). The command runs as a user
// runs it; clients take turns in a balanced order, each run a process of its own. About three minutes each.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Comparison, comparisonModel } from '../loadgen/compare/model.ts'
import { countText, fixedText, mibText } from '../loadgen/report/format.ts'
import { tell } from './bars/data.ts'
import { filledTopicConfigs } from './settings.ts'
import { KafkaStage } from './stage.ts'

/** As in suites.ts, where the peers have programs that are tuned for them; here all have the same settings. */
const goals = { produce: { kafkajs: 10, platformatic: 8 }, consume: { kafkajs: 12 } } as const
/** More than the fastest reads in six seconds: 6 GB in memory. */
const recordsToRead = 55_000_000
const filledTopic = 'clients-consume'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '6' }, record: { type: 'boolean', default: false } },
})

const cli = fileURLToPath(new URL('../cli/main.ts', import.meta.url))

function millrace(...args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [cli, ...args], { stdio: 'inherit' })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', code => (code === 0 ? resolve() : reject(new Error(`millrace ${args[0]} ended with ${code}`))))
  })
}

type Case = keyof typeof goals

async function compared(name: Case, stage: KafkaStage, dir: string): Promise<Comparison> {
  if (name === 'consume') {
    await stage.createTopic(filledTopic, filledTopicConfigs)
    const fill = ['--topic', filledTopic, '--records', String(recordsToRead), '--record-size', '100', '--quiet']
    await millrace('bench', 'produce', '--bootstrap', stage.bootstrap, ...fill, '--out', join(dir, 'filled.json'))
  }
  const out = join(dir, `${name}.json`)
  const file = fileURLToPath(new URL(`scenarios/clients-${name}.ts`, import.meta.url))
  const own = ['--clients', 'wire,kafkajs,platformatic', '--rounds', values.rounds, '--out', out]
  const env = ['-e', `TOPIC=${filledTopic}`]
  await millrace('compare-clients', file, '--bootstrap', stage.bootstrap, ...own, ...env)
  return comparisonModel.parse(JSON.parse(readFileSync(out, 'utf8')))
}

function found(name: Case, { parts, rounds, balanced }: Comparison) {
  const { clients } = parts[0]!
  const wanted: Readonly<Record<string, number>> = goals[name]
  const times = (ratio: number) => (ratio === 0 ? Number.NaN : 1 / ratio)
  const reached = Object.entries(wanted).every(
    ([client, goal]) => times(clients.find(each => each.client === client)?.ratio ?? 0) >= goal,
  )
  const goal = Object.entries(wanted).map(([client, each]) => `${each} times ${client}`)
  return {
    id: `clients-${name}`,
    command: `npm run bench:clients -- ${name}`,
    goal: `millrace compare-clients of a scenario that is to ${name}, real Apache Kafka, values of 100 bytes, one worker and the same settings for all: the wire client does at least ${goal.join(' and ')}, as in the peer comparison; medians of ${rounds} rounds${balanced ? ' in a balanced order' : ''}.`,
    passed: reached,
    heads: ['client', 'records/s', 'least', 'most', 'wire does', 'CPU µs/record', 'memory, MiB'],
    rows: clients.map(({ client, version, recordsPerSec, ratio, cpuUsPerRecord, rssBytesMax }) => [
      `${client} ${version}`,
      countText(recordsPerSec.median),
      countText(recordsPerSec.min),
      countText(recordsPerSec.max),
      `${fixedText(times(ratio), 1)} times`,
      cpuUsPerRecord === null ? '' : fixedText(cpuUsPerRecord.median, 2),
      mibText(rssBytesMax.median),
    ]),
    notes: ['Settings, cluster and topic layout of all runs were compared by the command, and equal.'],
  }
}

const dir = mkdtempSync(join(tmpdir(), 'millrace-clients-'))
const stage = await KafkaStage.open()
try {
  for (const name of positionals.length === 0 ? Object.keys(goals) : positionals) {
    if (!(name in goals)) throw new Error(`no such case: ${name}`)
    tell(found(name as Case, await compared(name as Case, stage, dir)), values.record)
  }
} finally {
  await stage.close()
  rmSync(dir, { recursive: true, force: true })
}
