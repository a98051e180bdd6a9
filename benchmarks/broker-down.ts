// `npm run bench:broker-down`: three brokers of real Apache Kafka and an agent with its defaults. One broker is killed, then one is
// frozen: how soon it is named, how old what is told of the others becomes, whether anything is missing without a word, and how long
// after the broker is back all is as before. The agent is never restarted.
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { collectorSettings, everything, startAgent } from '../agents/index.ts'
import { appendBatch } from '../test/agents/writing.ts'
import { type Broker, startKafka } from '../test/kafka/harness/index.ts'
import { settingsOf } from '../test/kafka/settings.ts'
import { commitOffsets, createTopic } from '../wire/admin.ts'
import { Cluster } from '../wire/cluster.ts'
import { readLagPage, silentlyMissing } from './agents/lag-page.ts'
import { tell } from './bars/data.ts'

const { values } = parseArgs({
  options: {
    /** Seconds for which a broker is gone. */
    outage: { type: 'string', default: '40' },
    groups: { type: 'string', default: '30' },
    record: { type: 'boolean', default: false },
  },
})
const outageMs = Number(values.outage) * 1000
const groupIds = Array.from({ length: Number(values.groups) }, (_, index) => `reader-${index}`)
const partitions = 6
const pollMs = 250
const recoveredMsMax = 90_000
const cluster = 'main'

const collectors = collectorSettings({})
const timesOf = (name: string) => collectors.find(collector => collector.name === name)!
/** From one look to the end of the next, when the broker keeps silent. */
const cycleMsOf = (name: string) => timesOf(name).intervalMs + timesOf(name).timeoutMs

/** Records one by one on a partition of a broker that stays, so that one knows since when what a page shows is no longer true. */
class Pulse {
  readonly #ackedAtMs: number[] = []
  readonly #partition: number
  readonly #over = new AbortController()
  readonly #beating: Promise<void>

  constructor(client: Cluster, partition: number) {
    this.#partition = partition
    this.#beating = this.#beat(client)
    // It is told when the pulse is stopped.
    this.#beating.catch(() => {})
  }

  get beats(): number {
    return this.#ackedAtMs.length
  }

  async #beat(client: Cluster): Promise<void> {
    while (!this.#over.signal.aborted) {
      await appendBatch(client, 'pulse', this.#partition, [Date.now()])
      this.#ackedAtMs.push(Date.now())
      await delay(200)
    }
  }

  /** How long the first record has been there that the page does not show. */
  staleMs(shownEnds: ReadonlyMap<string, number>, nowMs: number): number {
    const shown = shownEnds.get(`pulse ${this.#partition}`) ?? 0
    const ackedAtMs = this.#ackedAtMs[shown]
    return ackedAtMs === undefined ? 0 : Math.max(0, nowMs - ackedAtMs)
  }

  stop(): Promise<void> {
    this.#over.abort()
    return this.#beating
  }
}

async function prepare(client: Cluster): Promise<void> {
  await createTopic(client, { name: 'shared', partitions, replicationFactor: 3 })
  await createTopic(client, { name: 'alone', partitions, replicationFactor: 1 })
  await createTopic(client, { name: 'pulse', partitions: 3, replicationFactor: 1 })
  for (const topic of ['shared', 'alone']) {
    for (let partition = 0; partition < partitions; partition++) await appendBatch(client, topic, partition, [1, 2, 3])
    const commits = new Map(Array.from({ length: partitions }, (_, partition) => [partition, 1]))
    for (const group of groupIds) await commitOffsets(client, group, topic, commits)
  }
}

interface Case {
  readonly name: string
  begin(broker: Broker): Promise<unknown> | unknown
  end(broker: Broker): Promise<unknown> | unknown
}

const cases: readonly Case[] = [
  { name: 'killed (SIGKILL)', begin: broker => broker.kill(), end: broker => broker.start() },
  {
    name: 'frozen (SIGSTOP)',
    begin: broker => process.kill(broker.pid!, 'SIGSTOP'),
    end: broker => process.kill(broker.pid!, 'SIGCONT'),
  },
]

interface Found {
  readonly name: string
  readonly namedAfterMs: number | undefined
  readonly staleMsMax: number
  readonly missingMax: number
  readonly silentMax: number
  readonly recoveredAfterMs: number | undefined
}

async function play(each: Case, victim: Broker, url: string, pulse: Pulse): Promise<Found> {
  const rowsBefore = (await readLagPage(url)).rows
  let [staleMsMax, missingMax, silentMax] = [0, 0, 0]
  const look = async () => {
    const page = await readLagPage(url)
    staleMsMax = Math.max(staleMsMax, pulse.staleMs(page.ends, page.atMs))
    const missing = [...rowsBefore].filter(row => !page.rows.has(row))
    missingMax = Math.max(missingMax, missing.length)
    silentMax = Math.max(silentMax, silentlyMissing(missing, page))
    return { isNamed: page.brokersUp.get(String(victim.id)) === 0, isWhole: missing.length === 0 && page.gaps === 0 }
  }
  const beganMs = Date.now()
  const beatsBefore = pulse.beats
  await each.begin(victim)
  let namedAfterMs: number | undefined
  while (Date.now() - beganMs < outageMs) {
    if ((await look()).isNamed) namedAfterMs ??= Date.now() - beganMs
    await delay(pollMs)
  }
  if (pulse.beats - beatsBefore < outageMs / 1000)
    throw new Error('too few records were written meanwhile to tell of age')
  await each.end(victim)
  const backMs = Date.now()
  let recoveredAfterMs: number | undefined
  while (recoveredAfterMs === undefined && Date.now() - backMs < recoveredMsMax) {
    const { isNamed, isWhole } = await look()
    if (isWhole && !isNamed) recoveredAfterMs = Date.now() - backMs
    await delay(pollMs)
  }
  return { name: each.name, namedAfterMs, staleMsMax, missingMax, silentMax, recoveredAfterMs }
}

const isReached = ({ namedAfterMs, staleMsMax, silentMax, recoveredAfterMs }: Found) =>
  namedAfterMs !== undefined &&
  namedAfterMs <= cycleMsOf('brokers') + pollMs * 4 &&
  staleMsMax <= cycleMsOf('lag') + pollMs * 4 &&
  silentMax === 0 &&
  recoveredAfterMs !== undefined

const secondsText = (ms: number | undefined) => (ms === undefined ? 'never' : (ms / 1000).toFixed(1))

const kafka = await startKafka({ brokers: 3, heapMb: 384 })
try {
  const client = await Cluster.connect(
    settingsOf(kafka.bootstrap, { requestTimeoutMs: 3_000, connectTimeoutMs: 2_000 }),
  )
  await prepare(client)
  const settings = { name: cluster, client: settingsOf(kafka.bootstrap), groups: everything, topics: everything }
  const agent = await startAgent(
    { clusters: [{ ...settings, profiles: ['native'], collectors }], listen: { host: '127.0.0.1', port: 0 } },
    () => {},
  )
  const rows = groupIds.length * partitions * 2
  for (let tries = 0; (await readLagPage(agent.url)).rows.size < rows; tries++) {
    if (tries > 60_000 / pollMs) throw new Error('the page has not all groups')
    await delay(pollMs)
  }
  const victim = kafka.brokers[2]!
  const ledBy = (await client.metadata(['pulse'])).topics.get('pulse')!.partitions
  const pulse = new Pulse(client, ledBy.find(({ leader }) => leader !== victim.id)!.index)
  const found: Found[] = []
  for (const each of cases) {
    await delay(cycleMsOf('brokers'))
    found.push(await play(each, victim, agent.url, pulse))
  }
  await pulse.stop()
  await agent.close()
  await client.close()
  tell(
    {
      id: 'broker-down',
      command: 'npm run bench:broker-down',
      goal: `Real Apache Kafka, three brokers, an agent with its defaults (lag every ${cycleText('lag')}, brokers every ${cycleText('brokers')}), one broker gone for ${values.outage} s: it is named within one cycle, what is told of the others is no older than one cycle, no series is missing without a gap or an unknown partition that says so, and all is as before afterwards, without a restart of the agent.`,
      passed: found.every(isReached),
      heads: [
        ...['broker 3', 'named after, s', 'others at most old, s', 'series of lag missing, at most'],
        ...['of them without a word', 'whole again after, s'],
      ],
      rows: found.map(each => [
        ...[each.name, secondsText(each.namedAfterMs), secondsText(each.staleMsMax)],
        ...[`${each.missingMax} of ${rows}`, String(each.silentMax), secondsText(each.recoveredAfterMs)],
      ]),
      notes: [
        'A cycle: the interval, and the timeout for which a look waits for a broker that keeps silent. Age: since when records had been acknowledged, on a partition of another broker, that the page did not show. A second more than a cycle is let pass, for the looks at the page.',
      ],
    },
    values.record,
  )
} finally {
  await kafka.stop()
}

function cycleText(name: string): string {
  const { intervalMs, timeoutMs } = timesOf(name)
  return `${intervalMs / 1000} s, at most ${timeoutMs / 1000} s for a look`
}
