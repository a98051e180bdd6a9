// DATA PLANE: 3 ns a record that comes in its turn.
//
// What a consumer has seen of each producer and partition, by the sequences in the records' stamps: exactly which are
// missing, how many came more than once, how many came late. What is missing is kept as ranges: memory grows with the
// number of holes, not of records, and has a limit.

/** Sequences from and to (excluded) that have not been seen. */
export type Gap = readonly [from: number, to: number]

export interface StreamAccount {
  readonly run: number
  /** Producer and partition: see `streamWord`. */
  readonly stream: number
  /** Where accounting begins: 0, or the first sequence seen when reading began in the middle of the log. */
  readonly first: number
  /** One more than the highest sequence seen. */
  readonly next: number
  /** Records, each sequence counted once. */
  readonly received: number
  /** Records of a sequence that was there before. */
  readonly duplicated: number
  /** First seen after a later one of the same producer and partition. */
  readonly reordered: number
  /** From before `first`: they came late, and whether they had come before nobody knows. */
  readonly early: number
  readonly gaps: readonly Gap[]
  /** Holes that were too many to remember: their records count as missing, and would count as duplicates if they came. */
  readonly forgotten: number
}

/** Holes that one stream remembers: 16 bytes each. */
const gapsMax = 100_000
/** Streams that one consumer keeps: of runs whose records are all over a shared topic there may be many. */
const streamsMax = 100_000

class Stream implements StreamAccount {
  readonly run: number
  readonly stream: number
  readonly first: number
  next: number
  received = 0
  duplicated = 0
  reordered = 0
  early = 0
  forgotten = 0
  readonly gaps: [from: number, to: number][] = []

  constructor(run: number, stream: number, first: number) {
    this.run = run
    this.stream = stream
    this.first = first
    this.next = first
  }

  /** The next one, and those after it up to this sequence (excluded). */
  takeInTurn(end: number): void {
    this.received += end - this.next
    this.next = end
  }

  /** A record that is not the next one. */
  takeOutOfTurn(sequence: number): void {
    if (sequence >= this.next) return this.#skipTo(sequence)
    if (sequence < this.first) {
      this.early++
      return
    }
    const index = this.#gapOf(sequence)
    if (index < 0) {
      this.duplicated++
      return
    }
    this.received++
    this.reordered++
    const [from, to] = this.gaps[index]!
    if (from === sequence && to === sequence + 1) this.gaps.splice(index, 1)
    else if (from === sequence) this.gaps[index]![0]++
    else if (to === sequence + 1) this.gaps[index]![1]--
    else this.gaps.splice(index, 1, [from, sequence], [sequence + 1, to])
  }

  #skipTo(sequence: number): void {
    if (this.gaps.length >= gapsMax) {
      const [from, to] = this.gaps.shift()!
      this.forgotten += to - from
    }
    this.gaps.push([this.next, sequence])
    this.next = sequence + 1
    this.received++
  }

  /** Gaps are in order, since each begins behind the highest sequence seen before. */
  #gapOf(sequence: number): number {
    let low = 0
    let high = this.gaps.length - 1
    while (low <= high) {
      const middle = (low + high) >>> 1
      const [from, to] = this.gaps[middle]!
      if (sequence < from) high = middle - 1
      else if (sequence >= to) low = middle + 1
      else return middle
    }
    return -1
  }
}

export interface LedgerOutcome {
  readonly streams: readonly StreamAccount[]
  /** Of aborted transactions, passed over by a reader of what is committed. */
  readonly passedOver?: readonly StreamAccount[]
  /** Records with the stamp of another run. */
  readonly foreign: number
  readonly unstamped: number
  /** Records of streams beyond the limit of this consumer. */
  readonly unaccounted: number
}

export class Ledger {
  foreign = 0
  unstamped = 0
  #unaccounted = 0
  readonly #run: number | undefined
  readonly #startsAtZero: (partition: number) => boolean
  /** By run and stream. */
  readonly #streams = new Map<number, Map<number, Stream>>()
  #count = 0
  #current = new Stream(-1, -1, 0)

  /** With a run, only its records are accounted for; without, those of every run. */
  constructor(run: number | undefined, startsAtZero: (partition: number) => boolean) {
    this.#run = run
    this.#startsAtZero = startsAtZero
  }

  /** Takes `count` records in a row, from this sequence on. False: they are of another run. */
  take(run: number, stream: number, partition: number, sequence: number, count = 1): boolean {
    let account = this.#current
    if (account.stream !== stream || account.run !== run) {
      if (this.#run !== undefined && run !== this.#run) {
        this.foreign += count
        return false
      }
      const found = this.#streamOf(run, stream, partition, sequence)
      if (found === undefined) {
        this.#unaccounted += count
        return true
      }
      this.#current = found
      account = found
    }
    const end = sequence + count
    let from = sequence
    // Behind a gap the rest is in its turn again.
    while (from < end && from !== account.next) account.takeOutOfTurn(from++)
    if (from < end) account.takeInTurn(end)
    return true
  }

  get outcome(): LedgerOutcome {
    const streams = [...this.#streams.values()].flatMap(ofRun => [...ofRun.values()]).map(stream => ({ ...stream }))
    return { streams, foreign: this.foreign, unstamped: this.unstamped, unaccounted: this.#unaccounted }
  }

  #streamOf(run: number, stream: number, partition: number, sequence: number): Stream | undefined {
    let ofRun = this.#streams.get(run)
    const known = ofRun?.get(stream)
    if (known !== undefined) return known
    if (this.#count >= streamsMax) return undefined
    if (ofRun === undefined) {
      ofRun = new Map()
      this.#streams.set(run, ofRun)
    }
    this.#count++
    const made = new Stream(run, stream, this.#startsAtZero(partition) ? 0 : sequence)
    ofRun.set(stream, made)
    return made
  }
}
