// Makes rebalances of what members tell of their partitions. Pure: events come in with their times.
//
// A rebalance is a time in which at least one partition has no reader: it begins when the first is given up, lost or left
// behind, and ends with the first answer for the last of them. One change of members may bring several, as with KIP-848, where
// each partition goes its own way.
import type { MemberChange, Ownership } from '../worker/contract.ts'
import type { Rebalances } from './model.ts'

type Rebalance = Rebalances['list'][number]

const listMax = 100
/** A rebalance that begins this long after the run has changed the members is put down to that. */
const causeNsMax = 15e9

export class RebalanceWatch {
  readonly #partitions: number
  readonly #consumers: number
  readonly #owners = new Map<number, number>()
  /** Since when nobody reads them. */
  readonly #unread = new Map<number, number>()
  readonly #moved = new Set<number>()
  readonly #pausesMs: number[] = []
  readonly #all: Omit<Rebalance, 'sec'>[] = []
  readonly #list: Rebalance[] = []
  readonly #changes: Record<MemberChange, number> = { join: 0, leave: 0, kill: 0 }
  readonly #commits = { done: 0, failed: 0 }
  #begunNs: number
  #formedNs: number | undefined
  #startNs: number | undefined
  #change: { readonly does: MemberChange; readonly ns: number } | undefined
  #open: { readonly ns: number; readonly cause: Rebalance['cause'] } | undefined

  constructor(partitions: number, consumers: number, begunNs: number) {
    this.#partitions = partitions
    this.#consumers = consumers
    this.#begunNs = begunNs
  }

  /** Every partition has an owner, and no consumer has two more than another. */
  get isFormed(): boolean {
    if (this.#owners.size < this.#partitions) return false
    const shares = new Array<number>(this.#consumers).fill(0)
    for (const consumer of this.#owners.values()) shares[consumer]!++
    return Math.max(...shares) - Math.min(...shares) <= 1
  }

  /** Of how many partitions nobody of the run is the owner. */
  get unowned(): number {
    return this.#partitions - this.#owners.size
  }

  /** From here on partitions that nobody reads are missed. */
  start(ns: number): void {
    this.#startNs = ns
  }

  changed(does: MemberChange, ns: number): void {
    this.#changes[does]++
    this.#change = { does, ns }
  }

  committed(isDone: boolean): void {
    this.#commits[isDone ? 'done' : 'failed']++
  }

  take({ what, partitions, consumer, ns }: Ownership): void {
    for (const partition of partitions) {
      if (what === 'assigned') this.#owners.set(partition, consumer)
      else if (what === 'fetching') this.#isRead(partition, ns)
      else if (this.#owners.get(partition) === consumer) {
        this.#owners.delete(partition)
        this.#isLeft(partition, what, ns)
      }
    }
    if (this.#formedNs === undefined && this.isFormed) this.#formedNs = ns
  }

  result(about: Pick<Rebalances, 'group' | 'protocol' | 'assignor' | 'consumers'>): Rebalances {
    const seconds = this.#all.map(each => each.seconds)
    const total = seconds.reduce((sum, each) => sum + each, 0)
    const pausesMs = [...this.#pausesMs].sort((one, other) => one - other)
    const at = (share: number) => pausesMs[Math.min(pausesMs.length - 1, Math.ceil(pausesMs.length * share) - 1)]!
    return {
      ...about,
      formedSeconds: Math.max(0, (this.#formedNs ?? this.#begunNs) - this.#begunNs) / 1e9,
      ...{ joined: this.#changes.join, left: this.#changes.leave, killed: this.#changes.kill },
      count: seconds.length,
      ...(seconds.length > 0 && { seconds: { mean: total / seconds.length, max: Math.max(...seconds), total } }),
      ...(pausesMs.length > 0 && {
        partitionPause: { count: pausesMs.length, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) },
      }),
      list: this.#list,
      unfinished: this.#unread.size,
      ...{ commits: this.#commits.done, commitsFailed: this.#commits.failed },
    }
  }

  #isLeft(partition: number, what: 'revoked' | 'lost' | 'killed', ns: number): void {
    if (this.#startNs === undefined) return
    this.#unread.set(partition, this.#unread.get(partition) ?? ns)
    this.#moved.add(partition)
    this.#open ??= { ns, cause: this.#causeOf(what, ns) }
  }

  #isRead(partition: number, ns: number): void {
    const sinceNs = this.#unread.get(partition)
    if (sinceNs === undefined || this.#open === undefined) return
    this.#unread.delete(partition)
    this.#pausesMs.push(Math.max(0, ns - sinceNs) / 1e6)
    if (this.#unread.size > 0) return
    const { ns: fromNs, cause } = this.#open
    const ended = { seconds: Math.max(0, ns - fromNs) / 1e9, partitions: this.#moved.size, cause }
    this.#all.push(ended)
    if (this.#list.length < listMax) this.#list.push({ sec: (fromNs - this.#startNs!) / 1e9, ...ended })
    this.#moved.clear()
    this.#open = undefined
  }

  #causeOf(what: 'revoked' | 'lost' | 'killed', ns: number): Rebalance['cause'] {
    if (what === 'killed') return 'kill'
    if (this.#change !== undefined && ns - this.#change.ns <= causeNsMax) return this.#change.does
    return what === 'lost' ? 'lost' : 'other'
  }
}
