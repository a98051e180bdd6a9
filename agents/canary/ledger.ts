// The books of one canary partition. Pure: the time is passed in, milliseconds of one clock.
//
//   sent ──> acknowledged at an offset ──> received          produce and end-to-end latency
//      └──> failed: the broker may have it all the same
//
// Lost is only what is proven lost: acknowledged at an offset that the reader has passed without seeing the record. What is
// acknowledged and not there yet is late, and is counted as late once, when it has been so for `lateAfterMs`; it may still come.
// What failed to be acknowledged is owed to nobody: when it comes it counts as received, and when it does not as a failure alone.

/** A record that failed and has not come after this long is given up: nobody can say any more what became of it. */
const givenUpAfterMs = 600_000
/** Beyond so many open records the oldest are given up: a reader that is shut out for a day must not fill the memory. */
const pendingMax = 100_000
/** Sequences behind the highest one received that are told apart as duplicates. */
const rememberedMax = 4_096

export interface CanaryCounts {
  sent: number
  acked: number
  received: number
  lost: number
  duplicated: number
  reordered: number
  late: number
  /** Given up without knowing what became of them. */
  unresolved: number
}

interface Pending {
  readonly sentMs: number
  /** Undefined until acknowledged. */
  offset: number | undefined
  hasFailed: boolean
  isLate: boolean
}

export class CanaryLedger {
  readonly counts: CanaryCounts = {
    sent: 0,
    acked: 0,
    received: 0,
    lost: 0,
    duplicated: 0,
    reordered: 0,
    late: 0,
    unresolved: 0,
  }
  readonly #lateAfterMs: number
  readonly #pending = new Map<number, Pending>()
  readonly #received = new Set<number>()
  #nextSequence = 0
  #highestReceived = -1
  /** Where the reader stands; undefined before its first look. */
  #position: number | undefined

  constructor(lateAfterMs: number) {
    this.#lateAfterMs = lateAfterMs
  }

  /** Acknowledged, and not yet received for longer than it should take. */
  get overdue(): number {
    let count = 0
    for (const { isLate } of this.#pending.values()) if (isLate) count++
    return count
  }

  /** The topic was made again: what is open went with the old one. */
  abandon(): void {
    for (const sequence of this.#pending.keys()) this.#giveUp(sequence)
    this.#position = undefined
  }

  /** The sequence of the record that is about to leave. */
  send(nowMs: number): number {
    const sequence = this.#nextSequence++
    this.#pending.set(sequence, { sentMs: nowMs, offset: undefined, hasFailed: false, isLate: false })
    this.counts.sent++
    if (this.#pending.size > pendingMax) this.#giveUp(this.#pending.keys().next().value!)
    return sequence
  }

  acknowledge(sequence: number, offset: number): void {
    this.counts.acked++
    const record = this.#pending.get(sequence)
    // The reader can be faster than the answer.
    if (record === undefined) return
    record.offset = offset
    this.#settlePassed(sequence, record)
  }

  fail(sequence: number): void {
    const record = this.#pending.get(sequence)
    if (record !== undefined) record.hasFailed = true
  }

  /** Milliseconds from sending to here; undefined for a record that was there before, or is not of this run. */
  receive(sequence: number, nowMs: number): number | undefined {
    const record = this.#pending.get(sequence)
    if (record === undefined) {
      if (this.#received.has(sequence)) this.counts.duplicated++
      return undefined
    }
    this.#pending.delete(sequence)
    this.counts.received++
    if (sequence < this.#highestReceived) this.counts.reordered++
    this.#remember(sequence)
    const tookMs = nowMs - record.sentMs
    if (tookMs > this.#lateAfterMs && !record.isLate) this.counts.late++
    return tookMs
  }

  /** The reader has everything before this offset. */
  passTo(position: number): void {
    this.#position = position
    for (const [sequence, record] of this.#pending) this.#settlePassed(sequence, record)
  }

  /** Now and then: what is late by now, and what nobody will ever know. */
  age(nowMs: number): void {
    for (const [sequence, record] of this.#pending) {
      const ageMs = nowMs - record.sentMs
      if (record.offset !== undefined && !record.isLate && ageMs > this.#lateAfterMs) {
        record.isLate = true
        this.counts.late++
      }
      if (record.hasFailed && ageMs > givenUpAfterMs) this.#giveUp(sequence)
    }
  }

  #giveUp(sequence: number): void {
    this.#pending.delete(sequence)
    this.counts.unresolved++
  }

  #settlePassed(sequence: number, { offset }: Pending): void {
    if (offset === undefined || this.#position === undefined || offset >= this.#position) return
    this.#pending.delete(sequence)
    this.counts.lost++
  }

  #remember(sequence: number): void {
    this.#highestReceived = Math.max(this.#highestReceived, sequence)
    this.#received.add(sequence)
    for (const old of this.#received) {
      if (this.#received.size <= rememberedMax) break
      this.#received.delete(old)
    }
  }
}
