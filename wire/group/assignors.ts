// Who shall have which partitions of a group: what the coordinator of a KIP-848 group answers, and the leader of a classic one
// (classic-assignors.ts). Pure, and the same answer for the same question. Topics are named by id or by name, as the caller
// likes.
//
// `range` puts partitions of like number of all topics on one member, so that topics can be joined. `uniform` evens out the
// number of partitions a member has, and takes away as few as it can.

export interface AssignorMember {
  readonly memberId: string
  readonly instanceId: string | null
  /** Topic ids. */
  readonly subscribed: ReadonlySet<string>
}

/** By topic id. */
export type PartitionSets = ReadonlyMap<string, ReadonlySet<number>>

export interface AssignorInput {
  readonly members: readonly AssignorMember[]
  /** Partition counts by topic id. */
  readonly topics: ReadonlyMap<string, number>
  /** What the last assignment gave to each member. */
  readonly previous: ReadonlyMap<string, PartitionSets>
}

/** By member id; every member has an entry. */
export type AssignorResult = Map<string, Map<string, Set<number>>>

export const assignors: ReadonlyMap<string, (input: AssignorInput) => AssignorResult> = new Map([
  ['uniform', uniform],
  ['range', range],
])

/** The first in Kafka's list, for groups whose members name none. */
export const assignorDefault = 'uniform'

// ---- range ----

export function range({ members, topics }: AssignorInput): AssignorResult {
  const result = emptyFor(members)
  const sorted = [...members].sort(byIdentity)
  for (const [topicId, count] of topics) {
    const subscribers = sorted.filter(({ subscribed }) => subscribed.has(topicId))
    const each = Math.floor(count / subscribers.length)
    const withOneMore = count % subscribers.length
    let next = 0
    subscribers.forEach(({ memberId }, index) => {
      const end = next + each + (index < withOneMore ? 1 : 0)
      for (; next < end; next++) give(result, memberId, topicId, next)
    })
  }
  return result
}

/** Static members first and by instance id, so that their share survives a restart under another member id. */
export function byIdentity(a: AssignorMember, b: AssignorMember): number {
  if ((a.instanceId === null) !== (b.instanceId === null)) return a.instanceId === null ? 1 : -1
  const [one, other] = [a.instanceId ?? a.memberId, b.instanceId ?? b.memberId]
  return one < other ? -1 : one > other ? 1 : 0
}

// ---- uniform ----

export function uniform(input: AssignorInput): AssignorResult {
  const balance = new Balance(input)
  balance.keepPrevious()
  balance.placeRest()
  balance.even()
  return balance.result
}

class Balance {
  readonly result: AssignorResult
  readonly #input: AssignorInput
  readonly #loads = new Map<string, number>()
  /** Members by topic, sorted: ties go to the first, so that the result does not hang on the order of arrival. */
  readonly #subscribers = new Map<string, string[]>()

  constructor(input: AssignorInput) {
    this.#input = input
    this.result = emptyFor(input.members)
    const sorted = [...input.members].sort(byIdentity)
    for (const { memberId } of sorted) this.#loads.set(memberId, 0)
    for (const topicId of input.topics.keys()) {
      const ids = sorted.filter(({ subscribed }) => subscribed.has(topicId)).map(({ memberId }) => memberId)
      this.#subscribers.set(topicId, ids)
    }
  }

  keepPrevious(): void {
    for (const { memberId, subscribed } of this.#input.members) {
      for (const [topicId, partitions] of this.#input.previous.get(memberId) ?? []) {
        const count = this.#input.topics.get(topicId) ?? 0
        if (!subscribed.has(topicId)) continue
        for (const partition of partitions) if (partition < count) this.#give(memberId, topicId, partition)
      }
    }
  }

  /** Topics with the fewest subscribers first: they have the least choice. */
  placeRest(): void {
    const choice = (topicId: string) => this.#subscribers.get(topicId)!.length
    for (const topicId of [...this.#input.topics.keys()].sort((a, b) => choice(a) - choice(b))) {
      const taken = new Set<number>()
      for (const each of this.result.values()) for (const partition of each.get(topicId) ?? []) taken.add(partition)
      for (let partition = 0; partition < this.#input.topics.get(topicId)!; partition++) {
        const memberId = taken.has(partition) ? undefined : this.#extreme(topicId, (a, b) => a < b)
        if (memberId !== undefined) this.#give(memberId, topicId, partition)
      }
    }
  }

  /** Moves single partitions from the fullest to the emptiest subscriber of a topic while that narrows a gap of two. */
  even(): void {
    let hasMoved = true
    while (hasMoved) {
      hasMoved = false
      for (const topicId of this.#input.topics.keys()) while (this.#moveOne(topicId)) hasMoved = true
    }
  }

  #moveOne(topicId: string): boolean {
    const to = this.#extreme(topicId, (a, b) => a < b)
    const from = this.#extreme(
      topicId,
      (a, b) => a > b,
      memberId => (this.result.get(memberId)!.get(topicId)?.size ?? 0) > 0,
    )
    if (to === undefined || from === undefined) return false
    if (this.#loads.get(from)! - this.#loads.get(to)! < 2) return false
    const partition = [...this.result.get(from)!.get(topicId)!].at(-1)!
    this.result.get(from)!.get(topicId)!.delete(partition)
    if (this.result.get(from)!.get(topicId)!.size === 0) this.result.get(from)!.delete(topicId)
    this.#loads.set(from, this.#loads.get(from)! - 1)
    this.#give(to, topicId, partition)
    return true
  }

  #extreme(
    topicId: string,
    isBetter: (load: number, best: number) => boolean,
    isCandidate: (memberId: string) => boolean = () => true,
  ): string | undefined {
    let best: string | undefined
    for (const memberId of this.#subscribers.get(topicId)!) {
      if (!isCandidate(memberId)) continue
      if (best === undefined || isBetter(this.#loads.get(memberId)!, this.#loads.get(best)!)) best = memberId
    }
    return best
  }

  #give(memberId: string, topicId: string, partition: number): void {
    give(this.result, memberId, topicId, partition)
    this.#loads.set(memberId, this.#loads.get(memberId)! + 1)
  }
}

// ---- both ----

const emptyFor = (members: readonly AssignorMember[]): AssignorResult =>
  new Map(members.map(({ memberId }) => [memberId, new Map()]))

function give(result: AssignorResult, memberId: string, topicId: string, partition: number): void {
  const topics = result.get(memberId)!
  const partitions = topics.get(topicId)
  if (partitions === undefined) topics.set(topicId, new Set([partition]))
  else partitions.add(partition)
}
