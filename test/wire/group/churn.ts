// A group whose members join, leave, are killed, come back as static members, stall and lose their connections, all the while
// that they read a topic; what happens when follows from a seed and from how far they have read.
import { setTimeout as delay } from 'node:timers/promises'
import { makeClock } from '../../../core/clock.ts'
import { makeRandom, type Random } from '../../../core/random.ts'
import { createTopic, fetchCommittedOffsets } from '../../../wire/admin.ts'
import { produce } from '../../../wire/apis/00-produce.ts'
import { Cluster } from '../../../wire/cluster.ts'
import { kafkaCode, kafkaError } from '../../../wire/error-codes.ts'
import { buildBatch } from '../../../wire/record-batch/build.ts'
import type { ClientSettings } from '../../../wire/settings.ts'
import { GroupReader, type ReaderWorld } from './group-reader.ts'
import { GroupLedger } from './ledger.ts'

export type GroupKind = 'range' | 'roundrobin' | 'cooperative-sticky' | 'KIP-848'

export interface ChurnOptions {
  readonly settings: ClientSettings
  readonly topic: string
  readonly kind: GroupKind
  readonly seed: number
  readonly partitions: number
  readonly recordsPerPartition: number
  readonly members: number
  /** Joins, leaves, crashes and so on. */
  readonly events: number
  readonly sessionTimeoutMs: number
  readonly heartbeatIntervalMs: number
  readonly pauseMs: number
  readonly deadlineMs: number
  /** Breaks connections of the cluster, if it can. */
  readonly breakConnections?: (random: Random) => Promise<unknown>
}

const recordsPerBatch = 50
/** A batch or two of these records. */
const partitionMaxBytes = 2_000

/** A leader that does not know yet that it leads refuses some partitions of a request: those alone are sent again. */
function produceAll(
  cluster: Cluster,
  broker: number,
  topic: { readonly name: string; readonly topicId: string },
  batches: Map<number, Buffer>,
): Promise<void> {
  return cluster.retry(async timeoutMs => {
    const partitionData = [...batches].map(([index, records]) => ({ index, records }))
    const body = { acks: -1, timeoutMs: 30_000, topicData: [{ ...topic, partitionData }] }
    const { responses } = await cluster.send({ broker }, produce, body, { timeoutMs })
    const answers = responses.flatMap(each => each.partitionResponses)
    for (const { index, errorCode } of answers) if (errorCode === kafkaCode.NONE) batches.delete(index)
    const failed = answers.find(each => each.errorCode !== kafkaCode.NONE)
    if (failed !== undefined) throw kafkaError(failed.errorCode, `partition ${failed.index}`)
  })
}

/** Values say which record they are: `partition:offset`. */
async function fill(cluster: Cluster, { topic, partitions, recordsPerPartition }: ChurnOptions): Promise<void> {
  const { id: topicId, partitions: known } = await cluster.retry(() => cluster.topic(topic))
  const byLeader = [...Map.groupBy(known.slice(0, partitions), ({ leader }) => leader)]
  // Of today: retention by time deletes what is old.
  const timestampMs = Date.now()
  for (let first = 0; first < recordsPerPartition; first += recordsPerBatch) {
    const count = Math.min(recordsPerBatch, recordsPerPartition - first)
    const batchOf = (partition: number) =>
      buildBatch({
        records: Array.from({ length: count }, (_, index) => {
          return { key: null, value: Buffer.from(`${partition}:${first + index}`), timestampMs }
        }),
      })
    const sent = byLeader.map(([leader, theirs]) => {
      const batches = new Map(theirs.map(({ index }) => [index, batchOf(index)]))
      return produceAll(cluster, leader, { name: topic, topicId }, batches)
    })
    await Promise.all(sent)
  }
}

function memberOptionsOf({ kind, sessionTimeoutMs, heartbeatIntervalMs }: ChurnOptions): ReaderWorld['memberOptions'] {
  const rebalanceTimeoutMs = 4 * sessionTimeoutMs
  if (kind === 'KIP-848') return common => ({ ...common, protocol: 'consumer', rebalanceTimeoutMs })
  const timing = { sessionTimeoutMs, heartbeatIntervalMs, rebalanceTimeoutMs }
  return common => ({ ...common, protocol: 'classic', assignor: kind, ...timing })
}

export interface ChurnResult {
  readonly ledger: GroupLedger
  readonly happened: Readonly<Record<string, number>>
  /** Partitions of each living member at the end. */
  readonly loads: readonly number[]
  /** Of each partition, as the coordinator has it at the end. */
  readonly committed: readonly number[]
  /** What ended members that were not told to end. */
  readonly ends: readonly string[]
}

export async function churn(options: ChurnOptions): Promise<ChurnResult> {
  const { settings, topic, partitions, recordsPerPartition, members, events, pauseMs, sessionTimeoutMs } = options
  const clock = makeClock()
  const groupId = `group-${topic}`
  const admin = await Cluster.connect(settings, { clock })
  await createTopic(admin, { name: topic, partitions, replicationFactor: 1 })
  await fill(admin, options)
  const ledger = new GroupLedger(partitions, recordsPerPartition, () => clock.nowNs() / 1e6)
  const reading = { pauseMs, partitionMaxBytes, commitEvery: 5, memberOptions: memberOptionsOf(options) }
  const group = new ChurningGroup({ settings, topic, groupId, ledger, clock, sessionTimeoutMs, ...reading }, options)
  const isOver = () => clock.nowNs() / 1e6 > options.deadlineMs
  try {
    await group.fillUp(members)
    for (let done = 0; done < events && !isOver(); done++) {
      const mark = (ledger.total * (done + 1)) / (events + 1)
      while (ledger.distinct < mark && !isOver() && ledger.violations.length === 0) await delay(20)
      await group.happen()
    }
    await group.fillUp(members)
    const isDone = () => {
      const loads = group.loads()
      const isAll = loads.reduce((total, load) => total + load, 0) === partitions
      // A coordinator may come to even shares by steps (KIP-848).
      const isEven = Math.max(...loads) - Math.min(...loads) <= 1
      const isCommitted = Array.from({ length: partitions }, (_, index) => ledger.committedOf(index))
      return (
        isAll &&
        isEven &&
        isCommitted.every(offset => offset === recordsPerPartition) &&
        ledger.distinct === ledger.total
      )
    }
    while (!isDone() && !isOver() && ledger.violations.length === 0) await delay(20)
    const indexes = Array.from({ length: partitions }, (_, index) => index)
    const committed = await fetchCommittedOffsets(admin, groupId, topic, indexes)
    return {
      ledger,
      happened: group.happened,
      loads: group.loads(),
      committed: indexes.map(index => committed.get(index)?.offset ?? 0),
      ends: group.ends,
    }
  } finally {
    await group.end()
    await admin.close()
  }
}

class ChurningGroup {
  readonly happened: Record<string, number> = {}
  readonly ends: string[] = []
  readonly #world: ReaderWorld
  readonly #options: ChurnOptions
  readonly #random: Random
  #readers: GroupReader[] = []
  readonly #leaving = new Set<Promise<unknown>>()
  #made = 0

  constructor(world: ReaderWorld, options: ChurnOptions) {
    this.#world = world
    this.#options = options
    this.#random = makeRandom(options.seed)
  }

  loads(): number[] {
    const { loads } = this.#world.ledger
    return this.#readers.map(reader => loads.get(reader) ?? 0)
  }

  async fillUp(members: number): Promise<void> {
    this.#readers = this.#readers.filter(reader => reader.isAlive)
    while (this.#readers.length < members) await this.#join(this.#made % 4 === 0 ? `static-${this.#made}` : undefined)
  }

  async #join(instanceId?: string): Promise<void> {
    const reader = await GroupReader.join(this.#world, `member-${this.#made++}`, instanceId)
    this.#readers.push(reader)
    void reader.ended.then(error => {
      if (error !== undefined) this.ends.push(`${reader.name}: ${error.message}`)
    })
  }

  async happen(): Promise<void> {
    this.#readers = this.#readers.filter(reader => reader.isAlive)
    const { members, sessionTimeoutMs, breakConnections } = this.#options
    const dice = this.#random.fraction()
    const victim = this.#readers[this.#random.below(this.#readers.length)]
    const count = (what: string) => {
      this.happened[what] = (this.happened[what] ?? 0) + 1
    }
    if (victim === undefined || (dice < 0.3 && this.#readers.length < members)) {
      count('join')
      return this.#join()
    }
    if (dice < 0.5) {
      count('leave')
      return this.#without(victim, victim.leave())
    }
    if (dice < 0.7) {
      count('crash')
      return this.#without(victim, victim.crash())
    }
    if (dice < 0.9) {
      count('stall')
      return victim.stall(sessionTimeoutMs * (0.5 + this.#random.fraction()))
    }
    if (dice < 0.95 || breakConnections === undefined) return this.#comeBack(count)
    count('connections')
    await breakConnections(this.#random)
  }

  /** A static member is restarted within its session. */
  async #comeBack(count: (what: string) => void): Promise<void> {
    const victim = this.#readers.find(({ instanceId }) => instanceId !== undefined)
    if (victim === undefined) return
    count('restart')
    this.#readers = this.#readers.filter(reader => reader !== victim)
    await victim.leave()
    await this.#join(victim.instanceId)
  }

  /** It may take a while: the others go on. */
  #without(victim: GroupReader, ending: Promise<void>): void {
    this.#readers = this.#readers.filter(reader => reader !== victim)
    const done = ending.catch(error => this.ends.push(String(error))).finally(() => this.#leaving.delete(done))
    this.#leaving.add(done)
  }

  async end(): Promise<void> {
    await Promise.all(this.#leaving)
    await Promise.all(this.#readers.filter(reader => reader.isAlive).map(reader => reader.crash()))
  }
}
