// DATA PLANE: between the schedule and the senders: records go into the open batch of their partition, a full or lingering
// batch is sealed and handed to its sender.

import { MillraceError } from '../../core/errors.ts'
import { noProducer } from '../../wire/record-batch/constants.ts'
import { type SealSettings, sealBatch } from '../../wire/record-batch/seal.ts'
import type { StampIdentity } from '../payload/stamp.ts'
import type { ProducePlan } from '../plan.ts'
import type { Batch } from './batch.ts'
import type { PartitionBook } from './contract.ts'
import type { PartitionSender } from './partition-sender.ts'
import { makePartitioner, type Partitioner } from './partitioner.ts'
import { RecordMaker } from './record-maker.ts'

/** Both are -1 when the producer is not idempotent. */
export interface ProducerIdentity {
  readonly producerId: number
  readonly producerEpoch: number
}

export interface BatchBuilderSettings {
  readonly plan: ProducePlan
  readonly seed: number
  readonly stamp: StampIdentity
  readonly producer: ProducerIdentity
  /** Whether a batch of the partition could be sent at once. */
  canLeave(partition: number): boolean
}

export class BatchBuilder {
  /** Batches that are being filled. */
  openCount = 0
  readonly #plan: ProducePlan
  readonly #senders: readonly PartitionSender[]
  readonly #maker: RecordMaker
  readonly #partitioner: Partitioner
  #seal: SealSettings
  readonly #canLeave: (partition: number) => boolean
  /** What is late is dropped: nothing is sealed that cannot leave, for a sealed batch has taken its sequence numbers. */
  readonly #isDropping: boolean
  #isHeldUp = false
  readonly #open: (Batch | undefined)[]
  #order = 0

  constructor(settings: BatchBuilderSettings, senders: readonly PartitionSender[]) {
    const { plan, seed, stamp, producer } = settings
    this.#plan = plan
    this.#senders = senders
    this.#maker = new RecordMaker(plan, seed, stamp)
    this.#partitioner = makePartitioner(plan, senders, this.#maker, stamp.producer)
    this.#canLeave = settings.canLeave
    this.#isDropping = plan.late?.policy === 'drop'
    this.#seal = this.#sealingOf(producer)
    this.#open = new Array<Batch | undefined>(senders.length).fill(undefined)
  }

  /** Batches that are sealed from now on are this producer's. */
  identify(producer: ProducerIdentity): void {
    this.#seal = this.#sealingOf(producer)
  }

  #sealingOf(producer: ProducerIdentity): SealSettings {
    const { compression, transactions } = this.#plan
    return { compression, ...producer, ...(transactions === undefined ? {} : { transactional: true }) }
  }

  /** False when there is no memory for it until a batch comes back. */
  append(sequence: number, nowNs: number, wallUs: number, countFromNs: number): boolean {
    const lateUs = Math.max(0, Math.round((nowNs - countFromNs) / 1000))
    for (;;) {
      const partition = this.#partitioner.choose(sequence)
      const batch = this.#open[partition] ?? this.#openBatch(partition, nowNs)
      if (batch === undefined) return false
      if (this.#maker.append(batch, sequence, wallUs, countFromNs, lateUs)) return true
      if (!this.#closeFull(batch, sequence)) return false
    }
  }

  /**
   * Appends records of one moment, their sequences `step` apart; how many. No more than fit into one batch, so that the next one
   * has a moment of its own: all its records then have the same timestamp, and their deltas need not be written.
   */
  appendRun(count: number, first: number, step: number, nowNs: number, wallUs: number): number {
    if (this.#plan.partitioner.kind !== 'sticky') return this.#appendEach(count, first, step, nowNs, wallUs)
    let made = 0
    while (made < count) {
      const sequence = first + made * step
      const partition = this.#partitioner.choose(sequence)
      const batch = this.#open[partition] ?? this.#openBatch(partition, nowNs)
      if (batch === undefined) break
      const appended = this.#maker.appendRun(batch, count - made, sequence, step, wallUs, nowNs)
      made += appended
      if (made === count || !this.#closeFull(batch, sequence) || made > 0) break
    }
    return made
  }

  #appendEach(count: number, first: number, step: number, nowNs: number, wallUs: number): number {
    for (let made = 0; made < count; made++) {
      if (!this.append(first + made * step, nowNs, wallUs, nowNs)) return made
    }
    return count
  }

  /** Seals what has lingered long enough and could leave now; everything, once no more records are made. */
  sealDue(nowNs: number, isMakingOver: boolean): void {
    this.#isHeldUp = false
    if (this.openCount === 0) return
    const lingerNs = this.#plan.lingerMs * 1e6
    for (const batch of this.#open) {
      if (batch === undefined) continue
      const hasLingered = nowNs - batch.openedAtNs >= lingerNs
      const canLeave = (hasLingered || this.#isDropping) && this.#canLeave(batch.partition)
      if (hasLingered && !canLeave) this.#isHeldUp = true
      const isLast = isMakingOver && (canLeave || !this.#isDropping)
      if (isLast || (hasLingered && canLeave)) this.#close(batch.partition)
    }
  }

  /** A batch that should leave cannot: its broker takes no more at the moment. */
  get isHeldUp(): boolean {
    return this.#isHeldUp
  }

  /** Gives up the open batches that hold a record from before this moment; how many records those were. */
  discardBefore(ns: number, onDiscard: (batch: Batch) => void): number {
    if (this.openCount === 0) return 0
    let discarded = 0
    for (const batch of this.#open) {
      if (batch === undefined || batch.countedFromNs >= ns || batch.count === 0) continue
      discarded += batch.count
      onDiscard(batch)
      // Their sequences go to the records that come instead: what is not sent leaves no hole.
      this.#maker.countFrom(batch.partition, batch.firstMade)
      this.#open[batch.partition] = undefined
      this.openCount--
      this.#isHeldUp = false
      this.giveBack(batch)
    }
    return discarded
  }

  /** Gives up the open batches, whose sequences count as made; how many records those were. */
  dropOpen(): number {
    let dropped = 0
    for (const batch of this.#open) {
      if (batch === undefined) continue
      dropped += batch.count
      this.#open[batch.partition] = undefined
      this.openCount--
      this.giveBack(batch)
    }
    this.#isHeldUp = false
    return dropped
  }

  /** How many records were made for each partition so far. */
  madeFor(partition: number): number {
    return this.#maker.madeFor(partition)
  }

  /** Batches that are sealed and wait to be sent. */
  get waiting(): number {
    let waiting = 0
    for (const sender of this.#senders) waiting += sender.waiting
    return waiting
  }

  /** A partition with records that have waited since this moment or longer, in flight not counted. */
  stuckSince(ns: number): number | undefined {
    for (const { oldest, partition } of this.#senders) {
      const batch = oldest ?? this.#open[partition]
      if (batch !== undefined && batch.openedAtNs <= ns) return partition
    }
    return undefined
  }

  /** What was made and what was acknowledged of it, by partition. */
  get books(): PartitionBook[] {
    return this.#senders.map(({ partition, acked, unacknowledged }) => {
      const open = this.#open[partition]
      const batches = open === undefined ? unacknowledged : [...unacknowledged, open]
      return {
        made: this.#maker.madeFor(partition),
        acked,
        unacknowledged: batches.map(({ firstMade, count }) => [firstMade, firstMade + count] as const),
      }
    })
  }

  giveBack(batch: Batch): void {
    this.#maker.pool.giveBack(batch)
  }

  #openBatch(partition: number, nowNs: number): Batch | undefined {
    const batch = this.#maker.pool.take() ?? this.#makeRoom()
    if (batch === undefined) return undefined
    batch.open(partition, nowNs, this.#maker.madeFor(partition))
    this.#open[partition] = batch
    this.openCount++
    return batch
  }

  /**
   * All memory is spoken for. When that is by batches that are being filled (more partitions than batches), none of them
   * may ever be full: then the fullest goes early rather than that everything stands still.
   */
  #makeRoom(): undefined {
    if (this.#senders.some(sender => !sender.isIdle)) return undefined
    let fullest: Batch | undefined
    for (const batch of this.#open) if (batch !== undefined && batch.end > (fullest?.end ?? 0)) fullest = batch
    if (fullest !== undefined) this.#close(fullest.partition)
    return undefined
  }

  #close(partition: number): void {
    const batch = this.#open[partition]!
    const sender = this.#senders[partition]!
    this.#open[partition] = undefined
    this.openCount--
    batch.sequence = this.#seal.producerId === noProducer ? noProducer : sender.takeSequence(batch.count)
    batch.sealed = sealBatch(this.#maker.slab, batch, batch.sequence, this.#seal, this.#maker.checksumOf(batch))
    batch.order = this.#order++
    sender.enqueue(batch)
    this.#partitioner.batchClosed(partition)
  }

  /** A record found no room: a batch that is empty never has any for it. False: it cannot leave, and is to stay open. */
  #closeFull(batch: Batch, sequence: number): boolean {
    if (batch.count === 0) throw this.#tooLarge(sequence)
    if (this.#isDropping && !this.#canLeave(batch.partition)) {
      this.#isHeldUp = true
      return false
    }
    this.#close(batch.partition)
    return true
  }

  #tooLarge(sequence: number): MillraceError {
    const { batchBytes } = this.#plan
    return new MillraceError('RECORD_TOO_LARGE', `record ${sequence} does not fit into a batch of ${batchBytes} bytes`)
  }
}
