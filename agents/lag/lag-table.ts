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
import type { Member } from '../source/members.ts'
import { ExactTimes } from './exact-times.ts'
import { GroupRows, type Wanted } from './group-rows.ts'
import { ObservationAxis } from './observation-axis.ts'
import { TopicColumns } from './topic-columns.ts'

export interface TableGroup {
  readonly snapshot: GroupSnapshot
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
    const { commitsAtMs, endsAtMs, metadata } = snapshot
    const isReplacing = this.#axis.begin(endsAtMs)
    const newest = this.#axis.length - 1
    const slot = this.#axis.slotOf(newest)
    const topics = new Map<string, TopicColumns>()
    const columnsOf = (name: string, sizeMin: number) => {
      const known = topics.get(name)
      if (known !== undefined && known.size >= sizeMin) return known
      const { id = '', partitions = [] } = metadata.topics.get(name) ?? {}
      const size = Math.max(sizeMin, partitions.length)
      const before = known ?? this.#topics.get(name)
      const columns = before?.size === size && before.id === id ? before : new TopicColumns(name, id, size, before)
      topics.set(name, columns)
      return columns
    }
    const wanted = snapshot.groups.map(group => [group, this.#wantedOf(group)] as const)
    for (const [, byTopic] of wanted)
      for (const [topic, rows] of byTopic) columnsOf(topic, (rows.at(-1)?.partition ?? -1) + 1)
    for (const [topic, ends] of snapshot.ends) columnsOf(topic, Math.max(...ends.keys()) + 1)
    for (const columns of topics.values()) columns.saw(snapshot.ends.get(columns.name), slot, endsAtMs, commitsAtMs)
    const groups = wanted.map(([group, byTopic]) => {
      const before = this.#groups.get(group.groupId)?.rows
      const rows = [...byTopic].map(([topic, each]) => {
        const own = new GroupRows(
          topics.get(topic)!,
          each,
          this.exact,
          before?.find(other => other.topic.name === topic),
        )
        own.observe(slot, newest > 0 ? this.#axis.slotOf(newest - 1) : undefined, isReplacing)
        return own
      })
      return [group.groupId, { snapshot: group, rows }] as const
    })
    this.#topics = topics
    this.#groups = new Map(groups)
  }

  /** By topic, in the order of names, and partition: committed, assigned, or both. */
  #wantedOf({ commits, description, type, shareLags }: GroupSnapshot): Map<string, Wanted[]> {
    const members = new Map<string, Map<number, Member>>()
    for (const member of description?.members ?? []) {
      for (const { topic, partition } of member.assigned) {
        if (!members.has(topic)) members.set(topic, new Map())
        members.get(topic)!.set(partition, member)
      }
    }
    const names = [...new Set([...(commits?.keys() ?? []), ...members.keys()])].filter(this.#isTopicWanted).sort()
    return new Map(
      names.map(name => {
        const [committed, assigned] = [commits?.get(name), members.get(name)]
        const partitions = [...new Set([...(committed?.keys() ?? []), ...(assigned?.keys() ?? [])])].sort(
          (a, b) => a - b,
        )
        const rows = partitions.map(partition => ({
          partition,
          committed: committed?.get(partition) ?? Number.NaN,
          member: assigned?.get(partition),
          shareLag: type === 'share' ? (shareLags?.get(name)?.get(partition) ?? Number.NaN) : undefined,
        }))
        return [name, rows] as const
      }),
    )
  }

  /** Records to be read for an exact answer, those first of which least is known; at most `max`. */
  questions(max: number): (OffsetQuestion & { readonly topicId: string })[] {
    const asked = new Map<string, { question: OffsetQuestion & { readonly topicId: string }; doubtSec: number }>()
    for (const { rows } of this.#groups.values()) {
      for (const each of rows) {
        for (let at = 0; at < each.length; at++) {
          if (!(each.readableLag(at) > 0)) continue
          const [partition, offset] = [each.partitions[at]!, each.nextOffset(at)]
          if (this.exact.knows(each.topic, partition, offset)) continue
          const doubtSec = doubtOf(each, at)
          if (asked.size >= max * 4 && doubtSec < Number.POSITIVE_INFINITY) continue
          const question = { topic: each.topic.name, topicId: each.topic.id, partition, offset }
          asked.set(`${question.topicId} ${partition} ${offset}`, { question, doubtSec })
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
    const partition = rows.partitions[at]!
    for (let index = 0; index < newest; index++) {
      const slot = this.#axis.slotOf(index)
      const committedThen = rows.seenCommit(slot, at)
      const endThen = rows.topic.seenEnd(slot, partition)
      const lagNow = rows.lag(at)
      if (Number.isNaN(committedThen + endThen + lagNow)) continue
      const lagThen = Math.max(0, endThen - committedThen)
      const sec = (this.#axis.atMs(newest) - this.#axis.atMs(index)) / 1000
      return sec <= 0 ? undefined : { consumed: rows.committed[at]! - committedThen, lagAdded: lagNow - lagThen, sec }
    }
    return undefined
  }
}

/** none: nobody is there. moving: members are about to be told what to read. reading: they have been told. */
type Crew = 'none' | 'moving' | 'reading'

const movingStates = ['PreparingRebalance', 'CompletingRebalance', 'Assigning', 'Reconciling']

function crewOf({ description, state }: GroupSnapshot): Crew {
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
  #at = 0
  #isMarkersOnly = false

  constructor(rows: GroupRows, axis: ObservationAxis, crew: Crew) {
    this.#rows = rows
    this.#axis = axis
    this.#crew = crew
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
    return this.#rows.members[this.#at] !== undefined || this.#crew === 'moving'
  }

  get isLeftBehind(): boolean {
    return this.#crew === 'reading' && this.#rows.members.length === 0
  }

  atMs(index: number): number {
    return this.#axis.atMs(index)
  }

  committed(index: number): number {
    return this.#rows.seenCommit(this.#axis.slotOf(index), this.#at)
  }

  endOffset(index: number): number {
    return this.#rows.topic.seenEnd(this.#axis.slotOf(index), this.#rows.partitions[this.#at]!)
  }

  /** Of the newest: what came before were records, or the same markers. */
  isMarkersOnly(index: number): boolean {
    return this.#isMarkersOnly && index === this.length - 1
  }
}
