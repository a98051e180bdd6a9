// What a consumer that handles records tells the run: counts and times in its worker's slots, and how far it has committed.
import type { Clock } from '../../core/clock.ts'
import { Stamp, stampHeaderName } from '../payload/stamp.ts'
import type { Positions } from '../worker/contract.ts'
import type { ReadPositions } from '../worker/read-positions.ts'
import { type Reading, RecordTimes } from '../worker/record-times.ts'
import type { WorkerSlots } from '../worker/slots.ts'
import type { HandledCounts } from './handle.ts'
import type { ReadRecord } from './log-reader.ts'

export interface TallyDeps {
  readonly clock: Pick<Clock, 'nowNs' | 'wallUsAt'>
  readonly slots: WorkerSlots
  /** Shared by all consumers of the run. */
  readonly readPositions: Pick<ReadPositions, 'claim' | 'moveTo'>
}

export class ProcessTally {
  readonly #reading: Reading
  readonly #deps: TallyDeps
  readonly #times: RecordTimes
  readonly #stamp = new Stamp()

  constructor(reading: Reading, deps: TallyDeps) {
    this.#reading = reading
    this.#deps = deps
    this.#times = new RecordTimes(reading, deps.slots)
  }

  get ledger() {
    return this.#times.outcome
  }

  fetched(answers: number): void {
    this.#deps.slots.add('requests', answers)
  }

  /** Records of aborted transactions, which are no holes. */
  passedOver(records: readonly ReadRecord[]): void {
    for (const { isAborted, partition, value, headers } of records) {
      if (isAborted && this.#isStamped(value, headers)) this.#times.passOver(this.#stamp, partition)
    }
  }

  read(records: readonly ReadRecord[]): void {
    const { slots, clock } = this.#deps
    const nowUs = clock.wallUsAt(clock.nowNs())
    let bytes = 0
    let redelivered = 0
    for (const { partition, offset, key, value, headers } of records) {
      bytes += (key?.length ?? 0) + (value?.length ?? 0)
      const isNew = this.#deps.readPositions.claim(partition, offset + 1) <= offset
      if (!isNew) redelivered++
      else if (this.#isStamped(value, headers)) this.#times.stamped(this.#stamp, partition, nowUs)
      else if (this.#reading.measureBy === 'stamp') this.#times.ledger.unstamped++
    }
    this.#times.flush()
    slots.add('records', records.length)
    slots.add('bytes', bytes)
    slots.add('redelivered', redelivered)
  }

  processed(ns: number): void {
    this.#deps.slots.measured.service.record(ns, 1)
  }

  committed(handled: HandledCounts & { readonly records: number }, ns: number, inTransaction: boolean): void {
    const { slots } = this.#deps
    slots.measured.commit.record(ns, 1)
    slots.add('forwarded', handled.forwarded)
    slots.add('deadLettered', handled.deadLettered)
    slots.add('skipped', handled.skipped)
    slots.add('failedTries', handled.failedTries)
    if (!inTransaction) return
    slots.add('commits', 1)
    slots.add('recordsCommitted', handled.records)
  }

  aborted(records: number, isForced: boolean): void {
    this.#deps.slots.add(isForced ? 'abortsForced' : 'aborts', 1)
    this.#deps.slots.add('recordsAborted', records)
  }

  /** Nothing before these offsets will be read again. */
  at(offsets: Positions): void {
    for (const [partition, offset] of Object.entries(offsets)) {
      this.#deps.readPositions.moveTo(Number(partition), offset)
    }
  }

  #isStamped(value: Buffer | null, headers: ReadRecord['headers']): boolean {
    if (this.#reading.measureBy !== 'stamp') return false
    return this.#stamp.readFrom(value, headers.find(({ key }) => key === stampHeaderName)?.value ?? undefined)
  }
}
