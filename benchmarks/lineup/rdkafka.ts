// rdkafka_performance, the tool of librdkafka (C). It is in no package: it takes part where it is on the PATH.
import { spawnSync } from 'node:child_process'
import type { Contestant } from '../contestant.ts'
import { batchBytes, inFlightMax, lingerMs, partitions } from '../settings.ts'
import { readRdkafkaConsumer, readRdkafkaProducer } from './read.ts'
import type { ProduceTerms } from './terms.ts'

const program = 'rdkafka_performance'

/** librdkafka's version, or undefined where the tool is not on the PATH. */
export function rdkafkaVersion(): string | undefined {
  const { stderr, error } = spawnSync(program, ['-h'], { encoding: 'utf8' })
  return error === undefined ? /librdkafka version (\S+)/.exec(stderr)?.[1] : undefined
}

/** Of one partition; more than the others ask for, because it was faster with it. */
const fetchBytes = 4 * 1024 ** 2

const shared = {
  label: program,
  shownAs: program,
  hiddenArguments: 0,
  missing: () => (rdkafkaVersion() === undefined ? 'not on the PATH' : undefined),
}

const properties = (values: Readonly<Record<string, string | number>>): string[] =>
  Object.entries(values).flatMap(([key, value]) => ['-X', `${key}=${value}`])

export function rdkafkaProducer({ recordBytes, acks, idempotent }: ProduceTerms, goal?: number): Contestant {
  const settings = {
    'linger.ms': lingerMs,
    'batch.size': batchBytes,
    // Its count limit of 10,000 would cut no batch here, but says so: only bytes bound a batch, as with the others.
    'batch.num.messages': 1_000_000,
    'queue.buffering.max.messages': 1_000_000,
    'max.in.flight.requests.per.connection': inFlightMax,
    ...(idempotent ? { 'enable.idempotence': 'true' } : {}),
  }
  return {
    ...shared,
    id: 'rdkafka',
    payload: 'one buffer, the same bytes for every record, not copied by the application',
    notes: ['the whole run is quoted: it has no warm-up, and compiled code needs little'],
    ...(goal === undefined ? {} : { goal }),
    guessPerSec: recordBytes > 500 ? 300_000 : 1_200_000,
    commandLine: task => ({
      command: program,
      args: [
        ...['-P', '-b', task.bootstrap, '-t', task.topic, '-s', String(recordBytes), '-c', String(task.records)],
        ...['-a', acks, '-i', '60000', ...properties(settings)],
      ],
    }),
    read: ({ stdout }) => readRdkafkaProducer(stdout),
  }
}

export function rdkafkaConsumer(): Contestant {
  const settings = {
    'check.crcs': 'true',
    'fetch.message.max.bytes': fetchBytes,
    'queued.max.messages.kbytes': 1_048_576,
  }
  return {
    ...shared,
    id: 'rdkafka',
    payload: '',
    notes: [
      'CRC checked (its default is not to); its clock starts at the first record',
      'batches, fetches of 4 MiB and a queue of 1 GiB (best of these, 1 MiB, and its defaults)',
    ],
    guessPerSec: 2_000_000,
    commandLine: task => ({
      command: program,
      args: [
        ...['-C', '-b', task.bootstrap, '-t', task.topic, '-o', 'beginning', '-c', String(task.records)],
        ...Array.from({ length: partitions }, (_, index) => ['-p', String(index)]).flat(),
        ...['-B', '10000', '-i', '60000', ...properties(settings)],
      ],
    }),
    read: ({ stdout }) => readRdkafkaConsumer(stdout),
  }
}
