// What became of a producer's records by its transactions, partition by partition: committed, aborted, or in doubt. And what else
// the transactions have left in the logs: markers, and batches that nobody has acknowledged.
import type { Batch } from './batch.ts'
import type { PartitionBook } from './contract.ts'
import type { PartitionSender } from './partition-sender.ts'

type Range = [from: number, to: number]

export type TransactionFate = 'committed' | 'aborted' | 'doubtful'

/** Ranges of aborted records that one partition remembers: 16 bytes each. Beyond, only their number is known. */
const rangesMax = 100_000

class Part {
  /** Of the transaction that is open: the first record, and what of it was acknowledged before. */
  from = 0
  ackedBefore = 0
  committed = 0
  markers = 0
  /** Offsets that may be in the log or not. */
  uncertain = 0
  forgotten = 0
  readonly aborted: Range[] = []
  readonly doubtful: Range[] = []

  abort(from: number, to: number): void {
    const last = this.aborted.at(-1)
    if (last?.[1] === from) last[1] = to
    else if (this.aborted.length < rangesMax) this.aborted.push([from, to])
    else this.forgotten += to - from
  }
}

export interface EndedTransaction {
  readonly fate: TransactionFate
  /** Each try to end it may have had its markers written. */
  readonly tries: number
}

export class TransactionBooks {
  readonly #parts: readonly Part[]
  readonly #senders: readonly PartitionSender[]
  readonly #madeFor: (partition: number) => number

  constructor(senders: readonly PartitionSender[], madeFor: (partition: number) => number) {
    this.#senders = senders
    this.#madeFor = madeFor
    this.#parts = senders.map(() => new Part())
  }

  /** A batch is given up on. It may be stored all the same, when it was sent. */
  abandoned({ partition, count, attempts }: Pick<Batch, 'partition' | 'count' | 'attempts'>): void {
    if (attempts > 0) this.#parts[partition]!.uncertain += count
  }

  /** Records of the transaction that is open, over all partitions. */
  get made(): number {
    return this.#parts.reduce((sum, { from }, partition) => sum + this.#madeFor(partition) - from, 0)
  }

  /** The transaction is over: what it has made has its fate. */
  ended({ fate, tries }: EndedTransaction): void {
    for (const [partition, part] of this.#parts.entries()) {
      const made = this.#madeFor(partition)
      const { acked } = this.#senders[partition]!
      if (made === part.from) continue
      const ackedOfIt = acked - part.ackedBefore
      this.#mark(part, ackedOfIt > 0, fate, tries)
      if (fate === 'committed') part.committed += ackedOfIt
      else if (fate === 'aborted') part.abort(part.from, made)
      else part.doubtful.push([part.from, made])
      part.from = made
      part.ackedBefore = acked
    }
  }

  /** One marker for each partition that it has written to. */
  #mark(part: Part, isWritten: boolean, fate: TransactionFate, tries: number): void {
    const isCertain = isWritten && fate !== 'doubtful' && tries > 0
    if (isCertain) part.markers++
    part.uncertain += isCertain ? tries - 1 : Math.max(1, tries)
  }

  /** With what is open counted as this. */
  books(openIs: TransactionFate): PartitionBook[] {
    return this.#parts.map((part, partition) => {
      const { committed, markers, uncertain, forgotten, from } = part
      const made = this.#madeFor(partition)
      const { acked } = this.#senders[partition]!
      const open: Range[] = made > from ? [[from, made]] : []
      const aborted = openIs === 'doubtful' ? part.aborted : [...part.aborted, ...open]
      return {
        made,
        acked: committed,
        unacknowledged: openIs === 'doubtful' ? [...part.doubtful, ...open] : part.doubtful,
        transactions: {
          aborted: aborted.map(([low, high]) => [low, high] as const),
          forgotten,
          stored: acked,
          markers,
          // What is open may have been written to any extent, and its marker may come at any time.
          uncertain: uncertain + (open.length > 0 ? made - from - (acked - part.ackedBefore) + 1 : 0),
        },
      }
    })
  }
}
