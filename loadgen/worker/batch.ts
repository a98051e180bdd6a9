// A producer's batches: memory laid out once, filled, sealed, sent, and used again. The free list is a stack, so that a
// generator that is not held up keeps working in the same few cached batches however large its buffer may be.

import { headerBytes } from '../../wire/record-batch/constants.ts'
import { type BatchSpace, clearBatch } from '../../wire/record-batch/frame.ts'
import { batchBaseOf, type Slab } from '../../wire/record-batch/slab.ts'

export class Batch implements BatchSpace {
  readonly base: number
  count = 0
  end: number = headerBytes
  baseTimestampMs = 0
  maxTimestampMs = 0
  partition = -1
  /** Keys and values, as the user counts them. */
  dataBytes = 0
  openedAtNs = 0
  /** When it was first handed to a connection; what was to be sent again is late by the answer, not by the generator. */
  sentAtNs = 0
  sequence = -1
  /** Of its first record among those of this producer and partition: what the records' stamps count. */
  firstMade = 0
  attempts = 0
  /** Rises with every batch that is sealed: the order in which batches must reach their partition. */
  order = 0
  sealed: Buffer | undefined
  /** From when latency counts: runs of records that share a moment. */
  readonly #runNs: number[] = []
  readonly #runCounts: number[] = []
  #runs = 0

  constructor(base: number) {
    this.base = base
  }

  open(partition: number, nowNs: number, firstMade = 0): void {
    clearBatch(this)
    this.partition = partition
    this.firstMade = firstMade
    this.openedAtNs = nowNs
    this.dataBytes = 0
    this.sequence = -1
    this.attempts = 0
    this.sealed = undefined
    this.#runs = 0
  }

  /** The records that were appended last count their latency from here. */
  countFrom(ns: number, count = 1): void {
    const last = this.#runs - 1
    if (last >= 0 && this.#runNs[last] === ns) {
      this.#runCounts[last] = this.#runCounts[last]! + count
      return
    }
    this.#runNs[this.#runs] = ns
    this.#runCounts[this.#runs] = count
    this.#runs++
  }

  /** When the latency of its oldest record counts from. */
  get countedFromNs(): number {
    return this.#runs === 0 ? this.openedAtNs : this.#runNs[0]!
  }

  eachRun(visit: (fromNs: number, count: number) => void): void {
    for (let run = 0; run < this.#runs; run++) visit(this.#runNs[run]!, this.#runCounts[run]!)
  }
}

export class BatchPool {
  readonly size: number
  readonly #free: Batch[] = []

  constructor(slab: Slab) {
    this.size = slab.batches
    for (let index = slab.batches - 1; index >= 0; index--) this.#free.push(new Batch(batchBaseOf(slab, index)))
  }

  get freeCount(): number {
    return this.#free.length
  }

  get bases(): number[] {
    return this.#free.map(batch => batch.base)
  }

  take(): Batch | undefined {
    return this.#free.pop()
  }

  giveBack(batch: Batch): void {
    batch.sealed = undefined
    this.#free.push(batch)
  }
}
