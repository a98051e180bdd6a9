// `npm run bench:lag-seconds`: the lag in seconds that the agent tells of groups on real Apache Kafka, beside the times at which the
// records were written and the commits made, which are known here to the millisecond. All traces at once, a topic and a group each;
// two agents' views of them, with records that are read and without.
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type Agent, collectorSettings, everything, startAgent } from '../agents/index.ts'
import { scoreOf, type Told, type Trace, traces, truthSec } from '../test/agents/lag/traces.ts'
import { appendBatch } from '../test/agents/writing.ts'
import { startKafka } from '../test/kafka/harness/index.ts'
import { settingsOf } from '../test/kafka/settings.ts'
import { commitOffsets, createTopic } from '../wire/admin.ts'
import { Cluster } from '../wire/cluster.ts'
import { tell } from './bars/data.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '150' },
    /** Seconds from look to look. */
    interval: { type: 'string', default: '1' },
    record: { type: 'boolean', default: false },
  },
})
const durationMs = Number(values.seconds) * 1000
const intervalMs = Number(values.interval) * 1000
const tickMs = 10
/** The exact answer needs no look before; bounds from the ends that were seen do. */
const views = [
  { name: 'seen', exactReads: 0 },
  { name: 'read', exactReads: 100 },
] as const
const withinMin = 0.99

/** What really happened: records by the clock of this process, which is that of the agent too. */
class Played {
  readonly trace: Trace
  readonly topic: string
  /** Handed to the broker, and acknowledged. */
  readonly writtenAtMs: number[] = []
  readonly ackedAtMs: number[] = []
  #acked = 0
  #writing: Promise<unknown> = Promise.resolve()
  #committing: Promise<unknown> = Promise.resolve()
  #commitsDone = 0

  constructor(trace: Trace) {
    this.trace = trace
    this.topic = trace.name.replaceAll(' ', '-')
  }

  async create(cluster: Cluster): Promise<void> {
    const type = this.trace.isLogAppendTime ? 'LogAppendTime' : 'CreateTime'
    const configs = { 'message.timestamp.type': type }
    await createTopic(cluster, { name: this.topic, partitions: 1, replicationFactor: 1, configs })
    await commitOffsets(cluster, this.topic, this.topic, new Map([[0, 0]]))
  }

  /** Begins what is due; one batch and one commit at a time, as a producer and a consumer would. */
  tick(cluster: Cluster, atMs: number): void {
    this.#writing = this.#writing.then(() => this.#write(cluster, atMs))
    this.#committing = this.#committing.then(() => this.#commit(cluster, atMs))
  }

  async #write(cluster: Cluster, atMs: number): Promise<void> {
    const first = this.#acked
    const due = this.trace.appendsAtMs.findLastIndex(each => each <= atMs) + 1 - first
    if (due <= 0) return
    const nowMs = Date.now()
    for (let index = 0; index < due; index++) this.writtenAtMs.push(nowMs)
    await appendBatch(cluster, this.topic, 0, new Array(due).fill(nowMs + this.trace.skewMs))
    const ackedMs = Date.now()
    for (let index = 0; index < due; index++) this.ackedAtMs.push(ackedMs)
    this.#acked += due
  }

  async #commit(cluster: Cluster, atMs: number): Promise<void> {
    const { commits } = this.trace
    const until = commits.findLastIndex(each => each.atMs <= atMs) + 1
    if (until <= this.#commitsDone) return
    this.#commitsDone = until
    const offset = Math.min(commits[until - 1]!.offset, this.#acked)
    await commitOffsets(cluster, this.topic, this.topic, new Map([[0, offset]]))
  }

  settled(): Promise<unknown> {
    return Promise.all([this.#writing, this.#committing])
  }
}

async function play(cluster: Cluster, played: readonly Played[], startedMs: number): Promise<void> {
  for (let atMs = 0; atMs < durationMs; atMs = Date.now() - startedMs) {
    for (const each of played) each.tick(cluster, atMs)
    await delay(tickMs)
  }
  for (const each of played) await each.settled()
}

interface LagPage {
  readonly clusters: Readonly<
    Record<string, { readonly takenAt: string; readonly groups: readonly LagPageGroup[] } | null>
  >
}

interface LagPageGroup {
  readonly group: string
  readonly topics: readonly {
    readonly partitions: readonly {
      readonly committed: number
      readonly lagSeconds: { readonly low: number | null; readonly high: number | null }
    }[]
  }[]
}

/** Each look once, by view and group. */
async function listen(agent: Agent, signal: AbortSignal): Promise<Map<string, Map<number, Told>>> {
  const told = new Map<string, Map<number, Told>>()
  while (!signal.aborted) {
    const page = (await (await fetch(`${agent.url}/api/v1/lag?partitions=true`)).json()) as LagPage
    for (const [view, look] of Object.entries(page.clusters)) {
      for (const { group, topics } of look?.groups ?? []) {
        const [partition] = topics[0]?.partitions ?? []
        if (partition === undefined) continue
        const { committed, lagSeconds } = partition
        const atMs = Date.parse(look!.takenAt)
        const key = `${view} ${group}`
        if (!told.has(key)) told.set(key, new Map())
        told.get(key)!.set(atMs, { committed, lowSec: lagSeconds.low, highSec: lagSeconds.high, atMs })
      }
    }
    await delay(intervalMs / 4)
  }
  return told
}

async function watched(bootstrap: string): Promise<Agent> {
  const clusters = views.map(({ name, exactReads }) => ({
    ...{ name, client: settingsOf(bootstrap), groups: everything, topics: everything, profiles: ['native'] as const },
    collectors: collectorSettings({ lag: { intervalMs, values: { 'exact-reads': exactReads } } }).filter(
      collector => collector.name === 'lag',
    ),
  }))
  return startAgent({ clusters, listen: { host: '127.0.0.1', port: 0 } }, console.error)
}

const kafka = await startKafka()
try {
  const cluster = await Cluster.connect(settingsOf(kafka.bootstrap))
  const played = traces(durationMs).map(trace => new Played(trace))
  for (const each of played) await each.create(cluster)
  const agent = await watched(kafka.bootstrap)
  const over = new AbortController()
  const listening = listen(agent, over.signal)
  await delay(2 * intervalMs)
  const startedMs = Date.now()
  await play(cluster, played, startedMs)
  over.abort()
  const told = await listening
  await agent.close()
  await cluster.close()
  const rows = played.flatMap(({ trace, topic, writtenAtMs, ackedAtMs }) =>
    views.map(view => {
      const samples = [...told.get(`${view.name} ${topic}`)!.values()].filter(({ atMs }) => atMs >= startedMs)
      // A broker that stamps records itself does so between the two.
      const truthOf = (each: Told): readonly [number, number] => {
        const handedSec = truthSec(writtenAtMs, each)
        return [trace.isLogAppendTime ? truthSec(ackedAtMs, each) : handedSec, handedSec]
      }
      const score = scoreOf(samples, truthOf)
      const isReached = score.within >= withinMin && score.errorSecMedian < intervalMs / 1000
      return {
        isReached,
        cells: [
          ...[trace.name, view.name, String(score.samples), `${(score.within * 100).toFixed(1)} %`],
          ...[score.errorSecMedian, score.errorSecMax].map(sec => sec.toFixed(3)),
          `${(score.openShare * 100).toFixed(1)} %`,
        ],
      }
    }),
  )
  const found = {
    id: 'lag-seconds',
    command: 'npm run bench:lag-seconds',
    goal: `Real Apache Kafka, a look every ${values.interval} s, ${values.seconds} s: the truth lies within the published bounds of the lag in seconds in at least 99 % of the samples, and the median error of the upper bound is under one interval, for each trace, from the ends that were seen alone and with records that are read.`,
    passed: rows.every(({ isReached }) => isReached),
    heads: ['trace', 'bounds from', 'samples', 'within', 'median error, s', 'largest error, s', 'lower bound only'],
    rows: rows.map(({ cells }) => cells),
    notes: [
      'Truth: the moment of the look minus the moment at which the record at the commit was handed to the broker; with LogAppendTime, between that and its acknowledgement.',
    ],
  }
  tell(found, values.record)
} finally {
  await kafka.stop()
}
