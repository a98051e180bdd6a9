// The truth that the members of a group are held to while they come and go: who owns a partition, what the last accepted
// commit of it was, and which of its records were read. What does not fit is kept as a line of text.
//
// A member owns a partition from the moment it is told so until it has given it up, it is killed, or its session is over:
// that is, a session's length after the last request that the coordinator answered to it as a member.

export interface Owner {
  readonly name: string
  /** Until when its session lasts, for sure. */
  leaseUntilMs(): number
}

interface Ownership {
  readonly owner: Owner
  readonly since: number
  readonly fetched: number
}

export class GroupLedger {
  readonly violations: string[] = []
  readonly #owners = new Map<number, Ownership>()
  readonly #committed: number[]
  /** What was committed when it was given up in order: the next owner begins there. */
  readonly #handedOver = new Map<number, number>()
  readonly #seen: Uint8Array[]
  readonly #records: number
  readonly #nowMs: () => number
  #order = 0
  distinct = 0
  reads = 0
  commits = 0
  refusals = 0
  takes = 0

  constructor(partitions: number, records: number, nowMs: () => number) {
    this.#records = records
    this.#nowMs = nowMs
    this.#committed = Array.from({ length: partitions }, () => 0)
    this.#seen = Array.from({ length: partitions }, () => new Uint8Array(records))
  }

  get total(): number {
    return this.#records * this.#seen.length
  }

  /** How many partitions each owner has. */
  get loads(): Map<Owner, number> {
    const loads = new Map<Owner, number>()
    for (const { owner } of this.#owners.values()) loads.set(owner, (loads.get(owner) ?? 0) + 1)
    return loads
  }

  committedOf(partition: number): number {
    return this.#committed[partition]!
  }

  /** A moment in the order of things. */
  tick(): number {
    return ++this.#order
  }

  // ---- ownership ----

  /** `fetched`: what the coordinator said was committed; `floor`: what had been accepted before it was asked. */
  take(owner: Owner, partition: number, fetched: number, floor: number): void {
    const before = this.#owners.get(partition)
    if (before !== undefined && before.owner !== owner && this.#nowMs() < before.owner.leaseUntilMs()) {
      this.#violated(`partition ${partition} is owned by ${before.owner.name} and by ${owner.name}`)
    }
    if (fetched < floor) this.#violated(`partition ${partition}: commit ${floor} is lost, ${owner.name} got ${fetched}`)
    const handedOver = this.#handedOver.get(partition)
    if (handedOver !== undefined && fetched !== handedOver) {
      this.#violated(`partition ${partition}: handed over at ${handedOver}, ${owner.name} begins at ${fetched}`)
    }
    this.#handedOver.delete(partition)
    // A commit may be accepted whose answer nobody lived to hear.
    this.#committed[partition] = Math.max(fetched, this.committedOf(partition))
    this.#owners.set(partition, { owner, since: this.tick(), fetched })
    this.takes++
  }

  /** `committed`: all that was read was committed before; undefined: the last commit was refused. */
  release(owner: Owner, partition: number, committed?: number): void {
    if (this.#owners.get(partition)?.owner !== owner) return
    this.#owners.delete(partition)
    if (committed !== undefined) this.#handedOver.set(partition, committed)
  }

  releaseAll(owner: Owner): void {
    for (const [partition, entry] of [...this.#owners]) if (entry.owner === owner) this.#owners.delete(partition)
  }

  // ---- commits ----

  /** The coordinator took a commit that was sent at `sent`. */
  accepted(owner: Owner, partition: number, offset: number, sent: number): void {
    this.commits++
    const current = this.#owners.get(partition)
    const isOthers = current !== undefined && current.owner !== owner
    if (isOthers && current.since < sent) {
      return this.#violated(`partition ${partition}: ${owner.name} commits ${offset}, ${current.owner.name} owns it`)
    }
    // It crossed with the change of owners: the new one must have seen it.
    if (isOthers && current.fetched < offset) {
      return this.#violated(`partition ${partition}: ${current.owner.name} has not seen commit ${offset}`)
    }
    const last = this.committedOf(partition)
    if (!isOthers && offset < last) this.#violated(`partition ${partition}: commits go back from ${last} to ${offset}`)
    this.#committed[partition] = Math.max(offset, last)
  }

  // ---- records ----

  read(owner: Owner, partition: number, offset: number, expected: number, value: string): void {
    if (offset !== expected)
      this.#violated(`partition ${partition}: ${owner.name} read ${offset} after ${expected - 1}`)
    if (value !== `${partition}:${offset}`) this.#violated(`partition ${partition}: record ${offset} is ${value}`)
    this.reads++
    if (this.#seen[partition]![offset] !== 0) return
    this.#seen[partition]![offset] = 1
    this.distinct++
  }

  #violated(line: string): void {
    if (this.violations.length < 20) this.violations.push(line)
  }
}
