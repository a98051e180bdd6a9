// What the JavaScript contestants have in common: their arguments, record values, the clock and the report at the end.
import { randomFillSync } from 'node:crypto'
import { parseArgs } from 'node:util'

const poolBytes = 4 * 1024 * 1024

/**
 * Values that differ from each other and cost almost nothing: views of a pool of random bytes, each a few bytes further.
 * What is measured is the client, not a generator of random numbers.
 */
export function valueSource(bytes: number): () => Buffer {
  const pool = randomFillSync(Buffer.allocUnsafeSlow(poolBytes))
  const stepBytes = 13
  let at = 0
  return () => {
    at += stepBytes
    if (at + bytes > poolBytes) at %= stepBytes
    return pool.subarray(at, at + bytes)
  }
}

export interface ProduceArguments {
  readonly bootstrap: string
  readonly topic: string
  readonly partitions: number
  readonly seconds: number
  readonly warmupSeconds: number
  readonly recordBytes: number
  readonly acks: 1 | -1
  readonly batchRecords: number
  readonly sendsInFlight: number
  readonly idempotent: boolean
}

export interface ConsumeArguments {
  readonly bootstrap: string
  readonly topic: string
  readonly partitions: number
  readonly records: number
  readonly partitionBytes: number
}

/** What a contestant prints: one line of JSON. */
export interface ContestantReport {
  /** Acknowledged, or read, in the measured time. */
  readonly records: number
  readonly seconds: number
  /** The same from start to end, for the processor time of the whole process. */
  readonly totalRecords: number
  readonly errors: number
  readonly cpuSeconds: number
}

function argumentsOf(names: readonly string[]): Record<string, string> {
  const options = Object.fromEntries(names.map(name => [name, { type: 'string' as const }]))
  const { values } = parseArgs({ options })
  const missing = names.filter(name => values[name] === undefined)
  if (missing.length > 0) throw new Error(`missing: ${missing.map(name => `--${name}`).join(' ')}`)
  return values as Record<string, string>
}

export function produceArguments(): ProduceArguments {
  const names = [
    'bootstrap',
    'topic',
    'partitions',
    'seconds',
    'warmup',
    'record-size',
    'acks',
    'batch-records',
    'sends',
    'idempotent',
  ]
  const values = argumentsOf(names)
  return {
    bootstrap: values.bootstrap!,
    topic: values.topic!,
    partitions: Number(values.partitions),
    seconds: Number(values.seconds),
    warmupSeconds: Number(values.warmup),
    recordBytes: Number(values['record-size']),
    acks: values.acks === 'all' ? -1 : 1,
    batchRecords: Number(values['batch-records']),
    sendsInFlight: Number(values.sends),
    idempotent: values.idempotent === 'true',
  }
}

export function consumeArguments(): ConsumeArguments {
  const values = argumentsOf(['bootstrap', 'topic', 'partitions', 'records', 'partition-bytes'])
  return {
    bootstrap: values.bootstrap!,
    topic: values.topic!,
    partitions: Number(values.partitions),
    records: Number(values.records),
    partitionBytes: Number(values['partition-bytes']),
  }
}

export type Send = (partition: number, values: readonly Buffer[]) => Promise<unknown>

/** Several loops side by side, each sending one batch after the other, each batch to the next partition. */
export async function produceFor(settings: ProduceArguments, send: Send): Promise<void> {
  const { batchRecords, partitions, sendsInFlight } = settings
  const nextValue = valueSource(settings.recordBytes)
  const measureFromMs = performance.now() + settings.warmupSeconds * 1000
  const endMs = measureFromMs + settings.seconds * 1000
  let [records, totalRecords, errors, turn] = [0, 0, 0, 0]
  const loop = async () => {
    while (performance.now() < endMs) {
      const values = Array.from({ length: batchRecords }, nextValue)
      try {
        await send(turn++ % partitions, values)
        totalRecords += batchRecords
        const ackedMs = performance.now()
        if (ackedMs >= measureFromMs && ackedMs <= endMs) records += batchRecords
      } catch (error) {
        errors++
        console.error(error)
        if (errors > errorsMax) throw error
      }
    }
  }
  await Promise.all(Array.from({ length: sendsInFlight }, loop))
  report({ records, seconds: settings.seconds, totalRecords, errors })
}

const errorsMax = 10

/** Counts from the moment that the client may fetch until the last record that was asked for. */
export class ReadCount {
  readonly #wanted: number
  #records = 0
  #startMs = Number.NaN
  #done!: () => void
  readonly done = new Promise<void>(resolve => {
    this.#done = resolve
  })

  constructor(wanted: number) {
    this.#wanted = wanted
  }

  start(): void {
    this.#startMs = performance.now()
  }

  get isOver(): boolean {
    return this.#records >= this.#wanted
  }

  add(records: number): void {
    if (this.isOver) return
    this.#records += records
    if (!this.isOver) return
    const seconds = (performance.now() - this.#startMs) / 1000
    report({ records: this.#records, seconds, totalRecords: this.#records, errors: 0 })
    this.#done()
  }
}

export function report(numbers: Omit<ContestantReport, 'cpuSeconds'>): void {
  const { userCPUTime, systemCPUTime } = process.resourceUsage()
  const line: ContestantReport = { ...numbers, cpuSeconds: (userCPUTime + systemCPUTime) / 1e6 }
  console.log(JSON.stringify(line))
}
