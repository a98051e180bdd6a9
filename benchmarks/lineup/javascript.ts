// The JavaScript clients, driven by the small programs in contestants/: these clients have no load tool of their own.
import { type Contestant, neverMissing, type Task } from '../contestant.ts'
import { partitionFetchBytes, partitions } from '../settings.ts'
import { readReport } from './read.ts'
import type { ProduceTerms } from './terms.ts'

interface Tuning {
  readonly batchRecords: number
  readonly sendsInFlight: number
  /** What was tried to find these, for the page. */
  readonly tried: string
}

const program = (name: string) => `benchmarks/contestants/${name}.ts`

const shared = { shownAs: 'node', hiddenArguments: 0, missing: neverMissing }

const where = (task: Task) => [
  ...['--bootstrap', task.bootstrap, '--topic', task.topic, '--partitions', String(partitions)],
]

function producer(id: string, label: string, terms: ProduceTerms, tuning: Tuning, goal?: number): Contestant {
  return {
    ...shared,
    id,
    label,
    payload: 'slices of 4 MiB of random bytes',
    notes: [`one process; a batch of ${tuning.batchRecords} records for one partition a send, ${tuning.tried}`],
    ...(goal === undefined ? {} : { goal }),
    guessPerSec: 200_000,
    commandLine: task => ({
      command: process.execPath,
      args: [
        ...[program(`${id}-produce`), ...where(task), '--seconds', String(task.seconds)],
        ...['--warmup', String(task.warmupSeconds), '--record-size', String(terms.recordBytes), '--acks', terms.acks],
        ...['--batch-records', String(tuning.batchRecords), '--sends', String(tuning.sendsInFlight)],
        ...['--idempotent', String(terms.idempotent)],
      ],
    }),
    read: ({ stdout }) => readReport(stdout),
  }
}

function consumer(id: string, label: string, note: string, goal?: number): Contestant {
  return {
    ...shared,
    id,
    label,
    payload: '',
    notes: [note, 'one process; the time to join the group is left out; it does not check the CRC'],
    ...(goal === undefined ? {} : { goal }),
    guessPerSec: 200_000,
    commandLine: task => ({
      command: process.execPath,
      args: [
        ...[program(`${id}-consume`), ...where(task), '--records', String(task.records)],
        ...['--partition-bytes', String(partitionFetchBytes)],
      ],
    }),
    read: ({ stdout }) => readReport(stdout),
  }
}

export const kafkajsProducer = (terms: ProduceTerms, goal?: number): Contestant =>
  producer('kafkajs', 'kafkajs', terms, kafkajsTuning, goal)

export const platformaticProducer = (terms: ProduceTerms, goal?: number): Contestant =>
  producer('platformatic', '@platformatic/kafka', terms, platformaticTuning, goal)

const kafkajsTuning: Tuning = {
  batchRecords: 500,
  sendsInFlight: 2,
  tried: 'two sends in flight (best of 200, 500, 1,000, 2,000, 5,000 records and 1, 2, 4, 6 sends)',
}

const platformaticTuning: Tuning = {
  batchRecords: 1_000,
  sendsInFlight: 2,
  tried: 'two sends in flight (best of 50, 100, 200, 500, 1,000, 2,000, 5,000 records and 1, 2, 4, 6 sends)',
}

export const kafkajsConsumer = (goal?: number): Contestant =>
  consumer('kafkajs', 'kafkajs', 'eachBatch, all partitions side by side, no commits', goal)

export const platformaticConsumer = (goal?: number): Contestant =>
  consumer('platformatic', '@platformatic/kafka', "the stream's data events, no commits", goal)
