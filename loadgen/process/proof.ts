// The proof of a run that passes records on: when it is over, what lies between where its group began and what the group has
// committed is read again, and so is what was written meanwhile. Every record must have come to where it belongs, exactly once
// in transactions, at least once without.
import { fetchCommittedOffsets, listOffsets } from '../../wire/admin.ts'
import type { Cluster } from '../../wire/cluster.ts'
import type { BenchPlan, HandlingPlan } from '../plan.ts'
import { fails } from './handle.ts'
import { LogReader, type LogReaderPlan, type ReadRecord } from './log-reader.ts'
import type { ProcessResult } from './model.ts'
import { originOf } from './origin.ts'

type Proof = NonNullable<ProcessResult['proof']>

/** Where a record belongs. */
const destinations = { forward: 1, deadLetter: 2 } as const
const placeBits = 3
const foundBit = 4
/** Bytes of memory: more is not kept account of. */
const offsetsMax = 500_000_000
type Destination = keyof typeof destinations

const readPlan: Omit<LogReaderPlan, 'isolation'> = {
  verifyCrc: true,
  fetchMinBytes: 1,
  fetchMaxBytes: 50 * 1024 * 1024,
  partitionMaxBytes: 4 * 1024 * 1024,
}
const fetchWaitMs = 100

export interface ProofSettings {
  readonly cluster: Cluster
  readonly plan: BenchPlan
  readonly run: number
}

/** Undefined: the run writes nothing. */
export async function beginProof({ cluster, plan, run }: ProofSettings): Promise<ProcessProof | undefined> {
  const handling = plan.consume?.process?.handling
  if (handling === undefined) return undefined
  const ends = new Map<Destination, ReadonlyMap<number, number>>()
  for (const [destination, topic] of topicsOf(handling)) ends.set(destination, await endsOf(cluster, topic))
  return new ProcessProof({ cluster, plan, run }, handling, ends)
}

const topicsOf = ({ forwardTo, deadLetterTo }: HandlingPlan): [Destination, string][] => [
  ...(forwardTo === undefined ? [] : [['forward', forwardTo] as [Destination, string]]),
  ...(deadLetterTo === undefined ? [] : [['deadLetter', deadLetterTo] as [Destination, string]]),
]

async function endsOf(cluster: Cluster, topic: string): Promise<Map<number, number>> {
  const found = await listOffsets(cluster, topic, 'all', 'latest', 'read_committed')
  return new Map([...found].map(([partition, { offset }]) => [partition, offset]))
}

export class ProcessProof {
  readonly #settings: ProofSettings
  readonly #handling: HandlingPlan
  readonly #before: ReadonlyMap<Destination, ReadonlyMap<number, number>>

  constructor(
    settings: ProofSettings,
    handling: HandlingPlan,
    before: ReadonlyMap<Destination, ReadonlyMap<number, number>>,
  ) {
    this.#settings = settings
    this.#handling = handling
    this.#before = before
  }

  /** That the run writes to. */
  get topics(): string[] {
    return topicsOf(this.#handling).map(([, topic]) => topic)
  }

  /** `starts`: by partition, where the group began to read. Undefined: more than this can keep account of. */
  async finish(starts: ReadonlyMap<number, number>): Promise<Proof | undefined> {
    const { cluster, plan, run } = this.#settings
    const { group, isolation } = plan.consume!
    const partitions = [...starts.keys()]
    const committed = await fetchCommittedOffsets(cluster, group!, plan.topic.name, partitions)
    const ends = new Map(partitions.map(each => [each, committed.get(each)?.offset ?? starts.get(each)!]))
    const sheet = Sheet.of(starts, ends)
    if (sheet === undefined) return undefined
    await this.#read(plan.topic.name, isolation, starts, ends, ({ partition, offset }) => {
      const destination = this.#destinationOf(partition, offset)
      if (destination !== undefined) sheet.expect(partition, offset, destination)
    })
    for (const [destination, topic] of topicsOf(this.#handling)) {
      const from = this.#before.get(destination)!
      await this.#read(topic, 'read_committed', from, await endsOf(cluster, topic), ({ headers }) => {
        const origin = originOf(headers, run)
        if (origin !== undefined) sheet.found(origin.partition, origin.offset, destination)
      })
    }
    return sheet.proof
  }

  #destinationOf(partition: number, offset: number): Destination | undefined {
    const { errorRatio, forwardTo, deadLetterTo } = this.#handling
    if (!fails(this.#settings.plan.seed, errorRatio, partition, offset))
      return forwardTo === undefined ? undefined : 'forward'
    return deadLetterTo === undefined ? undefined : 'deadLetter'
  }

  async #read(
    topic: string,
    isolation: LogReaderPlan['isolation'],
    starts: ReadonlyMap<number, number>,
    ends: ReadonlyMap<number, number>,
    visit: (record: ReadRecord) => void,
  ): Promise<void> {
    const reader = new LogReader(this.#settings.cluster, topic, { ...readPlan, isolation })
    const left = new Map([...starts].filter(([partition, offset]) => offset < (ends.get(partition) ?? 0)))
    while (left.size > 0) {
      for (const { partition, records, nextOffset } of await reader.read(left, fetchWaitMs)) {
        const end = ends.get(partition)!
        for (const record of records) if (!record.isAborted && record.offset < end) visit(record)
        if (nextOffset >= end) left.delete(partition)
        else left.set(partition, nextOffset)
      }
    }
  }
}

/** A byte for each offset that was read: where the record belongs, and how often it is there. */
export class Sheet {
  readonly #starts: ReadonlyMap<number, number>
  readonly #cells: ReadonlyMap<number, Uint8Array>
  #unexpected = 0
  #duplicated = 0

  /** Undefined: too many. */
  static of(starts: ReadonlyMap<number, number>, ends: ReadonlyMap<number, number>): Sheet | undefined {
    const sizes = [...starts].map(
      ([partition, start]) => [partition, Math.max(0, ends.get(partition)! - start)] as const,
    )
    if (sizes.reduce((sum, [, size]) => sum + size, 0) > offsetsMax) return undefined
    return new Sheet(starts, new Map(sizes.map(([partition, size]) => [partition, new Uint8Array(size)])))
  }

  private constructor(starts: ReadonlyMap<number, number>, cells: ReadonlyMap<number, Uint8Array>) {
    this.#starts = starts
    this.#cells = cells
  }

  expect(partition: number, offset: number, destination: Destination): void {
    this.#cells.get(partition)![offset - this.#starts.get(partition)!] = destinations[destination]
  }

  found(partition: number, offset: number, destination: Destination): void {
    const cells = this.#cells.get(partition)
    const index = offset - (this.#starts.get(partition) ?? 0)
    const cell = cells?.[index] ?? 0
    if (cells === undefined || (cell & placeBits) !== destinations[destination]) this.#unexpected++
    else if ((cell & foundBit) !== 0) this.#duplicated++
    else cells[index] = cell | foundBit
  }

  get proof(): Proof {
    let expected = 0
    let written = 0
    for (const cells of this.#cells.values()) {
      for (const cell of cells) {
        if (cell === 0) continue
        expected++
        if ((cell & foundBit) !== 0) written++
      }
    }
    const lost = expected - written
    return { expected, written, lost, duplicated: this.#duplicated, unexpected: this.#unexpected }
  }
}
