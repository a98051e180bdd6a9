// Shows that half an hour of healthy but nasty load fires nothing: bursts, rebalances, deploys, slow committers, idle topics and groups,
// transactions, topics that are deleted and made again, elections, a restart of the agent. Shows too that the same simulation
// would have told: the same cluster with a consumer that is gone fires what it should. Method: a simulated cluster (simulation/world.ts)
// through the agent's own code with a fake clock, scraped every ten seconds, and promtool over all rules at every half minute.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { areas } from '../../alerts/areas.ts'
import { describeClient, reasonWithout } from '../broker/clients/describe-client.ts'
import { runCommand } from '../kafka/harness/tools.ts'
import { Recording } from './simulation/recording.ts'
import { Watcher } from './simulation/watcher.ts'
import { type GroupPlan, type TopicPlan, World } from './simulation/world.ts'

const minutes = 30
const scrapeSec = 10
const isWithin = (sec: number, fromMin: number, forSec: number) => sec >= fromMin * 60 && sec < fromMin * 60 + forSec
/** For so long, every so many minutes. */
const isEvery = (sec: number, everyMin: number, forSec: number) => sec % (everyMin * 60) < forSec && sec > 60
const three = () => 3

const topics: readonly TopicPlan[] = [
  { name: 'orders', partitions: 6, filled: 10_000, arriving: sec => (isEvery(sec, 5, 30) ? 400 : 20) },
  { name: 'idle', partitions: 3, filled: 500, arriving: () => 0 },
  { name: 'sparse', partitions: 1, arriving: sec => (sec % 170 === 0 ? 3 : 0) },
  { name: 'short', partitions: 2, arriving: () => 10, configs: { 'retention.ms': '300000' } },
  { name: 'payments', partitions: 2, arriving: () => 5, open: sec => (sec % 3) * 5 + 1 },
  { name: 'scratch', partitions: 2, filled: 300, arriving: () => 7, exists: sec => !isWithin(sec, 12, 180) },
  { name: 'orders-dlq', partitions: 1, filled: 12, arriving: () => 0 },
  // An election that takes five seconds, and a broker that is restarted in a minute and a half.
  {
    ...{ name: 'replicated', partitions: 3, arriving: () => 50 },
    replicas: sec =>
      isWithin(sec, 15, 5)
        ? { isr: [1, 2], leader: -1 }
        : isWithin(sec, 15, 90)
          ? { isr: [1, 2], leader: 2 }
          : { isr: [1, 2, 3], leader: 1 },
  },
]

const groups: readonly GroupPlan[] = [
  { id: 'billing', topic: 'orders', members: three, speed: 150, commitEverySec: 5, moving: sec => isEvery(sec, 4, 12) },
  { id: 'deployed', topic: 'orders', members: sec => (isEvery(sec, 10, 25) ? 0 : 2), speed: 200, commitEverySec: 5 },
  {
    id: 'rolled',
    topic: 'replicated',
    members: sec => (isEvery(sec, 7, 20) ? 2 : 3),
    speed: 100,
    commitEverySec: 5,
    moving: sec => isEvery(sec, 7, 6),
  },
  { id: 'connect-sink', topic: 'orders', members: () => 1, speed: 500, commitEverySec: 60 },
  { id: 'batcher', topic: 'replicated', members: () => 1, speed: 100, commitEverySec: 20 },
  { id: 'simple', topic: 'short', members: () => 0, isSimple: true, speed: 20, commitEverySec: 10 },
  { id: 'committed-reader', topic: 'payments', members: () => 1, speed: 20, commitEverySec: 5 },
  { id: 'sparse-reader', topic: 'sparse', members: () => 1, speed: 10, commitEverySec: 5 },
  { id: 'idle-reader', topic: 'idle', members: () => 1, speed: 10, commitEverySec: 5 },
  { id: 'idle-empty', topic: 'idle', members: () => 0, speed: 0, commitEverySec: 5 },
  { id: 'scratch-reader', topic: 'scratch', members: () => 1, speed: 50, commitEverySec: 5 },
  {
    id: 'come-and-gone',
    topic: 'orders',
    members: () => 1,
    speed: 900,
    commitEverySec: 5,
    exists: sec => isWithin(sec, 8, 240),
  },
]

async function record(plans: readonly GroupPlan[]): Promise<Recording> {
  const world = new World(topics, plans)
  const recording = new Recording()
  let watcher: Watcher | undefined = new Watcher(world)
  while (world.sec < minutes * 60) {
    world.tick()
    // The agent is restarted: gone for twenty seconds, and what it knew with it.
    if (isWithin(world.sec, 22, 20)) watcher = undefined
    else watcher ??= new Watcher(world)
    await watcher?.tick()
    if (world.sec % scrapeSec === 0) recording.scrape(watcher?.families())
  }
  return recording
}

const firing = 'count by (alertname, group) (ALERTS{alertstate="firing"})'

interface Expected {
  readonly atSec: number
  readonly labels: readonly string[]
}

async function promtool(recording: Recording, expected: readonly Expected[]): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), 'millrace-alarms-'))
  const rules = areas.map(({ name }) => fileURLToPath(new URL(`../../alerts/${name}.rules.yaml`, import.meta.url)))
  const checks = expected.map(({ atSec, labels }) => {
    const samples = labels.map(each => `          - { labels: '${each}', value: 1 }\n`).join('')
    return `      - expr: ${firing}\n        eval_time: ${atSec}s\n${samples === '' ? '' : `        exp_samples:\n${samples}`}`
  })
  try {
    const path = join(dir, 'half-hour.test.yaml')
    writeFileSync(
      path,
      `rule_files: ${JSON.stringify(rules)}\nevaluation_interval: 10s\ntests:\n  - interval: ${scrapeSec}s\n    input_series:\n${recording.text()}    promql_expr_test:\n${checks.join('')}`,
    )
    const { code, stdout, stderr } = await runCommand('promtool', ['test', 'rules', path])
    return code === 0 ? '' : `${stdout}${stderr}`
  } finally {
    rmSync(dir, { recursive: true })
  }
}

const everyHalfMinute = Array.from({ length: minutes * 2 - 1 }, (_, at) => (at + 1) * 30)

describeClient('promtool', reasonWithout('promtool', '--version', 'prometheus'), () => {
  it('half an hour of nasty load fires nothing', { timeout: 60_000 }, async () => {
    const recording = await record(groups)
    expect(recording.size).toBeGreaterThan(500)
    expect(
      await promtool(
        recording,
        everyHalfMinute.map(atSec => ({ atSec, labels: [] })),
      ),
    ).toBe('')
  })

  it('and would have fired: a consumer that ends after ten minutes is told within a minute, and not again when it is back', async () => {
    const gone: GroupPlan = {
      id: 'gone',
      topic: 'orders',
      members: sec => (isWithin(sec, 10, 300) ? 0 : 2),
      speed: 900,
      commitEverySec: 5,
    }
    const recording = await record([gone])
    const label = '{alertname="MillraceConsumerGroupStopped", group="gone"}'
    const expected = [570, 650, 720, 870, 990, 1080].map(atSec => ({
      atSec,
      labels: atSec >= 650 && atSec <= 870 ? [label] : [],
    }))
    expect(await promtool(recording, expected)).toBe('')
  })
})
