// The faults of a cluster: added and removed while it runs, each on at its times. Requests meet them in the interceptor;
// what they do to the cluster itself is done here, by timers.
//
// Timers start and end stalls, so their length is as exact as a timer: a millisecond or two.
import { configError } from '../core/errors.ts'
import { makeRandom, type Random } from '../core/random.ts'
import type { ClusterState } from './cluster.ts'
import { act, type Done } from './faults/cluster-actions.ts'
import { type ClusterEffect, type Fault, type FaultMatch, type FaultStatus, isClusterEffect } from './faults/fault.ts'
import { FaultInterceptor } from './faults/interceptor.ts'
import { readFault } from './faults/read-fault.ts'
import { Rule } from './faults/rule.ts'
import { nextWindow } from './faults/window.ts'
import { makeFetchSessions } from './fetch-sessions.ts'
import type { Cancel } from './scheduler.ts'

export * from './faults/fault.ts'

const faultsMax = 100

/** What a cluster fault has done in its present window. */
interface ClusterWork {
  windowIndex: number
  done: Done | undefined
}

export class Faults {
  readonly #cluster: ClusterState
  readonly #random: Random
  readonly #interceptor: FaultInterceptor
  readonly #timers = new Map<Rule, Cancel>()
  readonly #work = new Map<Rule, ClusterWork>()
  #rules: readonly Rule[] = []
  #nextId = 1

  /** The same seed spares and strikes the same requests, as far as they come in the same order. */
  constructor(cluster: ClusterState, seed = 1) {
    this.#cluster = cluster
    this.#random = makeRandom(seed)
    const nowMs = () => cluster.nowMs
    this.#interceptor = new FaultInterceptor({
      rules: () => this.#rules,
      nowMs,
      wait: untilMs => this.#wait(untilMs),
      fraction: () => this.#random.fraction(),
      nameOf: topicId => cluster.topics.byId(topicId)?.name,
      sessionTopics: request => sessionTopics(cluster, request),
    })
  }

  /** Checked here too: it may come from a caller without types. */
  add(fault: Fault): FaultStatus {
    const checked = readFault(fault)
    const { nowMs } = this.#cluster
    const kept = this.#rules.filter(rule => this.#rules.length < faultsMax || rule.status(nowMs).state !== 'over')
    if (kept.length >= faultsMax) throw configError([{ path: 'fault', message: `there are ${faultsMax} already` }])
    const rule = new Rule(`f${this.#nextId++}`, checked, nowMs)
    this.#setRules([...kept, rule])
    this.#tick(rule)
    return rule.status(nowMs)
  }

  /** What it holds goes on, what it did to the cluster is undone. False: there is none with this id. */
  remove(id: string): boolean {
    const rule = this.#rules.find(each => each.id === id)
    if (rule === undefined) return false
    this.#setRules(this.#rules.filter(each => each !== rule))
    rule.isRemoved = true
    this.#timers.get(rule)?.()
    this.#timers.delete(rule)
    if (rule.fault.forMs !== undefined) this.#undo(rule)
    this.#work.delete(rule)
    rule.release()
    return true
  }

  clear(): void {
    for (const { id } of this.#rules) this.remove(id)
  }

  list(): FaultStatus[] {
    return this.#rules.map(rule => rule.status(this.#cluster.nowMs))
  }

  /** Does something to the cluster at once; how many partitions or brokers have changed. */
  act(effect: ClusterEffect, match: FaultMatch = {}): number {
    const { changes } = act(this.#cluster, effect, match)
    this.#tell(effect, changes)
    return changes
  }

  /** Without faults a request does not even meet the interceptor. */
  #setRules(rules: readonly Rule[]): void {
    this.#rules = rules
    const isNeeded = rules.some(({ fault }) => !isClusterEffect(fault.effect))
    this.#cluster.interceptor = isNeeded ? this.#interceptor : undefined
  }

  // ---- time ----

  /** At every beginning and end of the fault's windows. */
  #tick(rule: Rule): void {
    if (rule.isRemoved) return
    const { effect } = rule.fault
    const { nowMs } = this.#cluster
    const window = rule.windowAt(nowMs)
    if (isClusterEffect(effect)) this.#workOn(rule, effect, window?.index)
    else if (window === undefined) rule.release()
    const atMs = window?.endMs ?? nextWindow(rule.fault, rule.addedMs, nowMs)?.startMs
    if (atMs === undefined || atMs === Number.POSITIVE_INFINITY) return void this.#timers.delete(rule)
    const cancel = this.#cluster.scheduler.after(Math.max(1, atMs - nowMs), () => this.#tick(rule))
    this.#timers.set(rule, cancel)
  }

  async #wait(untilMs: number): Promise<void> {
    // A timer may come a little early.
    for (let leftMs = untilMs - this.#cluster.nowMs; leftMs > 0; leftMs = untilMs - this.#cluster.nowMs) {
      await new Promise<void>(resolve => this.#cluster.scheduler.after(Math.ceil(leftMs), resolve))
    }
  }

  // ---- the cluster ----

  #workOn(rule: Rule, effect: ClusterEffect, windowIndex: number | undefined): void {
    const work = this.#work.get(rule)
    if (work !== undefined && work.windowIndex !== windowIndex && rule.fault.forMs !== undefined) this.#undo(rule)
    const isDoneHere = work?.windowIndex === windowIndex
    if (windowIndex === undefined || isDoneHere || rule.hits >= (rule.fault.times ?? Number.POSITIVE_INFINITY)) return
    const done = act(this.#cluster, effect, rule.fault.match)
    this.#work.set(rule, { windowIndex, done })
    rule.hits++
    this.#tell(effect, done.changes)
  }

  #undo(rule: Rule): void {
    const work = this.#work.get(rule)
    work?.done?.undo()
    if (work !== undefined) work.done = undefined
  }

  #tell({ kind }: ClusterEffect, changes: number): void {
    this.#cluster.notice(`${kind}: ${changes === 0 ? 'nothing to change' : `${changes} changed`}`)
  }
}

/** One a cluster. */
export const makeFaults = (cluster: ClusterState): Faults => new Faults(cluster, cluster.options.faultSeed)

/** As a request would name them. */
function sessionTopics(cluster: ClusterState, request: unknown): unknown {
  const { sessionId } = request as { sessionId: number }
  const session = cluster.part(makeFetchSessions).peek(sessionId)
  const topics = [...(session?.partitions.values() ?? [])].map(({ topic, topicId, partition }) => ({
    topic,
    topicId,
    partitions: [partition],
  }))
  return { topics }
}
