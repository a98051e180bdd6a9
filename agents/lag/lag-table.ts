// The lags of a cluster as the agent keeps them from one look to the next: columns of topics, rows of groups, and what was observed of
// each. What is not in a look is forgotten with it.
import {
  lagStatus,
  noProgressMs,
  type Observations,
  type StatusRules,
  statusRulesDefault,
} from '../evaluate/lag-status.ts'
import type { GroupSnapshot, LagSnapshot } from '../snapshot.ts'
import type { OffsetQuestion } from '../source/commit-times.ts'
import { ExactTimes } from './exact-times.ts'
import { assignedOf, GroupColumns, type Moment, topicNamesOf } from './group-columns.ts'
import { GroupRows } from './group-rows.ts'
import { ObservationAxis } from './observation-axis.ts'
import { TopicColumns } from './topic-columns.ts'

/** What is said of a group as a whole. */
export type GroupFacts = Omit<GroupSnapshot, 'commits' | 'shareLags'>

export interface TableGroup {
  readonly snapshot: GroupFacts
  readonly columns: GroupColumns
  /** By topic. */
  readonly rows: readonly GroupRows[]
}

export class LagTable {
  readonly exact = new ExactTimes()
  readonly #rules: StatusRules
  readonly #axis: ObservationAxis
  readonly #isTopicWanted: (topic: string) => boolean
  #topics = new Map<string, TopicColumns>()
  #groups = new Map<string, TableGroup>()

  constructor(isTopicWanted: (topic: string) => boolean = () => true, rules: StatusRules = statusRulesDefault) {
    this.#rules = rules
    this.#axis = new ObservationAxis(rules.windowMs)
    this.#isTopicWanted = isTopicWanted
  }

  get groups(): readonly TableGroup[] {
    return [...this.#groups.values()]
  }

  get topics(): Iterable<TopicColumns> {
    return this.#topics.values()
  }

  /** Takes in one look. States are judged by `judge`, when what had to be read of the logs is there. */
  take(snapshot: LagSnapshot): void {
    const { commitsAtMs, endsAtMs } = snapshot
    const isReplacing = this.#axis.begin(endsAtMs)
    const newest = this.#axis.length - 1
    const slot = this.#axis.slotOf(newest)
    const moment = { slot, slotBefore: newest > 0 ? this.#axis.slotOf(newest - 1) : undefined, isReplacing }
    this.#topics = this.#topicsOf(snapshot)
    for (const columns of this.#topics.values())
      columns.saw(snapshot.ends.get(columns.name), slot, endsAtMs, commitsAtMs)
    const groups = new Map<string, TableGroup>()
    for (const group of snapshot.groups) groups.set(group.groupId, this.#groupOf(group, moment))
    this.#groups = groups
  }

  /** As large as the metadata, the ends and the groups say. */
  #topicsOf({ groups, ends, metadata }: LagSnapshot): Map<string, TopicColumns> {
    const sizes = new Map<string, number>()
    const holds = (topic: string, partition: number) => {
      if (partition >= (sizes.get(topic) ?? 0)) sizes.set(topic, partition + 1)
    }
    for (const group of groups) {
      const assigned = assignedOf(group)
      for (const topic of topicNamesOf(group, assigned, this.#isTopicWanted)) {
        for (const partition of group.commits?.get(topic)?.keys() ?? []) holds(topic, partition)
        for (const partition of assigned.get(topic)?.keys() ?? []) holds(topic, partition)
      }
    }
    for (const [topic, partitions] of ends) for (const partition of partitions.keys()) holds(topic, partition)
    const columns = [...sizes].map(([name, sizeMin]) => {
      const { id = '', partitions = [] } = metadata.topics.get(name) ?? {}
      const size = Math.max(sizeMin, partitions.length)
      const before = this.#topics.get(name)
      const isAsBefore = before?.size === size && before.id === id
      return [name, isAsBefore ? before : new TopicColumns(name, id, size, before)] as const
    })
    return new Map(columns)
  }

  #groupOf(group: GroupSnapshot, moment: Moment): TableGroup {
    const before = this.#groups.get(group.groupId)?.columns
    const columns = new GroupColumns(group, this.#isTopicWanted, topic => this.#topics.get(topic)!, before)
    columns.observe(moment)
    // What is in the columns now is not kept twice.
    const { commits: _, shareLags: __, ...snapshot } = group
    return { snapshot, columns, rows: columns.topics.map((_topic, index) => new GroupRows(columns, index, this.exact)) }
  }

  /** Records to be read for an exact answer, those first of which least is known; at most `max`. */
  questions(max: number): (OffsetQuestion & { readonly topicId: string })[] {
    const asked = new Map<string, { question: OffsetQuestion & { readonly topicId: string }; doubtSec: number }>()
    /** Of which there is no upper bound: they come first, so when they are enough the others need not be looked at. */
    let endless = 0
    for (const { rows } of this.#groups.values()) {
      for (const each of rows) {
        for (let at = 0; at < each.length; at++) {
          if (!(each.readableLag(at) > 0)) continue
          const [partition, offset] = [each.partition(at), each.nextOffset(at)]
          if (this.exact.knows(each.topic, partition, offset)) continue
          if (endless >= max) continue
          const doubtSec = doubtOf(each, at)
          if (asked.size >= max * 4 && doubtSec < Number.POSITIVE_INFINITY) continue
          const question = { topic: each.topic.name, topicId: each.topic.id, partition, offset }
          const key = `${question.topicId} ${partition} ${offset}`
          if (doubtSec === Number.POSITIVE_INFINITY && !asked.has(key)) endless++
          asked.set(key, { question, doubtSec })
        }
      }
    }
    const sorted = [...asked.values()].sort((a, b) => b.doubtSec - a.doubtSec)
    return sorted.slice(0, max).map(({ question }) => question)
  }

  judge(nowMs: number): void {
    for (const { snapshot, rows } of this.#groups.values()) {
      for (const each of rows) {
        const seen = new RowObservations(each, this.#axis, crewOf(snapshot))
        let leastMs: number | undefined
        for (let at = 0; at < each.length; at++) {
          each.setState(at, lagStatus(seen.of(at), nowMs, this.#rules))
          const waitedMs = noProgressMs(seen, nowMs, this.#rules)
          if (waitedMs !== undefined) leastMs = Math.min(waitedMs, leastMs ?? Number.POSITIVE_INFINITY)
        }
        each.noProgressMs = leastMs
      }
    }
  }

  /** What changed of a row in the window: offsets committed and offsets of lag added, over so many seconds; undefined: too new. */
  changes(
    rows: GroupRows,
    at: number,
  ): { readonly consumed: number; readonly lagAdded: number; readonly sec: number } | undefined {
    const newest = this.#axis.length - 1
    const partition = rows.partition(at)
    for (let index = 0; index < newest; index++) {
      const slot = this.#axis.slotOf(index)
      const committedThen = rows.seenCommit(slot, at)
      const endThen = rows.topic.seenEnd(slot, partition)
      const lagNow = rows.lag(at)
      if (Number.isNaN(committedThen + endThen + lagNow)) continue
      const lagThen = Math.max(0, endThen - committedThen)
      const sec = (this.#axis.atMs(newest) - this.#axis.atMs(index)) / 1000
      return sec <= 0 ? undefined : { consumed: rows.commit(at) - committedThen, lagAdded: lagNow - lagThen, sec }
    }
    return undefined
  }
}

/** none: nobody is there. moving: members are about to be told what to read. reading: they have been told. */
type Crew = 'none' | 'moving' | 'reading'

const movingStates = ['PreparingRebalance', 'CompletingRebalance', 'Assigning', 'Reconciling']

function crewOf({ description, state }: GroupFacts): Crew {
  if (description === undefined || description.members.length === 0) return 'none'
  return movingStates.includes(description.state || state) ? 'moving' : 'reading'
}

/** How wide the answer is without reading: seconds. */
function doubtOf(rows: GroupRows, at: number): number {
  const lag = rows.timeLag(at)
  return lag.kind === 'known' ? lag.highSec - lag.lowSec : Number.POSITIVE_INFINITY
}

/** One for all rows of a group and topic, moved from row to row. */
class RowObservations implements Observations {
  readonly #rows: GroupRows
  readonly #axis: ObservationAxis
  readonly #crew: Crew
  readonly isLeftBehind: boolean
  #at = 0
  #isMarkersOnly = false

  constructor(rows: GroupRows, axis: ObservationAxis, crew: Crew) {
    this.#rows = rows
    this.#axis = axis
    this.#crew = crew
    this.isLeftBehind = crew === 'reading' && !rows.isRead
  }

  of(at: number): this {
    this.#at = at
    this.#isMarkersOnly = this.#rows.isMarkersOnly(at)
    return this
  }

  get length(): number {
    return this.#axis.length
  }

  get isOwned(): boolean {
    return this.#rows.member(this.#at) !== undefined || this.#crew === 'moving'
  }

  atMs(index: number): number {
    return this.#axis.atMs(index)
  }

  committed(index: number): number {
    return this.#rows.seenCommit(this.#axis.slotOf(index), this.#at)
  }

  endOffset(index: number): number {
    return this.#rows.topic.seenEnd(this.#axis.slotOf(index), this.#rows.partition(this.#at))
  }

  /** Of the newest: what came before were records, or the same markers. */
  isMarkersOnly(index: number): boolean {
    return this.#isMarkersOnly && index === this.length - 1
  }
}
